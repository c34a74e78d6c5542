"""Processes that are kept running: one that ends, however it ends, is started again."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from app.jobs.names import worker_name
from app.service.settings import ServiceSettings

_SHORTEST, _LONGEST = 0.1, 5.0  # seconds before a process is started again
_SETTLED = 5.0  # one that ran for so long is started again at once
_GRACE = 5.0  # seconds that processes have to end when they are told to
_TOLD_TO = (0, -signal.SIGINT, -signal.SIGTERM)  # how one ends that was told to, as by Ctrl-C
_log = logging.getLogger(__name__)


class Supervisor:
    """Keeps a process running for each command, from :meth:`start` to :meth:`stop`."""

    def __init__(self, commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> None:
        self._commands = commands
        self._environment = {**os.environ, **environment}
        self._stopping = threading.Event()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._threads: list[threading.Thread] = []

    @property
    def pids(self) -> list[int]:
        """The processes that run."""
        return [found.pid for found in list(self._processes.values()) if found.poll() is None]

    def start(self) -> None:
        """Start them all."""
        for number in range(len(self._commands)):
            thread = threading.Thread(target=self._keep, args=(number,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End them all: they are told to, and killed where they do not."""
        self._stopping.set()
        for process in list(self._processes.values()):
            process.terminate()
        end = time.monotonic() + _GRACE
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.0))
        for process in list(self._processes.values()):
            process.kill()

    def _keep(self, number: int) -> None:
        wait = _SHORTEST
        while not self._stopping.is_set():
            started = time.monotonic()
            with subprocess.Popen(self._commands[number], stdin=subprocess.PIPE,
                                  env=self._environment) as process:  # fmt: skip
                self._processes[number] = process
                if self._stopping.is_set():
                    process.terminate()
                code = process.wait()
            if time.monotonic() - started > _SETTLED:
                wait = _SHORTEST
            if not self._stopping.wait(wait):
                level = logging.INFO if code in _TOLD_TO else logging.WARNING
                _log.log(level, "%s ended with %d and is started again", self._commands[number],
                         code)  # fmt: skip
            wait = min(2 * wait, _LONGEST)


@contextmanager
def workers(settings: ServiceSettings) -> Iterator[Supervisor]:
    """As many workers as the settings say, kept running while the block runs."""
    names = [worker_name(settings, number) for number in range(settings.job_workers)]
    commands = [[sys.executable, "-m", "app.jobs.worker", name] for name in names]
    supervisor = Supervisor(commands, settings.environment)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def until_told() -> None:
    """Wait for SIGTERM or Ctrl-C."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    told.wait()
