"""A dataset as files that import unchanged, safe to open in a spreadsheet."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from app.service.context import Service
from app.service.data.stored import Stored, declared, find_stored
from app.service.data.uploads import MEDIA_TYPES, Form
from app.service.data.visible import scope_of
from app.service.identity.identity import Identity, Permission
from supplychain.errors import InputError
from supplychain.files import write_tables
from supplychain.schema import TABLES

_FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet would take for a formula


@dataclass(frozen=True)
class Exported:
    """A file with its media type and a name for it."""

    content: bytes
    media_type: str
    filename: str


def export(
    service: Service,
    identity: Identity,
    dataset: str,
    form: Literal["csv", "parquet", "xlsx"],
    table: str | None = None,
) -> Exported:
    """The rows of ``dataset`` that ``identity`` may see: one table, or all that have rows.

    All tables come as a zip archive of CSV or Parquet files, or as a workbook. In CSV a ``'``
    stands before a text that a spreadsheet would evaluate; an upload takes it away again.
    """
    identity.require(Permission.DATA_READ)
    stored, name = find_stored(service, dataset)
    tables = _visible(stored, identity)
    if table is not None:
        tables = {declared(table).name: tables[table]}
        name = f"{name}-{table}"
    else:
        tables = {name: frame for name, frame in tables.items() if len(frame)}
    if form == "csv":
        tables = {name: _armoured(name, frame) for name, frame in tables.items()}
    return _packed(tables, form, name, is_one=table is not None)


def _visible(stored: Stored, identity: Identity) -> dict[str, pd.DataFrame]:
    scope = scope_of(stored.tables, identity)
    return {name: frame[~scope.hides(frame)] for name, frame in stored.tables.items()}


def _armoured(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    texts = [column.name for column in TABLES[table].columns if column.type == "text"]
    safe = {}
    for name in texts:
        cells = frame[name]
        safe[name] = cells.mask(cells.str.match(_FORMULA).astype(bool), "'" + cells)
    return frame.assign(**safe)


def _packed(
    tables: dict[str, pd.DataFrame],
    form: Literal["csv", "parquet", "xlsx"],
    name: str,
    *,
    is_one: bool,
) -> Exported:
    """The tables in one file, written in a folder that goes again."""
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        target = Path(folder) / ("tables.xlsx" if form == "xlsx" else "tables")
        try:
            write_tables(tables, target, form)
        except InputError as error:  # a table that a sheet cannot hold
            problems = [replace(problem, table="workbook") for problem in error.problems]
            raise InputError(problems) from None
        files = [target] if form == "xlsx" else sorted(target.iterdir())
        if form == "xlsx" or is_one:
            return _exported(files[0].read_bytes(), form, name)
        return _exported(_zipped(files), "zip", name)


def _exported(content: bytes, form: Form, name: str) -> Exported:
    media_type = next(kind for kind, known in MEDIA_TYPES.items() if known == form)
    return Exported(content, media_type, f"{name}.{form}")


def _zipped(files: list[Path]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.name)
    return packed.getvalue()
