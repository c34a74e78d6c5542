"""Tables as files for people: workbooks and CSV in which nothing is a formula."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

import pandas as pd

from supplychain.files import write_table, write_tables

FileForm = Literal["csv", "xlsx"]
_ACTS = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet takes for a formula


def file_of(frame: pd.DataFrame, name: str, form: FileForm) -> bytes:
    """``frame`` as the content of a file.

    In CSV a text that a spreadsheet would take for a formula gets an apostrophe (OWASP); in a
    workbook it is a text anyway.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table.{form}"
        if form == "xlsx":
            write_tables({_sheet(name): frame}, path, form)
        else:
            write_table(frame.apply(_harmless), path, ".csv")
        return path.read_bytes()


def _harmless(values: pd.Series) -> pd.Series:
    """Texts that do not act."""
    if not (pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values)):
        return values
    return values.map(lambda cell: f"'{cell}" if str(cell).startswith(_ACTS)
                      and isinstance(cell, str) else cell)  # fmt: skip


def _sheet(name: str) -> str:
    """A name that a sheet can have."""
    return "".join(c for c in name if c.isalnum() or c in " -_")[:31] or "table"
