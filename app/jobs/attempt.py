"""One attempt of a job, watched from outside: its process is started, heard, and ended in time."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory

import psutil

from app.jobs.child import AGAIN
from app.jobs.patience import is_away, persistently
from app.service.attempts.errors import described
from app.service.attempts.states import Ticket, beat, begin, finish
from app.service.context import Service

BEAT = 1.0  # seconds between signs of life, and until a cancelled job's process is ended
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InHand:
    """The jobs that this process carries out; none after a restart, so that all are recovered."""

    _job_ids: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def take(self, job_id: str) -> Iterator[bool]:
        """Take a job in hand within the block; False where it is already."""
        with self._lock:
            is_new = job_id not in self._job_ids
            self._job_ids.add(job_id)
        try:
            yield is_new
        finally:
            if is_new:
                self._job_ids.discard(job_id)


def carry_out(
    service: Service, ticket: Ticket, worker: str, scratch: Path, in_hand: InHand
) -> None:
    """Run the job of ``ticket`` to its end, if it is its turn; it works in the folder ``scratch``.

    What it leaves there goes with it, however it ends. A job that is in hand was silent because the
    database was locked: a sign of life makes the ticket one of the past.
    """
    with in_hand.take(ticket.job_id) as is_new:
        if is_new:
            _carry_out(service, ticket, worker, scratch)
            return
        alive = partial(beat, service, ticket.job_id, ticket.attempts)
        persistently(alive, patience=float("inf"))


def _carry_out(service: Service, ticket: Ticket, worker: str, scratch: Path) -> None:
    attempt = persistently(lambda: begin(service, ticket, worker), patience=float("inf"))
    if attempt is None:
        return
    try:
        with TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as folder:
            _Attempt(service, ticket.job_id, attempt, folder).run()
    except Exception as error:
        told = described(error)
        persistently(lambda: finish(service, ticket.job_id, attempt, "failed", told))


@dataclass(frozen=True)
class _Attempt:
    service: Service
    job_id: str
    number: int
    folder: str

    def run(self) -> None:
        """Start the process and stay with it."""
        command = [sys.executable, "-m", "app.jobs.child", self.job_id, str(self.number)]
        environment = {**os.environ, **self.service.settings.environment, "TMPDIR": self.folder}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True, env=environment)  # fmt: skip
        try:
            ended = self._watch(process)
        finally:
            process.kill()
            process.wait()
        if ended is not None:
            self._finish(*ended)
        elif process.returncode not in (0, AGAIN):
            self._finish("failed", f"its process ended with {process.returncode}")

    def _watch(self, process: subprocess.Popen[str]) -> tuple[str, str] | None:
        """Hear the process until it ends or has to; how the job ends where it had to."""
        lines = _heard(process)
        end = time.monotonic() + self.service.settings.job_seconds
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(BEAT)
            if not self._tell(_drained(lines)):
                return "cancelled", ""
            if process.returncode is not None:
                return None
            if _memory(process.pid) > self.service.settings.job_memory:
                return "failed", self._greedy()
            if time.monotonic() > end:
                limit = self.service.settings.job_seconds
                return "failed", f"it took longer than the {limit:g} s that a job may take"

    def _tell(self, lines: list[str]) -> bool:
        """Tell that the job goes on, as far as the database hears it; whether it should."""
        try:
            return beat(self.service, self.job_id, self.number, lines)
        except Exception as error:
            if not is_away(error):
                raise
            _log.warning("job %s: no sign of life, the database is away", self.job_id)
            return True

    def _finish(self, state: str, message: str) -> None:
        error = {"type": "JobEnded", "message": message, "problems": []}
        persistently(lambda: finish(self.service, self.job_id, self.number, state, error))

    def _greedy(self) -> str:
        limit = self.service.settings.job_memory
        return f"it needed more memory than the {limit:,} MB that a job may have"


def _memory(pid: int) -> float:
    """Megabytes that a process and those that it started use."""
    used = 0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                used += one.memory_info().rss
    return used / 2**20


def _heard(process: subprocess.Popen[str]) -> SimpleQueue[str]:
    """The lines that the process prints, as they come."""
    lines: SimpleQueue[str] = SimpleQueue()

    def hear() -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                lines.put(line.strip())

    threading.Thread(target=hear, daemon=True).start()
    return lines


def _drained(lines: SimpleQueue[str]) -> list[str]:
    found = []
    while True:
        try:
            found.append(lines.get_nowait())
        except Empty:
            return found
