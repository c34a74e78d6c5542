"""Answers kept for a day, so that a request that is sent again does nothing twice.

A key is taken before the work and its answer kept after it, in transactions of their own. They do
not wait for the disk: where the whole machine stops in between, the last keys may be lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete

from app.service.context import Service
from app.service.faults import Conflict, Unreadable
from app.service.identity.identity import Identity
from app.store.records import IdempotencyKey, now

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=15)  # in flight for longer: its process died
_IN_FLIGHT = "in flight"
_DONE = "done"


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def begin(service: Service, identity: Identity, key: str, fingerprint: str) -> Answer | None:
    """Take ``key`` for the request with this ``fingerprint``; its answer if it was given already.

    Conflict while the first one is still in flight; Unreadable where the key stands for another
    request.
    """
    try:
        with service.database.writing(durable=False) as session:
            _forget_old(session)
            kept = session.get(IdempotencyKey, (identity.user_id, key))
            if kept is None:
                session.add(
                    IdempotencyKey(actor=identity.user_id, key=key, fingerprint=fingerprint)
                )
                return None
            return _again(kept, fingerprint)
    except IntegrityError:  # somebody took it between our look and our insert
        raise _in_flight() from None


def finish(service: Service, identity: Identity, key: str, answer: Answer) -> None:
    """Keep what was answered."""
    with service.database.writing(durable=False) as session:
        kept = session.get(IdempotencyKey, (identity.user_id, key))
        if kept is not None:
            kept.state, kept.status = _DONE, answer.status
            kept.headers, kept.body = answer.headers, answer.body


def abandon(service: Service, identity: Identity, key: str) -> None:
    """Let go of ``key``: nothing was done, the next request with it does it."""
    with service.database.writing(durable=False) as session:
        kept = session.get(IdempotencyKey, (identity.user_id, key))
        if kept is not None:
            session.delete(kept)


def _forget_old(session: Session) -> None:
    session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now() - KEPT))


def _again(kept: IdempotencyKey, fingerprint: str) -> Answer | None:
    if kept.fingerprint != fingerprint:
        raise Unreadable("this idempotency key was used for another request",
                         "use a fresh key for every request")  # fmt: skip
    if kept.state == _DONE:
        return Answer(kept.status, kept.headers, kept.body)
    if kept.created_at > now() - ABANDONED:
        raise _in_flight()
    kept.created_at = now()
    return None


def _in_flight() -> Conflict:
    return Conflict("the first request with this idempotency key is still in flight",
                    "send it again in a moment")  # fmt: skip
