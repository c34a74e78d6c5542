"""A worker: ``python -m app.jobs.worker NAME``. It runs jobs, as many at once as the settings say.

Jobs are durable workflows of the library dbos. Its tables are kept in a file of their own beside
the embedded database, or in the schema ``dbos`` of PostgreSQL. A worker that comes back under its
name goes on with the jobs that it had; those of one that stays away are taken over by the others.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from app.jobs.attempt import InHand, carry_out
from app.jobs.delivery import deliver
from app.jobs.dispatcher import dispatch
from app.jobs.lifeline import when_parent_ends
from app.jobs.tidying import keep_tidy
from app.service.attempts.states import Ticket
from app.service.context import Service, open_service
from app.service.logs import quiet_clients
from app.service.settings import ServiceSettings

QUEUE = "jobs"
_VERSION = "1"  # of the workflow: a job is in its row, so that any later code can go on with it
_log = logging.getLogger(__name__)


def work(service: Service, name: str, stop: threading.Event) -> None:
    """Run jobs until ``stop`` is set. Jobs that run then go on when the worker is back."""
    from dbos import DBOS, SetWorkflowID

    settings = service.settings
    scratch = settings.folder / f"{name}.work"
    shutil.rmtree(scratch, ignore_errors=True)  # what jobs left when this worker was killed
    scratch.mkdir()
    in_hand = InHand()

    @DBOS.workflow(name="carry out", max_recovery_attempts=None)
    def workflow(job_id: str, attempts: int, heartbeat: str) -> None:
        seen = datetime.fromisoformat(heartbeat) if heartbeat else None
        carry_out(service, Ticket(job_id, attempts, seen), name, scratch, in_hand)

    DBOS(config={
        "name": "supplychain", "system_database_url": settings.jobs_database,
        "executor_id": name, "application_version": _VERSION, "log_level": "WARNING",
    })  # fmt: skip
    DBOS.launch()
    queue = DBOS.register_queue(QUEUE, worker_concurrency=settings.jobs_at_once,
                                polling_interval_sec=0.5, on_conflict="always_update")  # fmt: skip

    def send(ticket: Ticket) -> None:
        heartbeat = ticket.heartbeat.isoformat() if ticket.heartbeat else ""
        with SetWorkflowID(f"{ticket.job_id}:{ticket.attempts}:{heartbeat}"):
            queue.enqueue(workflow, ticket.job_id, ticket.attempts, heartbeat)

    for target, given in ((deliver, (service, stop)), (keep_tidy, (service, DBOS, stop))):
        threading.Thread(target=target, args=given, daemon=True).start()
    _log.info("worker %s runs %d jobs at once", name, settings.jobs_at_once)
    dispatch(service, send, stop)
    DBOS.destroy()


@contextmanager
def only_one(settings: ServiceSettings, name: str) -> Iterator[None]:
    """Hold the place of the worker ``name``; BlockingIOError where another process has it."""
    import fcntl

    with (settings.folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def log_from(least: str) -> None:
    """Let this process log what is ``least`` or worse."""
    logging.basicConfig(level=least.upper(), format="%(asctime)s %(name)s: %(message)s")
    quiet_clients()


def main(name: str) -> int:
    """Work until told to stop by a signal or by the end of the process that started this one."""
    service = open_service()
    log_from(service.settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    when_parent_ends(stop.set)
    try:
        with only_one(service.settings, name):
            work(service, name, stop)
    except BlockingIOError:
        _log.error("another process is the worker %s already", name)
        return 1
    os._exit(0)  # threads that wait for jobs do not hold it up; their processes end with this one


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
