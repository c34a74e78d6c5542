"""Runs and their plans: what was made, from what, when and by whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import inspect
from sqlmodel import Session, col, select

from app.service.context import Service
from app.service.faults import NotFound
from app.service.identity.identity import Identity, Permission
from app.service.identity.users import strangers
from app.store.records import PlanRecord, Run

Json = dict[str, Any]


@dataclass(frozen=True)
class RunView:
    """A run; its id is that of its job.

    ``scenarios`` are YAML texts; they and ``result``, the document of the whole company, are empty
    for who does not see every brand and plant, and in lists. So is ``bound``, money of the whole
    company, but not in lists. ``options``, which hold scenarios too, are empty but for who sees
    everything or started it.
    """

    id: str
    kind: str
    dataset_id: str | None
    dataset_revision: int
    input_hash: str
    version: str
    options: Json
    status: str
    bound: float | None
    created_by: str
    created_at: datetime
    scenarios: tuple[str, ...] = ()
    result: Json | None = None


@dataclass(frozen=True)
class PlanView:
    """A plan; money of the whole company is None for who does not see all of it."""

    id: str
    run_id: str
    scenario: str
    kind: str
    status: str
    plan_hash: str
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    currency: str = ""


_LISTED = [inspect(Run).attrs[name].class_attribute for name in RunView.__dataclass_fields__
           if name not in ("scenarios", "result")]  # fmt: skip


def runs(
    service: Service,
    identity: Identity,
    *,
    kind: str | None = None,
    dataset_id: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[RunView]:
    """Runs, the last one first; ``before``: those made before the run of this id."""
    identity.require(Permission.RUN_READ)
    query = select(*_LISTED).order_by(col(Run.created_at).desc(), col(Run.id).desc()).limit(limit)
    for column, value in ((Run.kind, kind), (Run.dataset_id, dataset_id)):
        query = query if value is None else query.where(column == value)
    with service.database.reading() as session:
        query = query.where(col(Run.created_by).not_in(sorted(strangers(session, identity))))
        if before is not None:
            last = visible_run(session, identity, before)
            same = (col(Run.created_at) == last.created_at) & (col(Run.id) < last.id)
            query = query.where((col(Run.created_at) < last.created_at) | same)
        return [_run_view(identity, row._asdict()) for row in session.execute(query)]


def run(service: Service, identity: Identity, run_id: str) -> RunView:
    """The run ``run_id``; NotFound where there is none."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        found = visible_run(session, identity, run_id)
        told = _run_view(identity, {column.key: getattr(found, column.key) for column in _LISTED})
        if not identity.sees_everything:
            return told
        return replace(told, scenarios=tuple(found.scenarios), result=found.result)


def _run_view(identity: Identity, values: Json) -> RunView:
    told = RunView(**values)
    if identity.sees_everything:
        return told
    is_own = told.created_by == identity.name
    return replace(told, bound=None, options=told.options if is_own else {})


def plans(service: Service, identity: Identity, run_id: str) -> list[PlanView]:
    """The plans of a run, by scenario, as-is before response."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        visible_run(session, identity, run_id)
        query = select(PlanRecord).where(PlanRecord.run_id == run_id)
        order = (PlanRecord.scenario, PlanRecord.kind)
        return [_plan_view(identity, found) for found in session.exec(query.order_by(*order))]


def plan(service: Service, identity: Identity, plan_id: str) -> PlanView:
    """The plan ``plan_id``; NotFound where there is none."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        return _plan_view(identity, visible_plan(session, identity, plan_id))


def _plan_view(identity: Identity, found: PlanRecord) -> PlanView:
    view = PlanView(found.id, found.run_id, found.scenario, found.kind, found.status,
                    found.plan_hash, currency=str(found.manifest["currency"]))  # fmt: skip
    if not identity.sees_everything:
        return view
    money = {name: getattr(found, name) for name in ("objective", "bound", "gap")}
    return PlanView(**{**view.__dict__, **money})


def visible_run(session: Session, identity: Identity, run_id: str) -> Run:
    """The record of a run; NotFound where there is none, or one of another brand's people."""
    found = run_record(session, run_id)
    if found.created_by in strangers(session, identity):
        raise NotFound.of("run", run_id)
    return found


def visible_plan(session: Session, identity: Identity, plan_id: str) -> PlanRecord:
    """The record of a plan; NotFound where there is none, or one of another brand's people."""
    found = plan_record(session, plan_id)
    if run_record(session, found.run_id).created_by in strangers(session, identity):
        raise NotFound.of("plan", plan_id)
    return found


def run_record(session: Session, run_id: str) -> Run:
    """The record of a run; NotFound where there is none."""
    found = session.get(Run, run_id)
    if found is None:
        raise NotFound.of("run", run_id)
    return found


def plan_record(session: Session, plan_id: str) -> PlanRecord:
    """The record of a plan; NotFound where there is none."""
    found = session.get(PlanRecord, plan_id)
    if found is None:
        raise NotFound.of("plan", plan_id)
    return found
