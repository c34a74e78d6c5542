"""Guessing passwords is slowed: after five wrong ones for a name the wait doubles each time.

A try is counted before its password is looked at, so that many at once are no way around.
"""

from __future__ import annotations

import math
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.service.context import Service
from app.service.faults import TooMany
from app.service.identity.secrets import digest
from app.store.records import LoginFailure, now

FREE = 5  # wrong ones without a wait
LONGEST = 300  # seconds; somebody who is kept out by another's guesses waits no longer
_KEPT = timedelta(days=1)


def count_try(service: Service, name: str) -> None:
    """Count a try to log in as ``name`` as failed until told otherwise; TooMany while it waits."""
    try:
        with service.database.writing() as session:
            _count(session, digest("name", name))
    except IntegrityError:  # the first two tries for a name at the same moment
        raise _wait(1) from None


def clear_failures(session: Session, name: str) -> int:
    """How many tries failed before the one that succeeded; they are forgotten."""
    found = session.get(LoginFailure, digest("name", name))
    if found is None:
        return 0
    session.delete(found)
    return found.failures - 1


def _count(session: Session, kept: str) -> None:
    session.execute(delete(LoginFailure).where(col(LoginFailure.until) < now() - _KEPT))
    statement = select(LoginFailure).where(LoginFailure.hash == kept).with_for_update()
    found = session.exec(statement).one_or_none() or LoginFailure(hash=kept, until=now())
    left = (found.until - now()).total_seconds()
    if 0 < left <= LONGEST:  # more than that: the clock was moved
        raise _wait(left)
    found.failures += 1
    doubled = 2 ** min(found.failures - FREE, 20) if found.failures >= FREE else 0
    found.until = now() + timedelta(seconds=min(doubled, LONGEST))
    session.add(found)


def _wait(seconds: float) -> TooMany:
    whole = math.ceil(seconds)
    remedy = f"wait {whole} seconds, or let an administrator set a new password"
    return TooMany("too many wrong passwords", remedy, retry_after=whole)
