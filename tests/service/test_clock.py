"""The clock is set by a day, forward and back, under a server and a worker that run on."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from app.jobs.dispatcher import Watch
from app.service import idempotency
from app.service.attempts.states import beat, begin, finish, open_jobs
from app.service.audit import verify
from app.service.context import Service
from app.service.faults import Unauthenticated
from app.service.identity import logins, recent
from app.service.identity.identity import OPERATOR, Identity
from app.service.identity.tokens import authenticate_token, create_token
from app.service.identity.users import add_user
from app.service.retention import tidy
from app.store.records import AuditEntry, Job, Run, now
from tests.service.servers import served
from tests.service.shops import asked, stored
from tests.service.workers import until

DAY = timedelta(days=1)
PASSWORD = "a long password"
_LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
# the library takes the end of a sleep, which is measured, for a time of the clock that it sets
_SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""
needs_faketime = pytest.mark.skipif(
    not _LIBRARIES, reason="the library libfaketime is absent (Debian's package faketime)"
)


@dataclass(frozen=True)
class Clock:
    """The clock of the processes that get its environment; time that is measured runs on."""

    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """What lets a process see this clock."""
        (self.file.parent / "sitecustomize.py").write_text(_SLEEP)
        return {"LD_PRELOAD": str(_LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(self.file),
                "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
                "PYTHONPATH": str(self.file.parent)}  # fmt: skip

    def set(self, days: int) -> None:
        """Set it so many days from the real time, all at once, and until everybody sees it."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{days:+d}d\n")
        fresh.replace(self.file)
        time.sleep(2)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    found = Clock(tmp_path / "faketime")
    found.set(0)
    return found


@pytest.fixture
def token(service: Service) -> str:
    add_user(service, OPERATOR, "petra", roles=["planner"], password=PASSWORD)
    scopes = ["data:read", "data:write", "run:read", "run:start"]
    return create_token(service, OPERATOR, "", scopes, for_user="petra")[1]


def start(client: httpx.Client, key: str) -> httpx.Response:
    """A job of many seconds, asked for under a key."""
    return client.post("/api/v1/datasets/shop/jobs/robust-plan", json={"futures": 30},
                       headers={"Idempotency-Key": key})  # fmt: skip


def job(client: httpx.Client, job_id: str) -> Any:
    return client.get(f"/api/v1/jobs/{job_id}").json()


def finished(client: httpx.Client, job_id: str) -> Callable[[], bool]:
    return lambda: job(client, job_id)["finished_at"] is not None


def solved_while_the_clock_is_set(
    client: httpx.Client, clock: Clock, key: str, days: int
) -> dict[str, Any]:
    """The job of a key, in whose middle the clock was set."""
    made = start(client, key)
    assert made.status_code == 202, made.text
    until(lambda: job(client, made.json()["id"])["stage"] == "futures", 60)
    clock.set(days)
    until(finished(client, made.json()["id"]), 240)
    again = start(client, key)
    assert (again.json()["id"], again.headers["Idempotent-Replayed"]) == (made.json()["id"], "true")
    ended: dict[str, Any] = job(client, made.json()["id"])
    return ended


def at(service: Service, job_id: str) -> datetime:
    with service.database.reading() as session:
        found = session.get(Job, job_id)
        assert found is not None
        assert found.finished_at is not None
        return found.finished_at


def logged_in(client: httpx.Client) -> bool:
    """Whether the cookie that the client has still says who it is."""
    return client.get("/api/v1/me").status_code == 200


def log_in(client: httpx.Client, password: str = PASSWORD) -> int:
    return client.post("/login", data={"name": "petra", "password": password}).status_code


@needs_faketime
def test_jobs_logins_tokens_and_keys_stand_a_clock_that_is_set_by_a_day_forward_and_back(
    service: Service, clock: Clock, token: str
) -> None:
    stored(service)
    with (
        served(service, workers=1, **clock.environment) as server,
        server.client(token) as erp,
        server.client() as browser,
        server.client() as guesser,
    ):
        assert log_in(browser) == 303
        ended = {"forward": solved_while_the_clock_is_set(erp, clock, "forward", 1)}
        assert abs(at(service, ended["forward"]["id"]) - now() - DAY) < DAY / 24
        assert not logged_in(browser)  # twelve hours are over
        assert log_in(browser) == 303
        for _ in range(5):
            assert log_in(guesser, "wrong") == 401
        clock.set(0)
        assert logged_in(browser)
        assert log_in(guesser, "wrong") == 401  # nobody waits for a day
        for key, days in (("back", -1), ("forth", 0)):
            ended[key] = solved_while_the_clock_is_set(erp, clock, key, days)
            assert logged_in(browser)
        for key, one in ended.items():
            assert start(erp, key).json()["id"] == one["id"]
    assert [(one["state"], one["attempts"]) for one in ended.values()] == [("succeeded", 1)] * 3
    published_once(service, [one["id"] for one in ended.values()])
    assert verify(service, OPERATOR).passed


def published_once(service: Service, job_ids: list[str]) -> None:
    with service.database.reading() as session:
        assert sorted(session.exec(select(Run.id))) == sorted(job_ids)
        told = select(AuditEntry.subject).where(AuditEntry.action == "run.published")
        assert sorted(session.exec(told)) == sorted(f"run {job_id}" for job_id in job_ids)


# --- the same with a clock of the test's own -----------------------------------------------------


@pytest.fixture
def set_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Sets the clock that jobs, logins, tokens and what is kept go by."""
    modules = ("attempts.states", "identity.logins", "identity.tokens", "idempotency", "retention")

    def set_all(by: timedelta) -> None:
        for module in modules:
            monkeypatch.setattr(f"app.service.{module}.now", lambda: now() + by)

    return set_all


@pytest.mark.parametrize("by", [DAY, -DAY])
def test_a_job_that_runs_while_the_clock_is_set_is_neither_lost_nor_started_again(
    service: Service, planner: Identity, set_by: Callable[[timedelta], None], by: timedelta
) -> None:
    stored(service)
    job_id = asked(service, planner, "plan", "shop").id
    watch, at = Watch(silence=10), 0.0
    [ticket] = watch.due(open_jobs(service), at)
    attempt = begin(service, ticket, "worker")
    assert attempt == 1
    for shift in (timedelta(), by, timedelta()):  # set, and set right again
        set_by(shift)
        for _ in range(5):
            at += 9
            assert beat(service, job_id, attempt)
            assert watch.due(open_jobs(service), at) == []
    [silent] = watch.due(open_jobs(service), at + 11)  # its worker died
    assert begin(service, silent, "another") == 2
    assert not finish(service, job_id, attempt, "failed", {})
    assert finish(service, job_id, 2, "failed", {})


def test_a_login_ends_by_the_clock_and_a_token_of_many_days_does_not(
    service: Service, token: str, set_by: Callable[[timedelta], None]
) -> None:
    cookie = logins.log_in(service, "petra", PASSWORD)
    for by, known in ((timedelta(), True), (DAY, False), (-DAY, True)):
        set_by(by)
        recent.forget()
        assert authenticate_token(service, token).name == "petra"
        with nullcontext() if known else pytest.raises(Unauthenticated):
            logins.identity_of_login(service, cookie)


def test_a_clock_set_forward_by_a_day_forgets_no_answer_that_is_promised_for_one(
    service: Service, planner: Identity, set_by: Callable[[timedelta], None]
) -> None:
    answer = idempotency.Answer(201, {}, b"done")
    idempotency.begin(service, planner, "k", "f")
    idempotency.finish(service, planner, "k", answer)
    set_by(DAY)
    assert tidy(service, OPERATOR).answers == 0
    set_by(2 * DAY - timedelta(minutes=1))  # within its own day, and the clock a day ahead
    assert idempotency.begin(service, planner, "k", "f") == answer
