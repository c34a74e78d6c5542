"""Jobs: long work that is asked for here, waits in the database, and is done by workers."""

from __future__ import annotations

from app.service.attempts.states import FINISHED
from app.service.jobs.kinds import KINDS, ON_DATASET
from app.service.jobs.submitting import cancel, submit
from app.service.jobs.views import JobView, LogLine, job, job_events, jobs, log

__all__ = ["FINISHED", "KINDS", "ON_DATASET", "JobView", "LogLine", "cancel", "job", "job_events",
           "jobs", "log", "submit"]  # fmt: skip
