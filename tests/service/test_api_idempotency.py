"""The header Idempotency-Key, on routes that exist for these tests only."""

from __future__ import annotations

import threading
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import anyio
import pytest
from fastapi import Body, FastAPI
from sqlmodel import select

from app.api.policy import needs
from app.service import idempotency
from app.service.faults import Conflict, NotFound, Unavailable
from app.service.identity.identity import Identity, Permission
from app.store.records import IdempotencyKey
from tests.service.api_support import PEOPLE, app_of, asked, caller, service_in

Reader = Annotated[Identity, needs(Permission.DATA_READ)]


@pytest.fixture
def counting(tmp_path: Path, migrated: Path) -> Iterator[tuple[FastAPI, list[Any]]]:
    """An application whose POST /api/v1/orders counts what was done."""
    done: list[Any] = []

    def add(app: FastAPI) -> None:
        @app.post("/api/v1/orders", status_code=201)
        def order(identity: Reader, body: Annotated[Any, Body()]) -> dict[str, int]:
            done.append(body)
            if body == "fail":
                raise RuntimeError("on the way")
            if body == "missing":
                raise NotFound.of("item", "X")
            return {"number": len(done)}

    service = service_in(tmp_path, migrated)
    yield app_of(service, add), done
    service.database.close()


def _post(app: FastAPI, key: str, body: Any, name: str = "viewer") -> Any:
    return caller(app, name).post("/api/v1/orders", json=body, headers={"Idempotency-Key": key})


def test_the_same_key_and_body_get_the_same_answer_once(
    counting: tuple[FastAPI, list[Any]],
) -> None:
    app, done = counting
    first, second = _post(app, "k", 1), _post(app, "k", 1)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json() == {"number": 1}
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    assert done == [1]


def test_the_same_key_with_another_body_is_refused(counting: tuple[FastAPI, list[Any]]) -> None:
    app, done = counting
    _post(app, "k", 1)
    assert _post(app, "k", 2).status_code == 422
    assert done == [1]


def test_keys_of_two_callers_are_apart(counting: tuple[FastAPI, list[Any]]) -> None:
    app, _ = counting
    assert _post(app, "k", 1).json() == {"number": 1}
    assert _post(app, "k", 1, "planner").json() == {"number": 2}


def _as(app: FastAPI, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Any:
    """Post as the viewer, who is now somewhat different."""
    monkeypatch.setitem(PEOPLE, "viewer", replace(PEOPLE["viewer"], **changes))
    return _post(app, "k", 1)


def test_who_lost_the_permission_is_not_told_the_answer_again(
    counting: tuple[FastAPI, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, done = counting
    assert _post(app, "k", 1).status_code == 201
    for lost in ({"roles": frozenset()}, {"scopes": frozenset({Permission.RUN_READ})}):
        refused = _as(app, monkeypatch, **lost)
        assert (refused.status_code, refused.json()["status"]) == (403, 403)
        assert "number" not in refused.text
        monkeypatch.undo()
    again = _post(app, "k", 1)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert done == [1]


def test_who_sees_less_now_is_not_told_what_was_seen_then(
    counting: tuple[FastAPI, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, done = counting
    _post(app, "k", 1)
    assert _as(app, monkeypatch, brands=frozenset({"AVE"})).status_code == 422
    assert done == [1]


def test_who_gets_the_permission_later_can_send_it_again(
    counting: tuple[FastAPI, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, done = counting
    assert _as(app, monkeypatch, roles=frozenset()).status_code == 403
    monkeypatch.undo()
    assert _post(app, "k", 1).status_code == 201
    assert done == [1]


def test_what_is_kept_of_a_body_takes_the_services_secret_to_guess_at(
    tmp_path: Path, migrated: Path
) -> None:
    kept: list[str] = []
    for name in ("one", "two"):
        service = service_in(tmp_path / name, migrated)
        body = {"name": "ann", "roles": ["viewer"], "password": "a long password"}
        headers = {"Idempotency-Key": "k"}
        caller(app_of(service)).post("/api/v1/users", json=body, headers=headers)
        with service.database.reading() as session:
            kept.append(session.exec(select(IdempotencyKey.fingerprint)).one())
        secret = service.settings.folder / "secret.key"
        assert (secret.stat().st_mode & 0o777, len(secret.read_bytes())) == (0o600, 32)
        service.database.close()
    assert kept[0] != kept[1]  # the same request: only the secrets differ


def test_a_clock_that_jumps_while_a_request_is_in_flight_does_nothing_twice(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_in(tmp_path, migrated)
    real = idempotency.now
    with idempotency.in_flight(service, PEOPLE["viewer"], "k"):
        for days in (-2, 2):
            monkeypatch.setattr(idempotency, "now", lambda by=days: real() + timedelta(days=by))
            answer = caller(app_of(service), "viewer").post(
                "/api/v1/orders", headers={"Idempotency-Key": "k"}
            )
            assert answer.status_code == 409
    service.database.close()


def test_a_key_whose_process_died_is_free_after_a_while_though_the_clock_was_set_back(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_in(tmp_path, migrated)
    assert idempotency.begin(service, PEOPLE["viewer"], "k", "f") is None
    with pytest.raises(Conflict):
        idempotency.begin(service, PEOPLE["viewer"], "k", "f")
    real = idempotency.now
    monkeypatch.setattr(idempotency, "now", lambda: real() - timedelta(days=1))
    assert idempotency.begin(service, PEOPLE["viewer"], "k", "f") is None
    service.database.close()


def test_a_refusal_is_kept_too(counting: tuple[FastAPI, list[Any]]) -> None:
    app, done = counting
    assert [_post(app, "k", "missing").status_code for _ in range(2)] == [404, 404]
    assert done == ["missing"]


def test_after_a_defect_the_same_key_tries_again(counting: tuple[FastAPI, list[Any]]) -> None:
    app, done = counting
    assert [_post(app, "k", "fail").status_code for _ in range(2)] == [500, 500]
    assert done == ["fail", "fail"]


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "é"])
def test_a_key_that_is_none_is_refused(counting: tuple[FastAPI, list[Any]], key: str) -> None:
    app, done = counting
    answer = caller(app).post(
        "/api/v1/orders", json=1, headers={"Idempotency-Key": key.encode("latin-1")}
    )
    assert answer.status_code == 422
    assert done == []


def test_while_the_first_is_in_flight_the_second_is_told_to_wait(
    tmp_path: Path, migrated: Path
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def add(app: FastAPI) -> None:
        @app.post("/api/v1/slow")
        def slow(identity: Reader) -> int:
            begun.set()
            assert go_on.wait(10)
            return 1

    app = app_of(service_in(tmp_path, migrated), add)
    header = {"Idempotency-Key": "k"}
    answers: list[int] = []
    first = threading.Thread(
        target=lambda: answers.append(caller(app).post("/api/v1/slow", headers=header).status_code)
    )
    first.start()
    assert begun.wait(10)
    second = caller(app).post("/api/v1/slow", headers=header)
    assert (second.status_code, second.headers["Retry-After"]) == (409, "1")
    go_on.set()
    first.join()
    third = caller(app).post("/api/v1/slow", headers=header)
    assert (answers, third.status_code) == ([200], 200)


def test_half_a_body_does_nothing(counting: tuple[FastAPI, list[Any]]) -> None:
    app, done = counting
    parts: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"1", "more_body": True}, {"type": "http.disconnect"}
    ]  # fmt: skip
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    anyio.run(app, asked("/api/v1/orders", key="k"), receive, send)
    assert (sent[0]["status"], done) == (400, [])


def test_what_was_done_is_told_even_where_it_cannot_be_kept(
    counting: tuple[FastAPI, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = counting

    def fail(*_: object) -> None:
        raise Unavailable("the database is away")

    monkeypatch.setattr("app.service.idempotency.finish", fail)
    assert _post(app, "k", 1).status_code == 201
