"""Jobs as others see them: state, stage, log; and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from app.service.attempts.states import FINISHED
from app.service.context import Service
from app.service.data.visible import without_suggestions
from app.service.faults import NotFound
from app.service.identity.identity import Identity, Permission
from app.store.records import Job, JobLine
from supplychain.errors import Problem

Json = dict[str, Any]
ASKED, CONTENTS = "asked", "contents"  # of a job's parameters; the YAML of its scenarios
_LINES = 1000


@dataclass(frozen=True)
class JobView:
    """A job: ``error`` says in words why it failed; a job that succeeded has a run of its id."""

    id: str
    kind: str
    dataset_id: str | None
    parameters: Json
    state: str
    stage: str
    attempts: int
    cancel_requested: bool
    error: Json
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_finished(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in FINISHED


@dataclass(frozen=True)
class LogLine:
    """A line of a job's log; its number grows."""

    id: int
    at: datetime
    text: str


def job(service: Service, identity: Identity, job_id: str) -> JobView:
    """The job ``job_id``; NotFound where there is none that ``identity`` may see."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        return view_of(visible_job(session, identity, job_id), identity)


def jobs(
    service: Service,
    identity: Identity,
    *,
    kind: str | None = None,
    state: str | None = None,
    dataset_id: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[JobView]:
    """Jobs, the last one first; ``before``: those made before the job of this id."""
    identity.require(Permission.RUN_READ)
    query = select(Job).order_by(col(Job.created_at).desc(), col(Job.id).desc()).limit(limit)
    for column, value in ((Job.kind, kind), (Job.state, state), (Job.dataset_id, dataset_id)):
        query = query if value is None else query.where(column == value)
    if not identity.sees_everything:
        query = query.where(Job.created_by == identity.name)
    with service.database.reading() as session:
        if before is not None:
            last = visible_job(session, identity, before)
            earlier = col(Job.created_at) < last.created_at
            same = (col(Job.created_at) == last.created_at) & (col(Job.id) < last.id)
            query = query.where(earlier | same)
        return [view_of(found, identity) for found in session.exec(query)]


def log(
    service: Service, identity: Identity, job_id: str, after: int = 0, limit: int = _LINES
) -> list[LogLine]:
    """Lines of a job's log with a number above ``after``, in their order."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        visible_job(session, identity, job_id)
        query = (select(JobLine).where(JobLine.job_id == job_id, col(JobLine.id) > after)
                 .order_by(col(JobLine.id)).limit(limit))  # fmt: skip
        return [LogLine(line.id or 0, line.at, line.text) for line in session.exec(query)]


def job_events(
    service: Service, identity: Identity, job_id: str, after: int = 0
) -> tuple[JobView, Sequence[LogLine]]:
    """The job as it stands and its log above ``after``: what a listener has not heard yet.

    The job is read first: where it is finished, its whole log has been told once a call tells no
    line.
    """
    return job(service, identity, job_id), log(service, identity, job_id, after)


def visible_job(session: Session, identity: Identity, job_id: str) -> Job:
    """The record of a job; a job of somebody else is for those who see every brand and plant."""
    found = session.get(Job, job_id)
    if found is None or not (identity.sees_everything or found.created_by == identity.name):
        raise NotFound.of("job", job_id)
    return found


def view_of(record: Job, identity: Identity) -> JobView:
    """A job's record as ``identity`` sees it."""
    values = {name: getattr(record, name) for name in JobView.__dataclass_fields__}
    return JobView(**{**values, "parameters": record.parameters.get(ASKED, {}),
                      "error": _told(record.error, identity)})  # fmt: skip


def _told(error: Json, identity: Identity) -> Json:
    """An error without the names that it suggests, where some are hidden from ``identity``."""
    if identity.sees_everything or not error.get("problems"):
        return error
    problems = without_suggestions((Problem(**one) for one in error["problems"]), identity)
    return {**error, "message": "\n".join(map(str, problems)),
            "problems": [problem.as_dict() for problem in problems]}  # fmt: skip
