"""Jobs without a worker: carried out in the process of the test."""

from __future__ import annotations

from app.service.attempts.states import Ticket, begin
from app.service.context import Service
from app.service.identity.identity import OPERATOR
from app.service.jobs import JobView, job
from app.service.jobs.running import run_attempt
from app.service.plans.planning import Progress


def run_now(service: Service, job_id: str, progress: Progress = lambda text: None) -> JobView:
    """Carry a queued job out in this process, at once; how it ended, as the operator sees it."""
    attempt = begin(service, Ticket(job_id), "here")
    if attempt is not None:
        run_attempt(service, job_id, attempt, progress, lambda act: act())
    return job(service, OPERATOR, job_id)
