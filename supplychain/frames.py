"""From any frame of one table to a typed frame of the data contract, with every problem found."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd
import pandera.pandas as pa

from supplychain.calendar import parse_date
from supplychain.errors import Problem
from supplychain.schema import KEY_SEPARATOR, TABLES, WILDCARD, Column, Table

_TRUE = frozenset({"true", "yes", "1", "t", "y"})
_FALSE = frozenset({"false", "no", "0", "f", "n"})
_DTYPES = {
    "text": "str",
    "number": "float64",
    "integer": "float64",
    "flag": "bool",
    "date": "datetime64[us]",
    "period": "datetime64[us]",
}


def empty_frame(table: Table) -> pd.DataFrame:
    """A frame of ``table`` with all its columns and no rows."""
    return pd.DataFrame({c.name: pd.Series(dtype=_DTYPES[c.type]) for c in table.columns})


def typed_frame(table: Table, raw: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Give ``raw`` the columns and types of ``table``; row numbers stay in the index, from 1.

    Cells that cannot be read become blank and a problem each. Columns that the contract does not
    know are kept as text behind the others, unless they look like a misspelling.
    """
    raw = raw.rename(columns=lambda name: str(name).strip()).reset_index(drop=True)
    raw.index = pd.RangeIndex(1, len(raw) + 1)
    problems = _column_problems(table, raw)
    if raw.columns.has_duplicates:
        raw = raw.loc[:, ~raw.columns.duplicated()]
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        values = raw[column.name] if column.name in raw else pd.Series("", index=raw.index)
        columns[column.name] = _typed(table, column, values, problems)
    for name in raw.columns.difference(list(table.column_names), sort=False):
        columns[str(name)] = _as_text(raw[name])
    frame = pd.DataFrame(columns, index=raw.index)
    unreadable = {(problem.row, problem.column) for problem in problems}
    checks = [p for p in _check(table, frame) if (p.row, p.column) not in unreadable]
    missing = set(table.column_names) - set(raw.columns)
    return frame, problems + [p for p in checks if p.column not in missing]


def _column_problems(table: Table, raw: pd.DataFrame) -> list[Problem]:
    problems = [
        Problem(table.name, "column is given twice", "keep one of them", column=str(name))
        for name in raw.columns[raw.columns.duplicated()].unique()
    ]
    missing = [c.name for c in table.columns if c.required and c.name not in raw.columns]
    problems += [
        Problem(table.name, "required column is missing", f"add the column {name}", column=name)
        for name in missing
    ]
    absent = [name for name in table.column_names if name not in raw.columns]
    for name in raw.columns.difference(list(table.column_names)):
        if close := difflib.get_close_matches(str(name), absent, 1, 0.8):
            remedy = f"did you mean {close[0]}? rename it"
            problems.append(Problem(table.name, "unknown column", remedy, column=str(name)))
    return problems


def _as_text(values: pd.Series) -> pd.Series:
    """Cells as text: whole floats without .0, dates as ISO dates, missing as ""."""
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("").astype("str")
    return values.map(_cell_text).astype("str")


def _cell_text(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    return str(value)


def _typed(table: Table, column: Column, values: pd.Series, problems: list[Problem]) -> pd.Series:
    if column.type in ("number", "integer"):
        typed, unreadable = _numbers(values)
        remedy = "write a number such as 12.5, without separators or units"
    elif column.type == "flag":
        typed, unreadable = _flags(values, bool(column.default))
        remedy = "write true or false"
    elif column.type in ("date", "period"):
        typed, unreadable = _dates(values)
        remedy = "write a date such as 2026-03-02 or a week such as 2026-W10"
    else:
        text = _as_text(values)
        return text.where(text != "", str(column.default)) if column.default else text
    problems += _cell_problems(table, column, values[unreadable], f"is not a {column.type}", remedy)
    if column.type in ("number", "integer") and column.default is not None:
        typed = typed.fillna(float(column.default))
    return typed


def _numbers(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.astype("float64"), pd.Series(False, index=values.index)
    text = _as_text(values).str.strip()
    numbers = pd.to_numeric(text.where(text != ""), errors="coerce").astype("float64")
    return numbers, numbers.isna() & (text != "")


def _flags(values: pd.Series, default: bool) -> tuple[pd.Series, pd.Series]:
    if pd.api.types.is_bool_dtype(values):
        return values.astype(bool), pd.Series(False, index=values.index)
    text = _as_text(values).str.strip().str.lower()
    unreadable = (text != "") & ~text.isin(_TRUE | _FALSE)
    return (text.isin(_TRUE) | ((text == "") & default)).astype(bool), unreadable


def _dates(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    if pd.api.types.is_datetime64_dtype(values):
        return values.astype("datetime64[us]"), pd.Series(False, index=values.index)
    text = _as_text(values).str.strip()
    known = {cell: _date_or_blank(cell) for cell in text.unique() if cell}
    dates = text.map(known).astype("datetime64[us]")
    return dates, dates.isna() & (text != "")


def _date_or_blank(text: str) -> pd.Timestamp | None:
    try:
        return pd.Timestamp(parse_date(text)).as_unit("us")
    except ValueError:
        return None


def _cell_problems(
    table: Table, column: Column, values: pd.Series, message: str, remedy: str
) -> list[Problem]:
    return [
        Problem(table.name, message, remedy, row, column.name, _cell_text(value))
        for row, value in zip(values.index.tolist(), values, strict=True)
    ]


_FINITE = "is not finite"
_WHOLE = "is not a whole number"
_BLANK = "is blank"
_SPACES = "has spaces around it"
_SEPARATOR = f"contains {KEY_SEPARATOR}, which joins keys"
_REMEDIES = {
    _FINITE: "write a finite number, or leave it blank if it is unlimited",
    _WHOLE: "write whole periods",
    _BLANK: "fill it in",
    _SPACES: "remove the spaces",
    _SEPARATOR: "rename it",
}


def _column_checks(column: Column, is_key: bool) -> list[pa.Check]:
    checks = []
    if column.type in ("number", "integer"):
        checks.append(pa.Check(lambda s: ~np.isinf(s), error=_FINITE))
        if column.minimum is not None:
            message = "is negative" if column.minimum == 0 else f"is below {column.minimum:g}"
            checks.append(pa.Check(lambda s, low=column.minimum: s >= low, error=message))
        if column.maximum is not None:
            message = f"is above {column.maximum:g}"
            checks.append(pa.Check(lambda s, high=column.maximum: s <= high, error=message))
    if column.type == "integer":
        checks.append(pa.Check(lambda s: np.isinf(s) | (s % 1 == 0), error=_WHOLE))
    if column.choices:
        known = set(column.choices)
        message = f"is not one of {', '.join(choice for choice in column.choices if choice)}"
        checks.append(pa.Check(lambda s: s.isin(known), error=message))
    if column.type == "text" and (is_key or column.references):
        checks.append(pa.Check(lambda s: s == s.str.strip(), error=_SPACES))
        if column.name not in ("owner", "value"):
            checks.append(
                pa.Check(lambda s: ~s.str.contains(KEY_SEPARATOR, regex=False), error=_SEPARATOR)
            )
    if column.required:
        checks.append(pa.Check(lambda s: s.notna() & (s != ""), error=_BLANK, ignore_na=False))
    return checks


@cache
def _schema(name: str) -> pa.DataFrameSchema:
    table = TABLES[name]
    return pa.DataFrameSchema(
        {
            c.name: pa.Column(checks=_column_checks(c, c.name in table.key), nullable=True)
            for c in table.columns
        }
    )


def _check(table: Table, frame: pd.DataFrame) -> list[Problem]:
    problems = _duplicates(table, frame)
    try:
        _schema(table.name).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        problems += [
            Problem(
                table.name,
                case.check,
                _remedy(table, case.check, case.column),
                int(case.index),
                case.column,
                _cell_text(case.failure_case),
            )
            for case in cases.itertuples()
            if case.index is not None
        ]
    return sorted(problems, key=lambda problem: (problem.row or 0, problem.column))


def _remedy(table: Table, check: str, column: str) -> str:
    if check in _REMEDIES:
        return _REMEDIES[check]
    declared = table.column(column)
    if declared.choices:
        return f"write {', '.join(choice for choice in declared.choices if choice)}"
    low = "" if declared.minimum is None else f" from {declared.minimum:g}"
    high = "" if declared.maximum is None else f" to {declared.maximum:g}"
    return f"write a number{low}{high}" if high else f"write a number{low} up"


def _duplicates(table: Table, frame: pd.DataFrame) -> list[Problem]:
    key = list(table.key)
    repeated = frame.index[frame.duplicated(key)]
    first = frame.reset_index(names="row").groupby(key, sort=False)["row"].transform("first")
    first.index = frame.index
    return [
        Problem(
            table.name,
            f"repeats the key of row {first[row]}",
            "merge or remove one of the rows",
            int(row),
            ", ".join(key),
            KEY_SEPARATOR.join(_cell_text(v) for v in frame.loc[row, key]),
        )
        for row in repeated
    ]


def reference_problems(
    table: Table, frame: pd.DataFrame, known: dict[str, set[str]]
) -> list[Problem]:
    """Problems of cells that name a row which another table does not have."""
    problems = []
    for column in table.columns:
        if column.references:
            values = frame[column.name]
            accepted = known[column.references] | {""} | ({WILDCARD} if column.wildcard else set())
            remedy = f"add it to {column.references} or correct the name"
            message = f"is not in {column.references}"
            problems += _cell_problems(
                table, column, values[~values.isin(accepted)], message, remedy
            )
    return problems


def near(name: str, known: Iterable[str]) -> str:
    """Return ", did you mean X?" for the nearest known name, or nothing."""
    close = difflib.get_close_matches(name, list(known), 1)
    return f", did you mean {close[0]}?" if close else ""
