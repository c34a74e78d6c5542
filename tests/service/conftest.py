"""What tests of the service share: a service on either database, and people who ask."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.service.context import Service, open_service
from app.service.identity.identity import Identity, Role
from app.service.settings import ServiceSettings
from app.store.migrate import upgrade
from tests.service.postgres import Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; tests that need it are skipped where its programs are absent."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that was migrated and holds nothing: copying it is quicker than migrating."""
    folder = tmp_path_factory.mktemp("migrated")
    for service in _opened(ServiceSettings(folder=folder)):
        service.database.close()
    return folder / "supplychain.db"


@pytest.fixture
def service(tmp_path: Path, migrated: Path) -> Iterator[Service]:
    """A service on a fresh SQLite file."""
    service = open_service(ServiceSettings(folder=tmp_path / "service"))
    shutil.copy(migrated, service.settings.folder / migrated.name)
    yield service
    service.database.close()


@pytest.fixture
def postgres_service(tmp_path: Path, postgres: Postgres) -> Iterator[Service]:
    """A service on a fresh PostgreSQL database."""
    url = postgres.new_database()
    yield from _opened(ServiceSettings(folder=tmp_path / "postgres-service", database_url=url))


@pytest.fixture(params=["sqlite", "postgresql"])
def any_service(request: pytest.FixtureRequest) -> Service:
    """A service on each of the two databases."""
    name = "service" if request.param == "sqlite" else "postgres_service"
    found: Service = request.getfixturevalue(name)
    return found


def _opened(settings: ServiceSettings) -> Iterator[Service]:
    service = open_service(settings)
    upgrade(service.database)
    yield service
    service.database.close()


@pytest.fixture
def planner() -> Identity:
    """A planner who sees everything."""
    return Identity("u-planner", "petra", frozenset({Role.PLANNER}))
