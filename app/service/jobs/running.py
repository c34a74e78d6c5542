"""One attempt of a job, from its data to its published run: what a job's process does."""

from __future__ import annotations

import json
import logging
import tempfile
from pathlib import Path
from typing import Any, cast

from app.service.context import Service
from app.service.faults import NotFound, ServiceError
from app.service.jobs.executing import execute, prepare
from app.service.jobs.publishing import collect, publish
from app.service.jobs.reproducing import compared
from app.service.jobs.states import begin, finish
from app.service.jobs.views import JobView, view_of
from app.service.planning import Progress
from app.store.records import Job
from supplychain.errors import SupplyChainError

Json = dict[str, Any]


def run_attempt(service: Service, job_id: str, attempt: int, progress: Progress) -> None:
    """Carry a job out and publish what it made, or end it with its error, as ``attempt`` of it.

    The database's own errors are raised: a later attempt may have better luck.
    """
    job = _read(service, job_id)
    with tempfile.TemporaryDirectory(prefix="supplychain-job-") as folder:
        try:
            task = prepare(service, job, Path(folder))
            made = collect(task, execute(task, progress))
        except (SupplyChainError, ServiceError, MemoryError) as error:
            finish(service, job_id, attempt, "failed", described(error, folder))
            return
        made = compared(service, task.again, made) if task.again else made
        progress("publish")
        publish(service, task, job_id, attempt, made)


def described(error: BaseException, folder: str = "") -> Json:
    """An error in words for who asked for the job, without ``folder``; of a defect only that."""
    problems = [problem.as_dict() for problem in getattr(error, "problems", ())]
    if isinstance(error, MemoryError):
        message = "it needed more memory than a job may have; take fewer samples or scenarios"
    elif isinstance(error, SupplyChainError | ServiceError):
        message = str(error)
    else:
        logging.getLogger(__name__).error("a job failed", exc_info=error)
        message = "a defect of the product: the log of the worker says more"
    told = json.dumps({"type": type(error).__name__, "message": message, "problems": problems})
    return cast(Json, json.loads(told.replace(f"{folder}/", "") if folder else told))


def run_now(service: Service, job_id: str, progress: Progress = lambda text: None) -> JobView:
    """Carry a queued job out in this process, at once; how it ended."""
    attempt = begin(service, job_id, _read(service, job_id).attempts)
    if attempt is not None:
        run_attempt(service, job_id, attempt, progress)
    return view_of(_read(service, job_id))


def _read(service: Service, job_id: str) -> Job:
    with service.database.reading() as session:
        found = session.get(Job, job_id)
        if found is None:
            raise NotFound.of("job", job_id)
        session.expunge(found)
        return found
