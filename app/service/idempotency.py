"""Answers kept for a day, so that a request that is sent again does nothing twice.

A key is taken before the work and its answer kept after it, in transactions of their own. They do
not wait for the disk: where the whole machine stops in between, the last keys may be lost. What
this process has in flight it knows by itself, whatever happens to the clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete

from app.service.context import Service
from app.service.faults import Conflict, Unreadable
from app.service.identity.identity import Identity
from app.service.identity.secrets import keyed_digest
from app.store.records import IdempotencyKey, now

KEPT = timedelta(days=3)  # a day is promised: a clock that is set forward by one forgets none
ABANDONED = timedelta(minutes=15)  # in flight for longer: its process died
_IN_FLIGHT = "in flight"
_DONE = "done"
_here: set[tuple[str, str, str]] = set()  # in flight in this process: database, actor, key
_abandoned: set[tuple[str, str, str]] = set()  # what the database could not be told yet
_guard = Lock()


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def in_flight(service: Service, identity: Identity, key: str) -> Iterator[None]:
    """Hold ``key`` while its request is answered; Conflict where another one in here has it."""
    held = _held(service, identity, key)
    with _guard:
        if held in _here:
            raise _in_flight()
        _here.add(held)
    try:
        yield
    finally:
        with _guard:
            _here.remove(held)


def fingerprint(service: Service, identity: Identity, *request: bytes) -> str:
    """What makes two requests the same: every byte of their parts, and what who asks sees.

    A body may hold a password, so that it takes the service's secret to make one.
    """
    sees = f"{sorted(identity.brands)} {sorted(identity.plants)}\n"
    return keyed_digest(service.settings, sees.encode("utf-8", "replace"), *request)


def begin(service: Service, identity: Identity, key: str, fingerprint: str) -> Answer | None:
    """Take ``key`` for the request with this ``fingerprint``; its answer if it was given already.

    The answer is for who still may do what was asked. Conflict while the first one is in flight;
    Unreadable where the key stands for another request.
    """
    held = _held(service, identity, key)
    try:
        with service.database.writing(durable=False) as session:
            forget_old(session)
            place = (identity.user_id, key)
            kept = session.get(IdempotencyKey, place, with_for_update=True)
            if kept is not None:
                return _again(kept, fingerprint, held in _abandoned)
            session.add(IdempotencyKey(actor=identity.user_id, key=key, fingerprint=fingerprint))
        _abandoned.discard(held)
        return None
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
    """Let go of ``key``: nothing was done, the next request with it does it.

    Where the disk is full this process remembers it until then.
    """
    held = _held(service, identity, key)
    _abandoned.add(held)
    with service.database.writing(durable=False) as session:
        kept = session.get(IdempotencyKey, (identity.user_id, key))
        if kept is not None:
            session.delete(kept)
    _abandoned.discard(held)


def forget_old(session: Session) -> int:
    """Forget answers that are older than is promised; how many."""
    old = col(IdempotencyKey.created_at) < now() - KEPT
    return session.exec(delete(IdempotencyKey).where(old)).rowcount


def _held(service: Service, identity: Identity, key: str) -> tuple[str, str, str]:
    return service.database.url, identity.user_id, key


def _again(kept: IdempotencyKey, fingerprint: str, is_abandoned: bool) -> Answer | None:
    if kept.fingerprint != fingerprint:
        raise Unreadable("this idempotency key was used for another request",
                         "use a fresh key for every request")  # fmt: skip
    if kept.state == _DONE:
        return Answer(kept.status, kept.headers, kept.body)
    recent = abs(now() - kept.created_at) < ABANDONED  # later than now: the clock was set back
    if recent and not is_abandoned:
        raise _in_flight()
    kept.created_at = now()
    return None


def _in_flight() -> Conflict:
    return Conflict("the first request with this idempotency key is still in flight",
                    "send it again in a moment", retry_after=1)  # fmt: skip
