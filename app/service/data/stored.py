"""Datasets as they stand in the store, and the networks made from them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session, col

from app.service.context import Service
from app.service.data.frames import read_tables, snapshot, typed
from app.service.data.visible import scope_of
from app.service.faults import NotFound
from app.service.identity.identity import Identity
from app.service.plain import plain
from app.store.contract import CONTRACT
from app.store.records import Dataset
from supplychain.errors import DataError, Problem
from supplychain.network import Network
from supplychain.schema import TABLES, Table
from supplychain.settings import read_settings

_KEPT = 2  # datasets in memory: a large one takes hundreds of megabytes


@dataclass(frozen=True)
class Stored:
    """The tables of a dataset at one revision, typed; never changed."""

    dataset_id: str
    revision: int
    tables: Mapping[str, pd.DataFrame]

    @cached_property
    def network(self) -> Network:
        """The tables as a network: they were checked when they were written.

        Raises DataError where the dataset is still empty.
        """
        if not len(self.tables["items"]):
            raise DataError([Problem("items", "the dataset holds none yet", "write its tables")])
        settings, _ = read_settings(self.tables)
        return Network({}, settings).replace(**self.tables)


class _Cache:
    """The datasets that were read last, by database, dataset and revision."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Stored] = OrderedDict()
        self._lock = Lock()

    def get(self, url: str, dataset_id: str, revision: int) -> Stored | None:
        with self._lock:
            found = self._kept.get((url, dataset_id))
            return found if found is not None and found.revision == revision else None

    def put(self, url: str, stored: Stored) -> None:
        with self._lock:
            self._kept[url, stored.dataset_id] = stored
            self._kept.move_to_end((url, stored.dataset_id))
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_CACHE = _Cache()


def find(session: Session, dataset: str, *, to_change: bool = False) -> Dataset:
    """The dataset with this name or identifier; NotFound where there is none.

    ``to_change``: others who want to change it wait for the end of the transaction.
    """
    statement = select(Dataset).where((col(Dataset.name) == dataset) | (col(Dataset.id) == dataset))
    found = session.scalars(statement.with_for_update() if to_change else statement).first()
    if found is None:
        raise NotFound.of("dataset", dataset)
    return found


def declared(table: str) -> Table:
    """The table of the contract called ``table``; NotFound where there is none."""
    if table not in TABLES:
        raise NotFound.of("table", table)
    return TABLES[table]


@dataclass(frozen=True)
class StoredRow:
    """One row: its cells by column, and the revision of the dataset that wrote it last."""

    row_key: str
    cells: dict[str, Any]
    revision: int


def find_row(
    session: Session, stored: Stored, identity: Identity, table: str, row_key: str
) -> StoredRow | None:
    """The row with this key, None where there is none; NotFound where it is hidden."""
    kept = CONTRACT[declared(table).name]
    names = TABLES[table].column_names
    statement = select(*(kept.c[name] for name in names), kept.c.revision).where(
        kept.c.dataset_id == stored.dataset_id, kept.c.row_key == row_key
    )
    found = session.connection().execute(statement).first()
    if found is None:
        return None
    scope = scope_of(stored.tables, identity)
    if not scope.is_whole and scope.hides(typed(table, [found[:-1]])).any():
        raise NotFound.of(f"row of {table}", row_key)
    cells = dict(zip(names, map(plain, found[:-1]), strict=True))
    return StoredRow(row_key, cells, found[-1])


def load(service: Service, session: Session, dataset: Dataset) -> Stored:
    """The tables of ``dataset`` as ``session``, a snapshot, sees them; kept for the next time."""
    stored = _CACHE.get(service.database.url, dataset.id, dataset.revision)
    if stored is None:
        stored = Stored(dataset.id, dataset.revision, read_tables(session, dataset.id))
        keep(service, stored)
    return stored


def keep(service: Service, stored: Stored) -> None:
    """Keep ``stored`` for whoever reads it next."""
    _CACHE.put(service.database.url, stored)


def forget() -> None:
    """Keep nothing: what was kept is of a database that is no more."""
    _CACHE.clear()


def find_stored(service: Service, dataset: str) -> tuple[Stored, str]:
    """The tables of the dataset with this name or identifier, and its name."""
    with service.database.reading() as session:
        found = find(snapshot(session), dataset)
        return load(service, session, found), found.name


def read_network(service: Service, dataset: str) -> Network:
    """The dataset with this name or identifier as a network; DataError where it is empty."""
    return find_stored(service, dataset)[0].network
