"""An API over a store in a folder of the test, and callers whose token is their name."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI

from app.api.application import make_app
from app.service.context import Service, open_service
from app.service.faults import Unauthenticated
from app.service.identity.identity import Identity, Role
from app.service.settings import ServiceSettings

with warnings.catch_warnings():  # it wants the successor of httpx, which is not what we use
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

# as it comes, structlog draws tracebacks for a console, which takes seconds
structlog.configure(processors=[structlog.processors.KeyValueRenderer()])

PEOPLE = {role.value: Identity(f"id-{role}", role.value, frozenset({role})) for role in Role} | {
    "everybody": Identity("id-everybody", "everybody", frozenset(Role)),
    "planner of AVE": Identity("id-ave", "ave", frozenset({Role.PLANNER}), frozenset({"AVE"})),
}


def service_in(folder: Path, migrated: Path, **settings: Any) -> Service:
    """A service on a copy of the database that the fixture ``migrated`` made."""
    service = open_service(ServiceSettings(folder=folder, **settings))
    shutil.copy(migrated, folder)
    return service


def known(_: Service, secret: str) -> Identity:
    """The identity whose name is the secret."""
    if secret not in PEOPLE:
        raise Unauthenticated("no such token")
    return PEOPLE[secret]


def app_of(service: Service, *routes: Callable[[FastAPI], None]) -> FastAPI:
    """The API over ``service``, with further routes of the test."""
    app = make_app(service, by_token=known, by_login=known)
    for add in routes:
        add(app)
    return app


def caller(app: FastAPI, name: str = "everybody", **headers: str) -> TestClient:
    """Somebody who calls the API; a defect is an answer 500, as it is outside of tests."""
    given = {"Authorization": f"Bearer {name}", **headers} if name else headers
    return TestClient(app, headers=given, raise_server_exceptions=False)


def asked(path: str, key: str = "") -> dict[str, Any]:
    """A POST of JSON by the viewer as a server hands it over, for what no client would send."""
    headers = [(b"authorization", b"Bearer viewer"), (b"content-type", b"application/json")]
    headers += [(b"idempotency-key", key.encode())] if key else []
    return {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(),
            "query_string": b"", "headers": headers, "http_version": "1.1", "scheme": "http",
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "root_path": ""}  # fmt: skip
