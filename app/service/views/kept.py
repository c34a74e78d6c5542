"""Cases in the store, and their boards: made once for a run, then kept beside it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlmodel import Session, col, select

from app.service.context import Service
from app.service.faults import NotFound
from app.service.identity.identity import Identity, Permission
from app.service.identity.users import strangers
from app.service.jobs.blobs import Kept, artifacts, content_of, keep, write_plan_dir
from app.service.plain import records
from app.service.results.runs import visible_run
from app.service.results.scope import scope_of
from app.service.views.board import around, board
from app.service.views.boards import board_path
from app.service.views.cases import Case, read_case
from app.service.views.network import at_place
from app.store.bulk import insert_new
from app.store.records import Artifact, PlanRecord, Run
from supplychain.network import Network

Json = dict[str, Any]
NO_PLAN = "no plan"
_MOST_RUNS = 200
_WHOLE_COMPANY = ("costs", "levers")  # tables of sums that tell of every brand


@dataclass(frozen=True)
class StoredCase:
    """One scenario of a run: ``plans`` gives the id of the plan of each kind."""

    dataset_id: str
    dataset_revision: int
    run_id: str
    scenario: str
    created_at: datetime
    created_by: str
    currency: str
    plans: dict[str, str]

    @property
    def name(self) -> str:
        """Scenario and time, as people choose it."""
        return f"{self.scenario} \u00b7 {self.made}"

    @property
    def made(self) -> str:
        """When it was planned, as people tell the plans of one scenario apart."""
        return f"{self.created_at:%Y-%m-%d %H:%M} UTC"


def cases(service: Service, identity: Identity, dataset_id: str) -> list[StoredCase]:
    """The scenarios of a dataset that were planned, the last one first."""
    identity.require(Permission.RUN_READ)
    found: dict[tuple[str, str], StoredCase] = {}
    with service.database.reading() as session:
        last = _last_runs(dataset_id, strangers(session, identity))
        for plan_id, kind, scenario, currency, *of_run in session.exec(_plans_of(last)):
            run_id, revision, at, by = of_run
            made = StoredCase(dataset_id, revision, run_id, scenario, at, by, currency or "", {})
            found.setdefault((run_id, scenario), made).plans[kind] = plan_id
    return list(found.values())


def _last_runs(dataset_id: str, hidden: Collection[str]) -> Any:
    """The last runs of a dataset that made plans, but those of who is ``hidden``."""
    query = select(Run.id).where(Run.dataset_id == dataset_id)
    query = query.where(col(Run.kind).in_(["what_if", "plan"]))
    query = query.where(col(Run.created_by).not_in(hidden))
    return query.order_by(col(Run.created_at).desc()).limit(_MOST_RUNS)


def _plans_of(runs: Any) -> Any:
    """What a case is made of, without the documents of its runs and plans: they are large."""
    manifest: Any = col(PlanRecord.manifest)
    columns: list[Any] = [
        PlanRecord.id, PlanRecord.kind, PlanRecord.scenario, manifest["currency"].as_string(),
        Run.id, Run.dataset_revision, Run.created_at, Run.created_by,
    ]  # fmt: skip
    query = sqlalchemy.select(*columns).join(Run, col(Run.id) == col(PlanRecord.run_id))
    query = query.where(col(Run.id).in_(runs.subquery().select()))
    query = query.where(col(PlanRecord.status) != NO_PLAN)
    return query.order_by(col(Run.created_at).desc(), PlanRecord.scenario)


def case_before(known: list[StoredCase], case: StoredCase) -> StoredCase | None:
    """The last case of the same scenario before ``case``, best of an earlier day."""
    same = [other for other in known if other.scenario == case.scenario]
    earlier = [other for other in same if other.created_at < case.created_at]
    yesterday = [other for other in earlier if other.created_at.date() < case.created_at.date()]
    return next(iter([*yesterday, *earlier]), None)


def read_board(service: Service, identity: Identity, case: StoredCase) -> Json:
    """The board of a case; made and kept the first time that somebody asks who sees everything."""
    identity.require(Permission.RUN_READ)
    if not identity.sees_everything:
        return board(_seen_by(service, identity, case))
    with service.database.reading() as session:
        there = artifacts(session, case.run_id).get(board_path(case.scenario))
        if there is not None:
            return dict(json.loads(content_of(session, there.blob)))
    made = board(_seen_by(service, identity, case))
    with service.database.writing() as session:
        _keep_board(session, case, made)
    return made


def read_network(service: Service, identity: Identity, case: StoredCase, item: str) -> Json:
    """The network around any item of a case."""
    identity.require(Permission.RUN_READ)
    seen = _seen_by(service, identity, case)
    if item not in set(seen.network.table("items")["item"]):
        raise NotFound.of("item", item)
    return around(seen, item)


def read_place(service: Service, identity: Identity, case: StoredCase, place: str) -> Json:
    """What a location does in a case, and what it is; NotFound where there is none."""
    identity.require(Permission.RUN_READ)
    seen = _seen_by(service, identity, case)
    known = seen.network.table("locations")
    known = known[known["location"] == place]
    if known.empty:
        raise NotFound.of("location", place)
    kept = known[["location", "kind", "company", "country"]]
    return {**records(kept)[0], "items": records(at_place(seen, place))}


def _keep_board(session: Session, case: StoredCase, made: Json) -> None:
    path = board_path(case.scenario)
    if session.get(Artifact, (case.run_id, "", path)) is not None:
        return  # somebody else was faster
    content = json.dumps(made, allow_nan=False).encode()
    file = Kept(path, content, None)
    keep(session, [file])
    session.flush()
    row = {"run_id": case.run_id, "plan_id": "", "path": path, "blob": file.sha256,
           "size": len(content)}  # fmt: skip
    session.execute(insert_new(session, Artifact).values(row))


def _seen_by(service: Service, identity: Identity, stored: StoredCase) -> Case:
    """The plans of a case out of the store, as far as ``identity`` may see them."""
    with tempfile.TemporaryDirectory() as name, service.database.reading() as session:
        folders = {kind: Path(name) / kind for kind in stored.plans}
        for kind, folder in folders.items():
            write_plan_dir(session, stored.run_id, stored.plans[kind], folder)
        scope = scope_of(session, identity, visible_run(session, identity, stored.run_id))
        case = read_case(folders)
    if identity.sees_everything:
        return case
    inputs = {name: scope.visible(rows) for name, rows in case.network.tables.items()}
    plans = {kind: {name: scope.visible(rows) for name, rows in tables.items()
                    if name not in _WHOLE_COMPANY}
             for kind, tables in case.plans.items()}  # fmt: skip
    return Case(Network(inputs, case.network.settings), plans)
