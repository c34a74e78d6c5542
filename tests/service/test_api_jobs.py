"""Jobs and what they make over the API: started, followed, called off, read in every form."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest
from sqlmodel import func, select

from app.api.application import make_app
from app.service.context import Service
from app.service.identity.users import add_user
from app.store.records import Job, JobLine
from tests.service.api_support import PEOPLE, app_of, caller, service_in
from tests.service.running import run_now
from tests.service.shops import FAB_OUT, stored, what_if

START = "/api/v1/datasets/shop/jobs/what-if"
BODY = {"contents": [FAB_OUT], "samples": 0, "candidates": 3}
FORMS = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


@pytest.fixture
def planner(service: Service) -> Any:
    stored(service)
    return caller(app_of(service), "planner")


def _jobs(service: Service) -> int:
    with service.database.reading() as session:
        return session.exec(select(func.count()).select_from(Job)).one()


def test_long_work_is_accepted_and_found_where_the_answer_says(planner: Any) -> None:
    started = planner.post(START, json=BODY)
    assert (started.status_code, started.json()["state"]) == (202, "queued")
    found = planner.get(started.headers["Location"])
    assert found.json() == started.json()
    assert planner.get("/api/v1/jobs?state=queued").json()["items"] == [started.json()]


def test_a_job_that_waits_is_called_off(planner: Any) -> None:
    job = planner.post(START, json=BODY).json()["id"]
    assert planner.post(f"/api/v1/jobs/{job}/cancel").json()["state"] == "cancelled"


def test_parameters_that_are_wrong_are_told_before_anything_is_queued(
    planner: Any, service: Service
) -> None:
    told = planner.post(START, json={"samples": -1, "colour": "red"})
    assert {item["column"] for item in told.json()["problems"]} == {"samples", "colour"}
    assert _jobs(service) == 0


def test_progress_is_followed_to_the_end_and_again_from_a_line(
    planner: Any, service: Service
) -> None:
    job = planner.post(START, json=BODY).json()["id"]
    run_now(service, job)
    with service.database.writing() as session:
        session.add_all(JobLine(job_id=job, text=text) for text in ("read", "solve", "write"))
    told = _events(planner.get(f"/api/v1/jobs/{job}/events"))
    lines = [int(event["id"]) for event in told if event["event"] == "line"]
    assert len(lines) == 3
    assert lines == sorted(lines)
    states = [json.loads(event["data"])["state"] for event in told if event["event"] == "job"]
    assert states[-1] == "succeeded"
    after = {"Last-Event-ID": str(lines[0])}
    rest = _events(planner.get(f"/api/v1/jobs/{job}/events", headers=after))
    assert [int(event["id"]) for event in rest if event["event"] == "line"] == lines[1:]


def _events(answer: Any) -> list[dict[str, str]]:
    """The events of a stream, comments left out."""
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    blocks = [block.splitlines() for block in answer.text.split("\n\n")]
    return [dict(line.split(": ", 1) for line in block if not line.startswith(":"))
            for block in blocks if any(line.startswith("event") for line in block)]  # fmt: skip


def test_a_stream_of_no_job_is_404(planner: Any) -> None:
    assert planner.get("/api/v1/jobs/none/events").status_code == 404


@pytest.mark.parametrize(
    ("keys", "at_once"), [(10, 20), pytest.param(1000, 20, marks=pytest.mark.slow)]
)
def test_a_key_sent_many_times_at_once_is_one_job(
    planner: Any, service: Service, keys: int, at_once: int
) -> None:
    def post(key: int) -> tuple[int, int, str]:
        answer = planner.post(START, json=BODY, headers={"Idempotency-Key": f"key-{key}"})
        return key, answer.status_code, answer.json().get("id", "")

    with ThreadPoolExecutor(at_once) as executor:
        wanted = [key for key in range(keys) for _ in range(at_once)]
        answers = list(executor.map(post, wanted))
    assert _jobs(service) == keys
    assert {status for _, status, _ in answers} <= {202, 409}
    made = {(key, job) for key, status, job in answers if status == 202}
    assert len(made) == keys


def test_a_secret_is_kept_by_no_idempotency_key(service: Service) -> None:
    add_user(service, PEOPLE["administrator"], "erp", roles=["integrator"])
    administrator = caller(app_of(service), "administrator")
    body = {"name": "ERP", "scopes": ["data:read"], "user": "erp"}
    key = {"Idempotency-Key": "k"}
    first = administrator.post("/api/v1/tokens", json=body, headers=key)
    second = administrator.post("/api/v1/tokens", json=body, headers=key)
    assert (first.status_code, second.status_code) == (201, 409)
    secret = first.json()["secret"]
    assert secret not in second.text
    assert len(administrator.get("/api/v1/tokens?user=erp").json()["items"]) == 1
    assert caller(make_app(service), secret).get("/api/v1/datasets").status_code == 200


# --- what a job has made -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[tuple[Any, str]]:
    """An application with a what-if that is done, and its run."""
    service = service_in(tmp_path_factory.mktemp("made"), migrated)
    stored(service)
    yield app_of(service), what_if(service, PEOPLE["planner"]).id
    service.database.close()


def _response(made: tuple[Any, str], name: str = "planner") -> str:
    plans = caller(made[0], name).get(f"/api/v1/runs/{made[1]}/plans").json()["items"]
    return next(plan["id"] for plan in plans if plan["kind"] == "response")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("by_header", [True, False])
def test_a_table_comes_in_the_form_that_is_asked_for(
    made: tuple[Any, str], form: str, by_header: bool
) -> None:
    path = f"/api/v1/plans/{_response(made)}/tables/orders"
    planner = caller(made[0], "planner")
    asked = {"headers": {"Accept": FORMS[form]}} if by_header else {"params": {"format": form}}
    answer = planner.get(path, **asked)
    assert answer.headers["Content-Type"].partition(";")[0] == FORMS[form]
    assert f"orders.{form}" in answer.headers["Content-Disposition"]
    readers: dict[str, Any] = {"csv": pd.read_csv, "parquet": pd.read_parquet}
    if form in readers:
        frame = readers[form](io.BytesIO(answer.content))
        page = planner.get(path).json()
        assert len(frame) == page["total"]
        assert list(frame["quantity"]) == [row["quantity"] for row in page["rows"]]


def test_a_table_is_paged(made: tuple[Any, str]) -> None:
    path = f"/api/v1/plans/{_response(made)}/tables/inventory"
    page = caller(made[0], "planner").get(path, params={"offset": 1, "limit": 2}).json()
    assert (len(page["rows"]), page["offset"]) == (2, 1)


def test_a_report_is_kept_apart_from_the_site_that_it_comes_from(made: tuple[Any, str]) -> None:
    headers = (
        caller(made[0], "planner").get(f"/api/v1/runs/{made[1]}/files/fab-out/report.html").headers
    )
    assert headers["Content-Disposition"] == "attachment"
    assert headers["Content-Security-Policy"] == "sandbox"
    assert headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["../../supplychain.db", "/etc/passwd", "..\\x", "report.html/.."])
def test_no_file_but_the_runs_own_is_told(made: tuple[Any, str], path: str) -> None:
    address = f"/api/v1/runs/{made[1]}/files/{quote(path, safe='')}"
    assert caller(made[0], "planner").get(address).status_code == 404


def test_an_export_is_imported_unchanged(made: tuple[Any, str]) -> None:
    planner = caller(made[0], "planner")
    packed = planner.get("/api/v1/datasets/shop/export?format=csv")
    assert packed.headers["Content-Type"] == "application/zip"
    told = planner.put("/api/v1/datasets/shop/contents", content=packed.content,
                       headers={"Content-Type": "application/zip", "If-Match": "*"})  # fmt: skip
    assert (told.json()["upserted"], told.json()["deleted"]) == (0, 0)
