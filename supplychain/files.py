"""Datasets on disk: a folder of CSV or Parquet files, or an Excel workbook with a sheet a table."""

from __future__ import annotations

import csv
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from supplychain.errors import DataError, FileError, Problem
from supplychain.network import Network

Format = Literal["csv", "parquet", "xlsx"]
_EXCEL_ROWS = 1_048_575


def read_dataset(path: Path) -> Network:
    """Read and validate the dataset at ``path`` (folder of CSV or Parquet files, or .xlsx).

    Raises FileError where it cannot be read, DataError with every problem of its content.
    """
    return Network.from_frames(read_frames(path))


def read_frames(path: Path) -> dict[str, pd.DataFrame]:
    """Read the tables at ``path`` as they stand, cells unchecked."""
    if not path.exists():
        raise FileError(path, "does not exist", "name a folder of CSV or Parquet files or an .xlsx")
    if path.is_file():
        if path.suffix.lower() != ".xlsx":
            raise FileError(path, "is not a dataset", "name a folder or an .xlsx workbook")
        return _read_workbook(path)
    files = sorted(f for f in path.iterdir() if f.suffix.lower() in (".csv", ".parquet"))
    if not files:
        raise FileError(path, "holds no CSV or Parquet file", "name the folder with the tables")
    twice = [f.stem for f, g in itertools.pairwise(files) if f.stem == g.stem]
    if twice:
        raise FileError(path, f"holds {twice[0]} twice", "keep one of .csv and .parquet")
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            frames[file.stem] = (
                _read_csv(file) if file.suffix.lower() == ".csv" else _read_parquet(file)
            )
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return frames


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except UnicodeDecodeError as error:
        problem = Problem(path.name, f"is not UTF-8 text ({error.reason})", "save it as UTF-8 CSV")
        raise DataError([problem]) from None
    except csv.Error as error:
        problem = Problem(path.name, f"is not valid CSV ({error})", "save it again as CSV")
        raise DataError([problem]) from None
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})", "check the file") from None
    rows = [row for row in rows if row]
    if not rows:
        raise DataError(
            [Problem(path.stem, "is empty, without a header", "write the column names")]
        )
    header = rows[0]
    wrong = [(n, row) for n, row in enumerate(rows[1:], 1) if len(row) != len(header)]
    if wrong:
        raise DataError(
            Problem(
                path.stem,
                f"has {len(row)} cells, the header {len(header)}",
                "quote cells that contain a comma, and fill missing ones",
                n,
            )
            for n, row in wrong
        )
    return pd.DataFrame(rows[1:], columns=header, dtype="str")


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except Exception as error:  # pyarrow raises many kinds; all mean the same to the user
        problem = Problem(
            path.name, f"is not valid Parquet ({type(error).__name__})", "write it again"
        )
        raise DataError([problem]) from None


def _read_workbook(path: Path) -> dict[str, pd.DataFrame]:
    from python_calamine import CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
        sheets = {
            name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names
        }
    except Exception as error:  # the library raises its own kinds for each defect of a file
        raise FileError(path, f"is not a valid workbook ({error})", "save it as .xlsx") from None
    frames = {}
    for name, rows in sheets.items():
        if rows:
            header, *cells = rows
            cells = [row for row in cells if any(cell != "" for cell in row)]
            frames[name] = pd.DataFrame(cells, columns=[str(cell) for cell in header], dtype=object)
    return frames


def require_free(target: Path) -> None:
    """FileError where ``target`` exists already; an empty folder may."""
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise FileError(target, "exists already", "name a new path or remove it first")


@contextmanager
def whole_or_nothing(target: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes ``target`` if the block succeeds, and vanishes if not.

    Raises FileError where the target exists already or its folder cannot be written.
    """
    target = Path(os.path.abspath(target))
    require_free(target)
    created = next(
        (p for p in reversed([target.parent, *target.parent.parents]) if not p.exists()), None
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise FileError(
            target, f"cannot be written ({error.strerror})", "choose another place"
        ) from None
    try:
        yield folder / target.name
        if target.exists():
            target.rmdir()
        os.replace(folder / target.name, target)
        created = None
    except OSError as error:
        raise FileError(
            target, f"cannot be written ({error.strerror})", "choose another place"
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if created is not None:
            shutil.rmtree(created, ignore_errors=True)


def write_dataset(frames: Mapping[str, pd.DataFrame], target: Path) -> None:
    """Write tables to ``target``: .xlsx a workbook, .parquet a folder of Parquet, else of CSV.

    Empty tables are left out. Whole or not at all: FileError leaves nothing behind.
    """
    kinds: dict[str, Format] = {".xlsx": "xlsx", ".parquet": "parquet"}
    with whole_or_nothing(target) as path:
        write_tables(
            {n: f for n, f in frames.items() if len(f)}, path, kinds.get(target.suffix, "csv")
        )


def write_tables(frames: Mapping[str, pd.DataFrame], path: Path, kind: Format) -> None:
    """Write ``frames`` into the folder ``path`` (CSV, Parquet), or the workbook ``path`` (xlsx)."""
    if kind == "xlsx":
        _write_workbook(frames, path)
        return
    path.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        if kind == "csv":
            frame.apply(_csv_cells).to_csv(path / f"{name}.csv", index=False, lineterminator="\n")
        else:
            frame.to_parquet(path / f"{name}.parquet", index=False)


def _csv_cells(values: pd.Series) -> pd.Series:
    """Cells that read back to the same value: shortest exact numbers, ISO dates, true and false."""
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "true", False: "false"})
    if pd.api.types.is_datetime64_dtype(values):
        return values.dt.strftime("%Y-%m-%d").fillna("")
    if pd.api.types.is_float_dtype(values):
        whole = (values % 1 == 0) & (values.abs() < 1e15)
        cells = values.to_numpy(dtype=object)
        cells[whole] = values[whole].to_numpy(np.int64).astype(object)
        cells[values.isna()] = ""
        return pd.Series(cells, index=values.index, dtype=object)
    return values


def _write_workbook(frames: Mapping[str, pd.DataFrame], path: Path) -> None:
    too_long = [name for name, frame in frames.items() if len(frame) > _EXCEL_ROWS]
    if too_long:
        raise FileError(
            path, f"cannot hold {too_long[0]}: more rows than a sheet has", "write CSV or Parquet"
        )
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(
        path, engine="xlsxwriter", engine_kwargs=options, datetime_format="yyyy-mm-dd"
    ) as writer:
        writer.book.worksheet_class = _exact_sheet()
        for name, frame in frames.items():
            frame.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))


def _exact_sheet() -> type[Any]:
    """A worksheet that keeps numbers exact: xlsxwriter's own writes 16 digits, a float has 17."""
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

    class ExactSheet(Worksheet):  # type: ignore[misc]
        def _xml_number_element(self, number: float, attributes: Any = ()) -> None:
            given = "".join(f' {key}="{value}"' for key, value in attributes)
            self.fh.write(f"<c{given}><v>{float(number)!r}</v></c>")

    return ExactSheet
