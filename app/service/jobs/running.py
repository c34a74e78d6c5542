"""One attempt of a job, from its data to its published run: what a job's process does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from app.service.attempts.errors import described
from app.service.attempts.states import finish
from app.service.availability import unavailable
from app.service.context import Service
from app.service.faults import NotFound
from app.service.jobs.executing import execute, prepare
from app.service.jobs.publishing import collect, publish
from app.service.jobs.reproducing import compared
from app.service.plans.planning import Progress
from app.store.records import Job

Persistently = Callable[[Callable[[], bool]], bool]


def run_attempt(
    service: Service, job_id: str, attempt: int, progress: Progress, persistently: Persistently
) -> None:
    """Carry a job out and publish what it made, or end it with its error, as ``attempt`` of it.

    ``persistently`` calls a transaction, again where the database is away. The database's own
    errors are raised: a later attempt may have better luck.
    """
    job = _read(service, job_id)
    with tempfile.TemporaryDirectory(prefix="supplychain-job-") as folder:
        try:
            task = prepare(service, job, Path(folder))
            made = collect(task, execute(task, progress))
        except Exception as error:
            if unavailable(error) is not None:
                raise
            told = described(error, folder)
            persistently(lambda: finish(service, job_id, attempt, "failed", told))
            return
        made = compared(service, task.again, made) if task.again else made
        progress("publish")
        persistently(lambda: publish(service, task, job_id, attempt, made))


def _read(service: Service, job_id: str) -> Job:
    with service.database.reading() as session:
        found = session.get(Job, job_id)
        if found is None:
            raise NotFound.of("job", job_id)
        session.expunge(found)
        return found
