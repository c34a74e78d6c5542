"""Operations on their way out say so in every answer, and when they go.

Sources: RFC 9745 (Deprecation), RFC 8594 (Sunset), RFC 5829 (successor-version).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any

from fastapi import Depends, Response


def leaving(since: date, until: date, instead: str) -> Any:
    """The dependency of an operation that is deprecated ``since`` a day and gone ``until`` one.

    ``instead`` is the address of what replaces it. State ``deprecated=True`` at the route as well.
    """
    headers = {
        "Deprecation": f"@{int(_midnight(since).timestamp())}",
        "Sunset": format_datetime(_midnight(until), usegmt=True),
        "Link": f'<{instead}>; rel="successor-version"',
    }

    async def tell(response: Response) -> None:
        response.headers.update(headers)

    return Depends(tell)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
