"""What is kept for some time only: jobs, messages, marks of deletions, answers, stray files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import func, select, update

from app.jobs.supervisor import workers
from app.jobs.tidying import delete_ended, tidy_all
from app.service import retention, webhooks
from app.service.context import Service
from app.service.data.changing import changes
from app.service.data.cursors import seal_cursor, write_cursor
from app.service.data.datasets import create_dataset
from app.service.data.writing import delete_row, write, write_row
from app.service.faults import Conflict, Gone, NotFound
from app.service.idempotency import KEPT
from app.service.identity.identity import OPERATOR, Identity
from app.service.jobs import cancel, job, log
from app.service.jobs.blobs import Kept, keep
from app.service.retention import Tidied, tidy
from app.service.webhooks.outbox import announce
from app.store.records import (
    AuditEntry,
    Blob,
    DeletedRow,
    IdempotencyKey,
    Job,
    JobLine,
    PlanRecord,
    Run,
    WebhookMessage,
    now,
)
from tests.service.api_support import app_of, caller
from tests.service.running import run_now
from tests.service.shops import asked, stored
from tests.service.tiny import tiny_frames
from tests.service.workers import until, wait_for

NOTHING = Tidied(0, 0, 0, 0, 0)


def count(service: Service, *models: Any) -> tuple[int, ...]:
    with service.database.reading() as session:
        return tuple(session.exec(select(func.count()).select_from(m)).one() for m in models)


def after(monkeypatch: pytest.MonkeyPatch, **time: float) -> None:
    """Let so much time pass for what is kept."""
    at = now() + timedelta(**time)
    monkeypatch.setattr(retention, "now", lambda: at)
    monkeypatch.setattr("app.service.idempotency.now", lambda: at)


def test_an_ended_job_goes_with_its_log_and_its_run_stays(
    any_service: Service, planner: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = any_service
    stored(service)
    done = run_now(service, asked(service, planner, "plan", "shop", key="k").id)
    waiting = asked(service, planner, "plan", "shop")
    with service.database.writing() as session:
        session.add(JobLine(job_id=done.id, text="read"))
    after(monkeypatch, days=89)
    assert tidy(service, OPERATOR) == NOTHING
    after(monkeypatch, days=91)
    assert tidy(service, OPERATOR) == Tidied(jobs=1, messages=0, deletions=0, answers=0, files=0)
    with pytest.raises(NotFound):
        job(service, planner, done.id)
    assert job(service, planner, waiting.id).state == "queued"
    assert count(service, JobLine, Run, PlanRecord) == (0, 1, 1)
    with pytest.raises(Conflict, match="a job of long ago"):
        asked(service, planner, "plan", "shop", key="k")
    with service.database.reading() as session:
        told = select(AuditEntry).where(AuditEntry.action == "store.tidied")
        assert [(one.subject, one.after) for one in session.exec(told)] == [
            ("jobs", {"deleted": 1})
        ]


def test_a_message_goes_when_it_was_told_and_stays_while_it_waits(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks.add_webhook(service, OPERATOR, "https://erp.example/hooks", ["release.created"])
    with service.database.writing() as session:
        for _ in range(3):
            announce(session, "release.created", {})
    with service.database.writing() as session:
        first, second, _ = session.exec(select(WebhookMessage)).all()
        first.state, second.state = "delivered", "given up"
    after(monkeypatch, days=91)
    assert tidy(service, OPERATOR).messages == 2
    assert tidy(service, OPERATOR) == NOTHING
    assert count(service, WebhookMessage) == (1,)


def test_answers_go_after_three_days(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with service.database.writing() as session:
        session.add(IdempotencyKey(actor="u", key="k", fingerprint="f"))
    after(monkeypatch, hours=KEPT.total_seconds() / 3600 - 1)
    assert tidy(service, OPERATOR).answers == 0
    after(monkeypatch, hours=KEPT.total_seconds() / 3600 + 1)
    assert tidy(service, OPERATOR).answers == 1


# --- files ---------------------------------------------------------------------------------------


def test_files_that_no_run_names_go_and_those_of_runs_and_their_data_stay(
    any_service: Service, planner: Identity
) -> None:
    service = any_service
    stored(service)
    run_now(service, asked(service, planner, "plan", "shop").id)
    (kept,) = count(service, Blob)
    with service.database.writing() as session:
        keep(session, [Kept("stray", b"stray", None)])
    assert tidy(service, OPERATOR).files == 1
    assert count(service, Blob) == (kept,)
    with service.database.writing() as session:
        session.delete(session.exec(select(Run)).one())
    assert tidy(service, OPERATOR).files == kept
    assert count(service, Blob) == (0,)


def test_a_file_that_is_published_again_at_that_moment_is_not_lost(
    postgres_service: Service,
) -> None:
    """Who keeps it holds it until the run is there; PostgreSQL lets both write at once."""
    service, file = postgres_service, Kept("tables", b"tables", None)
    with service.database.writing() as session:
        keep(session, [file])
    with service.database.writing() as session:
        keep(session, [file])  # it is there: nothing is written, only held
        assert tidy(service, OPERATOR).files == 0
        session.add(Run(id="r", kind="plan", inputs={"items": file.sha256}))
    assert tidy(service, OPERATOR).files == 0
    assert count(service, Blob) == (1,)


# --- the change feed -----------------------------------------------------------------------------


@pytest.fixture
def cars(any_service: Service, planner: Identity) -> Service:
    """Revision 1 holds all, 2 deletes a row, 3 changes one, 4 deletes another today."""
    service = any_service
    create_dataset(service, planner, "cars")
    write(service, planner, "cars", tiny_frames())
    delete_row(service, planner, "cars", "demand", "VAN|SHOP|2026-01-19|")
    write_row(service, planner, "cars", "stock", "CHIP|PLANT", {"quantity": 4})
    with service.database.writing() as session:
        long_ago = now() - timedelta(days=91)
        session.execute(update(DeletedRow).values(deleted_at=long_ago))
    delete_row(service, planner, "cars", "demand", "CAR|SHOP|2026-01-19|")
    return service


def test_a_cursor_older_than_what_is_known_of_deletions_has_to_begin_anew(
    cars: Service, planner: Identity
) -> None:
    at_1 = changes(cars, planner, "cars", 1)
    assert len(at_1.items) == 3
    assert tidy(cars, OPERATOR).deletions == 1
    for since in (1, seal_cursor(cars.settings, write_cursor([1, "items", "CAR"]))):
        with pytest.raises(Gone, match="no longer known") as told:
            changes(cars, planner, "cars", since)
        assert told.value.remedy == "read everything again; the dataset is at revision 4"
    assert [item.revision for item in changes(cars, planner, "cars", 2).items] == [3, 4]
    assert changes(cars, planner, "cars", at_1.cursor).items == []


def test_who_reads_from_the_beginning_in_pages_needs_nothing_of_before(
    cars: Service, planner: Identity
) -> None:
    tidy(cars, OPERATOR)
    seen, cursor, more = list[str](), None, True
    while more:
        page = changes(cars, planner, "cars", cursor, limit=4)
        seen += [f"{item.table} {item.row_key}" for item in page.items]
        cursor, more = page.cursor, page.more
    assert "demand VAN|SHOP|2026-01-19|" not in seen
    assert len(seen) == sum(map(len, tiny_frames().values())) - 1
    assert changes(cars, planner, "cars", cursor).items == []


def test_who_reads_so_slowly_that_a_deletion_is_forgotten_meanwhile_begins_anew(
    cars: Service, planner: Identity
) -> None:
    page = changes(cars, planner, "cars", limit=4)
    delete_row(cars, planner, "cars", "stock", "CHIP|PLANT")
    with cars.database.writing() as session:
        session.execute(update(DeletedRow).values(deleted_at=now() - timedelta(days=91)))
    tidy(cars, OPERATOR)
    with pytest.raises(Gone):
        changes(cars, planner, "cars", page.cursor)


def test_the_api_answers_410_for_a_cursor_that_is_too_old(cars: Service, planner: Identity) -> None:
    tidy(cars, OPERATOR)
    answer = caller(app_of(cars), "planner").get("/api/v1/datasets/cars/changes?since=1")
    told = answer.json()
    assert (answer.status_code, told["type"]) == (410, "urn:supplychain:problem:gone")
    assert told["remedy"] == "read everything again; the dataset is at revision 4"


# --- who does it ---------------------------------------------------------------------------------


def test_workflows_that_ended_go_a_few_at_a_time() -> None:
    class Many:
        """A thousand and one workflows."""

        def __init__(self) -> None:
            self.ids = [str(number) for number in range(1001)]

        def list_workflows(self, *, completed_before: str, limit: int, **_: Any) -> Sequence[Any]:
            assert datetime.fromisoformat(completed_before).tzinfo is not None
            return [type("Status", (), {"workflow_id": name}) for name in self.ids[:limit]]

        def delete_workflows(self, workflow_ids: list[str]) -> None:
            self.ids = [name for name in self.ids if name not in workflow_ids]

    assert delete_ended(Many()) == 1001


def test_a_worker_and_the_operator_tidy_the_tables_of_the_jobs_library_too(
    any_service: Service, planner: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = any_service
    assert tidy_all(service)["workflows"] == 0  # no worker has ever run
    stored(service)
    old = cancel(service, planner, asked(service, planner, "plan", "shop").id)
    with service.database.writing() as session:
        session.execute(update(Job).values(finished_at=now() - timedelta(days=91)))
    with workers(service.settings):
        wait_for(service, planner, asked(service, planner, "plan", "shop").id)
        with pytest.raises(NotFound):  # the worker tidied when it began
            log(service, planner, old.id)
        assert tidy_all(service)["workflows"] == 0  # the one of this moment is kept for a while
        monkeypatch.setattr("app.jobs.tidying._KEPT", timedelta(0))
        until(lambda: tidy_all(service)["workflows"] == 1)  # once its process is gone
