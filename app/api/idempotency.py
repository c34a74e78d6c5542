"""The header Idempotency-Key: the same POST again gets the same answer and does nothing twice.

The answer is told again only where the operation's policy lets who asks through once more.
"""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.manners import log
from app.api.policy import ANSWERED, Answered
from app.api.problems import MEDIA_TYPE, problem
from app.api.tags import SECRET
from app.service import idempotency
from app.service.context import Service
from app.service.faults import Unreadable
from app.service.idempotency import Answer
from app.service.identity.identity import Identity

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("content-type", "etag", "location", "retry-after", "link")
_NOT_FINAL = (401, 403, 408, 409, 425, 429)  # an answer of the moment, not of the request


class Idempotency:
    """Keeps the answers to POST requests that bear a key."""

    def __init__(self, app: ASGIApp, *, service: Service) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; those without a key pass."""
        identity = scope.get("state", {}).get("identity")
        key = Headers(scope=scope).get("idempotency-key") if scope["type"] == "http" else None
        if identity is None or key is None or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        if not _KEY.fullmatch(key):
            raise Unreadable("the header Idempotency-Key is not 1 to 255 visible ASCII characters",
                             "a UUID does")  # fmt: skip
        body = await _body(receive)
        with idempotency.in_flight(self.service, identity, key):
            known = await run_in_threadpool(self._begin, identity, key, _head(scope), body)
            if known is None:
                await self._do(identity, key, scope, _replay(body, receive), send)
            else:
                await self._tell_again(known, scope, _replay(body, receive), send)

    def _begin(self, identity: Identity, key: str, head: bytes, body: bytes) -> Answer | None:
        fingerprint = idempotency.fingerprint(self.service, identity, head, body)
        return idempotency.begin(self.service, identity, key, fingerprint)

    async def _tell_again(self, known: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the operation's policy, and nothing behind it, whether it may be told."""
        scope["state"][ANSWERED] = True
        try:
            await self.app(scope, receive, send)
        except Answered:
            headers = {**known.headers, "Idempotent-Replayed": "true"}
            await Response(known.body, known.status, headers)(scope, receive, send)

    async def _do(
        self, identity: Identity, key: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Do what is asked, keep the answer, and only then tell it: it can be relied on."""
        answer = _Recorder()
        try:
            await self.app(scope, receive, answer.record)
        except Exception:
            await run_in_threadpool(idempotency.abandon, self.service, identity, key)
            raise
        try:
            if answer.status >= 500 or answer.status in _NOT_FINAL:
                await run_in_threadpool(idempotency.abandon, self.service, identity, key)
            else:
                kept = answer.kept
                await run_in_threadpool(idempotency.finish, self.service, identity, key, kept)
        except Exception:  # what was done is done, so it is told
            log.exception("an answer could not be kept", request_id=identity.request_id)
        for message in answer.messages:
            await send(message)


class _Recorder:
    """Holds an answer back until it is kept."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def record(self, message: Message) -> None:
        """Hold a part of the answer."""
        self.messages.append(message)

    @property
    def status(self) -> int:
        """The answer's status."""
        return int(self.messages[0]["status"])

    @property
    def kept(self) -> Answer:
        """The answer as it is kept: without headers of the moment, and without secrets."""
        headers = Headers(raw=self.messages[0]["headers"])
        if headers.get("cache-control") == SECRET["Cache-Control"]:
            told = problem(409, "this was done, and its secret is told once", "",
                           remedy="make another one with a fresh key")  # fmt: skip
            return Answer(409, {"content-type": MEDIA_TYPE}, bytes(told.body))
        body = b"".join(message.get("body", b"") for message in self.messages)
        return Answer(self.status, {name: headers[name] for name in _KEPT_HEADERS
                                    if name in headers}, body)  # fmt: skip


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":  # half a body is none
            raise HTTPException(400, "the body broke off")
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """``receive`` as if nothing of the body had been read yet."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _head(scope: Scope) -> bytes:
    """What makes two requests the same beside their bodies: where to, and of which type."""
    kind = Headers(scope=scope).get("content-type", "")
    address = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
    return f"{address}\n{kind}\n".encode("utf-8", "replace")
