"""What a job made is kept: all of it in one transaction, once, or nothing of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from sqlmodel import Session

from app.service.attempts.states import end, held_job
from app.service.audit import audited, record
from app.service.context import Service
from app.service.forecasts.overridden import read_overridden
from app.service.identity.identity import Identity
from app.service.jobs.blobs import Kept, keep, read_files
from app.service.jobs.executing import Task, plan_folders, run_files
from app.service.plain import records
from app.service.plans.files import read_manifest
from app.store.records import ActionRecord, Artifact, Job, PlanRecord, Run, new_id
from supplychain.files import read_dataset

Json = dict[str, Any]
WORKER = Identity("", "worker", frozenset())  # in whose name results are published
_KEY = ("kind", "item", "origin", "destination", "mode")


@dataclass(frozen=True)
class MadePlan:
    """A PLAN_DIR read into memory."""

    manifest: Json
    files: list[Kept]
    actions: list[Json]
    id: str = field(default_factory=new_id)


@dataclass(frozen=True)
class Made:
    """All that a job made, in memory: ``inputs`` maps tables to blobs, ``kept`` are new ones."""

    document: Json
    inputs: Json
    input_hash: str
    kept: list[Kept]
    files: list[Kept]
    plans: list[MadePlan]

    @property
    def blobs(self) -> Iterable[Kept]:
        """Everything that is kept as a blob."""
        return [*self.kept, *self.files, *(file for plan in self.plans for file in plan.files)]


def collect(task: Task, document: Json) -> Made:
    """Read what a job left in its folder."""
    plans = plan_folders(task.out)
    files = run_files(task.out, plans)
    inputs, kept, input_hash = task.inputs, list[Kept](), ""
    if task.dataset is not None:
        input_hash = _input_hash(task, read_dataset(task.dataset).input_hash)
    if task.dataset is not None and not inputs:
        kept = read_files(task.dataset, task.dataset.iterdir())
        kept += read_files(task.folder, [task.overrides]) if task.overrides.exists() else []
        inputs = {Path(table.path).stem: table.sha256 for table in kept}
    return Made(document, inputs, input_hash, kept, read_files(task.out, files),
                [_plan(folder) for folder in plans])  # fmt: skip


def _input_hash(task: Task, of_dataset: str) -> str:
    """The hash of all that goes into a job: the dataset, and the overrides where it has any."""
    if not task.overrides.exists():
        return of_dataset
    said = [astuple(one) for one in read_overridden(pd.read_parquet(task.overrides))]
    return sha256(json.dumps([of_dataset, said]).encode()).hexdigest()


def _plan(folder: Path) -> MadePlan:
    files = [path for path in folder.rglob("*") if path.is_file()]
    table = folder / "actions.parquet"
    actions = records(pd.read_parquet(table)) if table.exists() else []
    return MadePlan(read_manifest(folder), read_files(folder, files), actions)


def publish(service: Service, task: Task, job_id: str, attempt: int, made: Made) -> bool:
    """Keep what ``attempt`` of a job made and end the job; False where it is not its turn.

    It is not where the job was called off, or taken over by another worker.
    """
    with audited(service) as session:
        job = held_job(session, job_id, attempt)
        if job is None or job.cancel_requested:
            return False
        keep(session, made.blobs)
        session.add(_run(job, task, made))
        session.flush()
        session.add_all(_artifact(job.id, "", file) for file in made.files)
        for plan in made.plans:
            _add_plan(session, job, plan)
        end(session, job, "succeeded")
        hashes = {plan.id: plan.manifest.get("plan_hash") for plan in made.plans}
        record(session, WORKER, "run.published", f"run {job.id}",
               after={"input_hash": made.input_hash, "plans": hashes})  # fmt: skip
        return True


def _run(job: Job, task: Task, made: Made) -> Run:
    manifests = [plan.manifest for plan in made.plans]
    bounds = [manifest.get("bound") for manifest in manifests]
    return Run(
        id=job.id, kind=job.kind, dataset_id=job.dataset_id,
        dataset_revision=task.dataset_revision, input_hash=made.input_hash,
        version=version("supplychain-planner"), options=job.parameters["asked"],
        scenarios=job.parameters["contents"], inputs=made.inputs, status=_status(manifests),
        bound=bounds[0] if len(bounds) == 1 else None, result=made.document,
        created_by=job.created_by,
    )  # fmt: skip


def _status(manifests: list[Json]) -> str:
    """The worst status of the plans of a run; "done" of one without plans."""
    order = ("no plan", "feasible", "optimal")
    found = {str(manifest.get("status")) for manifest in manifests}
    others = sorted(found - set(order))
    return next((name for name in (*others, *order) if name in found), "done")


def _add_plan(session: Session, job: Job, plan: MadePlan) -> None:
    told = plan.manifest
    session.add(PlanRecord(
        id=plan.id, run_id=job.id, scenario=str(told["scenario"]), kind=told["kind"],
        status=told["status"], objective=told["objective"], bound=told["bound"], gap=told["gap"],
        plan_hash=told["plan_hash"], manifest=told,
    ))  # fmt: skip
    session.flush()
    session.add_all(_artifact(job.id, plan.id, file) for file in plan.files)
    session.add_all(_action(plan.id, row) for row in plan.actions)


def _artifact(run_id: str, plan_id: str, file: Kept) -> Artifact:
    return Artifact(run_id=run_id, plan_id=plan_id, path=file.path, blob=file.sha256,
                    size=len(file.content), rows=file.rows)  # fmt: skip


def _action(plan_id: str, row: Json) -> ActionRecord:
    """An action as its plan recommends it; its key names the same action in another plan."""
    key = json.dumps([row[name] for name in _KEY], ensure_ascii=False)
    return ActionRecord(plan_id=plan_id, rank=row["rank"], key=key, lever=row["kind"],
                        item=row["item"], location=row["destination"], quantity=row["quantity"],
                        content=row)  # fmt: skip
