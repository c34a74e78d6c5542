"""What is kept for some time only, and goes when that is over.

Finished jobs with their logs, messages to webhooks that are delivered or given up, and what the
change feeds tell of deleted rows go after ``SUPPLYCHAIN_KEEP_DAYS``; answers kept for idempotency
keys after their own time; files that no run names any more at once. Runs, plans, decisions and the
audit stay until somebody deletes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, func, select, update

from app.service.attempts.states import FINISHED
from app.service.audit import audited, record
from app.service.context import Service
from app.service.idempotency import forget_old
from app.service.identity.identity import Identity
from app.store.records import (
    Artifact,
    Blob,
    Dataset,
    DeletedRow,
    Job,
    Run,
    WebhookMessage,
    now,
)

_AT_ONCE = 200  # rows deleted in a transaction: others who write wait no longer than for those


@dataclass(frozen=True)
class Tidied:
    """How many of each went."""

    jobs: int
    messages: int
    deletions: int
    answers: int
    files: int


def tidy(service: Service, identity: Identity) -> Tidied:
    """Delete what is no longer kept, a few rows at a time; the audit counts them."""
    before = now() - timedelta(days=service.settings.keep_days)

    def gone(what: str, some: Callable[[Session, datetime], int]) -> int:
        return _all(service, identity, what, lambda session: some(session, before))

    with service.database.writing() as session:
        answers = forget_old(session)
    return Tidied(gone("jobs", _jobs), gone("messages", _messages), gone("deletions", _deletions),
                  answers, gone("files", _files))  # fmt: skip


def _all(service: Service, identity: Identity, what: str, some: Callable[[Session], int]) -> int:
    """Call ``some``, which deletes a few, until it finds none; how many went."""
    total = 0
    while True:
        with audited(service) as session:
            count = some(session)
            if not count:
                return total
            record(session, identity, "store.tidied", what, after={"deleted": count})
        total += count


def _jobs(session: Session, before: datetime) -> int:
    """Jobs that ended, with their logs; the run that one made stays."""
    old = select(Job.id).where(col(Job.state).in_(FINISHED), col(Job.finished_at) < before)
    ids = session.exec(old.limit(_AT_ONCE)).all()
    return session.exec(delete(Job).where(col(Job.id).in_(ids))).rowcount


def _messages(session: Session, before: datetime) -> int:
    """Messages on which nothing more happens."""
    ended = col(WebhookMessage.state) != "waiting", col(WebhookMessage.created_at) < before
    ids = session.exec(select(WebhookMessage.id).where(*ended).limit(_AT_ONCE)).all()
    return session.exec(delete(WebhookMessage).where(col(WebhookMessage.id).in_(ids))).rowcount


def _deletions(session: Session, before: datetime) -> int:
    """What is known of deleted rows, one dataset at once; it says up to where it has forgotten."""
    old = col(DeletedRow.deleted_at) < before
    last = select(DeletedRow.dataset_id, func.max(DeletedRow.revision)).where(old)
    found = session.exec(last.group_by(col(DeletedRow.dataset_id)).limit(1)).first()
    if found is None:
        return 0
    dataset_id, revision = found
    forgotten = update(Dataset).where(col(Dataset.id) == dataset_id)
    session.exec(forgotten.where(col(Dataset.forgotten) < revision).values(forgotten=revision))
    return session.exec(
        delete(DeletedRow).where(col(DeletedRow.dataset_id) == dataset_id, old)
    ).rowcount


def _files(session: Session, _: datetime) -> int:
    """Content that no run names: locked first, and then looked at once more.

    Who publishes the same content at that moment waits and then finds it gone, or has it locked
    already and keeps it.
    """
    stray = session.exec(select(Blob.sha256).where(col(Blob.sha256).not_in(select(Artifact.blob))))
    few = sorted(set(stray) - _of_inputs(session))[:_AT_ONCE]
    lock = select(Blob.sha256).where(col(Blob.sha256).in_(few)).with_for_update(skip_locked=True)
    locked = set(session.exec(lock)) - _of_inputs(session)
    named = session.exec(select(Artifact.blob).where(col(Artifact.blob).in_(locked)))
    return session.exec(delete(Blob).where(col(Blob.sha256).in_(locked - set(named)))).rowcount


def _of_inputs(session: Session) -> set[str]:
    """Files that hold the tables which runs were made from."""
    return {str(blob) for inputs in session.exec(select(Run.inputs)) for blob in inputs.values()}
