"""How fast a dataset goes into the store and out of it, on both databases.

``pytest -m benchmark tests/benchmarks/test_store.py -s --sizes large`` writes the example company
as a whole: checked, compared with what is stored, kept with its change feed and audit. Of that,
``bulk`` is what the database takes. CPU seconds are told beside, for machines that are busy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from pydantic import SecretStr

from app.service.context import Service, open_service
from app.service.data.datasets import create_dataset
from app.service.data.frames import insert_rows
from app.service.data.stored import forget, read_network
from app.service.data.writing import whole, write, write_row
from app.service.identity.identity import OPERATOR
from app.service.settings import ServiceSettings
from app.store.contract import row_keys
from app.store.migrate import upgrade
from app.store.records import Dataset
from supplychain.example import generate
from supplychain.network import Network
from tests.service.postgres import running_postgres

LEAST = 10_000  # rows a second, of either database, checks included


def _timed(act: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock and of this process's CPU."""
    clock, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - clock, time.process_time() - cpu


def _bulk(service: Service, network: Network) -> None:
    with service.database.writing() as session:
        session.add(Dataset(id="bulk", name="bulk"))
        session.flush()
        for name, frame in network.tables.items():
            insert_rows(
                session, "bulk", name, frame, pd.Index(row_keys(name, frame), dtype=object), 1
            )


def _measure(service: Service, size: str, print_line: Callable[[str], None]) -> float:
    """Print what each step takes; rows a second of a whole write."""
    upgrade(service.database)
    create_dataset(service, OPERATOR, "company")
    frames = generate(size, 1)
    rows = sum(map(len, frames.values()))
    network = Network.from_frames(frames)
    first = network.tables["stock"].iloc[0]
    key = f"{first['item']}|{first['location']}"
    steps: dict[str, Callable[[], object]] = {
        "check": lambda: Network.from_frames(frames),
        "bulk": lambda: _bulk(service, network),
        "write": lambda: write(service, OPERATOR, "company", whole(frames), replace=True),
        "write again": lambda: write(service, OPERATOR, "company", whole(frames), replace=True),
        "read": lambda: (forget(), read_network(service, "company")),
        "one row": lambda: write_row(service, OPERATOR, "company", "stock", key, {"quantity": 1}),
    }
    kind = "SQLite" if service.database.is_sqlite else "PostgreSQL"
    rate = 0.0
    for name, act in steps.items():
        clock, cpu = _timed(act)
        told = "" if name == "one row" else f"{rows / clock:12,.0f}"
        print_line(f"{kind:11} {size:7} {rows:9,} {name:12} {clock:8.2f} {cpu:8.2f} {told}")
        rate = rows / clock if name == "write" else rate
    assert read_network(service, "company").input_hash != network.input_hash  # one row is another
    return rate


@pytest.mark.benchmark
def test_rows_a_second(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    def print_line(text: str) -> None:
        with capsys.disabled():
            print(text)

    sizes = str(request.config.getoption("--sizes")).split(",")
    print_line("\ndatabase    size         rows step          seconds      CPU      rows/s")
    with running_postgres() as server:
        for size in sizes:
            for url in (None, SecretStr(server.new_database())):
                folder = tmp_path / f"{size}-{url is None}"
                service = open_service(ServiceSettings(folder=folder, database_url=url))
                rate = _measure(service, size, print_line)
                service.database.close()
                assert rate > LEAST or size == "small"
