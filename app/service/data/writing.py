"""Writing rows of a dataset: all or nothing, checked as a whole, only differences kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pandas as pd
from sqlmodel import Session

from app.service.audit import audited, record
from app.service.context import Service
from app.service.data.frames import delete_rows, insert_rows, snapshot
from app.service.data.merging import Change, TableChange, merge
from app.service.data.stored import Stored, declared, find, find_row, keep, load
from app.service.data.traces import mark_deleted, told, unmark_deleted
from app.service.faults import Changed, Conflict, NotFound
from app.service.identity.identity import Identity, Permission
from app.store.contract import key_cells, row_keys
from app.store.records import Dataset, now
from supplychain.cells import cell_text, shown
from supplychain.errors import InputError, Problem
from supplychain.frames import typed_frame
from supplychain.schema import TABLES

_ATTEMPTS = 10
_TURNS: defaultdict[str, Lock] = defaultdict(Lock)


@dataclass(frozen=True)
class Written:
    """What a write changed; rows that were the same already count as neither."""

    revision: int
    upserted: int
    deleted: int
    notices: tuple[str, ...] = ()


def write(
    service: Service,
    identity: Identity,
    dataset: str,
    upserts: Mapping[str, pd.DataFrame],
    deletes: Mapping[str, Sequence[str]] | None = None,
    *,
    if_match: int | None = None,
    replace: bool = False,
) -> Written:
    """Write the rows ``upserts``, cells as they came, and delete those with the keys ``deletes``.

    A row is written whole: columns that are left out take their default. ``replace``: tables that
    are given become what is given, but for rows that ``identity`` does not see; see :func:`whole`
    for all of them. ``if_match``: the revision that the dataset must still have (else Changed).
    Raises InputError with every problem of the dataset that would be, and Forbidden with every row
    of another brand or plant.
    """
    identity.require(Permission.DATA_WRITE)
    wanted = _Wanted(upserts, deletes or {}, if_match, replace)
    return _write(service, identity, dataset, wanted)


def whole(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """``frames`` with an empty one for each other table: to replace a dataset as a whole."""
    return {**{name: pd.DataFrame() for name in TABLES}, **frames}


def write_row(
    service: Service,
    identity: Identity,
    dataset: str,
    table: str,
    row_key: str,
    cells: Mapping[str, Any],
    *,
    if_match: int | None = None,
) -> Written:
    """Write one row; its key columns may be left out of ``cells``.

    ``if_match``: the revision that the row must still have, 0 if it must be new (else Changed).
    """
    identity.require(Permission.DATA_WRITE)
    named = _named_key(table, row_key)
    frame = pd.DataFrame([{**cells, **named}], dtype=object)
    _check_key(table, row_key, named, cells)
    match = _RowMatch(table, row_key, if_match)
    return _write(service, identity, dataset, _Wanted({table: frame}, row=match))


def delete_row(
    service: Service,
    identity: Identity,
    dataset: str,
    table: str,
    row_key: str,
    *,
    if_match: int | None = None,
) -> Written:
    """Delete one row; ``if_match`` is the revision that it must still have (else Changed)."""
    identity.require(Permission.DATA_WRITE)
    _named_key(table, row_key)
    match = _RowMatch(table, row_key, if_match, must_exist=True)
    return _write(service, identity, dataset, _Wanted({}, {table: [row_key]}, row=match))


def _named_key(table: str, row_key: str) -> dict[str, str]:
    """The key columns of a row with their cells; NotFound where the key has another form."""
    key, cells = declared(table).key, key_cells(row_key)
    if len(cells) != len(key):
        raise NotFound.of(f"row of {table}", row_key)
    return dict(zip(key, cells, strict=True))


def _check_key(
    table: str, row_key: str, named: Mapping[str, str], cells: Mapping[str, Any]
) -> None:
    """InputError where ``cells`` say otherwise than the key, or it is written in another way.

    A row has one key: 2026-W03 for its date, or a blank for a default, would be another one.
    """
    message, remedy = "is not that of the row's key", "leave it out, or delete and add the row"
    problems = [Problem(table, message, remedy, 1, name, shown(cells[name]))
                for name, cell in named.items()
                if cell_text(cells.get(name, cell)) != cell]  # fmt: skip
    rows, _ = typed_frame(TABLES[table], pd.DataFrame([named], dtype=object))
    key = row_keys(table, rows).iloc[0]
    if key != row_key:
        message, remedy = "is not how this row's key is written", f"write {shown(key)}"
        problems.append(Problem(table, message, remedy, 1, "row_key", shown(row_key)))
    if problems:
        raise InputError(problems)


# --- the transaction ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _RowMatch:
    """A single row that is written, and the revision that it must still have."""

    table: str
    row_key: str
    revision: int | None
    must_exist: bool = False

    def check(self, session: Session, stored: Stored, identity: Identity) -> None:
        """Changed where the row has another revision, NotFound where it is none to be seen."""
        found = find_row(session, stored, identity, self.table, self.row_key)
        if found is None and self.must_exist:
            raise NotFound.of(f"row of {self.table}", self.row_key)
        present = 0 if found is None else found.revision
        if self.revision not in (None, present):
            raise Changed(f"row {self.row_key} of {self.table} is at {present}", present)


@dataclass(frozen=True)
class _Wanted:
    """What a write asks for."""

    upserts: Mapping[str, pd.DataFrame]
    deletes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    if_match: int | None = None
    replace: bool = False
    row: _RowMatch | None = None


def _write(service: Service, identity: Identity, dataset: str, wanted: _Wanted) -> Written:
    """Check without holding the database, then keep it if nobody else wrote meanwhile."""
    with service.database.reading() as session:
        dataset_id = find(session, dataset).id
    with _TURNS[dataset_id]:  # those of this process one behind the other; others show by revision
        for _ in range(_ATTEMPTS):
            stored = _stored(service, identity, dataset_id, wanted)
            change = merge(stored, wanted.upserts, wanted.deletes, identity,
                           replace_tables=wanted.replace)  # fmt: skip
            if not change.tables:
                return Written(stored.revision, 0, 0, change.notices)
            if _keep(service, identity, stored, change):
                keep(service, Stored(dataset_id, stored.revision + 1, change.network.tables))
                return Written(stored.revision + 1, change.upserted, change.deleted, change.notices)
    raise Conflict(f"others keep changing the dataset {dataset!r}", "try again", retry_after=1)


def _stored(service: Service, identity: Identity, dataset_id: str, wanted: _Wanted) -> Stored:
    with service.database.reading() as session:
        stored = load(service, session, find(snapshot(session), dataset_id))
        if wanted.if_match not in (None, stored.revision):
            raise Changed(f"the dataset is at revision {stored.revision}", stored.revision)
        if wanted.row is not None:
            wanted.row.check(session, stored, identity)
        return stored


def _keep(service: Service, identity: Identity, stored: Stored, change: Change) -> bool:
    """Write ``change`` unless the dataset is no longer as it was ``stored``."""
    with audited(service) as session:
        dataset = find(session, stored.dataset_id, to_change=True)
        if dataset.revision != stored.revision:
            return False
        dataset.revision += 1
        dataset.updated_at = now()
        session.add(dataset)
        for table, found in change.tables.items():
            _keep_table(session, dataset, table, found)
        before, after = told(change)
        record(session, identity, "dataset.written", f"dataset {dataset.name}",
               version=dataset.revision, before=before, after=after)  # fmt: skip
    return True


def _keep_table(session: Session, dataset: Dataset, table: str, change: TableChange) -> None:
    delete_rows(session, dataset.id, table, change.before.index.tolist())
    insert_rows(session, dataset.id, table, change.rows, change.keys, dataset.revision)
    mark_deleted(session, dataset.id, table, change.before.loc[change.deleted], dataset.revision)
    unmark_deleted(session, dataset.id, table, change.keys)
