"""Datasets on disk: a folder of CSV or Parquet files, or an Excel workbook with a sheet a table."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from supplychain.cells import cell_text
from supplychain.errors import DataError, FileError, Problem
from supplychain.frames import ROW
from supplychain.network import Network
from supplychain.schema import TABLES
from supplychain.workbooks import read_workbook, write_workbook

Format = Literal["csv", "parquet", "xlsx"]
Frames = dict[str, pd.DataFrame]
_READ = (".csv", ".parquet")
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


# --- reading -----------------------------------------------------------------------------------


def read_dataset(path: Path) -> Network:
    """Read and validate the dataset at ``path`` (folder of CSV or Parquet files, or .xlsx).

    Raises FileError where it cannot be read, DataError with every problem of its files and cells.
    """
    return Network.from_frames(*read_tables(path))


def read_frames(path: Path) -> Frames:
    """Read the tables at ``path`` as they stand, cells unchecked; DataError if a file is wrong."""
    frames, problems = read_tables(path)
    if problems:
        raise DataError(problems)
    return frames


def read_tables(path: Path) -> tuple[Frames, list[Problem]]:
    """Read the tables at ``path`` as they stand, and what is wrong with their files.

    Rows are numbered in the index. Tables that cannot be read are left out; of rows that have not
    as many cells as the header the missing ones are blank. Raises FileError where there is nothing
    to read at all.
    """
    try:
        if path.is_dir():
            return _read_folder(path)
        exists = path.exists()
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})", "check the path") from None
    if not exists:
        raise FileError(path, "does not exist", "name a folder of CSV or Parquet files or an .xlsx")
    if path.suffix.lower() != ".xlsx":
        raise FileError(path, "is not a dataset", "name a folder or an .xlsx workbook")
    return read_workbook(path), []


def read_table(path: Path) -> pd.DataFrame:
    """Read one table from a .csv or .parquet file as it stands, rows numbered in the index.

    Raises FileError where it cannot be read, DataError with every problem of the file.
    """
    if path.suffix.lower() not in _READ:
        raise FileError(path, "is not a table", "name a .csv or .parquet file")
    try:
        frame, problems = _read_file(path)
    except FileNotFoundError:
        raise FileError(path, "does not exist", "name a .csv or .parquet file") from None
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})", "check the file") from None
    if problems:
        raise DataError(problems)
    return frame


def _read_folder(path: Path) -> tuple[Frames, list[Problem]]:
    files = sorted(file for file in path.iterdir() if not file.name.startswith("."))
    read = [file for file in files if file.suffix.lower() in _READ]
    if not read:
        raise FileError(path, "holds no CSV or Parquet file", "name the folder with the tables")
    problems = [
        Problem(_table_of(file), f"is not read from {file.name}", "save it as CSV or Parquet")
        for file in files
        if _table_of(file) in TABLES and file.suffix.lower() not in _READ
    ]
    times = Counter(file.stem for file in read)
    frames: Frames = {}
    for file in read:
        if times[file.stem] > 1:
            problems.append(Problem(file.stem, f"is given by {file.name} and another file",
                                    "keep one of .csv and .parquet"))  # fmt: skip
            continue
        try:
            frames[file.stem], found = _read_file(file)
            problems += found
        except OSError as error:
            message = f"cannot be read from {file.name} ({error.strerror})"
            problems.append(Problem(file.stem, message, "check the file"))
        except DataError as error:
            problems += error.problems
    return frames, problems


def _table_of(file: Path) -> str:
    return file.name.partition(".")[0]


def _read_file(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    return _read_csv(path) if path.suffix.lower() == ".csv" else (_read_parquet(path), [])


def _read_csv(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Cells as text. DataError where the file cannot be read."""
    table = path.stem
    records = _records(table, path.read_bytes())
    filled = [number for number, record in enumerate(records) if any(record)]
    if not filled:
        problem = Problem(table, "is empty, without a header", "write the column names")
        raise DataError([problem])
    start = filled[0]
    header = records[start]
    for separator, name in _SEPARATORS.items():
        if len(header) == 1 and separator in header[0]:
            message = f"has its cells separated by {name}"
            raise DataError([Problem(table, message, "save it with commas", value=header[0])])
    problems = []
    for number in filled[1:]:
        record = records[number]
        if len(record) != len(header):
            if any(record[len(header) :]) or any(header[len(record) :]):
                message = f"has {len(record)} cells, the header {len(header)}"
                remedy = "quote cells that contain a comma, and fill missing ones"
                problems.append(Problem(table, message, remedy, number - start))
            records[number] = (record + [""] * len(header))[: len(header)]
    if len(filled) != len(records) - start:
        records = [records[number] for number in filled]
        start = 0
    index = pd.Index(np.array(filled[1:], dtype=np.int64) - filled[0], name=ROW)
    frame = pd.DataFrame(records[start + 1 :], index=index, columns=header, dtype="str")
    return frame, problems


def _records(table: str, content: bytes) -> list[list[str]]:
    """The records of a CSV file, blank lines as empty ones."""
    try:
        text = content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(table, f"is not UTF-8 text (line {line})", "save it as CSV in UTF-8")
    except csv.Error as error:
        problem = Problem(table, f"is not valid CSV ({error})", "save it again as CSV")
    raise DataError([problem])


def _read_parquet(path: Path) -> pd.DataFrame:
    """Cells in the types of the file; DataError where it cannot be read."""
    from pyarrow import parquet  # type: ignore[import-untyped]

    try:
        frame: pd.DataFrame = parquet.read_table(path).to_pandas(integer_object_nulls=True)
    except Exception as error:  # pyarrow raises many kinds; all mean the same to the user
        message = f"is not valid Parquet ({type(error).__name__})"
        raise DataError([Problem(path.stem, message, "write it again")]) from None
    named = [name for name in frame.index.names if name is not None]
    return frame.reset_index(level=named) if named else frame


# --- writing -----------------------------------------------------------------------------------


def require_free(target: Path) -> None:
    """FileError where ``target`` exists already; an empty folder may."""
    try:
        is_free = not os.path.lexists(target) or (target.is_dir() and not any(target.iterdir()))
    except OSError as error:
        raise _unwritable(target, error) from None
    if not is_free:
        raise FileError(target, "exists already", "name a new path or remove it first")


def _unwritable(target: Path, error: OSError) -> FileError:
    return FileError(target, f"cannot be written ({error.strerror})", "choose another place")


@contextmanager
def whole_or_nothing(target: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes ``target`` if the block succeeds, and vanishes if not.

    Raises FileError where the target exists already or its folder cannot be written.
    """
    target = Path(os.path.abspath(target))
    require_free(target)
    created = next((p for p in reversed(target.parents) if not p.exists()), None)
    folder: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        yield folder / target.name
        if target.exists():
            target.rmdir()
        os.replace(folder / target.name, target)
        created = None
    except OSError as error:
        raise _unwritable(target, error) from None
    finally:
        for left_over in (folder, created):
            if left_over is not None:
                shutil.rmtree(left_over, ignore_errors=True)


def write_dataset(frames: Mapping[str, pd.DataFrame], target: Path) -> None:
    """Write tables to ``target``: .xlsx a workbook, .parquet a folder of Parquet, else of CSV.

    Empty tables are left out. Whole or not at all: FileError leaves nothing behind.
    """
    kinds: dict[str, Format] = {".xlsx": "xlsx", ".parquet": "parquet"}
    filled = {name: frame for name, frame in frames.items() if len(frame)}
    with whole_or_nothing(target) as path:
        write_tables(filled, path, kinds.get(target.suffix.lower(), "csv"))


def write_tables(frames: Mapping[str, pd.DataFrame], path: Path, kind: Format) -> None:
    """Write ``frames`` into the folder ``path`` (CSV, Parquet), or the workbook ``path`` (xlsx)."""
    if kind == "xlsx":
        write_workbook(frames, path)
        return
    path.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        suffix = ".csv" if kind == "csv" else ".parquet"
        write_table(frame, path / f"{name}{suffix}", suffix)


def write_table(frame: pd.DataFrame, path: Path, kind: str) -> None:
    """Write one table to ``path`` as ``kind``, .csv or .parquet."""
    if kind == ".csv":
        _write_csv(frame, path)
    else:
        frame.apply(_parquet_cells).to_parquet(path, index=False)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    text = frame.select_dtypes(["str", "object"])
    # the writer quotes what holds a line feed, but not what holds a carriage return alone
    has_return = any(values.astype("str").str.contains("\r").any() for _, values in text.items())
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if has_return else csv.QUOTE_MINIMAL
    frame.apply(_csv_cells).to_csv(path, index=False, lineterminator="\n", quoting=quoting)


def _csv_cells(values: pd.Series) -> pd.Series:
    """Cells that read back to the same value: shortest exact numbers, ISO dates, true and false."""
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "true", False: "false"})
    if pd.api.types.is_datetime64_dtype(values):  # dates repeat: write each of them once
        codes, distinct = pd.factorize(values)
        named = np.array([*map(cell_text, distinct), ""], dtype=object)
        return pd.Series(named[codes], index=values.index)
    if pd.api.types.is_float_dtype(values):
        whole = (values % 1 == 0) & (values.abs() < 1e15)
        text = values.astype(object)
        text[whole] = values[whole].astype(np.int64)
        return text.where(values.notna(), "")
    return values


def _parquet_cells(values: pd.Series) -> pd.Series:
    """Cells of one type: where a column holds several, all are text."""
    return values.map(cell_text) if values.dtype == object else values
