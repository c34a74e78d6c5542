"""Tables and files of runs and plans: pages for screens, whole files for others."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
from sqlmodel import Session

from app.service.context import Service
from app.service.data.visible import WHOLE, Scope
from app.service.faults import Forbidden, NotFound
from app.service.identity.identity import Identity, Permission
from app.service.jobs.blobs import artifacts, content_of
from app.service.results.frames import TableFormat, as_file, stored_frame
from app.service.results.runs import run_record, visible_plan, visible_run
from app.service.results.scope import scope_of
from app.store.records import Artifact
from supplychain.errors import InputError, Problem

_SUFFIX = ".parquet"
_UNITS = {"quantity": "demanded", "on_time": "on_time", "late": "late", "lost": "lost",
          "open": "open"}  # fmt: skip


@dataclass(frozen=True)
class TablePage:
    """Rows of a table from ``offset`` on; ``total`` counts all that who asks may see."""

    rows: pd.DataFrame
    offset: int
    total: int


@dataclass(frozen=True)
class StoredFile:
    """A file of a run."""

    path: str
    size: int
    content: bytes = field(default=b"", repr=False)


# --- plans ---------------------------------------------------------------------------------------


def plan_tables(service: Service, identity: Identity, plan_id: str) -> dict[str, int]:
    """The tables of a plan, each with its number of rows, those that are hidden included."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        found = visible_plan(session, identity, plan_id)
        return _tables(artifacts(session, found.run_id, plan_id))


def plan_table(
    service: Service, identity: Identity, plan_id: str, table: str, offset: int = 0,
    limit: int | None = None,
) -> TablePage:  # fmt: skip
    """Rows of a table of a plan that ``identity`` may see, ``limit`` at most (None: all)."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        return _page(_of_plan(session, identity, plan_id, table), offset, limit)


def plan_table_file(
    service: Service, identity: Identity, plan_id: str, table: str, form: TableFormat
) -> bytes:
    """A table of a plan as a file."""
    return as_file(plan_table(service, identity, plan_id, table).rows, table, form)


def plan_units(service: Service, identity: Identity, plan_id: str) -> dict[str, float]:
    """Units demanded, served on time, late, lost and open, of the demand one may see."""
    rows = plan_table(service, identity, plan_id, "service").rows
    return {name: float(rows[column].sum()) for column, name in _UNITS.items()}


def components(service: Service, identity: Identity, plan_id: str) -> pd.DataFrame:
    """Totals of shared items by period, over all places: item, period, on_hand, arrivals, uses.

    Shared are items without a brand: everybody sees how much there is of them, and nobody whose.
    """
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        found = visible_plan(session, identity, plan_id)
        run = run_record(session, found.run_id)
        items = stored_frame(session, str(run.inputs["items"]))
        inventory = _stored(session, found.run_id, plan_id, "inventory", WHOLE)
    shared = items.loc[items["brand"] == "", "item"]
    rows = inventory[inventory["item"].isin(shared)]
    return rows.groupby(["item", "period"], as_index=False)[["on_hand", "arrivals", "uses"]].sum()


# --- runs ----------------------------------------------------------------------------------------


def run_tables(service: Service, identity: Identity, run_id: str) -> dict[str, int]:
    """The tables of a run that belong to no plan, each with its number of rows."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        visible_run(session, identity, run_id)
        return _tables(artifacts(session, run_id))


def run_table(
    service: Service, identity: Identity, run_id: str, table: str, offset: int = 0,
    limit: int | None = None,
) -> TablePage:  # fmt: skip
    """Rows of a table of a run that ``identity`` may see, ``limit`` at most (None: all)."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        scope = scope_of(session, identity, visible_run(session, identity, run_id))
        return _page(_stored(session, run_id, "", table, scope), offset, limit)


def run_table_file(
    service: Service, identity: Identity, run_id: str, table: str, form: TableFormat
) -> bytes:
    """A table of a run as a file."""
    return as_file(run_table(service, identity, run_id, table).rows, table, form)


def run_files(service: Service, identity: Identity, run_id: str) -> list[StoredFile]:
    """Files of a run that belong to no plan, reports among them, without their content."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        visible_run(session, identity, run_id)
        return [StoredFile(found.path, found.size) for found in artifacts(session, run_id).values()]


def run_file(service: Service, identity: Identity, run_id: str, path: str) -> StoredFile:
    """A file of a run as it is: it tells of the whole company, to who may see all of it."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        visible_run(session, identity, run_id)
        found = artifacts(session, run_id).get(path)
        if found is None:
            raise NotFound.of("file", path)
        if not identity.sees_everything:
            raise Forbidden("this file tells of every brand and plant",
                            "read the tables of the run: they hold what you may see")  # fmt: skip
        return StoredFile(found.path, found.size, content_of(session, found.blob))


# --- both ----------------------------------------------------------------------------------------


def _of_plan(session: Session, identity: Identity, plan_id: str, table: str) -> pd.DataFrame:
    found = visible_plan(session, identity, plan_id)
    scope = scope_of(session, identity, run_record(session, found.run_id))
    return _stored(session, found.run_id, plan_id, table, scope)


def _stored(session: Session, run_id: str, plan_id: str, table: str, scope: Scope) -> pd.DataFrame:
    found = artifacts(session, run_id, plan_id).get(f"{table}{_SUFFIX}")
    if found is None:
        raise NotFound.of("table", table)
    return scope.visible(stored_frame(session, found.blob))


def _tables(found: dict[str, Artifact]) -> dict[str, int]:
    return {path.removesuffix(_SUFFIX): artifact.rows for path, artifact in found.items()
            if artifact.rows is not None}  # fmt: skip


def _page(rows: pd.DataFrame, offset: int, limit: int | None) -> TablePage:
    for name, value in (("offset", offset), ("limit", limit)):
        if value is not None and value < 0:
            raise InputError([Problem("page", "is below 0", "count from 0", column=name,
                                      value=str(value))])  # fmt: skip
    end = None if limit is None else offset + limit
    return TablePage(rows.iloc[offset:end].reset_index(drop=True), offset, len(rows))
