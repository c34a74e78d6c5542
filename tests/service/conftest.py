"""What tests of the service share: a service on either database, and people who ask."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import SQLModel

from app.service.context import Service, open_service
from app.service.identity.identity import Identity, Role
from app.service.settings import ServiceSettings
from app.store.engine import Database, sqlite_url
from app.store.migrate import upgrade
from tests.service.postgres import Postgres, running_postgres


@pytest.fixture(autouse=True)
def logs_of_a_server_end_with_its_test() -> Iterator[None]:
    """A server logs to the stderr of its own test, which is gone in the next one."""
    root = logging.getLogger()
    before, level = set(root.handlers), root.level
    yield
    for handler in set(root.handlers) - before:
        if type(handler) is logging.StreamHandler:  # not pytest's own
            root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; tests that need it are skipped where its programs are absent."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest tables, to be copied: migrating takes longer."""
    path = tmp_path_factory.mktemp("migrated") / "supplychain.db"
    _migrate(sqlite_url(path))
    return path


@pytest.fixture(scope="session")
def migrated_url(postgres: Postgres) -> str:
    """The address of a PostgreSQL database with the newest tables; tests empty it."""
    url = postgres.new_database()
    _migrate(url)
    return url


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


def emptied(service: Service) -> None:
    """Delete all rows of the service's own tables."""
    with service.database.writing() as session:
        for table in reversed(SQLModel.metadata.sorted_tables):
            session.connection().execute(table.delete())


@pytest.fixture
def service(tmp_path: Path, migrated: Path) -> Iterator[Service]:
    """A service on a fresh SQLite file."""
    folder = tmp_path / "service"
    folder.mkdir()
    shutil.copyfile(migrated, folder / migrated.name)
    service = open_service(ServiceSettings(folder=folder))
    yield service
    service.database.close()


@pytest.fixture
def postgres_service(tmp_path: Path, migrated_url: str) -> Iterator[Service]:
    """A service on an empty PostgreSQL database."""
    settings = ServiceSettings(
        folder=tmp_path / "on-postgres", database_url=SecretStr(migrated_url)
    )
    service = open_service(settings)
    emptied(service)  # quicker than a database for each test
    yield service
    service.database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_service(request: pytest.FixtureRequest) -> Service:
    """A service on each of the two databases."""
    name = "service" if request.param == "sqlite" else "postgres_service"
    found: Service = request.getfixturevalue(name)
    return found


@pytest.fixture
def planner() -> Identity:
    """A planner who sees everything."""
    return Identity("u-planner", "petra", frozenset({Role.PLANNER}))
