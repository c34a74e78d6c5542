"""What holds for every answer of the API, shown on routes that exist for these tests only."""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Iterator, MutableMapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import anyio
import pytest
import structlog
from fastapi import Body, FastAPI, Request, Response
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from app.api.application import make_app
from app.api.deprecation import leaving
from app.api.logs import configure_logs
from app.api.policy import needs
from app.service import InputError, Problem
from app.service.context import Service
from app.service.faults import Changed, Conflict, NotFound
from app.service.identity.identity import Identity, Permission
from tests.service.api_support import app_of, asked, caller, known, service_in

Reader = Annotated[Identity, needs(Permission.DATA_READ)]
FAULTS: dict[str, Exception] = {
    "missing": NotFound.of("dataset", "spring"),
    "taken": Conflict("there is a dataset 'spring' already"),
    "changed": Changed("somebody was first", 7),
    "bad": InputError([Problem("items", "is no number", "write one", 3, "unit_cost", "x\ud800")]),
    "locked": OperationalError("SECRET SQL", {}, sqlite3.OperationalError("database is locked")),
    "full": OSError(errno.ENOSPC, "No space left on device", "/secret/path"),
    "defect": RuntimeError("SECRET inside"),
}


def _routes(app: FastAPI) -> None:
    @app.get("/api/v1/fail/{how}")
    def fail(how: str, identity: Reader) -> None:
        raise FAULTS[how]

    @app.post("/api/v1/echo")
    def echo(identity: Reader, body: Annotated[Any, Body()]) -> Any:
        return body

    @app.post("/api/v1/unread")
    async def unread(request: Request, identity: Reader) -> int:
        return len(await request.body())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Service]:
    service = service_in(
        tmp_path_factory.mktemp("manners"), migrated, body_limit=1000, requests_a_minute=500
    )
    yield service
    service.database.close()


@pytest.fixture(scope="module")
def app(service: Service) -> FastAPI:
    return app_of(service, _routes)


@pytest.mark.parametrize(
    ("how", "status", "detail"),
    [
        ("missing", 404, "no dataset 'spring'"),
        ("changed", 412, "somebody was first"),
        ("bad", 422, "1 problem(s) found, nothing was changed"),
        ("locked", 503, "the database is busy with another writer"),
        ("full", 503, "the disk is full"),
        ("defect", 500, "this is a defect of the product"),
    ],
)
def test_an_error_becomes_a_problem_document_without_internals(
    app: FastAPI, how: str, status: int, detail: str
) -> None:
    answer = caller(app, **{"X-Request-ID": "abc-1"}).get(f"/api/v1/fail/{how}")
    told = answer.json()
    assert answer.status_code == told["status"] == status
    assert told["detail"] == detail
    assert told["request_id"] == answer.headers["X-Request-ID"] == "abc-1"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "secret" not in answer.text.lower()


def test_bad_data_is_told_cell_by_cell(app: FastAPI) -> None:
    told = caller(app).get("/api/v1/fail/bad").json()
    assert told["problems"] == [
        {"table": "items", "row": 3, "column": "unit_cost", "value": "x?",
         "message": "is no number", "remedy": "write one"}
    ]  # fmt: skip


def test_what_was_changed_by_another_is_told_with_its_revision(app: FastAPI) -> None:
    assert caller(app).get("/api/v1/fail/changed").json()["revision"] == 7


def test_a_conflict_that_time_does_not_solve_does_not_say_to_come_back(app: FastAPI) -> None:
    answer = caller(app).get("/api/v1/fail/taken")
    assert (answer.status_code, "Retry-After" in answer.headers) == (409, False)


@pytest.mark.parametrize("how", ["locked", "full"])
def test_a_store_that_is_away_says_when_to_come_back(app: FastAPI, how: str) -> None:
    assert caller(app).get(f"/api/v1/fail/{how}").headers["Retry-After"] == "5"


@pytest.mark.parametrize("given", ["with space", "x" * 65, "new\tline", "é"])
def test_a_request_id_that_could_forge_a_log_is_replaced(app: FastAPI, given: str) -> None:
    answer = caller(app).get("/health/live", headers={"X-Request-ID": given.encode()})
    assert len(answer.headers["X-Request-ID"]) == 32


def test_nobody_gets_in_without_a_token(app: FastAPI) -> None:
    answer = caller(app, "").get("/api/v1/fail/missing")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_stranger_cannot_tell_which_routes_there_are(app: FastAPI) -> None:
    assert caller(app, "").get("/api/v1/nothing/here").status_code == 401


def test_who_lacks_the_permission_is_told_which(app: FastAPI) -> None:
    answer = caller(app, "administrator").get("/api/v1/fail/missing")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "this needs the permission data:read"


def test_a_login_cookie_reads(app: FastAPI) -> None:
    by_cookie = caller(app, "", Cookie="supplychain_login=viewer")
    assert by_cookie.get("/api/v1/fail/missing").status_code == 404


def test_a_form_of_another_site_changes_nothing(app: FastAPI) -> None:
    by_cookie = caller(app, "", Cookie="supplychain_login=viewer")
    assert by_cookie.post("/api/v1/echo", json=1).status_code == 403
    own = by_cookie.post("/api/v1/echo", json=1, headers={"X-Requested-With": "page"})
    assert own.json() == 1


def test_an_application_with_a_route_without_a_policy_does_not_start(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.application.PUBLIC", ())
    with pytest.raises(AssertionError, match=r"routes without a policy: .*GET /health/live"):
        make_app(service, by_token=known, by_login=known)


@pytest.mark.parametrize("path", ["/api/v1/echo", "/api/v1/unread"])
def test_a_body_beyond_the_limit_is_refused(app: FastAPI, path: str) -> None:
    answer = caller(app).post(path, content=b"1" * 1001)
    assert answer.status_code == 413
    assert answer.json()["detail"] == "a body may have 1,000 bytes at most"


@pytest.mark.parametrize("path", ["/api/v1/echo", "/api/v1/unread"])
@pytest.mark.parametrize("key", ["", "large"])
def test_a_body_without_end_is_read_no_further_than_the_limit(
    app: FastAPI, path: str, key: str
) -> None:
    sent: list[MutableMapping[str, Any]] = []
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 100
        return {"type": "http.request", "body": b"1" * 100, "more_body": True}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    anyio.run(app, asked(path, key=key), receive, send)
    assert sent[0]["status"] == 413
    assert read == 1100


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 400, "abc"])
def test_a_length_that_is_no_number_is_refused(app: FastAPI, length: str) -> None:
    answer = caller(app).post("/api/v1/unread", content=b"1", headers={"Content-Length": length})
    assert answer.status_code == 413


def test_more_requests_than_allowed_are_told_when_to_come_back(
    tmp_path: Path, migrated: Path
) -> None:
    hasty = caller(app_of(service_in(tmp_path, migrated, requests_a_minute=3), _routes))
    statuses = [hasty.get("/api/v1/fail/missing").status_code for _ in range(4)]
    answer = hasty.get("/api/v1/fail/missing")
    assert statuses[:3] == [404, 404, 404]
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_guessing_tokens_is_limited(tmp_path: Path, migrated: Path) -> None:
    stranger = caller(app_of(service_in(tmp_path, migrated, requests_a_minute=3), _routes), "guess")
    statuses = [stranger.get("/api/v1/fail/missing").status_code for _ in range(5)]
    assert statuses[:3] == [401, 401, 401]
    assert 429 in statuses


def test_headers_of_an_answer_keep_a_browser_from_doing_harm(app: FastAPI) -> None:
    headers = caller(app).get("/api/v1/fail/missing").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Cache-Control"] == "private, no-cache"
    assert "Strict-Transport-Security" not in headers


def test_readiness_says_that_the_database_is_away(tmp_path: Path, migrated: Path) -> None:
    service = service_in(tmp_path / "there", migrated)
    app = app_of(service)
    assert caller(app, "").get("/health/ready").json() == {"status": "ok"}
    service.database.close()
    (tmp_path / "there").rename(tmp_path / "gone")
    answer = caller(app, "").get("/health/ready")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    (tmp_path / "gone").rename(tmp_path / "there")
    assert caller(app, "").get("/health/ready").status_code == 200


def test_metrics_count_requests_by_route_and_need_a_permission(app: FastAPI) -> None:
    assert caller(app, "viewer").get("/metrics").status_code == 403
    caller(app, "viewer").get("/api/v1/fail/missing")
    told = caller(app, "auditor").get("/metrics").text
    assert 'http_requests_total{handler="/api/v1/fail/{how}",method="GET",status="4xx"}' in told


def test_the_log_has_one_line_a_request_and_no_secret(app: FastAPI) -> None:
    with capture_logs() as lines:
        caller(app, "viewer").get("/api/v1/fail/missing?ticket=hidden")
    assert [(line["path"], line["status"], line["actor"]) for line in lines] == [
        ("/api/v1/fail/missing", 404, "viewer")
    ]
    assert "hidden" not in str(lines)
    assert "Bearer" not in str(lines)


def test_logs_are_json_and_a_traceback_shows_no_variables(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = structlog.get_config()
    configure_logs()
    password = "hunter2"
    try:
        assert not len(password)
    except AssertionError:
        structlog.get_logger().exception("defect")
    finally:
        structlog.configure(**before)
    line = json.loads(capsys.readouterr().err)
    assert line["exception"][0]["exc_type"] == "AssertionError"
    assert "hunter2" not in json.dumps(line["exception"][0]["frames"])


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"a":', "application/json", 422),
        (b"[" * 900, "application/json", 422),
        (b'"\xff"', "application/json", 400),
        (b"1", "application/json; charset=utf-99", 200),
    ],
)
def test_a_body_that_is_no_json_is_the_callers_fault(
    app: FastAPI, content: bytes, kind: str, status: int
) -> None:
    answer = caller(app).post("/api/v1/echo", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "TRACE", "BREW"])
def test_a_method_that_a_route_lacks_is_405(app: FastAPI, method: str) -> None:
    answer = caller(app).request(method, "/api/v1/echo")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["title"] == "Method Not Allowed"


# --- operations on their way out ------------------------------------------------------------------


def _leaving(app: FastAPI) -> None:
    gone = [leaving(date(2026, 11, 1), date(2027, 5, 1), "/api/v2/new")]

    @app.get("/api/v1/old/{how}", dependencies=gone)
    def old(identity: Reader, how: str) -> Any:
        """What there was."""
        if how == "file":
            return Response(b"1", headers={"Link": "</next>; rel=next"})
        if how == "missing":
            raise NotFound.of("item", "X")
        return 1

    @app.get("/api/v1/new")
    def new(identity: Reader) -> int:
        return 1


@pytest.mark.parametrize(
    ("name", "how", "status"),
    [("viewer", "number", 200), ("viewer", "file", 200), ("viewer", "missing", 404),
     ("administrator", "number", 403)],
)  # fmt: skip
def test_every_answer_of_an_operation_on_its_way_out_says_when_it_goes_and_what_replaces_it(
    service: Service, name: str, how: str, status: int
) -> None:
    answer = caller(app_of(service, _leaving), name).get(f"/api/v1/old/{how}")
    assert answer.status_code == status
    assert answer.headers["Deprecation"] == "@1793491200"  # 2026-11-01T00:00:00Z
    assert answer.headers["Sunset"] == "Sat, 01 May 2027 00:00:00 GMT"
    assert '</api/v2/new>; rel="successor-version"' in answer.headers["Link"]
    assert ("rel=next" in answer.headers["Link"]) == (how == "file")


def test_only_an_operation_on_its_way_out_is_called_deprecated(service: Service) -> None:
    app = app_of(service, _leaving)
    assert "Deprecation" not in caller(app, "viewer").get("/api/v1/new").headers
    paths = caller(app, "").get("/api/v1/openapi.json").json()["paths"]
    old = paths["/api/v1/old/{how}"]["get"]
    assert (old["deprecated"], old["description"]) == (
        True, "What there was.\n\nGone on 2027-05-01: use /api/v2/new.")  # fmt: skip
    deprecated = [path for path, operations in paths.items()
                  if any("deprecated" in one for one in operations.values())]  # fmt: skip
    assert deprecated == ["/api/v1/old/{how}"]


def test_nothing_goes_before_it_is_deprecated() -> None:
    with pytest.raises(ValueError, match="cannot go on 2026-10-31 already"):
        leaving(date(2026, 11, 1), date(2026, 10, 31), "/api/v2/new")


# --- the description -----------------------------------------------------------------------------


def test_the_description_tells_permission_errors_and_key(app: FastAPI) -> None:
    document = caller(app, "").get("/api/v1/openapi.json").json()
    operation = document["paths"]["/metrics"]["get"]
    assert operation["x-permission"] == "settings:read"
    assert {"401", "403", "429", "503"} <= set(operation["responses"])
    assert document["paths"]["/health/live"]["get"].get("security") is None
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
