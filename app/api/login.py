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
_ICON = (
    '<svg width="44" height="44" viewBox="0 0 32 32" aria-hidden="true">'
    '<rect width="32" height="32" rx="6" fill="#0072b2"/>'
    '<g fill="none" stroke="#fff" stroke-width="2.4"><path d="M9 9l13 7M9 23l13-7"/></g>'
    '<g fill="#fff"><circle cx="8" cy="9" r="3.6"/><circle cx="8" cy="23" r="3.6"/></g>'
    '<circle cx="23" cy="16" r="4.4" fill="#e69f00"/></svg>'
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Log in - Supply-chain planner</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; font: 15px/1.5 "Source Sans", "Source Sans 3", system-ui,
  sans-serif; --page: #f5f6f8; --card: #fff; --ink: #1c2127; --faint: #5a6470; --line: #c9cfd6;
  --main: #0072b2; --on: #fff; --link: #00629a; --wrong: #a33b00; --wrong-fill: #fdf0e7 }}
@media (prefers-color-scheme: dark) {{ :root {{ --page: #14171b; --card: #1d2126; --ink: #e7eaee;
  --faint: #a3adb8; --line: #3a4149; --main: #56b4e9; --on: #10151a; --link: #7cc6f0;
  --wrong: #ffb27d; --wrong-fill: #33231a }} }}
* {{ box-sizing: border-box }}
body {{ margin: 0; background: var(--page); color: var(--ink) }}
main {{ width: min(24rem, 100% - 2rem); margin: 14vh auto 2rem; padding: 2rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 5px }}
header {{ display: flex; align-items: center; gap: .8rem; margin-bottom: 1.4rem }}
h1 {{ margin: 0; font-size: 1.3rem; line-height: 1.2 }}
header p {{ margin: 0; color: var(--faint); font-size: .9rem }}
label {{ display: block; margin-bottom: .25rem; font-size: .93rem }}
input, button {{ display: block; width: 100%; padding: .55rem .7rem; font: inherit;
  border-radius: 5px }}
input {{ margin-bottom: 1rem; color: inherit; background: var(--page);
  border: 1px solid var(--line) }}
input[aria-invalid] {{ border-color: var(--wrong) }}
button {{ margin-top: .4rem; border: 0; background: var(--main); color: var(--on); cursor: pointer;
  font-weight: 600 }}
button:hover {{ filter: brightness(1.08) }}
:focus-visible {{ outline: 3px solid var(--main); outline-offset: 2px }}
a {{ color: var(--link) }}
[role=alert] {{ margin: 0 0 1.2rem; padding: .6rem .8rem; color: var(--wrong);
  background: var(--wrong-fill); border-left: 4px solid var(--wrong); border-radius: 3px }}
</style></head><body><main><header>ICON<div><h1>Supply-chain planner</h1>
<p>What runs short, what it costs, what to do</p></div></header>
{content}
</main></body></html>""".replace("ICON", _ICON)
_LOG_IN = """<form method="post" action="/login">
<input type="hidden" name="next" value="{next}">
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false"
  required autofocus{wrong}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
  {wrong}>
<button type="submit">Log in</button></form>"""
_WRONG = ' aria-invalid="true" aria-describedby="told"'
_PROVIDER = '<p><a href="/login/oidc">Log in with your organisation</a></p>'
_LOG_OUT = """<form method="post" action="/logout"><button type="submit" autofocus>Log out</button>
</form><p><a href="/">Back to the planner</a></p>"""


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
    told = "" if error is None else f'<p role="alert" id="told">{escape(error.message)}</p>'
    form = _LOG_IN.format(next=escape(_own_path(following)), wrong=_WRONG if error else "")
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
