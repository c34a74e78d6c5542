"""Limits on what one may send: the size of a body, and requests a minute."""

from __future__ import annotations

import time
from collections import Counter

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.service.faults import TooMany


class BodyLimit:
    """Refuses a body that is too large, as soon as it is: nothing of it is read any further."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other kinds of traffic pass."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "0")
        if not stated.isdecimal() or int(stated[:20]) > self.most:
            raise self._too_large()
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most:
                raise self._too_large()
            return message

        await self.app(scope, limited, send)

    def _too_large(self) -> HTTPException:
        # an HTTPException, as it has to pass whoever reads the body
        return HTTPException(413, f"a body may have {self.most:,} bytes at most")


class RateLimit:
    """Counts the requests of each one who asks, minute by minute."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def take(self, who: str) -> None:
        """Count a request of ``who``; TooMany beyond the limit."""
        minute, second = divmod(time.monotonic(), 60)
        if int(minute) != self._minute:
            self._minute, self._counts = int(minute), Counter()
        self._counts[who] += 1
        if self._counts[who] > self.most:
            raise TooMany(f"more than {self.most:,} requests in a minute",
                          "send fewer requests", int(60 - second) + 1)  # fmt: skip
