"""Guessing passwords is slowed: after some wrong ones the wait doubles each time.

Tries are counted for a name from an address, for an address, and for a name from anywhere. What is
guessed elsewhere hardly holds its owner up: that wait is short, and begins after many guesses. A
try is counted before its password is looked at, so that many at once are no way around.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.service.context import Service
from app.service.faults import TooMany
from app.service.identity.secrets import digest
from app.store.records import LoginFailure, now

FREE = 5  # wrong ones for a name from an address without a wait
FREE_ADDRESS = 30  # for all names from an address, which an office shares
FREE_NAME = 100  # for a name from all addresses
LONGEST = 300  # seconds
LONGEST_NAME = 10  # seconds; its owner waits for what others guess
FORGIVEN = timedelta(minutes=10)  # for so long without a try one wrong one is forgotten
_KEPT = timedelta(days=1)


class _Counter(NamedTuple):
    """What is counted under ``hash``: so many wrong ones are free, then the wait doubles."""

    hash: str
    free: int
    longest: int


def count_try(service: Service, name: str, address: str = "") -> None:
    """Count a try to log in as ``name`` as failed until told otherwise; TooMany while it waits.

    ``address`` is the client's; blank for somebody who is known already.
    """
    try:
        with service.database.writing() as session:
            session.execute(delete(LoginFailure).where(col(LoginFailure.until) < now() - _KEPT))
            for counter in _counters(name, address):
                _count(session, counter)
    except IntegrityError:  # the first two tries of the same kind at the same moment
        raise _wait(1) from None


def clear_failures(session: Session, name: str, address: str = "") -> int:
    """How many tries for ``name`` failed before the one that succeeded; they are forgotten.

    Those of ``address`` for other names are not: who has a password of their own guesses on.
    """
    found, shared = (session.get(LoginFailure, key) for key in (_of_name(name), _of(address)))
    if shared is not None:
        shared.failures = max(shared.failures - 1, 0)
    of_name = col(LoginFailure.hash).startswith(_of_name(name))
    session.execute(delete(LoginFailure).where(of_name))
    return 0 if found is None else max(found.failures - 1, 0)


def _counters(name: str, address: str) -> Iterator[_Counter]:
    yield _Counter(f"{_of_name(name)} {_of(address)}", FREE, LONGEST)
    yield _Counter(_of_name(name), FREE_NAME, LONGEST_NAME)
    if address:
        yield _Counter(_of(address), FREE_ADDRESS, LONGEST)


def _of_name(name: str) -> str:
    return digest("name", name)


def _of(address: str) -> str:
    """The key of an address; of IPv6 that of its network, in which one client has many."""
    with suppress(ValueError):
        found = ip_address(address)
        if isinstance(found, IPv6Address):
            address = str(found.ipv4_mapped or ip_network((int(found), 64), strict=False))
    return digest("address", address)


def _count(session: Session, counter: _Counter) -> None:
    statement = select(LoginFailure).where(LoginFailure.hash == counter.hash).with_for_update()
    found = session.exec(statement).one_or_none() or LoginFailure(hash=counter.hash, until=now())
    left = (found.until - now()).total_seconds()
    if 0 < left <= counter.longest:  # more than that: the clock was moved
        raise _wait(left)
    forgiven = int(max(-left, 0) / FORGIVEN.total_seconds())
    found.failures = max(found.failures - forgiven, 0) + 1
    beyond = found.failures - counter.free
    doubled = 2 ** min(beyond, 20) if beyond >= 0 else 0
    found.until = now() + timedelta(seconds=min(doubled, counter.longest))
    session.add(found)


def _wait(seconds: float) -> TooMany:
    whole = math.ceil(seconds)
    remedy = f"wait {whole} seconds, or let an administrator set a new password"
    return TooMany("too many wrong passwords", remedy, retry_after=whole)
