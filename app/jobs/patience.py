"""Waiting out a database that is away, locked or full: nothing that was solved is thrown away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from app.service.availability import unavailable

T = TypeVar("T")
PATIENCE = 600.0  # seconds
_FIRST, _LONGEST = 0.25, 5.0
_log = logging.getLogger(__name__)


def is_away(error: BaseException) -> bool:
    """Whether the database, and not the question, is the reason of ``error``."""
    return unavailable(error) is not None


def persistently(act: Callable[[], T], patience: float = PATIENCE) -> T:
    """What ``act`` returns, tried again while the database is away, for ``patience`` seconds.

    ``act`` is one transaction, so that trying it again does nothing twice.
    """
    end, wait = time.monotonic() + patience, _FIRST
    while True:
        try:
            return act()
        except Exception as error:
            if not is_away(error) or time.monotonic() + wait > end:
                raise
            _log.warning("the database is away (%s): again in %.1f s", type(error).__name__, wait)
        time.sleep(wait)
        wait = min(2 * wait, _LONGEST)
