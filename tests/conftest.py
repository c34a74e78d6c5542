"""What all tests share: the helpers in ``tests.support`` and the folder of shared data."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # so that ``tests.support`` is found however pytest is started
    sys.path.insert(0, str(ROOT))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the benchmarks."""
    parser.addoption("--sizes", default="small,medium,large", help="sizes of the benchmarks")
    parser.addoption("--time-limit", default=120.0, type=float, help="seconds for each solve")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Forecasts are kept in a cache of the tests, not of the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of data that is not part of the repository; tests that need it are skipped without."""
    folder = Path(os.environ.get("SUPPLYCHAIN_SHARED", "../shared"))
    folder = folder if folder.is_absolute() else ROOT / folder
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent: set SUPPLYCHAIN_SHARED to the folder of shared data")
    return folder
