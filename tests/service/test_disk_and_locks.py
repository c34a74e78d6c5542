"""A disk that is full, and a database that another process holds: told, and over when they are."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import psycopg
import pytest
from sqlalchemy import event, func
from sqlmodel import select

from app.service.audit import verify
from app.service.context import Service
from app.service.data.datasets import create_dataset
from app.service.data.writing import write
from app.service.identity.identity import OPERATOR, Identity
from app.service.identity.tokens import create_token
from app.service.identity.users import add_user
from app.store.contract import CONTRACT
from app.store.engine import Database
from tests.service.api_support import app_of, caller, service_in
from tests.service.servers import served
from tests.service.tiny import tiny_frames

ROWS = 20_000
HISTORY = "/api/v1/datasets/cars/tables/demand_history"
_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def history() -> bytes:
    """A table of some megabytes."""
    weeks = pd.date_range(end="2026-01-05", periods=ROWS // 10, freq="W-MON")
    rows = [{"item": "CAR", "location": f"SHOP{n}" if n else "SHOP", "period": f"{week:%Y-%m-%d}",
             "quantity": 1} for week in weeks for n in range(10)]  # fmt: skip
    return pd.DataFrame(rows).to_csv(index=False).encode()


def cars(service: Service, planner: Identity) -> None:
    """The tiny dataset with ten shops, at revision 1."""
    create_dataset(service, planner, "cars")
    frames = tiny_frames()
    shops = pd.DataFrame({"location": [f"SHOP{n}" for n in range(1, 10)], "kind": "market"})
    frames["locations"] = pd.concat([frames["locations"], shops])
    write(service, planner, "cars", frames)


def push(client: Any, key: str = "") -> Any:
    headers = {"Content-Type": "text/csv", **({"Idempotency-Key": key} if key else {})}
    return client.post(HISTORY, content=history(), headers=headers)


def nothing_half_written(service: Service, client: Any) -> None:
    """The dataset is at revision 1 without a history, and the audit is whole."""
    assert client.get("/api/v1/datasets/cars").json()["revision"] == 1
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CONTRACT["demand_history"])) == 0
    assert verify(service, OPERATOR).passed


# --- the disk is full ----------------------------------------------------------------------------


@pytest.fixture
def pages(service: Service) -> dict[str, int]:
    """How many pages the database may have, from the next use of a connection on."""
    most = {"most": 2**30}

    def limit(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {most['most']}")

    event.listen(service.database.engine, "checkout", limit)
    return most


def test_a_full_disk_is_told_nothing_is_half_written_and_room_is_used_at_once(
    service: Service, planner: Identity, pages: dict[str, int]
) -> None:
    cars(service, planner)
    client = caller(app_of(service), "planner")
    pages["most"] = 1  # no more than there are
    refused = push(client, key="k")
    assert refused.status_code == 503
    assert refused.json()["detail"] == "the disk of the database is full"
    assert refused.json()["remedy"] == "try again once the operator has made room"
    assert refused.headers["Retry-After"] == "5"
    nothing_half_written(service, client)
    pages["most"] = 2**30
    again = push(client, key="k")
    assert (again.status_code, again.json()["upserted"]) == (200, ROWS)
    assert verify(service, OPERATOR).passed


@pytest.fixture
def token(service: Service) -> str:
    add_user(service, OPERATOR, "erp", roles=["integrator"])
    _, secret = create_token(service, OPERATOR, "", ["data:read", "data:write"], for_user="erp")
    return secret


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_a_server_that_may_write_no_more_goes_on_when_it_may_again(
    service: Service, planner: Identity, token: str
) -> None:
    cars(service, planner)
    files = [service.settings.folder / f"supplychain.db{suffix}" for suffix in ("", "-wal")]
    with served(service) as server, server.client(token) as client:
        size = max(file.stat().st_size for file in files if file.exists())
        _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)  # type: ignore[attr-defined,unused-ignore]
        limit(server.process.pid, size + 100_000, hard)
        refused = push(client, key="k")
        assert refused.status_code == 503, refused.text
        assert refused.json()["detail"].startswith("the disk of the database")
        nothing_half_written(service, client)
        limit(server.process.pid, hard, hard)
        again = push(client, key="k")
        assert (again.status_code, again.json()["upserted"]) == (200, ROWS), again.text
    assert verify(service, OPERATOR).passed


def limit(pid: int, soft: int, hard: int) -> None:
    """Let a process write no file beyond ``soft`` bytes."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


# --- another process holds the database ----------------------------------------------------------


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process is in the middle of a write."""
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.kill()


def test_a_database_that_another_process_holds_is_told_and_used_again_when_it_is_free(
    tmp_path: Path, migrated: Path, planner: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.engine.LOCK_SECONDS", 0.5)
    service = service_in(tmp_path, migrated)
    cars(service, planner)
    client: httpx.Client = caller(app_of(service), "planner")
    with held(tmp_path / migrated.name):
        for key in ("", "k"):  # the key is written first
            refused = push(client, key)
            assert refused.status_code == 503
            assert refused.json()["detail"] == "the database is busy with another writer"
            assert refused.headers["Retry-After"] == "5"
        nothing_half_written(service, client)  # who reads is not held up
    again = push(client, "k")
    assert (again.status_code, again.json()["upserted"]) == (200, ROWS)
    service.database.close()


def test_a_row_that_another_holds_on_postgresql_is_told_and_used_again_when_it_is_free(
    postgres_service: Service, planner: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.engine.LOCK_SECONDS", 0.5)
    service = Service(postgres_service.settings, Database(postgres_service.database.url))
    cars(service, planner)
    client = caller(app_of(service), "planner")
    with psycopg.connect(service.database.url) as other:
        other.execute("SELECT * FROM datasets FOR UPDATE")
        refused = push(client, "k")
        assert refused.status_code == 503
        assert refused.json()["detail"] == "the database is busy with another writer"
        nothing_half_written(service, client)
    assert push(client, "k").status_code == 200
    service.database.close()


def test_writers_of_one_process_wait_for_each_other_no_longer_than_for_another_process(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.engine.LOCK_SECONDS", 0.1)
    with service.database.writing():
        answer = caller(app_of(service), "planner").post("/api/v1/datasets", json={"name": "x"})
    assert answer.status_code == 503
    assert answer.json()["detail"] == "the database is busy with another writer"
