"""Rows of a table of a dataset: page by page, filtered, and one by its key."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy import Table as SqlTable
from sqlmodel import Session

from app.service.context import Service
from app.service.data.cursors import check_limit, read_cursor, write_cursor, wrong_argument
from app.service.data.frames import read_table, snapshot, typed
from app.service.data.stored import Stored, StoredRow, declared, find, find_row, load
from app.service.data.visible import SCOPING, Scope, scope_of
from app.service.faults import NotFound
from app.service.identity.identity import Identity, Permission
from app.store.contract import CONTRACT
from supplychain.calendar import parse_date
from supplychain.schema import Column

Filter = tuple[str, str, str]
_MOST_VALUES = 1_000
_AT_LEAST = 500  # rows read at once where some may be hidden
_COMPARE: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column.is_distinct_from(value),
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
}
OPERATORS = (*_COMPARE, "in", "isnull")
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True)
class Page:
    """Rows in the order of their keys: row_key, the columns of the table, revision.

    ``next`` is the cursor of the page behind it, None for the last one; ``revision`` that of the
    dataset.
    """

    rows: pd.DataFrame
    next: str | None
    revision: int


def rows(
    service: Service,
    identity: Identity,
    dataset: str,
    table: str,
    filters: Sequence[Filter] = (),
    *,
    after: str | None = None,
    limit: int = 1000,
) -> Page:
    """A page of the rows of ``table`` that pass all ``filters`` and that ``identity`` may see.

    A filter is a column, one of :data:`OPERATORS` and a value as text; ``in`` takes values
    separated by commas. Raises InputError for a filter, cursor or limit that is wrong.
    """
    identity.require(Permission.DATA_READ)
    check_limit(limit)
    stored = CONTRACT[declared(table).name]
    conditions = [_condition(table, stored, *given) for given in filters]
    last = "" if after is None else read_cursor(after, str)[0]
    with service.database.reading() as session:
        found = find(snapshot(session), dataset)
        scope = _scope(session, found.id, identity)
        statement = select(*_columns(table, stored)).where(
            stored.c.dataset_id == found.id, *conditions
        )
        frame = _visible_rows(session, statement, stored, scope, last, limit + 1)
    page = frame.iloc[:limit]
    following = write_cursor([page["row_key"].iloc[-1]]) if len(frame) > limit else None
    return Page(page, following, found.revision)


def row(service: Service, identity: Identity, dataset: str, table: str, row_key: str) -> StoredRow:
    """One row of ``table``; NotFound where there is none that ``identity`` may see."""
    identity.require(Permission.DATA_READ)
    with service.database.reading() as session:
        of = find(snapshot(session), dataset)
        if identity.sees_everything:  # the other tables say only what is hidden
            stored = Stored(of.id, of.revision, {})
        else:
            stored = load(service, session, of)
        found = find_row(session, stored, identity, table, row_key)
    if found is None:
        raise NotFound.of(f"row of {table}", row_key)
    return found


def _columns(table: str, stored: SqlTable) -> list[ColumnElement[Any]]:
    names = declared(table).column_names
    return [stored.c.row_key, stored.c.revision, *(stored.c[name] for name in names)]


def _scope(session: Session, dataset_id: str, identity: Identity) -> Scope:
    if identity.sees_everything:
        return scope_of({}, identity)
    return scope_of({name: read_table(session, dataset_id, name) for name in SCOPING}, identity)


def _visible_rows(
    session: Session,
    statement: Select[Any],
    stored: SqlTable,
    scope: Scope,
    last: str,
    wanted: int,
) -> pd.DataFrame:
    """The first ``wanted`` rows behind the key ``last`` that ``scope`` does not hide."""
    size = wanted if scope.is_whole else max(wanted, _AT_LEAST)
    parts: list[pd.DataFrame] = []
    while sum(map(len, parts)) < wanted:
        behind = statement.where(stored.c.row_key > last).order_by(stored.c.row_key).limit(size)
        read = session.execute(behind).all()
        frame = typed(stored.name, [row[2:] for row in read])
        frame.insert(0, "row_key", pd.Series([row[0] for row in read], dtype="str"))
        frame["revision"] = pd.Series([row[1] for row in read], dtype="int64")
        parts.append(frame if scope.is_whole else frame[~scope.hides(frame)])
        if len(read) < size:
            break
        last = read[-1][0]
    return (parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)).iloc[:wanted]


# --- filters -----------------------------------------------------------------------------------


def _condition(
    table: str, stored: SqlTable, name: str, operator: str, value: str
) -> ColumnElement[bool]:
    by_name = {column.name: column for column in declared(table).columns}
    if name not in by_name:
        remedy = f"name one of {', '.join(by_name)}"
        raise wrong_argument(name, value, f"is no column of {table}", remedy)
    column, place = by_name[name], stored.c[name]
    if operator in _COMPARE:
        return _COMPARE[operator](place, _read(column, value))
    if operator == "in":
        values = value.split(",")
        if len(values) > _MOST_VALUES:
            remedy = f"ask for at most {_MOST_VALUES:,} at once"
            raise wrong_argument(name, value, "has too many values", remedy)
        return place.in_([_read(column, one) for one in values])
    if operator == "isnull":
        blank = place == "" if column.type == "text" else place.is_(None)
        return blank if _flag(column, value) else ~blank
    raise wrong_argument(name, operator, "is no operator", f"use one of {', '.join(OPERATORS)}")


def _read(column: Column, value: str) -> Any:
    """``value`` in the type of ``column``."""
    if column.type == "text":
        if "\x00" in value:
            raise wrong_argument(column.name, value, "holds NUL, which is no text", "remove it")
        return value
    if column.type == "flag":
        return _flag(column, value)
    return _date(column, value) if column.type in ("date", "period") else _number(column, value)


def _flag(column: Column, value: str) -> bool:
    if value.lower() not in _FLAGS:
        raise wrong_argument(column.name, value, "is not true or false", "write true or false")
    return _FLAGS[value.lower()]


def _date(column: Column, value: str) -> dt.datetime:
    try:
        return dt.datetime.combine(parse_date(value), dt.time())
    except ValueError:
        remedy = "write a date such as 2026-03-02 or a week such as 2026-W10"
        raise wrong_argument(column.name, value, "is not a date", remedy) from None


def _number(column: Column, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise wrong_argument(column.name, value, "is not a number", "write a number such as 12.5")
    return number
