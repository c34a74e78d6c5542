"""Workers for tests: kept running by a supervisor, watched through the database."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import psutil

from app.jobs.supervisor import Supervisor
from app.service.context import Service
from app.service.identity.identity import Identity
from app.service.jobs import JobView, job

_STEP = 0.05


def until(condition: Callable[[], object], seconds: float = 180.0) -> float:
    """Wait for ``condition``; the seconds that it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it takes too long"
        time.sleep(_STEP)
    return time.monotonic() - started


def wait_for(service: Service, identity: Identity, job_id: str, *states: str,
             seconds: float = 300.0) -> JobView:  # fmt: skip
    """The job, once it is in one of ``states`` (any end unless given)."""
    states = states or ("succeeded", "failed", "cancelled")
    until(lambda: job(service, identity, job_id).state in states, seconds)
    return job(service, identity, job_id)


def children(supervisor: Supervisor) -> list[int]:
    """The processes of jobs."""
    found = []
    for pid in supervisor.pids:
        try:
            found += [child.pid for child in psutil.Process(pid).children()]
        except psutil.NoSuchProcess:
            continue
    return found


def kill(pid: int) -> None:
    """kill -9."""
    os.kill(pid, signal.SIGKILL)
