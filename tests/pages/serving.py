"""``supplychain serve`` for tests: API, pages and workers over a folder, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

_PATIENCE = 90.0  # seconds that a busy machine may take to start it all
_COMMAND = [sys.executable, "-c", "from app.cli import main; main()", "serve"]


@dataclass(frozen=True)
class Serving:
    """A service that runs: where it answers, and its process."""

    address: str
    pid: int


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[str]:
    """The address of the service over ``folder``, with ``settings`` in its environment."""
    with serving(folder, **settings) as found:
        yield found.address


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Serving]:
    """The service over ``folder``, with ``settings`` in its environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*_COMMAND, "--port", str(port), "--folder", str(folder)]
    log = folder / f"serve-{port}.log"
    with log.open("wb") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told, start_new_session=True,
                                   env={**os.environ, **settings})  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            _until(lambda: _answers(f"{address}/health/ready"), process, log)
            yield Serving(address, process.pid)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _until(condition: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        told = log.read_text(errors="replace")[-2000:]
        assert process.poll() is None, told
        assert time.monotonic() < end, told
        time.sleep(0.2)
