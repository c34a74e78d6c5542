"""What tests of the pages share: a planned company, the whole service over it, and a browser."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from app.service.context import Service, open_service
from app.service.settings import ServiceSettings
from app.store.migrate import upgrade
from tests.pages.world import plan, settle

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_PATIENCE = 90.0  # seconds that a busy machine may take to start it all


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service's folder with the small company and one run; to be copied, never changed."""
    folder = tmp_path_factory.mktemp("planned")
    service = open_service(ServiceSettings(folder=folder))
    upgrade(service.database)
    plan(service, settle(service))
    service.database.close()
    return folder


@pytest.fixture
def service(planned: Path, tmp_path: Path) -> Iterator[Service]:
    """A service over a copy of the planned company."""
    opened = open_service(ServiceSettings(folder=shutil.copytree(planned, tmp_path / "service")))
    yield opened
    opened.database.close()


@pytest.fixture(scope="module")
def folder(planned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the service that is served."""
    return Path(shutil.copytree(planned, tmp_path_factory.mktemp("site") / "service"))


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """The address of ``supplychain serve``: API, pages and workers over the planned company."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port",
               str(port), "--folder", str(folder)]  # fmt: skip
    log = (folder / "serve.log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True,
                               env={**os.environ, "SUPPLYCHAIN_LOGIN_HOURS": "1"})  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _answers(f"{address}/health/ready"), process, folder / "serve.log")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        log.close()


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium; tests that need it are skipped where it is absent."""
    if CHROMIUM is None:
        pytest.skip("chromium is absent: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()
