"""What holds for every answer: a request id, secure headers, a line in the log, no bare error."""

from __future__ import annotations

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import answer_to, problem

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_API = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-cache",
}
_PAGES = {
    # the pages' framework compiles its charts and sets styles inline; nothing comes from elsewhere
    "Content-Security-Policy": "default-src 'self'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; connect-src 'self' ws: wss: data: blob:; "
    "worker-src 'self' blob:; frame-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}
FURTHER_HEADERS = "further headers"  # in a request's state: what its answer bears as well
_TLS = {"Strict-Transport-Security": "max-age=31536000"}
log = structlog.get_logger("api")


class Manners:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self.app = app
        self.tls = tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other kinds of traffic pass."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope, send, self.tls)
        try:
            await self.app(scope, receive, answer.send)
        except Exception as error:
            if answer.status:  # begun: all that is left is to break it off
                raise
            foreseen = answer_to(error, answer.request_id)
            if foreseen is None:
                log.exception("defect", request_id=answer.request_id, path=scope["path"])
                foreseen = problem(500, "this is a defect of the product", answer.request_id,
                                   remedy="tell the operator this request id")  # fmt: skip
            await foreseen(scope, receive, answer.send)
        finally:
            answer.tell()


class _Answer:
    """One answer on its way out."""

    def __init__(self, scope: Scope, send: Send, tls: bool) -> None:
        self.scope, self._send = scope, send
        self.began = time.perf_counter()
        self.status = 0
        given = Headers(scope=scope).get("x-request-id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = self.request_id
        own = _API if scope["path"].startswith(("/api/", "/health", "/metrics")) else _PAGES
        self.headers = {**_EVERYWHERE, **own, **(_TLS if tls else {})}

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on; the first one gets the headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            for name, value in self.headers.items():
                headers.setdefault(name, value)
            for name, value in self.scope["state"].get(FURTHER_HEADERS, {}).items():
                headers.append(name, value)
        await self._send(message)

    def tell(self) -> None:
        """Write the log's line: neither headers nor the query, which may hold secrets."""
        identity = self.scope["state"].get("identity")
        log.info(
            "request", method=self.scope["method"], path=self.scope["path"], status=self.status,
            seconds=round(time.perf_counter() - self.began, 4), request_id=self.request_id,
            actor=identity.name if identity else "",
        )  # fmt: skip
