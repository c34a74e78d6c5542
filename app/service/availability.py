"""Which errors of the database mean "later again", told in the service's own words."""

from __future__ import annotations

import errno

from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,
)
from sqlmodel import select

from app.service.context import Service
from app.service.faults import Unavailable

STORE_ERRORS = (SQLAlchemyError, OSError)  # what the store and its disk raise
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ROOM = "try again once the operator has made room"
_STATES = {
    "database is locked": "the database is busy with another writer",
    "due to lock timeout": "the database is busy with another writer",
    "database or disk is full": "the disk of the database is full",
    "disk i/o error": "the disk of the database fails",
    "no space left": "the disk of the database is full",
    "readonly database": "the database can only be read at present",
    "unable to open database": "the database cannot be opened",
}


def unavailable(error: BaseException) -> Unavailable | None:
    """What to answer where ``error`` says that the database is away, locked or full; else None.

    The driver's own text stays out of it: it holds addresses and statements.
    """
    if isinstance(error, OSError) and error.errno in _FULL:
        return Unavailable("the disk is full", _ROOM)
    if isinstance(error, TimeoutError):
        return Unavailable("all connections to the database are in use", "try again in a moment")
    away = isinstance(error, OperationalError | InterfaceError)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if not (away or lost):
        return None
    text = str(error).lower()
    told = (words for state, words in _STATES.items() if state in text)
    words = next(told, "the database cannot be reached")
    return Unavailable(words, _ROOM if words.endswith("full") else "try again in a moment")


def check(service: Service) -> None:
    """Whether the database answers a question; else its error."""
    with service.database.reading() as session:
        session.exec(select(1)).one()
