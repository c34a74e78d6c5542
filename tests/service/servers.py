"""The service in processes of its own, as an operator starts it, for tests of what befalls it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from app.service.context import Service
from tests.service.workers import until

_SERVE = "from app.cli import main; main()"


@dataclass(frozen=True)
class Server:
    """A server that runs: its address, the processes that answer and work, and its log."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def client(self, token: str = "", **headers: str) -> httpx.Client:
        """Somebody who calls the API."""
        given = {"Authorization": f"Bearer {token}", **headers} if token else headers
        return httpx.Client(base_url=self.address, headers=given, timeout=60, trust_env=False)


@contextmanager
def served(service: Service, workers: int = 0, **environment: str) -> Iterator[Server]:
    """The service of a test, served until the end of the block; its log has no defect in it."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    settings = service.settings.model_copy(update={"planner": False, "job_workers": workers})
    log = service.settings.folder / "server.log"
    command = [sys.executable, "-c", _SERVE, "serve", "--port", str(port)]
    with log.open("wb") as told, subprocess.Popen(
        command, env={**os.environ, **settings.environment, **environment}, stderr=told
    ) as process:  # fmt: skip
        server = Server(f"http://127.0.0.1:{port}", process, log)
        try:
            until(lambda: _is_ready(server), 60)
            yield server
        finally:
            _end(process)
    assert '"defect"' not in log.read_text()


def _is_ready(server: Server) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    try:
        with server.client() as client:
            return client.get("/health/ready").is_success
    except httpx.TransportError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    all_of_it = [psutil.Process(process.pid)]
    all_of_it += all_of_it[0].children(recursive=True)
    process.terminate()
    for left in psutil.wait_procs(all_of_it, 20)[1]:
        left.kill()
