"""Which jobs a worker starts, how long it waits for a database, and what keeps it running."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from app.jobs.dispatcher import Watch
from app.jobs.names import worker_name
from app.jobs.patience import persistently
from app.jobs.supervisor import Supervisor
from app.service.attempts.states import Ticket
from app.service.settings import ServiceSettings
from tests.service.workers import kill, until

AT = datetime(2026, 3, 2)
WAITING = Ticket("a")
ALIVE = Ticket("b", 1, AT)
LATER = Ticket("b", 1, AT + timedelta(seconds=1))


def started(watch: Watch, *looks: tuple[float, Sequence[Ticket]]) -> list[Ticket]:
    """What is due over several looks at the open jobs, each at a time."""
    return [ticket for at, tickets in looks for ticket in watch.due(tickets, at)]


def test_a_job_that_waits_is_started_once() -> None:
    assert started(Watch(), (0, [WAITING]), (1, [WAITING])) == [WAITING]


def test_a_job_that_gives_signs_of_life_is_left_alone() -> None:
    looks = [(n * 9.0, [Ticket("b", 1, AT + timedelta(seconds=n))]) for n in range(9)]
    assert started(Watch(), *looks) == []


def test_a_job_that_is_silent_is_started_again_once() -> None:
    assert started(Watch(), (0, [ALIVE]), (9, [ALIVE]), (11, [ALIVE]), (12, [ALIVE])) == [ALIVE]


def test_silence_while_nobody_could_look_does_not_count() -> None:
    watch = Watch()
    assert started(watch, (0, [ALIVE])) == []
    watch.forget()
    assert started(watch, (60, [ALIVE]), (61, [LATER]), (65, [LATER])) == []


def test_a_heartbeat_of_tomorrow_is_as_good_as_one_of_today() -> None:
    tomorrow = Ticket("b", 1, AT + timedelta(days=1))  # a clock was set
    assert started(Watch(), (0, [ALIVE]), (1, [tomorrow]), (9, [tomorrow])) == []


# --- patience ------------------------------------------------------------------------------------


def away(times: int) -> tuple[list[int], Callable[[], str]]:
    calls: list[int] = []

    def act() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise OperationalError("", None, Exception("away"))
        return "done"

    return calls, act


def test_a_database_that_is_away_is_waited_for() -> None:
    calls, act = away(2)
    assert persistently(act) == "done"
    assert len(calls) == 3


def test_patience_ends() -> None:
    _, act = away(1000)
    with pytest.raises(OperationalError):
        persistently(act, patience=0.4)


def test_an_error_that_is_none_of_the_database_is_raised_at_once() -> None:
    with pytest.raises(ZeroDivisionError):
        persistently(lambda: 1 // 0)


# --- kept running --------------------------------------------------------------------------------


def test_a_process_that_is_killed_is_started_again_and_all_end_with_the_supervisor() -> None:
    code = "import sys; sys.stdin.buffer.read()"
    supervisor = Supervisor([[sys.executable, "-c", code]] * 2, {})
    supervisor.start()
    until(lambda: len(supervisor.pids) == 2)
    first = set(supervisor.pids)
    for pid in first:
        kill(pid)
    until(lambda: len(set(supervisor.pids) - first) == 2)
    second = supervisor.pids
    supervisor.stop()
    for pid in second:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_worker_has_the_same_name_after_every_start() -> None:
    settings = ServiceSettings()
    assert worker_name(settings) == worker_name(ServiceSettings())
    assert worker_name(settings) != worker_name(settings, 1)
