"""Jobs are asked for and called off. A queued job is a row: workers find it there."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.service.attempts.states import FINISHED, end
from app.service.audit import audited, record
from app.service.context import Service
from app.service.data.stored import find
from app.service.faults import Conflict, NotFound
from app.service.identity.identity import Identity, Permission
from app.service.identity.users import strangers
from app.service.jobs.kinds import ON_DATASET, Asked, Reproduce, read_parameters
from app.service.jobs.views import ASKED, CONTENTS, JobView, job, view_of, visible_job
from app.service.scenarios import parsed_within_bounds, seen
from app.store.records import Job, PlanRecord, Run, new_id
from supplychain.errors import InputError, Problem

Json = dict[str, Any]


def submit(
    service: Service,
    identity: Identity,
    kind: str,
    dataset: str | None,
    parameters: Json,
    key: str | None = None,
) -> JobView:
    """Queue a job of ``kind`` on ``dataset`` (name or id); the same ``key`` again, the same job.

    Jobs on plans and runs take their data from there: ``dataset`` is None. InputError with all
    that is wrong with ``parameters``; Conflict where the key stands for another job.
    """
    identity.require(Permission.RUN_START)
    asked = read_parameters(kind, parameters)
    texts = _given(asked)
    job_id = new_id() if key is None else _id_of(identity, key)
    try:
        with audited(service) as session:
            there = None if key is None else session.get(Job, job_id)
            if there is None:
                _require_unused(session, job_id)
                made = _queued(session, identity, job_id, kind, dataset, asked, texts)
                session.add(made)
                record(session, identity, "job.submitted", f"job {made.id}",
                       after={"kind": kind, "dataset": made.dataset_id})  # fmt: skip
                return view_of(made, identity)
    except IntegrityError:  # the same key at the same moment: the other one came first
        if key is None:
            raise
    return _same(service, job(service, identity, job_id), kind, dataset, asked)


def cancel(service: Service, identity: Identity, job_id: str) -> JobView:
    """Call a job off: at once where it waits, within seconds where it runs.

    Conflict where it has ended in another way.
    """
    identity.require(Permission.RUN_START)
    with audited(service) as session:
        found = visible_job(session, identity, job_id)
        session.refresh(found, with_for_update=True)
        if found.state in FINISHED and found.state != "cancelled":
            raise Conflict(f"the job has {found.state} already", "start another one if need be")
        if found.state != "cancelled" and not found.cancel_requested:
            record(session, identity, "job.cancelled", f"job {found.id}",
                   before={"state": found.state})  # fmt: skip
            found.cancel_requested = True
            if found.state == "queued":
                end(session, found, "cancelled")
        return view_of(found, identity)


def _id_of(identity: Identity, key: str) -> str:
    """The id that stands for the ``key`` of somebody."""
    return hashlib.sha256(f"{identity.user_id}\0{key}".encode()).hexdigest()[:32]


def _require_unused(session: Session, job_id: str) -> None:
    """Conflict where a job of this id made a run, and only the run is still kept."""
    if session.get(Run, job_id) is not None:
        raise Conflict("the key stands for a job of long ago", "use a new key for a new job")


def _same(
    service: Service, there: JobView, kind: str, dataset: str | None, asked: Asked
) -> JobView:
    """The job of a key, where it is what is asked for now."""
    with service.database.reading() as session:
        same = dataset is None or find(session, dataset).id == there.dataset_id
    if same and there.kind == kind and there.parameters == asked.model_dump(mode="json"):
        return there
    raise Conflict("the key stands for another job already", "use a new key for a new job")


def _queued(
    session: Session,
    identity: Identity,
    job_id: str,
    kind: str,
    dataset: str | None,
    asked: Asked,
    texts: list[str],
) -> Job:
    """The row of a job: what is asked, with the scenarios as they are now."""
    if (kind in ON_DATASET) != (dataset is not None):
        message = "needs a dataset" if dataset is None else "takes its data from a plan or run"
        remedy = "name one" if dataset is None else "leave the dataset out"
        raise InputError([Problem("job", message, remedy, column="dataset")])
    source = _source(session, identity, asked)
    of_source = None if source is None else source.dataset_id
    dataset_id = find(session, dataset).id if dataset else of_source
    parameters = {ASKED: asked.model_dump(mode="json"),
                  CONTENTS: [*_stored(session, identity, dataset_id, asked), *texts]}  # fmt: skip
    return Job(id=job_id, kind=kind, dataset_id=dataset_id, parameters=parameters,
               created_by=identity.name)  # fmt: skip


def _source(session: Session, identity: Identity, asked: Asked) -> Run | None:
    """The run that a job starts from: that of its plans, or the one that it names.

    NotFound where one of them is not there, or is hidden from ``identity``.
    """
    hidden = strangers(session, identity)
    found: Run | None = None
    runs = [("run", asked.run)] if isinstance(asked, Reproduce) else []
    for kind, name in [("plan", plan_id) for plan_id in asked.plan_ids] + runs:
        plan = session.get(PlanRecord, name) if kind == "plan" else None
        found = session.get(Run, name if plan is None else plan.run_id)
        if found is None or found.created_by in hidden:
            raise NotFound.of(kind, name)
    return found


def _given(asked: Asked) -> list[str]:
    """The YAML that a job brings, checked before the transaction: others would wait for it."""
    given = list(getattr(asked, "contents", [])) or [getattr(asked, "content", None)]
    texts = [text for text in given if text]
    problems: list[Problem] = []
    for number, text in enumerate(texts, 1):
        try:
            parsed_within_bounds(text, f"scenario {number}")
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return texts


def _stored(
    session: Session, identity: Identity, dataset_id: str | None, asked: Asked
) -> list[str]:
    """The YAML of the stored scenarios that a job names."""
    names = list(getattr(asked, "scenarios", [])) or [getattr(asked, "scenario", None)]
    return [seen(session, identity, str(dataset_id), name).content for name in names if name]
