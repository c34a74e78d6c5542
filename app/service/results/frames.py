"""Stored tables as frames: a few of them are kept in memory, by their content."""

from __future__ import annotations

import io
import tempfile
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Literal

import pandas as pd
from sqlmodel import Session

from app.service.jobs.blobs import content_of
from supplychain.files import write_table, write_tables

TableFormat = Literal["csv", "parquet", "xlsx"]
_ACTS = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet takes for a formula
_MOST = 500_000_000  # bytes in memory
_frames: OrderedDict[str, pd.DataFrame] = OrderedDict()
_sizes: dict[str, int] = {}
_lock = Lock()


def stored_frame(session: Session, blob: str) -> pd.DataFrame:
    """The table that a blob holds, not to be changed; what was asked for last is in memory."""
    with _lock:
        if blob in _frames:
            _frames.move_to_end(blob)
            return _frames[blob]
    frame = pd.read_parquet(io.BytesIO(content_of(session, blob)))
    size = int(frame.memory_usage(deep=True).sum())
    with _lock:
        _frames[blob], _sizes[blob] = frame, size
        while sum(_sizes.values()) > _MOST:
            del _sizes[_frames.popitem(last=False)[0]]
    return frame


def as_file(frame: pd.DataFrame, name: str, form: TableFormat) -> bytes:
    """A table as the content of a file, in which nothing is a formula.

    In CSV a text that a spreadsheet would take for one gets an apostrophe (OWASP); in a workbook
    it is a text anyway.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.{form}"
        if form == "xlsx":
            write_tables({name: frame}, path, form)
        else:
            write_table(frame.apply(_harmless) if form == "csv" else frame, path, path.suffix)
        return path.read_bytes()


def _harmless(values: pd.Series) -> pd.Series:
    """Texts that do not act."""
    if not (pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values)):
        return values
    return values.map(lambda cell: f"'{cell}" if str(cell).startswith(_ACTS)
                      and isinstance(cell, str) else cell)  # fmt: skip
