"""Logging in and out with a browser: by password, by the identity provider, or by a ticket."""

from __future__ import annotations

from html import escape
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.api.authentication import COOKIE
from app.api.policy import TheService
from app.service.context import Service
from app.service.faults import Forbidden, ServiceError, Unauthenticated
from app.service.identity import logins, oidc

router = APIRouter(include_in_schema=False)
ATTEMPT = "supplychain_attempt"  # what the browser keeps while it is at the identity provider
_ATTEMPT_SECONDS = 600
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Supply-chain planner</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
main {{ max-width: 22rem; margin: 15vh auto 0; padding: 0 1rem }}
label, input, button {{ display: block; width: 100%; box-sizing: border-box; font: inherit }}
input {{ margin: .25rem 0 1rem; padding: .5rem }}
button {{ padding: .5rem; cursor: pointer }}
[role=alert] {{ border-left: .3rem solid #c2410c; padding-left: .6rem }}
</style></head><body><main><h1>Supply-chain planner</h1>
{content}
</main></body></html>"""
_LOG_IN = """<form method="post" action="/login">
<input type="hidden" name="next" value="{next}">
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Log in</button></form>"""
_PROVIDER = '<p><a href="/login/oidc">Log in with your organisation</a></p>'
_LOG_OUT = '<form method="post" action="/logout"><button type="submit">Log out</button></form>'


@router.get("/login")
def show_login(
    service: TheService, following: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """The form."""
    return _page(service, following)


@router.post("/login", max_body_size=10_000)
def take_login(
    request: Request, service: TheService, name: Annotated[str, Form()],
    password: Annotated[str, Form()], following: Annotated[str, Form(alias="next")] = "/",
) -> Response:  # fmt: skip
    """Open a login by name and password."""
    _require_own_page(request)
    try:
        cookie = logins.log_in(
            service, name, password, request.client.host if request.client else ""
        )
    except ServiceError as error:
        if error.status >= 500:
            raise
        return _page(service, following, error)
    return _logged_in(request, service, cookie, following)


@router.get("/login/ticket")
def take_ticket(request: Request, service: TheService, ticket: str) -> Response:
    """Open a login by a ticket, which the operator of this host has."""
    try:
        cookie = logins.redeem_ticket(service, ticket)
    except Unauthenticated as error:
        return _page(service, "/", error)
    return _logged_in(request, service, cookie, "/")


@router.get("/login/oidc")
def go_to_provider(request: Request, service: TheService) -> Response:
    """Send the browser to the identity provider."""
    address, attempt = oidc.begin(service, _callback(request, service))
    answer = RedirectResponse(address, 303)
    answer.set_cookie(ATTEMPT, attempt, max_age=_ATTEMPT_SECONDS, path="/login", httponly=True,
                      samesite="lax", secure=_is_secure(request, service))  # fmt: skip
    return answer


@router.get("/login/callback")
def come_back(request: Request, service: TheService) -> Response:
    """Open a login by the identity provider's answer."""
    attempt = request.cookies.get(ATTEMPT, "")
    given = dict(request.query_params)
    try:
        cookie = oidc.finish(service, _callback(request, service), given, attempt)
    except ServiceError as error:
        if error.status >= 500:
            raise
        return _page(service, "/", error)
    answer = _logged_in(request, service, cookie, "/")
    answer.delete_cookie(ATTEMPT, path="/login")
    return answer


@router.get("/logout")
def show_logout() -> Response:
    """The button: a mere link to here, from wherever, logs nobody out."""
    return HTMLResponse(_PAGE.format(content=_LOG_OUT), headers=_HEADERS)


@router.post("/logout", max_body_size=10_000)
def take_logout(request: Request, service: TheService) -> Response:
    """End the login."""
    _require_own_page(request)
    logins.log_out(service, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _page(service: Service, following: str, error: ServiceError | None = None) -> Response:
    """The form, with what went wrong."""
    told = "" if error is None else f'<p role="alert">{escape(error.message)}</p>'
    form = _LOG_IN.format(next=escape(_own_path(following)))
    provider = _PROVIDER if service.settings.oidc_issuer else ""
    content = _PAGE.format(content=told + form + provider)
    headers = dict(_HEADERS)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return HTMLResponse(content, 200 if error is None else error.status, headers)


def _logged_in(request: Request, service: Service, cookie: str, following: str) -> Response:
    answer = RedirectResponse(quote(_own_path(following), safe="/?=&%"), 303, _HEADERS)
    seconds = int(service.settings.login_hours * 3600)
    answer.set_cookie(COOKIE, cookie, max_age=seconds, httponly=True, samesite="lax",
                      secure=_is_secure(request, service))  # fmt: skip
    return answer


def _own_path(path: str) -> str:
    """``path`` where it is one of this site, else its front page: no redirect to elsewhere."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain and "\\" not in path else "/"


def _require_own_page(request: Request) -> None:
    """Forbidden where a page of another site sent the form: nobody is logged in by stealth."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("this form was sent by a page of another site", "open /login and log in")


def _callback(request: Request, service: Service) -> str:
    """The address where the identity provider sends the browser back to."""
    base = service.settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}/login/callback"


def _is_secure(request: Request, service: Service) -> bool:
    return request.url.scheme == "https" or service.settings.public_url.startswith("https:")
