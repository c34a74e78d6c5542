"""The thread of a worker that sends messages to webhooks."""

from __future__ import annotations

import logging
import threading

from app.jobs.patience import is_away
from app.service.context import Service
from app.service.webhooks.delivery import deliver_due

_POLL = 1.0
_log = logging.getLogger(__name__)


def deliver(service: Service, stop: threading.Event) -> None:
    """Send what is due until ``stop`` is set."""
    while not stop.wait(_POLL):
        try:
            while deliver_due(service):
                pass
        except Exception as error:
            if not is_away(error):
                _log.exception("messages to webhooks could not be sent")
