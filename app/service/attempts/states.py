"""A job's way from queued to finished, as the worker that runs it tells it.

Each start of a job is an attempt with a number. Whoever tells something of an attempt that is not
the last one, or of a job that is not running any more, is refused: so a worker that was thought
dead and another one that took its job over cannot both finish it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, update

from app.service.context import Service
from app.service.webhooks.outbox import announce
from app.store.records import Job, JobLine, now

Json = dict[str, Any]
FINISHED = frozenset({"succeeded", "failed", "cancelled"})
MOST_ATTEMPTS = 25  # a job that takes its worker down with it is not tried for ever


@dataclass(frozen=True)
class Ticket:
    """A job that has not ended, as it was seen at some moment.

    ``heartbeat`` is the last sign of life of whoever runs it; None: it waits.
    """

    job_id: str
    attempts: int = 0
    heartbeat: datetime | None = None


def open_jobs(service: Service) -> list[Ticket]:
    """Jobs that have not ended, the oldest first."""
    query = select(Job.id, Job.attempts, Job.heartbeat_at)
    query = query.where(col(Job.state).in_(("queued", "running")))
    with service.database.reading() as session:
        rows = session.exec(query.order_by(col(Job.created_at), col(Job.id)))
        return [Ticket(*row) for row in rows]


def begin(service: Service, ticket: Ticket, worker: str) -> int | None:
    """Start a job as ``worker``; its new attempt, None where it is not to be run.

    It is where it still is as the ticket says, or where this worker ran it before it died. A job
    that was called off, or tried too often, ends here.
    """
    with service.database.writing() as session:
        job = _locked(session, ticket.job_id)
        if job is None or job.state in FINISHED:
            return None
        if Ticket(job.id, job.attempts, job.heartbeat_at) != ticket and job.worker != worker:
            return None
        if job.cancel_requested:
            end(session, job, "cancelled")
            return None
        if job.attempts >= MOST_ATTEMPTS:
            end(session, job, "failed", {"type": "WorkerLost", "message":
                    f"its worker died {job.attempts} times", "problems": []})  # fmt: skip
            return None
        job.state, job.attempts, job.stage = "running", job.attempts + 1, "starting"
        job.worker = worker
        job.started_at = job.started_at or now()
        job.heartbeat_at = now()
        return job.attempts


def beat(service: Service, job_id: str, attempt: int, lines: Sequence[str] = ()) -> bool:
    """Tell that an attempt is alive, and its progress; whether it should go on."""
    with service.database.writing() as session:
        alive = update(Job).where(*_own(job_id, attempt)).values(heartbeat_at=now())
        alive = alive.values(stage=lines[-1]) if lines else alive
        runs = session.exec(alive).rowcount == 1
        session.add_all(JobLine(job_id=job_id, text=line) for line in lines)
        return runs and not session.exec(select(Job.cancel_requested).where(Job.id == job_id)).one()


def finish(service: Service, job_id: str, attempt: int, state: str, error: Json) -> bool:
    """End an attempt that made nothing, as failed or cancelled; False where it is not its own."""
    with service.database.writing() as session:
        job = held_job(session, job_id, attempt)
        if job is None:
            return False
        if state == "cancelled" or job.cancel_requested:
            end(session, job, "cancelled")
        else:
            end(session, job, state, error)
        return True


def held_job(session: Session, job_id: str, attempt: int) -> Job | None:
    """The job, locked, while ``attempt`` is the one that runs it."""
    job = _locked(session, job_id)
    return job if job and job.state == "running" and job.attempts == attempt else None


def end(session: Session, job: Job, state: str, error: Json | None = None) -> None:
    """End a job, in the transaction that keeps what it made or tells why there is nothing."""
    job.state, job.error, job.finished_at = state, error or {}, now()
    job.stage = ""
    announce(session, "job.finished", {"job": job.id, "kind": job.kind, "state": state,
                                       "dataset": job.dataset_id})  # fmt: skip


def _own(job_id: str, attempt: int) -> tuple[Any, ...]:
    return Job.id == job_id, Job.state == "running", Job.attempts == attempt


def _locked(session: Session, job_id: str) -> Job | None:
    return session.exec(select(Job).where(Job.id == job_id).with_for_update()).first()
