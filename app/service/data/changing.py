"""The change feed of a dataset: what was written or deleted since a place in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlmodel import Session, col

from app.service.context import Service
from app.service.data.cursors import (
    check_limit,
    open_cursor,
    read_cursor,
    seal_cursor,
    write_cursor,
    wrong_argument,
)
from app.service.data.frames import read_table, snapshot, typed
from app.service.data.stored import find
from app.service.data.visible import SCOPING, Scope, scope_of
from app.service.faults import Gone
from app.service.identity.identity import Identity, Permission
from app.service.plain import records
from app.service.settings import ServiceSettings
from app.store.contract import CONTRACT
from app.store.records import Dataset, DeletedRow, Json
from supplychain.errors import InputError
from supplychain.schema import TABLES


class _Place(NamedTuple):
    """Where a change stands in the feed."""

    revision: int
    table: str
    row_key: str


class _Cursor(NamedTuple):
    """How far somebody has read; who reads from the beginning ``began`` at this revision."""

    place: _Place
    began: int = 0

    @property
    def knows(self) -> int:
        """The revision up to which they hold no row that was deleted."""
        return max(self.place.revision, self.began)

    def __str__(self) -> str:
        return write_cursor([*self.place, self.began] if self.began else [*self.place])


@dataclass(frozen=True)
class ChangedRow:
    """A row as it is now, or the key of one that is gone."""

    table: str
    row_key: str
    revision: int
    deleted: bool
    row: Json | None


@dataclass(frozen=True)
class Changes:
    """Changes, oldest first; ``cursor`` is where to go on, ``more`` whether there are some now."""

    items: list[ChangedRow]
    cursor: str
    more: bool


def changes(
    service: Service,
    identity: Identity,
    dataset: str,
    since: str | int | None = None,
    *,
    limit: int = 1000,
) -> Changes:
    """What changed ``since`` a cursor or revision of the dataset, from its beginning if None.

    A row that changed often comes once, as it is now. Where all has to be read again it raises
    InputError for a cursor that lies ahead of the dataset, which was restored from a backup, and
    Gone for one so old that what was deleted since is no longer known.
    """
    identity.require(Permission.DATA_READ)
    check_limit(limit)
    last = _cursor(service.settings, since)
    with service.database.reading() as session:
        found = find(snapshot(session), dataset)
        last = _checked(last, found)
        scope = _scope(session, found.id, identity)
        seen = _changed(session, found.id, last.place, limit)
        items = _visible(session, found.id, seen[:limit], scope)
    more = len(seen) > limit
    end = _Cursor(_Place(found.revision, _END, ""))
    following = str(last._replace(place=seen[limit - 1]) if more else end)
    return Changes(items, seal_cursor(service.settings, following), more)


_END = "~"  # behind the name of every table


def _cursor(settings: ServiceSettings, since: str | int | None) -> _Cursor:
    text = str(since or 0)
    if text.isascii() and text.isdigit() and len(text) < 19:
        return _Cursor(_Place(int(text), _END, ""))
    text = open_cursor(settings, text)
    try:
        revision, table, row_key, began = read_cursor(text, int, str, str, int)
        return _Cursor(_Place(revision, table, row_key), began)
    except InputError:
        return _Cursor(_Place(*read_cursor(text, int, str, str)))


def _checked(cursor: _Cursor, dataset: Dataset) -> _Cursor:
    """``cursor`` where one can go on from it; who starts from the beginning starts now."""
    again = f"read everything again; the dataset is at revision {dataset.revision}"
    if cursor.knows > dataset.revision:
        since = str(cursor.place.revision)
        raise wrong_argument("since", since, "lies ahead of the dataset", again)
    if not cursor.knows:
        return cursor._replace(began=dataset.revision)
    if cursor.knows < dataset.forgotten:
        raise Gone("what was deleted since then is no longer known", again)
    return cursor


def _changed(session: Session, dataset_id: str, last: _Place, limit: int) -> list[_Place]:
    """The next places behind ``last``, one more than ``limit`` if there are so many."""
    found: list[_Place] = []
    for name, table in CONTRACT.items():
        keys = [table.c.revision, table.c.row_key]
        statement = select(*keys).where(table.c.dataset_id == dataset_id)
        behind = statement.where(_behind(last, name, table.c.revision, table.c.row_key))
        rows = session.execute(behind.order_by(*keys).limit(limit + 1))
        found += [_Place(revision, name, key) for revision, key in rows]
    place = [col(DeletedRow.revision), col(DeletedRow.table_name), col(DeletedRow.row_key)]
    statement = select(*place).where(col(DeletedRow.dataset_id) == dataset_id)
    behind = statement.where(tuple_(*place) > last).order_by(*place).limit(limit + 1)
    found += [_Place(*row) for row in session.execute(behind)]
    return sorted(found)[: limit + 1]


def _behind(
    last: _Place, table: str, revision: ColumnElement[int], row_key: ColumnElement[str]
) -> ColumnElement[bool]:
    if table > last.table:
        return revision >= last.revision
    if table < last.table:
        return revision > last.revision
    return or_(revision > last.revision, and_(revision == last.revision, row_key > last.row_key))


def _visible(
    session: Session, dataset_id: str, places: list[_Place], scope: Scope
) -> list[ChangedRow]:
    """The rows at ``places`` that are not hidden, in the same order."""
    found: dict[tuple[str, str], ChangedRow] = {}
    for table in {place.table for place in places}:
        keys = [place.row_key for place in places if place.table == table]
        for read in (_present, _gone):
            rows = read(session, dataset_id, table, keys, scope)
            found |= {(table, row.row_key): row for row in rows}
    order = [(place.table, place.row_key) for place in places]
    return [found[place] for place in order if place in found]


def _present(
    session: Session, dataset_id: str, table: str, keys: list[str], scope: Scope
) -> list[ChangedRow]:
    stored = CONTRACT[table]
    cells = [stored.c[name] for name in TABLES[table].column_names]
    statement = select(stored.c.row_key, stored.c.revision, *cells).where(
        stored.c.dataset_id == dataset_id, stored.c.row_key.in_(keys)
    )
    rows = session.execute(statement).all()
    frame = typed(table, [row[2:] for row in rows])
    told = zip(rows, records(frame), scope.hides(frame), strict=True)
    return [ChangedRow(table, row[0], row[1], False, content)
            for row, content, hidden in told if not hidden]  # fmt: skip


def _gone(
    session: Session, dataset_id: str, table: str, keys: list[str], scope: Scope
) -> list[ChangedRow]:
    statement = select(DeletedRow).where(
        col(DeletedRow.dataset_id) == dataset_id, col(DeletedRow.table_name) == table,
        col(DeletedRow.row_key).in_(keys),
    )  # fmt: skip
    rows = session.scalars(statement).all()
    hidden = scope.hides(pd.DataFrame([row.content for row in rows]))
    return [ChangedRow(table, row.row_key, row.revision, True, None)
            for row, is_hidden in zip(rows, hidden, strict=True) if not is_hidden]  # fmt: skip


def _scope(session: Session, dataset_id: str, identity: Identity) -> Scope:
    """What is hidden, by the tables as they are and by what was deleted from them."""
    if identity.sees_everything:
        return scope_of({}, identity)
    tables = {}
    for name in SCOPING:
        statement = select(col(DeletedRow.content)).where(
            col(DeletedRow.dataset_id) == dataset_id, col(DeletedRow.table_name) == name
        )
        gone = pd.DataFrame(list(session.scalars(statement)))
        tables[name] = pd.concat([read_table(session, dataset_id, name), gone])
    return scope_of(tables, identity)
