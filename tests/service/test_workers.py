"""Jobs in the hands of workers: they survive kill -9, end when called off, and stay in bounds."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import func, select

from app.jobs.attempt import InHand, carry_out
from app.jobs.names import worker_name
from app.jobs.supervisor import Supervisor, workers
from app.service.attempts.states import Ticket, open_jobs
from app.service.context import Service
from app.service.data.backups import backup, restore
from app.service.identity.identity import Identity
from app.service.jobs import JobView, cancel, job, job_events, jobs
from app.store.records import AuditEntry, Run
from tests.service.conftest import emptied
from tests.service.postgres import Postgres
from tests.service.shops import asked, stored
from tests.service.workers import children, kill, until, wait_for

RESUMED = 15.0  # seconds from kill -9 until a job runs again
HITS = 10  # of one job: one whose worker dies too often is given up


def ask(service: Service, planner: Identity, **parameters: object) -> str:
    return asked(service, planner, "plan", "shop", **parameters).id


def with_settings(service: Service, **changes: object) -> Service:
    return Service(service.settings.model_copy(update=changes), service.database)


def test_a_worker_does_what_waits_and_tells_its_progress(
    service: Service, planner: Identity
) -> None:
    stored(service)
    job_id = ask(service, planner)
    with workers(service.settings):
        done = wait_for(service, planner, job_id)
    assert (done.state, done.attempts) == ("succeeded", 1), done.error
    told = [line.text for line in job_events(service, planner, job_id)[1]]
    assert told[:4] == ["read", "forecast", "prepare", "response plan"]


def test_a_running_job_that_is_called_off_ends_within_two_seconds(
    service: Service, planner: Identity
) -> None:
    stored(service)
    job_id = ask(service, planner)
    scratch = service.settings.folder / f"{worker_name(service.settings)}.work"
    with workers(service.settings) as supervisor:
        wait_for(service, planner, job_id, "running")
        until(lambda: children(supervisor))
        cancel(service, planner, job_id)
        asked_at = time.monotonic()
        wait_for(service, planner, job_id, "cancelled")
        until(lambda: not children(supervisor))
        until(lambda: not list(scratch.iterdir()))
        assert time.monotonic() - asked_at < 20  # 2 where nothing else is to be done
    with service.database.reading() as session:
        assert session.exec(select(func.count()).select_from(Run)).one() == 0


def test_a_job_in_hand_is_not_started_again_by_a_ticket_of_its_own_worker(
    service: Service, planner: Identity, tmp_path: Path
) -> None:
    stored(service)
    job_id, in_hand = long_job(service, planner), InHand()
    first = (service, Ticket(job_id), "here", tmp_path, in_hand)
    running = threading.Thread(target=carry_out, args=first)
    running.start()
    wait_for(service, planner, job_id, "running")
    silent = open_jobs(service)[0]
    carry_out(service, silent, "here", tmp_path, in_hand)
    assert job(service, planner, job_id).attempts == 1
    assert open_jobs(service)[0] != silent  # whoever comes to be silent later has a new ticket
    cancel(service, planner, job_id)
    running.join(60)
    assert job(service, planner, job_id).state == "cancelled"


def test_a_job_that_takes_too_long_is_ended(service: Service, planner: Identity) -> None:
    stored(service)
    job_id = ask(service, planner)
    with workers(with_settings(service, job_seconds=0.1).settings):
        done = wait_for(service, planner, job_id)
    assert (done.state, done.error["message"]) == (
        "failed", "it took longer than the 0.1 s that a job may take")  # fmt: skip


def test_a_job_that_takes_too_much_memory_is_ended(service: Service, planner: Identity) -> None:
    stored(service)
    greedy = asked(service, planner, "shortages", "shop", samples=100_000).id
    with workers(with_settings(service, job_memory=256).settings):
        done = wait_for(service, planner, greedy)
    assert done.state == "failed"
    assert done.error["message"] == "it needed more memory than the 256 MB that a job may have"


def test_a_job_that_waits_again_after_a_restore_is_done_again(
    any_service: Service, planner: Identity, tmp_path: Path
) -> None:
    stored(any_service)
    job_id = ask(any_service, planner)
    backup(any_service, tmp_path / "store.backup")
    with workers(any_service.settings):
        wait_for(any_service, planner, job_id, "succeeded")
    emptied(any_service)
    restore(any_service, tmp_path / "store.backup")
    assert job(any_service, planner, job_id).state == "queued"
    with workers(any_service.settings):
        wait_for(any_service, planner, job_id, "succeeded", seconds=90)


# --- kill -9 -------------------------------------------------------------------------------------


def long_job(service: Service, planner: Identity) -> str:
    """A job of many seconds, most of which it plans for its futures."""
    return asked(service, planner, "robust_plan", "shop", futures=80).id


def caught_in_mid_solve(
    service: Service, planner: Identity, asked_for: list[str]
) -> dict[str, int]:
    """Jobs that are being solved, with their attempts; one more is asked for where all ended.

    One that was started often enough is left alone until it has ended.
    """
    caught: list[JobView] = []

    def any_caught() -> bool:
        if job(service, planner, asked_for[-1]).is_finished:
            asked_for.append(long_job(service, planner))
        caught[:] = [one for one in solving(service, planner) if one.attempts <= HITS]
        return bool(caught)

    until(any_caught, 600)  # a job that was hit often enough may take long to end
    return {found.id: found.attempts for found in caught}


def killed_in_mid_solve(service: Service, planner: Identity, times: int) -> list[float]:
    """Kill the worker ``times`` times somewhere in mid-solve; the seconds until the job ran again.

    All jobs end well, and each is published once.
    """
    stored(service)
    moments = random.Random(1)
    asked_for, resumed = [long_job(service, planner)], list[float]()
    with workers(service.settings) as supervisor:
        for _ in range(times):
            hit = caught_in_mid_solve(service, planner, asked_for)
            time.sleep(moments.uniform(0, 2))
            for pid in supervisor.pids:
                kill(pid)
            resumed.append(until(partial(any_resumed, service, planner, hit)))
        done = [wait_for(service, planner, job_id) for job_id in asked_for]
    assert {found.state for found in done} == {"succeeded"}, done
    published_once(service, asked_for)
    return resumed


def solving(service: Service, planner: Identity) -> list[JobView]:
    """Jobs that plan."""
    found = jobs(service, planner, state="running", limit=1000)
    return [one for one in found if one.stage in ("futures", "robust plan")]


def any_resumed(service: Service, planner: Identity, hit: dict[str, int]) -> bool:
    """Whether a job that was hit runs again, or had ended before it was."""
    found = {job_id: job(service, planner, job_id) for job_id in hit}
    return any(now.is_finished or now.attempts > hit[job_id] for job_id, now in found.items())


def published_once(service: Service, job_ids: Sequence[str]) -> None:
    with service.database.reading() as session:
        assert sorted(session.exec(select(Run.id))) == sorted(job_ids)
        told = select(AuditEntry.subject).where(AuditEntry.action == "run.published")
        assert sorted(session.exec(told)) == sorted(f"run {job_id}" for job_id in job_ids)


def test_five_times_kill_9_of_the_worker_loses_nothing_and_publishes_nothing_twice(
    service: Service, planner: Identity
) -> None:
    killed_in_mid_solve(service, planner, 5)


@pytest.mark.slow
def test_a_hundred_times_kill_9_on_either_database(any_service: Service, planner: Identity) -> None:
    resumed = killed_in_mid_solve(any_service, planner, 100)
    print(f"resumed after {max(resumed):.1f} s at most, {sum(resumed) / 100:.1f} s on average")
    assert max(resumed) < RESUMED


@pytest.mark.slow
def test_the_jobs_of_a_worker_that_stays_away_are_taken_over(
    any_service: Service, planner: Identity
) -> None:
    stored(any_service)
    asked_for = [long_job(any_service, planner)]
    with workers(any_service.settings):
        (job_id,) = caught_in_mid_solve(any_service, planner, asked_for)
    other = [sys.executable, "-m", "app.jobs.worker", "another"]
    supervisor = Supervisor([other], any_service.settings.environment)
    supervisor.start()
    try:
        done = wait_for(any_service, planner, job_id)
    finally:
        supervisor.stop()
    assert (done.state, done.attempts) == ("succeeded", 2)
    published_once(any_service, asked_for)


# --- the database goes away ----------------------------------------------------------------------


def stopped_under_a_running_job(
    service: Service, planner: Identity, server: Postgres, seconds: float
) -> None:
    """Stop the database for ``seconds`` while a job is solved: the job ends well, once."""
    asked_for = [long_job(service, planner)]
    caught_in_mid_solve(service, planner, asked_for)
    server.stop("immediate")
    time.sleep(seconds)
    server.start()
    service.database.close()
    done = [wait_for(service, planner, job_id) for job_id in asked_for]
    assert {found.state for found in done} == {"succeeded"}, done


def test_a_database_that_stops_in_mid_solve_loses_no_job(
    postgres_service: Service, planner: Identity, postgres: Postgres
) -> None:
    stored(postgres_service)
    with workers(postgres_service.settings):
        stopped_under_a_running_job(postgres_service, planner, postgres, 3.0)
    published_once(postgres_service, [found.id for found in jobs(postgres_service, planner)])


@pytest.mark.slow
def test_twenty_stops_of_the_database_of_five_to_sixty_seconds_lose_no_job(
    postgres_service: Service, planner: Identity, postgres: Postgres
) -> None:
    stored(postgres_service)
    with workers(postgres_service.settings):
        for number in range(20):
            stopped_under_a_running_job(postgres_service, planner, postgres, 5 + 55 * number / 19)
    published_once(postgres_service, [found.id for found in jobs(postgres_service, planner)])
