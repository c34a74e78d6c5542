"""Uploads: tables out of JSON, CSV, Parquet, a workbook or a zip archive, from whomever.

Nothing in them is believed or evaluated: a text that begins with ``=`` stays text, what is packed
is measured before it is read, and what is wrong is told with table, row, column, value and mend.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal, TypeVar

import pandas as pd

from app.service.data.archives import open_archive, unpacked
from app.service.data.parquet import check_parquet
from app.service.data.workbooks import check_workbook
from app.service.faults import TooLarge, Unreadable
from app.service.settings import ServiceSettings
from supplychain.errors import InputError, Problem
from supplychain.files import read_table
from supplychain.workbooks import read_workbook

Form = Literal["json", "csv", "parquet", "xlsx", "zip"]
Frames = dict[str, pd.DataFrame]
MEDIA_TYPES: dict[str, Form] = {
    "application/json": "json",
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/zip": "zip",
}
ARMOURED = re.compile(r"'+[=+\-@\t\r]")  # a text that export kept from being taken for a formula
_TOLD = 1_000  # problems of one upload that are listed
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_UTF8 = "utf-8-sig"
_Read = TypeVar("_Read")


def form_of(media_type: str = "", filename: str = "") -> Form:
    """The form of an upload by its media type, else by its file name; Unreadable if neither."""
    bare = media_type.partition(";")[0].strip().lower()
    suffix = PurePosixPath(filename).suffix.lower().removeprefix(".")
    forms: dict[str, Form] = {form: form for form in MEDIA_TYPES.values()}
    found = MEDIA_TYPES.get(bare) or forms.get(suffix)
    if found is None:
        kinds = ", ".join(MEDIA_TYPES)
        raise Unreadable(f"{bare or filename!r} is no form of data", f"send one of {kinds}")
    return found


def parse_upload(
    settings: ServiceSettings, content: bytes, form: Form, table: str | None = None
) -> Frames:
    """The tables that ``content`` holds, cells as they stand.

    CSV, Parquet, and JSON that is a list of rows hold the one called ``table``; JSON may also map
    tables to their rows, a workbook has a sheet and an archive a .csv or .parquet file for each.
    Raises Unreadable, TooLarge, or InputError with every problem found.
    """
    if len(content) > settings.body_limit:
        raise TooLarge(f"the upload is larger than {settings.body_limit:,} bytes", "split it")
    if form in ("csv", "parquet") and table is None:
        raise Unreadable(f"a {form} upload holds one table", "name the table")
    frames = _READERS[form](settings, content, table or "")
    if form in ("xlsx", "zip") and table is not None:
        frames = _only(frames, table)
    return frames


def _only(frames: Frames, table: str) -> Frames:
    """The one table that is asked for."""
    if set(frames) != {table}:
        held = ", ".join(frames)[:200] or "nothing"
        raise Unreadable(f"the upload holds {held}, not the table {table} alone", "send only it")
    return frames


# --- JSON --------------------------------------------------------------------------------------


def _read_json(settings: ServiceSettings, content: bytes, table: str) -> Frames:
    marks = sum(content.count(mark) for mark in (b",", b"[", b"{"))
    _check_cells(marks, settings.cell_limit)
    try:
        parsed = json.loads(
            content.decode(_UTF8), object_pairs_hook=_object, parse_constant=_no_number
        )
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 text (byte {error.start})", "send UTF-8") from None
    except RecursionError:
        raise Unreadable("is nested too deeply", "send a list of rows") from None
    except ValueError as error:  # broken, a field twice, NaN, or a number of thousands of digits
        raise Unreadable(f"is not valid JSON ({str(error)[:200]})", "correct it") from None
    if _HALF_PAIR.search(content):  # or a whole one: the rarely needed way to know is to try
        _check_pairs(parsed)
    by_table = parsed if isinstance(parsed, dict) and not table else {table: parsed}
    if not table and not isinstance(parsed, dict):
        raise Unreadable("is no mapping of tables to rows", "send {table: [rows]}")
    problems: list[Problem] = []
    for name, rows in by_table.items():
        problems += _json_problems(name, rows)
    if problems:
        raise InputError(problems[:_TOLD])
    return {name: _json_frame(rows, settings.cell_limit) for name, rows in by_table.items()}


def _check_pairs(parsed: object) -> None:
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Unreadable("holds half a pair of \\ud800 to \\udfff", "send whole pairs") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise ValueError(f"the field {name[:80]!r} is given twice")
        fields[name] = value
    return fields


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON; leave it out, or null, where it is not known")


def _json_problems(table: str, rows: object) -> list[Problem]:
    """What keeps ``rows`` from being a list of flat rows."""
    if not isinstance(rows, list):
        return [Problem(table, "is no list of rows", "send a list of objects")]
    problems = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            problems.append(Problem(table, "is no object", "send the columns by name", number))
            continue
        problems += [
            Problem(table, "is a list or object", "send one value", number, name)
            for name, value in row.items()
            if isinstance(value, list | dict)
        ]
    return problems


def _json_frame(rows: list[dict[str, Any]], limit: int) -> pd.DataFrame:
    """Rows as a frame, which has a cell for every row and every column of any of them."""
    _check_cells(len(rows) * len(set().union(*rows)), limit)
    return pd.DataFrame(rows, dtype=object)


# --- files -------------------------------------------------------------------------------------


def _read_csv(settings: ServiceSettings, content: bytes, table: str) -> Frames:
    lines = content.count(b"\n") + content.count(b"\r") + 1
    header = re.split(rb"[\r\n]", content, maxsplit=1)[0]
    width = header.count(b",") + 1
    _check_cells(max(lines * width, lines + content.count(b",")), settings.cell_limit)
    return {table: _without_armour(_read_file(content, table, ".csv", read_table))}


def _without_armour(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells without the ``'`` by which an export keeps a spreadsheet from evaluating them."""
    armoured = frame.apply(lambda cells: cells.str.match(ARMOURED))
    return frame.where(~armoured.astype(bool), frame.apply(lambda cells: cells.str[1:]))


def _read_parquet(settings: ServiceSettings, content: bytes, table: str) -> Frames:
    check_parquet(table, content, settings.unpacked_limit, settings.cell_limit)
    return {table: _read_file(content, table, ".parquet", read_table)}


def _read_workbook(settings: ServiceSettings, content: bytes, _: str) -> Frames:
    check_workbook(content, settings.unpacked_limit, settings.cell_limit)
    return _read_file(content, "workbook", ".xlsx", read_workbook)


def _read_archive(settings: ServiceSettings, content: bytes, _: str) -> Frames:
    """The .csv and .parquet files of an archive, each a table; others are refused."""
    frames: Frames = {}
    problems: list[Problem] = []
    with open_archive(content, settings.unpacked_limit) as archive:
        for part in archive.infolist():
            path = PurePosixPath(part.filename)
            if part.is_dir():
                continue
            if path.suffix.lower() not in (".csv", ".parquet") or path.stem in frames:
                message, remedy = "is no table, or comes twice", "leave it out"
                problems.append(Problem(path.name, message, remedy))
                continue
            read = _READERS["csv" if path.suffix.lower() == ".csv" else "parquet"]
            try:
                frames |= read(settings, b"".join(unpacked(content, part)), path.stem)
            except InputError as error:
                problems += error.problems
            _check_cells(sum(frame.size for frame in frames.values()), settings.cell_limit)
    if problems:
        raise InputError(problems[:_TOLD])
    return frames


def _read_file(content: bytes, name: str, suffix: str, read: Callable[[Path], _Read]) -> _Read:
    """What ``read`` makes of ``content`` in a file; its problems are those of ``name``."""
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / f"upload{suffix}"
        path.write_bytes(content)
        try:
            return read(path)
        except InputError as error:
            raise InputError([replace(problem, table=name) for problem in error.problems]) from None


def _check_cells(cells: int, limit: int) -> None:
    if cells > limit:
        raise TooLarge(f"the upload has {cells:,} cells", f"at most {limit:,}; split it")


_READERS: dict[Form, Callable[[ServiceSettings, bytes, str], Frames]] = {
    "json": _read_json, "csv": _read_csv, "parquet": _read_parquet, "xlsx": _read_workbook,
    "zip": _read_archive,
}  # fmt: skip
