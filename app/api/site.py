"""One site: the API, the login, and the planner's pages behind it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.application import make_app
from app.api.authentication import COOKIE
from app.api.logs import configure_logs, quiet_libraries
from app.api.manners import Manners
from app.service.context import Service, open_service
from app.service.faults import Unauthenticated
from app.service.identity.logins import identity_of_login

PAGES = Path(__file__).parents[1] / "pages" / "main.py"
_API = ("api", "health", "metrics", "login", "logout")  # first parts of addresses
_FRONT = "board"  # the page at "/", which the pages' framework does not know by its name
_HARMLESS = ("/static/", "/favicon", "/_stcore/health", "/_stcore/host-config")
_UNAUTHORISED = 4401


def create() -> ASGIApp:
    """The site that the environment describes, for a server's process."""
    service = open_service()
    configure_logs(service.settings.log_level)
    site = make_site(service) if service.settings.planner else make_app(service)
    quiet_libraries(service.settings.log_level)
    return site


def make_site(service: Service, pages: Path = PAGES) -> ASGIApp:
    """The site over ``service``, with the pages of the script ``pages``."""
    from streamlit import config
    from streamlit.starlette import App

    app = App(pages)
    config.get_config_options(force_reparse=True)  # with the look of the pages, beside the script
    for option, value in _options(service).items():
        config.set_option(option, value)
    guarded = Manners(_Guard(app, service), tls=service.settings.tls_certificate is not None)
    return _Site(make_app(service), guarded, app)


def _options(service: Service) -> dict[str, object]:
    """Settings of the pages' framework: nothing leaves this host, no tools for developers."""
    return {
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "viewer",
        "server.fileWatcherType": "none",
        "server.headless": True,
        "server.maxUploadSize": max(1, service.settings.body_limit // 1_000_000),
    }


class _Site:
    """Sends each request to whom it is for."""

    def __init__(self, api: ASGIApp, guarded: ASGIApp, pages: ASGIApp) -> None:
        self.api, self.guarded, self.pages = api, guarded, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the pages' framework starts and stops with the server."""
        if scope["type"] == "lifespan":
            await self.pages(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].strip("/") == _FRONT:
            asked = scope["query_string"].decode("latin-1")
            await RedirectResponse(f"/?{asked}" if asked else "/")(scope, receive, send)
        elif scope["path"].strip("/").partition("/")[0] in _API:
            await self.api(scope, receive, send)
        else:
            await self.guarded(scope, receive, send)


class _Guard:
    """Lets nobody to the pages who is not logged in: who is not goes to the login first."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or connection."""
        if scope["path"].startswith(_HARMLESS) or await self._is_known(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _UNAUTHORISED})
        else:
            address = f"{scope['path']}?{scope['query_string'].decode('latin-1')}".rstrip("?")
            answer = RedirectResponse(f"/login?next={quote(address, safe='')}", 303)
            await answer(scope, receive, send)

    async def _is_known(self, scope: Scope) -> bool:
        cookie = cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE)
        if not cookie:
            return False
        try:
            identity = await run_in_threadpool(identity_of_login, self.service, cookie)
        except Unauthenticated:
            return False
        scope.setdefault("state", {})["identity"] = identity
        return True
