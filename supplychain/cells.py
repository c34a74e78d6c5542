"""Rules for the cells of a column, as data: what breaks one, what is said of it, what mends it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.errors import Problem
from supplychain.schema import KEY_SEPARATOR, TABLES, WILDCARD, Column, Table

Cells = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

LARGEST = 1e15  # beyond it a float is no longer exact to one unit
_LONGEST_VALUE = 80
_FREE_TEXT = ("description", "value")  # may hold anything, spaces around it too
_COMPOSED = ("owner", "value")  # may hold the separator of keys, and "*"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def cell_text(value: object) -> str:
    """A cell as text: missing as "", whole numbers without .0, dates as ISO dates."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, bool | np.bool_):
        return str(value).upper()
    if isinstance(value, float):
        is_whole = value.is_integer() and abs(value) < LARGEST
        return "" if np.isnan(value) else str(int(value) if is_whole else value)
    if isinstance(value, dt.datetime) and value.tzinfo is None and value.time() == dt.time():
        return str(value).partition(" ")[0]
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def shown(value: object) -> str:
    """A cell as a message shows it, cut if it is long."""
    text = cell_text(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def row_problems(
    table: str,
    rows: pd.DataFrame,
    wrong: npt.ArrayLike,
    column: str,
    message: str,
    remedy: str,
) -> list[Problem]:
    """One problem of ``column`` for each of ``rows`` in which ``wrong`` holds."""
    wrong = np.asarray(wrong, dtype=bool)
    if not wrong.any():
        return []
    values = rows.loc[wrong, column]
    return [
        Problem(table, message, remedy, row, column, shown(value))
        for row, value in zip(values.index.tolist(), values.tolist(), strict=True)
    ]


def is_among(values: pd.Series, known: Iterable[str]) -> Mask:
    """Whether each text is one of ``known``; by distinct texts, which is much faster than isin."""
    codes, distinct = pd.factorize(values)
    members = frozenset(known.tolist() if isinstance(known, pd.Series) else known)
    found = map(members.__contains__, np.asarray(distinct, dtype=object))
    return np.fromiter(found, dtype=bool, count=len(distinct))[codes]


def rows_among(rows: pd.DataFrame, known: pd.DataFrame) -> Mask:
    """Whether each of ``rows`` equals one of ``known``, column by column."""
    members = set(zip(*(known[name].tolist() for name in known), strict=True))
    keys = zip(*(rows[name].tolist() for name in rows), strict=True)
    return np.fromiter(map(members.__contains__, keys), dtype=bool, count=len(rows))


@dataclass(frozen=True)
class Rule:
    """A rule for single cells; ``broken`` says which of an array of cells break it."""

    message: str
    remedy: str
    broken: Callable[[Cells], Mask]


def cell_problems(table: Table, frame: pd.DataFrame, names: Collection[str]) -> list[Problem]:
    """The first broken rule of every cell in the columns ``names`` of a typed frame."""
    problems = []
    for column in table.columns:
        if column.name in names:
            for rule, broken in _broken_rules(table, column, frame[column.name]):
                problems += row_problems(
                    table.name, frame, broken, column.name, rule.message, rule.remedy
                )
    return problems


def _broken_rules(table: Table, column: Column, values: pd.Series) -> list[tuple[Rule, Mask]]:
    """Rules that some cell breaks before any other rule, with these cells."""
    codes: Any = slice(None)
    if column.type == "text":  # names repeat: look at each of them once
        codes, distinct = pd.factorize(values)
        cells = np.asarray(distinct, dtype=object)
    else:
        cells = values.to_numpy()
    found = []
    told = np.zeros(len(cells), dtype=bool)
    for rule in _rules(table.name, column.name):
        broken = rule.broken(cells) & ~told
        if broken.any():
            told |= broken
            found.append((rule, broken[codes]))
    return found


@cache
def _rules(table_name: str, column_name: str) -> tuple[Rule, ...]:
    table = TABLES[table_name]
    column = table.column(column_name)
    rules = []
    if column.required:
        rules.append(Rule("is blank", "fill it in", _is_blank))
    if column.type in ("number", "integer"):
        rules += _number_rules(column)
    elif column.type == "text":
        is_name = column.name in (*table.key, "group") or bool(column.references)
        rules += _text_rules(column, is_name)
    return tuple(rules)


def _is_blank(cells: Cells) -> Mask:
    if cells.dtype == object:
        return np.asarray(cells == "", dtype=bool)
    return np.isnat(cells) if cells.dtype.kind == "M" else np.isnan(cells)


def _number_rules(column: Column) -> list[Rule]:
    remedy = "write a finite number, or leave it blank if it is unlimited"
    rules = [
        Rule("is not finite", remedy, np.isinf),
        Rule(f"is beyond {LARGEST:g}", remedy, lambda cells: np.abs(cells) > LARGEST),
    ]
    low, high = column.minimum, column.maximum
    remedy = "write a number" + ("" if low is None else f" from {low:g} ")
    remedy += "up" if high is None else f"to {high:g}"
    if low is not None:
        message = "is negative" if low == 0 else f"is below {low:g}"
        rules.append(Rule(message, remedy, lambda cells: cells < low))
    if high is not None:
        rules.append(Rule(f"is above {high:g}", remedy, lambda cells: cells > high))
    if column.type == "integer":
        remedy = f"write whole {column.unit or 'numbers'}"
        rules.append(Rule("is not a whole number", remedy, lambda cells: cells > np.floor(cells)))
    return rules


def _text_rules(column: Column, is_name: bool) -> list[Rule]:
    rules = []
    if column.name not in _FREE_TEXT:
        message = "has spaces around it"
        rules.append(_text_rule(message, "remove the spaces", lambda cell: cell != cell.strip()))
    if is_name:
        message = "holds a line break or control character"
        rules.append(
            _text_rule(message, "rename it", lambda cell: _CONTROL.search(cell) is not None)
        )
    if is_name and column.name not in _COMPOSED:
        message = f"contains {KEY_SEPARATOR}, which joins keys"
        rules.append(_text_rule(message, "rename it", lambda cell: KEY_SEPARATOR in cell))
        if not column.wildcard:
            message = f"{WILDCARD} means any, which it cannot mean here"
            rules.append(_text_rule(message, "write a name", lambda cell: cell == WILDCARD))
    if column.choices:
        choices = ", ".join(choice for choice in column.choices if choice)
        message = f"is not a known {column.name}"
        known = frozenset(column.choices)
        rules.append(_text_rule(message, f"write {choices}", lambda cell: cell not in known))
    return rules


def _text_rule(message: str, remedy: str, breaks: Callable[[str], bool]) -> Rule:
    return Rule(
        message, remedy, lambda cells: np.fromiter(map(breaks, cells), dtype=bool, count=len(cells))
    )
