"""Operations on their way out say so in every answer and in the description, and when they go.

``dependencies=[leaving(...)]`` at a route is all that it takes.

Sources: RFC 9745 (Deprecation), RFC 8594 (Sunset), RFC 5829 (successor-version).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any

from fastapi import Depends, Request

from app.api.manners import FURTHER_HEADERS


@dataclass(frozen=True)
class Leaving:
    """The dependency of an operation that is deprecated ``since`` a day and gone ``until`` one."""

    since: date
    until: date
    instead: str

    @property
    def headers(self) -> dict[str, str]:
        """What every answer of the operation bears."""
        return {
            "Deprecation": f"@{int(_midnight(self.since).timestamp())}",
            "Sunset": format_datetime(_midnight(self.until), usegmt=True),
            "Link": f'<{self.instead}>; rel="successor-version"',
        }

    async def __call__(self, request: Request) -> None:
        """Let the answer bear the headers, whatever it will be."""
        request.scope["state"][FURTHER_HEADERS] = self.headers


def leaving(since: date, until: date, instead: str) -> Any:
    """The dependency of a route that goes; ``instead`` is the address of what replaces it.

    ValueError where it would go before it is deprecated, which RFC 9745 forbids.
    """
    if until < since:
        raise ValueError(f"an operation deprecated on {since} cannot go on {until} already")
    return Depends(Leaving(since, until, instead))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
