"""Jobs in the database become workflows: those that wait, and those whose worker is silent.

The row of a job is the outbox: whoever asks for a job writes it and needs nothing else. A workflow
is named by the ticket it came from, so that however many workers see a job, one runs it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.jobs.patience import is_away
from app.service.attempts.states import Ticket, open_jobs
from app.service.context import Service

SILENCE = 10.0  # seconds without a sign of life after which a job's worker counts as dead
POLL = 0.5
_log = logging.getLogger(__name__)


@dataclass
class Watch:
    """Which of the open jobs are to be started.

    Silence is measured by the clock of the one who watches, from the first time that a sign of life
    was seen: other computers' clocks, and one that is set, do not matter.
    """

    silence: float = SILENCE
    _seen: dict[Ticket, float] = field(default_factory=dict)
    _sent: set[Ticket] = field(default_factory=set)

    def due(self, tickets: Sequence[Ticket], at: float) -> list[Ticket]:
        """Tickets to be started at the time ``at`` that were not due before."""
        self._seen = {ticket: self._seen.get(ticket, at) for ticket in tickets}
        self._sent &= set(tickets)
        found = [ticket for ticket, since in self._seen.items()
                 if ticket not in self._sent
                 and (ticket.heartbeat is None or at - since > self.silence)]  # fmt: skip
        self._sent.update(found)
        return found

    def forget(self) -> None:
        """Begin anew: while the database was away nobody could give a sign of life."""
        self._seen.clear()
        self._sent.clear()


def dispatch(service: Service, send: Callable[[Ticket], None], stop: threading.Event) -> None:
    """Send jobs that are due until ``stop`` is set."""
    watch = Watch()
    while not stop.wait(POLL):
        try:
            for ticket in watch.due(open_jobs(service), time.monotonic()):
                send(ticket)
        except Exception as error:
            if not is_away(error):
                _log.exception("jobs could not be started")
            watch.forget()
