"""What is kept for some time only is deleted: by workers once an hour, and by the operator."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from app.jobs.patience import is_away
from app.service.context import Service
from app.service.data.workflows import has_workflows
from app.service.identity.identity import OPERATOR
from app.service.jobs.publishing import WORKER
from app.service.retention import tidy

_EVERY = 3600.0
_KEPT = timedelta(minutes=30)  # workflows that ended: their jobs are in the service's own tables
_AT_ONCE = 500
_log = logging.getLogger(__name__)


class Workflows(Protocol):
    """What the library of durable jobs offers, from within a worker and from outside."""

    def list_workflows(
        self, *, completed_before: str, limit: int, load_input: bool, load_output: bool
    ) -> Sequence[Any]:
        """Workflows that ended before a time."""

    def delete_workflows(self, workflow_ids: list[str]) -> None:
        """Delete workflows with all that is kept of them."""


def tidy_all(service: Service) -> dict[str, int]:
    """Delete what is no longer kept, as the operator; how many of each went."""
    done = asdict(tidy(service, OPERATOR))
    return {**done, "workflows": _from_outside(service)}


def keep_tidy(service: Service, workflows: Workflows, stop: threading.Event) -> None:
    """Delete what is no longer kept now and every hour, until ``stop`` is set."""
    while not stop.is_set():
        try:
            done = asdict(tidy(service, WORKER))
            done["workflows"] = delete_ended(workflows)
            _log.info("tidied: %s", done)
        except Exception as error:
            if not is_away(error):
                _log.exception("what is no longer kept could not be deleted")
        stop.wait(_EVERY)


def delete_ended(workflows: Workflows) -> int:
    """Delete the workflows that ended some time ago; how many."""
    before, total = (datetime.now(UTC) - _KEPT).isoformat(), 0
    while found := workflows.list_workflows(
        completed_before=before, limit=_AT_ONCE, load_input=False, load_output=False
    ):
        workflows.delete_workflows([one.workflow_id for one in found])
        total += len(found)
    return total


def _from_outside(service: Service) -> int:
    """The same as the operator, who is no worker."""
    from dbos import DBOSClient

    if not has_workflows(service.settings):
        return 0
    address = service.settings.jobs_database
    client = DBOSClient(system_database_url=address, retry_connection_errors=False)
    try:
        return delete_ended(client)
    finally:
        client.destroy()
