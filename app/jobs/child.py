"""The process of one attempt of a job: ``python -m app.jobs.child JOB_ID ATTEMPT``.

Its settings come from the environment, as those of every process of the service. It tells its
progress on standard output, a line each. Exit codes: 0 the job has ended, in whatever way; 75 the
database was away for too long, and the job is to be tried again.
"""

from __future__ import annotations

import contextlib
import os
import sys

from app.jobs.lifeline import end_with_parent
from app.jobs.patience import is_away, persistently
from app.service.context import open_service
from app.service.settings import ServiceSettings

AGAIN = 75  # EX_TEMPFAIL of sysexits.h
_RESERVED = 2048  # megabytes that threads reserve and never use
_NICE = 5  # a solve gives way to the API and the pages


def main(job_id: str, attempt: int) -> int:
    """Carry the job out and end it."""
    end_with_parent(AGAIN)
    from app.service.jobs.running import run_attempt

    settings = ServiceSettings()
    _bound(settings.job_memory)
    service = open_service(settings)
    try:
        run_attempt(service, job_id, attempt, _tell, persistently)
    except Exception as error:
        if is_away(error):
            return AGAIN
        raise
    return 0


def _tell(text: str) -> None:
    print(" ".join(text.split()), flush=True)


def _bound(megabytes: int) -> None:
    """Bound what this process may ask for at once; it leaves no image behind when it dies.

    The worker sees to the memory that is used, but looks once a second only.
    """
    with contextlib.suppress(ImportError):  # not on Windows
        import resource

        limit = (megabytes + _RESERVED) << 20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(_NICE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
