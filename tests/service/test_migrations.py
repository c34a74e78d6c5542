"""Migrations: up, down and up again on both databases, and in step with the models."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

from app.service.context import Service
from app.store.contract import CONTRACT
from app.store.engine import Database
from app.store.migrate import current, downgrade, upgrade
from tests.service.postgres import Postgres


def _tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_the_models_and_the_migrations_agree(any_service: Service) -> None:
    """Changed a table? Write a step in app/store/migrations/versions."""
    with any_service.database.reading() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, SQLModel.metadata) == []


def test_down_leaves_nothing_and_up_again_brings_all_back(any_service: Service) -> None:
    database = any_service.database
    before = _tables(database)
    downgrade(database, "base")
    assert _tables(database) == {"alembic_version"}
    assert current(database) is None
    upgrade(database)
    assert _tables(database) == before >= set(CONTRACT) | {"datasets", "audit"}


def test_each_step_down_can_be_taken_up_again(any_service: Service) -> None:
    database = any_service.database
    head = current(database)
    steps = 0
    while current(database) is not None:
        downgrade(database, "-1")
        upgrade(database, "+1")
        downgrade(database, "-1")
        steps += 1
    assert steps >= 2
    upgrade(database)
    assert current(database) == head


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_migrate_at_once_do_it_once(
    kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('db')}/new.db"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
    databases = [Database(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, databases))
    assert {current(database) for database in databases} == {"0002"}
    for database in databases:
        database.close()
