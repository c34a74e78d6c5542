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
    """A table as the content of a file; texts that look like formulas stay texts in a workbook."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.{form}"
        if form == "xlsx":
            write_tables({name: frame}, path, form)
        else:
            write_table(frame, path, path.suffix)
        return path.read_bytes()
