"""Datasets of the service: made, listed, looked at, deleted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal, union_all
from sqlalchemy import select as sql_select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.data.frames import snapshot
from app.service.data.stored import find
from app.service.faults import Changed, Conflict, Forbidden
from app.service.identity.identity import Identity, Permission
from app.store.contract import CONTRACT
from app.store.records import Dataset, Release
from supplychain.errors import InputError, Problem

_NAME = re.compile(r"[^\W_]([\w .-]{0,78}\w)?")
IDENTIFIER = re.compile(r"[0-9a-f]{32}")  # no name: what is found by both is found by one


@dataclass(frozen=True)
class DatasetView:
    """A dataset as it is told; ``rows`` by table, left empty for who does not see all rows."""

    id: str
    name: str
    revision: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    rows: dict[str, int]


def create_dataset(service: Service, identity: Identity, name: str) -> DatasetView:
    """Make an empty dataset; Conflict where there is one of this name."""
    identity.require(Permission.DATA_WRITE)
    check_name("dataset", name)
    dataset = Dataset(name=name, created_by=identity.name)
    try:
        with audited(service) as session:
            session.add(dataset)
            session.flush()
            record(session, identity, "dataset.created", f"dataset {name}", version=0,
                   after={"id": dataset.id, "name": name})  # fmt: skip
    except IntegrityError:
        raise Conflict(f"there is a dataset {name!r} already", "choose another name") from None
    return _view(dataset, {})


def check_name(kind: str, name: str) -> None:
    """InputError where ``name`` cannot name a ``kind``: it stands in addresses and file names."""
    if _NAME.fullmatch(name) is None or IDENTIFIER.fullmatch(name):
        remedy = "use 1 to 80 letters, digits, spaces, dots, hyphens and underscores"
        raise InputError([Problem(kind, "is not a name", remedy, column="name", value=name[:80])])


def datasets(service: Service, identity: Identity, *, counted: bool = True) -> list[DatasetView]:
    """All datasets, by name; without their rows where these are not to be ``counted``."""
    identity.require(Permission.DATA_READ)
    with service.database.reading() as session:
        connection = snapshot(session).connection()
        found = session.exec(select(Dataset).order_by(col(Dataset.name))).all()
        counts = _counts(connection) if counted and identity.sees_everything else {}
        return [_view(dataset, counts.get(dataset.id, {})) for dataset in found]


def dataset(service: Service, identity: Identity, dataset: str) -> DatasetView:
    """One dataset, by name or identifier."""
    identity.require(Permission.DATA_READ)
    with service.database.reading() as session:
        connection = snapshot(session).connection()
        found = find(session, dataset)
        counts = _counts(connection, found.id) if identity.sees_everything else {}
        return _view(found, counts.get(found.id, {}))


def delete_dataset(
    service: Service, identity: Identity, dataset: str, *, if_match: int | None = None
) -> None:
    """Delete a dataset with its rows and scenarios; runs and what the ERP took of them stay.

    ``if_match``: the revision that it must still have (else Changed). Conflict while releases of
    it are open: the ERP could take them for a supply chain that is gone.
    """
    identity.require(Permission.DATA_WRITE)
    if not identity.sees_everything:
        raise Forbidden("a dataset holds all brands and plants", "ask somebody who sees everything")
    with audited(service) as session:
        found = find(session, dataset, to_change=True)
        if if_match not in (None, found.revision):
            raise Changed(f"the dataset is at revision {found.revision}", found.revision)
        _require_none_open(session, found)
        session.delete(found)
        record(session, identity, "dataset.deleted", f"dataset {found.name}",
               version=found.revision, before={"id": found.id, "name": found.name})  # fmt: skip


def _require_none_open(session: Session, dataset: Dataset) -> None:
    """Conflict where releases wait for the ERP."""
    query = select(func.count()).select_from(Release)
    waiting = session.exec(query.where(Release.dataset_id == dataset.id, Release.state == "open"))
    if count := waiting.one():
        remedy = "undo what was approved to withdraw them, or let the ERP take them"
        raise Conflict(f"{count} releases of the dataset are open", remedy)


def _counts(connection: Connection, dataset_id: str | None = None) -> dict[str, dict[str, int]]:
    """Rows by dataset and table; tables without rows are left out."""
    parts = []
    for name, table in CONTRACT.items():
        part = sql_select(table.c.dataset_id, literal(name), func.count())
        if dataset_id is not None:
            part = part.where(table.c.dataset_id == dataset_id)
        parts.append(part.group_by(table.c.dataset_id))
    counts: dict[str, dict[str, int]] = {}
    for found_id, name, count in connection.execute(union_all(*parts)):
        counts.setdefault(found_id, {})[name] = count
    return counts


def _view(dataset: Dataset, rows: dict[str, int]) -> DatasetView:
    return DatasetView(dataset.id, dataset.name, dataset.revision, dataset.created_by,
                       dataset.created_at, dataset.updated_at, rows)  # fmt: skip
