"""Requests a second of a real server on this host, with tokens and the audit on, and their p99."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest

from app.service.context import open_service
from app.service.data.datasets import create_dataset
from app.service.data.writing import write
from app.service.identity.identity import Identity, Role
from app.service.identity.tokens import create_token
from app.service.identity.users import add_user
from app.service.settings import ServiceSettings
from app.store.migrate import upgrade

pytestmark = [pytest.mark.slow, pytest.mark.benchmark]
SECONDS = 8.0
CONNECTIONS = 16
ITEMS = 1000


@dataclass(frozen=True)
class Server:
    """A server's process and what is needed to ask it."""

    port: int
    token: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("load")
    token = _filled(ServiceSettings(folder=folder))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"SUPPLYCHAIN_FOLDER": str(folder), "SUPPLYCHAIN_PLANNER": "false"}
    command = [sys.executable, "-m", "uvicorn", "--factory", "app.api.site:create", "--host",
               "127.0.0.1", "--port", str(port), "--no-access-log"]  # fmt: skip
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stderr=log)
        try:
            _wait(port)
            yield Server(port, token)
        finally:
            process.terminate()
            process.wait(30)


def _filled(settings: ServiceSettings) -> str:
    """A store with a dataset of 1,000 items in stock; the token of a machine."""
    service = open_service(settings)
    upgrade(service.database)
    someone = Identity("u", "operator", frozenset(Role))
    add_user(service, someone, "erp", roles=["integrator"])
    scopes = ["data:read", "data:write", "run:start", "run:read"]
    _, token = create_token(service, someone, "load", scopes, for_user="erp")
    create_dataset(service, someone, "load")
    names = [f"ITEM{number:04}" for number in range(ITEMS)]
    write(service, someone, "load", {
        "settings": pd.DataFrame({"name": ["start", "periods"], "value": ["2026-01-05", "4"]}),
        "items": pd.DataFrame({"item": names}),
        "locations": pd.DataFrame({"location": ["PLANT"], "kind": ["plant"]}),
        "stock": pd.DataFrame({"item": names, "location": "PLANT", "quantity": "5"}),
    })  # fmt: skip
    service.database.close()
    return token


def _wait(port: int) -> None:
    for _ in range(120):
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the server does not come up")


@dataclass
class Load:
    """What came back of one kind of request."""

    seconds: list[float] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    took: float = 0.0

    def __str__(self) -> str:
        quantiles = np.quantile(self.seconds, [0.5, 0.99])
        return (f"{len(self.seconds) / self.took:7.0f} a second, median {quantiles[0]:.3f} s, "
                f"p99 {quantiles[1]:.3f} s")  # fmt: skip


async def _loaded(server: Server, request: Callable[[], bytes]) -> Load:
    """``request`` again and again over some connections, each waiting for its answer."""
    load, began = Load(), time.perf_counter()
    workers = (_ask(server, request, load, began + SECONDS) for _ in range(CONNECTIONS))
    await asyncio.gather(*workers)
    load.took = time.perf_counter() - began
    return load


async def _ask(server: Server, request: Callable[[], bytes], load: Load, until: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    while (sent := time.perf_counter()) < until:
        writer.write(request())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length: ")[2].partition("\r")[0])
        await reader.readexactly(length)
        load.seconds.append(time.perf_counter() - sent)
        load.statuses.add(int(head.split(" ", 2)[1]))
    writer.close()


def _get(server: Server, path: str) -> bytes:
    return (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n"
            "\r\n").encode()  # fmt: skip


def _post(server: Server, path: str, body: object) -> bytes:
    content = json.dumps(body)
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n"
            f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n{content}").encode()  # fmt: skip


def test_load(server: Server, tmp_path: Path) -> None:
    """Goals: 300 gets, 200 lists of 50 and 150 idempotent posts a second, p99 within 0.3 s."""
    dataset = "/api/v1/datasets/load"
    requests: dict[str, Callable[[], bytes]] = {
        "live": lambda: _get(server, "/health/live"),
        "get": lambda: _get(server, f"{dataset}/tables/stock/rows/ITEM0500%7CPLANT"),
        "list of 50": lambda: _get(server, f"{dataset}/tables/stock?limit=50"),
        "idempotent post": lambda: _post(server, f"{dataset}/jobs/plan", {"kind": "as-is"}),
    }
    print()
    for name, request in requests.items():
        load = asyncio.run(_loaded(server, request))
        print(f"{name:16} {load}")
        assert load.statuses <= {200, 202}
