"""Who asks: a bearer token or the login's cookie, found out before anything else is done.

Without either nothing is answered but what is public, so that a route that forgot its policy is
closed to strangers, and no stranger's body is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.limits import RateLimit
from app.service.context import Service
from app.service.faults import Forbidden, Unauthenticated
from app.service.identity.identity import Identity
from app.service.settings import LOGIN_COOKIE

COOKIE = LOGIN_COOKIE
SAFE = ("GET", "HEAD", "OPTIONS")
Authenticate = Callable[[Service, str], Identity]  # raises Unauthenticated


class Authentication:
    """Puts the identity of who asks into the request's state."""

    def __init__(
        self, app: ASGIApp, *, service: Service, by_token: Authenticate, by_login: Authenticate,
        public: Callable[[str], bool],
    ) -> None:  # fmt: skip
        self.app = app
        self.service = service
        self.by_token, self.by_login = by_token, by_login
        self.public = public
        self.rate = RateLimit(service.settings.requests_a_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what is public passes."""
        if scope["type"] == "http" and not self.public(scope["path"]):
            headers = Headers(scope=scope)
            try:
                identity = await self._identity(scope["method"], headers)
            except Unauthenticated:
                self.rate.take(f"stranger {(scope.get('client') or ['?'])[0]}")
                raise
            self.rate.take(identity.user_id)
            request_id = scope["state"]["request_id"]
            scope["state"]["identity"] = replace(identity, request_id=request_id)
        await self.app(scope, receive, send)

    async def _identity(self, method: str, headers: Headers) -> Identity:
        kind, _, secret = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and secret:
            return await run_in_threadpool(self.by_token, self.service, secret.strip())
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE)
        if not cookie:
            raise Unauthenticated("nobody known asks",
                                  "send the header Authorization: Bearer TOKEN")  # fmt: skip
        if method not in SAFE and "x-requested-with" not in headers:
            # a form on another site can send the cookie, but not this header
            raise Forbidden("a change by cookie needs the header X-Requested-With",
                            "send it with any value, or use a token")  # fmt: skip
        return await run_in_threadpool(self.by_login, self.service, cookie)
