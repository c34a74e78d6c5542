"""Logging in with a browser, and the pages that nobody sees without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.websockets import WebSocketDisconnect
from streamlit.runtime import Runtime

from app.api.application import make_app
from app.api.site import make_site
from app.service.context import Service
from app.service.identity.logins import create_ticket
from app.service.identity.throttle import FREE_ADDRESS
from app.service.identity.users import add_user
from tests.service.api_support import PEOPLE, TestClient, service_in

PASSWORD = "a long password"
ADMINISTRATOR = PEOPLE["administrator"]


@pytest.fixture(scope="module", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Passwords are hashed in no time; how well is a matter of other tests."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr("app.service.identity.secrets._hasher", quick)
        yield


@pytest.fixture
def browser(service: Service) -> Any:
    add_user(service, ADMINISTRATOR, "petra", roles=["planner"], password=PASSWORD)
    return TestClient(make_app(service), follow_redirects=False)


def _log_in(browser: Any, password: str = PASSWORD, following: str = "/", **headers: str) -> Any:
    form = {"name": "petra", "password": password, "next": following}
    return browser.post("/login", data=form, headers=headers)


def test_a_password_opens_a_login_that_scripts_cannot_read(browser: Any) -> None:
    answer = _log_in(browser, following="/?page=plan")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?page=plan")
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert browser.get("/api/v1/me").json()["name"] == "petra"


def test_behind_tls_the_cookie_is_for_tls_only(browser: Any) -> None:
    browser.base_url = "https://planner.example"
    assert "Secure" in _log_in(browser).headers["Set-Cookie"].split("; ")


def test_a_wrong_password_is_told_without_saying_which_is_wrong(browser: Any) -> None:
    answer = _log_in(browser, "another password")
    assert answer.status_code == 401
    assert "the name or the password is wrong" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_an_address_that_guesses_is_told_when_to_come_back(service: Service) -> None:
    guesser = TestClient(make_app(service), client=("198.51.100.7", 1))
    for number in range(FREE_ADDRESS):
        form = {"name": f"user{number}", "password": "guess"}
        assert guesser.post("/login", data=form).status_code == 401
    told = guesser.post("/login", data={"name": "petra", "password": PASSWORD})
    assert (told.status_code, told.headers["Retry-After"]) == (429, "1")
    forged = guesser.post("/login", data=form, headers={"X-Forwarded-For": "203.0.113.9"})
    assert forged.status_code == 429


def test_logging_out_ends_the_login(browser: Any) -> None:
    _log_in(browser)
    kept = dict(browser.cookies)
    assert 'action="/logout"' in browser.get("/logout").text
    assert browser.get("/api/v1/me").status_code == 200
    assert browser.post("/logout").headers["Location"] == "/login"
    browser.cookies.update(kept)
    assert browser.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", ""]
)
def test_a_login_leads_to_no_other_site(browser: Any, elsewhere: str) -> None:
    assert _log_in(browser, following=elsewhere).headers["Location"] == "/"


def test_a_next_page_cannot_bring_its_own_markup_or_header(browser: Any) -> None:
    shown = browser.get("/login", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>" not in shown.text
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
    answer = _log_in(browser, following="/a\r\nSet-Cookie: x=1")
    assert answer.headers["Location"] == "/"


def test_a_form_of_another_site_logs_nobody_in_or_out(browser: Any) -> None:
    assert _log_in(browser, Origin="https://evil.example").status_code == 403
    assert browser.post("/logout", headers={"Origin": "null"}).status_code == 403
    assert _log_in(browser, Origin="http://testserver").status_code == 303


def test_a_ticket_opens_one_login(browser: Any, service: Service) -> None:
    ticket = create_ticket(service, ADMINISTRATOR, "petra")
    assert browser.get(f"/login/ticket?ticket={ticket}").headers["Location"] == "/"
    assert browser.get("/api/v1/me").json()["name"] == "petra"
    assert browser.get(f"/login/ticket?ticket={ticket}").status_code == 401


@pytest.mark.parametrize("path", ["/login/ticket", "/login/callback", "/login/oidc"])
def test_ways_in_that_are_not_open_are_no_defects(browser: Any, path: str) -> None:
    assert 400 <= browser.get(path).status_code < 500


# --- the pages behind it -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Any]:
    """The site, once: the pages' framework runs once in a process."""
    folder = tmp_path_factory.mktemp("site")
    script = folder / "main.py"
    script.write_text("import streamlit as st\nst.write('the board')\n")
    service = service_in(folder, migrated)
    add_user(service, ADMINISTRATOR, "petra", roles=["planner"], password=PASSWORD)
    with TestClient(make_site(service, script), follow_redirects=False) as browser:
        yield browser
    Runtime._instance = None
    service.database.close()


@pytest.fixture
def site(opened: Any) -> Any:
    """The site, with nobody logged in."""
    opened.cookies.clear()
    return opened


def test_a_stranger_is_sent_to_the_login_and_comes_back(site: Any) -> None:
    answer = site.get("/plan?run=7")
    assert answer.headers["Location"] == "/login?next=%2Fplan%3Frun%3D7"
    assert "/plan?run=7" in site.get(answer.headers["Location"]).text


def test_the_front_page_has_its_own_name_too(site: Any) -> None:
    assert site.get("/board").headers["Location"] == "/"
    assert site.get("/board?run=7&scenario=a%20b").headers["Location"] == "/?run=7&scenario=a%20b"


@pytest.mark.parametrize("path", ["/media/file.csv", "/_stcore/upload_file/a/b", "/anything"])
def test_a_stranger_gets_nothing_of_the_pages(site: Any, path: str) -> None:
    assert site.get(path).status_code == 303


def test_a_stranger_opens_no_session(site: Any) -> None:
    with pytest.raises(WebSocketDisconnect) as refused, site.websocket_connect("/_stcore/stream"):
        pass
    assert refused.value.code == 4401


def test_who_is_logged_in_sees_the_pages_and_the_api_on_one_port(site: Any) -> None:
    _log_in(site)
    page = site.get("/plan?run=7")
    assert page.status_code == 200
    assert '<div id="root">' in page.text
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert site.get("/api/v1/me").json()["name"] == "petra"
    with site.websocket_connect("/_stcore/stream"):
        pass


def test_an_unknown_address_of_the_api_is_no_page(site: Any) -> None:
    _log_in(site)
    assert site.get("/api/v2/me").json()["status"] == 404
