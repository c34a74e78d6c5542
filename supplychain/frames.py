"""From any frame of one table to a typed frame of the data contract, with every problem found."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from supplychain.calendar import parse_date
from supplychain.cells import Cells, Mask, cell_problems, cell_text, row_problems, shown
from supplychain.errors import Problem
from supplychain.schema import KEY_SEPARATOR, Column, ColumnType, Table

ROW = "row"  # name of an index that holds row numbers
_TRUE = frozenset({"true", "yes", "1", "t", "y"})
_FALSE = frozenset({"false", "no", "0", "f", "n"})
_DTYPES: dict[ColumnType, str] = {
    "text": "str",
    "number": "float64",
    "integer": "float64",
    "flag": "bool",
    "date": "datetime64[us]",
    "period": "datetime64[us]",
}


def empty_frame(table: Table) -> pd.DataFrame:
    """A frame of ``table`` with all its columns and no rows."""
    return _empty_frame(table).copy(deep=False)


@cache
def _empty_frame(table: Table) -> pd.DataFrame:
    return pd.DataFrame({c.name: pd.Series(dtype=_DTYPES[c.type]) for c in table.columns})


def typed_frame(table: Table, raw: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Give ``raw`` the columns and types of ``table``; row numbers are in the index.

    Rows are numbered from 1, unless the index of ``raw`` is called ``row`` and holds their numbers.
    Cells that cannot be read become blank and a problem each. Columns that the contract does not
    know are kept as text behind the others, by name, unless they look like a misspelling.
    """
    raw = raw.rename(columns=lambda name: str(name).strip())
    if raw.index.name != ROW:
        raw.index = pd.RangeIndex(1, len(raw) + 1, name=ROW)
    raw, problems = _usable_columns(table, raw)
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        if column.name in raw:
            columns[column.name], found = _typed(table, column, raw[column.name])
            problems += found
        else:
            columns[column.name] = _blank(column, raw.index)
    for name in sorted(set(raw.columns) - set(table.column_names)):
        columns[name] = _as_text(raw[name])
    frame = pd.DataFrame(columns, index=raw.index)
    told = {(problem.row, problem.column) for problem in problems}
    found = cell_problems(table, frame, set(raw.columns))
    problems += [p for p in found if (p.row, p.column) not in told]
    problems += _duplicates(table, frame, problems)
    return frame, sorted(problems, key=lambda problem: problem.row or 0)


# --- columns -----------------------------------------------------------------------------------


def _usable_columns(table: Table, raw: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """``raw`` with every column once and with a name, and what is wrong with its columns."""
    problems: list[Problem] = []
    if "" in raw:
        raw, problems = _named_columns(table, raw)
    twice = raw.columns.duplicated()
    if twice.any():
        message, remedy = "column is given twice", "keep one of them"
        problems += [
            Problem(table.name, message, remedy, column=str(name))
            for name in raw.columns[twice].unique()
        ]
        raw = raw.loc[:, ~twice]
    problems += [
        Problem(table.name, "required column is missing", "add the column", column=column.name)
        for column in table.columns
        if column.required and column.name not in raw
    ]
    absent = [name for name in table.column_names if name not in raw]
    for name in sorted(set(raw.columns) - set(table.column_names)):
        if meant := misspelled(str(name), absent):
            remedy = f"did you mean {meant}? rename it"
            problems.append(Problem(table.name, "unknown column", remedy, column=str(name)))
    return raw, problems


def _named_columns(table: Table, raw: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """``raw`` without columns that have no name; cells in them are problems."""
    is_named = raw.columns != ""
    filled = (raw.loc[:, ~is_named].map(cell_text) != "").any(axis=1)
    message, remedy = "cell without a column name", "name the column or clear it"
    return raw.loc[:, is_named], [
        Problem(table.name, message, remedy, row, "(unnamed)") for row in raw.index[filled].tolist()
    ]


def _blank(column: Column, index: pd.Index) -> pd.Series:
    """A column that is not given."""
    blank = pd.NaT if column.type in ("date", "period") else np.nan
    value = blank if column.default is None else column.default
    return pd.Series(value, index=index, dtype=_DTYPES[column.type])


def _duplicates(table: Table, frame: pd.DataFrame, told: Iterable[Problem]) -> list[Problem]:
    """Rows that repeat a key, where nothing else is wrong with the key."""
    key = list(table.key)
    broken = {problem.row for problem in told if problem.column in key}
    if None in broken:
        return []
    frame = frame.loc[~frame.index.isin(list(broken)), key]
    repeated = frame.duplicated()
    if not repeated.any():
        return []
    rows = pd.Series(frame.index, index=frame.index)
    first = rows.groupby([frame[name] for name in key], sort=False, dropna=False).transform("min")
    return [
        Problem(
            table.name,
            f"repeats the key of row {first[row]}",
            "merge or remove one of the rows",
            row,
            ", ".join(key),
            KEY_SEPARATOR.join(shown(value) for value in frame.loc[row].tolist()),
        )
        for row in frame.index[repeated].tolist()
    ]


# --- cells -------------------------------------------------------------------------------------


def _as_text(values: pd.Series) -> pd.Series:
    """Cells as text: whole floats without .0, dates as ISO dates, missing as ""."""
    if not isinstance(values.dtype, pd.StringDtype):
        values = values.astype(object).map(cell_text)
    return values.astype("str").fillna("")


@dataclass(frozen=True)
class _Reader:
    """How text becomes values: ``read`` gives the values of cells and which of these are wrong."""

    read: Callable[[Cells, Column], tuple[Cells, Mask]]
    message: str
    remedy: str


def _typed(table: Table, column: Column, values: pd.Series) -> tuple[pd.Series, list[Problem]]:
    """The cells of one column in its type, and a problem for each that cannot be read."""
    if column.type == "text":
        text = _as_text(values)
        return (text.mask(text == "", str(column.default)) if column.default else text), []
    typed, wrong = _as_is(column, values)
    reader = _READERS[column.type]
    if typed is None:
        codes, distinct = pd.factorize(_as_text(values).str.strip())
        read, unreadable = reader.read(np.asarray(distinct, dtype=object), column)
        typed, wrong = pd.Series(read[codes], index=values.index), unreadable[codes]
    if column.type in ("number", "integer") and column.default is not None:
        typed = typed.fillna(float(column.default))
    rows = values.to_frame(column.name)
    return typed, row_problems(table.name, rows, wrong, column.name, reader.message, reader.remedy)


def _as_is(column: Column, values: pd.Series) -> tuple[pd.Series | None, Mask]:
    """Values that have the type already, with what is wrong with them; None where they have not."""
    fine = np.zeros(len(values), dtype=bool)
    is_flag = pd.api.types.is_bool_dtype(values)
    if column.type in ("number", "integer"):
        if pd.api.types.is_numeric_dtype(values) and not is_flag:
            return values.astype("float64"), fine
    elif column.type == "flag":
        if is_flag and not values.hasnans:
            return values.astype(bool), fine
    elif pd.api.types.is_datetime64_dtype(values):
        dates = values.astype("datetime64[us]").dt.normalize()
        outside = (dates < pd.Timestamp(dt.date.min)) | (dates > pd.Timestamp(dt.date.max))
        return dates.mask(outside), outside.to_numpy()
    return None, fine


def _numbers(cells: Cells, _: Column) -> tuple[Cells, Mask]:
    numbers = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce").to_numpy(np.float64)
    return numbers, np.isnan(numbers) & (cells != "")


def _flags(cells: Cells, column: Column) -> tuple[Cells, Mask]:
    known = {"": bool(column.default), **dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
    flags = [known.get(cell.lower()) for cell in cells]
    return np.array(flags, dtype=bool), np.array([flag is None for flag in flags], dtype=bool)


def _dates(cells: Cells, _: Column) -> tuple[Cells, Mask]:
    dates = np.full(len(cells), np.datetime64("NaT"), dtype="datetime64[us]")
    for number, cell in enumerate(cells):
        try:
            dates[number] = np.datetime64(parse_date(cell), "us") if cell else dates[number]
        except ValueError:
            continue
    return dates, np.isnat(dates) & (cells != "")


_NUMBER = _Reader(
    _numbers, "is not a number", "write a number such as 12.5, without separators or units"
)
_DATE = _Reader(
    _dates,
    "is not a date",
    "write a date such as 2026-03-02, without time zone, or a week such as 2026-W10",
)
_READERS: dict[ColumnType, _Reader] = {
    "number": _NUMBER,
    "integer": _NUMBER,
    "flag": _Reader(_flags, "is not true or false", "write true or false"),
    "date": _DATE,
    "period": _DATE,
}


# --- names -------------------------------------------------------------------------------------


def misspelled(name: str, absent: Collection[str]) -> str:
    """Which of the ``absent`` names is meant by the unknown ``name``; "" if none is like it."""
    plain = name.strip().casefold().replace(" ", "_").replace("-", "_")
    close = difflib.get_close_matches(plain, absent, 1, 0.8)
    return close[0] if close else ""


def near(name: str, known: Iterable[str]) -> str:
    """Return ", did you mean X?" for the nearest known name, or nothing."""
    close = difflib.get_close_matches(name, list(known), 1)
    return f", did you mean {close[0]}?" if close else ""
