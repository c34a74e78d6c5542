"""What tests of the pages share: a planned company, the whole service over it, and a browser."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.service.context import Service, open_service
from app.service.settings import ServiceSettings
from app.store.migrate import upgrade
from tests.pages.serving import served
from tests.pages.world import plan, settle

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(autouse=True)
def main_module_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tried page takes the place of the main module, which processes of later tests would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


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
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium; tests that need it are skipped where it is absent.

    It goes with its module: while it is open no other test can run an event loop.
    """
    if CHROMIUM is None:
        pytest.skip("chromium is absent: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()
