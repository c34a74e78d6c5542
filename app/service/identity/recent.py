"""Identities that tokens proved a moment ago, so that not every request asks the database.

What is changed in this process holds at once; another process sees it after ``SECONDS``.
"""

from __future__ import annotations

import time

from app.service.identity.identity import Identity

SECONDS = 5.0
# by database and digest; only of tokens that are valid, so it cannot be flooded
_known: dict[tuple[str, str], tuple[float, Identity]] = {}


def keep(database: str, digest: str, identity: Identity, valid_for: float) -> None:
    """Remember who came with the token, for at most as long as it is valid."""
    _known[database, digest] = (time.monotonic() + min(SECONDS, valid_for), identity)


def recall(database: str, digest: str) -> Identity | None:
    """Who came with the token a moment ago."""
    until, identity = _known.get((database, digest), (0.0, None))
    return identity if time.monotonic() < until else None


def forget() -> None:
    """Let everybody be looked up again, after a change."""
    _known.clear()
