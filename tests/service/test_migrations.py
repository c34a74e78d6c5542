"""Migrations: up, down and up again on both databases, and in step with the models."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from app.service.decisions.releasing import take_numbers
from app.store.contract import CONTRACT
from app.store.engine import Database, sqlite_url
from app.store.migrate import current, downgrade, upgrade
from tests.service.postgres import Postgres


def _tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "new.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A database with the newest tables."""
    database = Database(url)
    upgrade(database)
    yield database
    database.close()


def test_the_models_and_the_migrations_agree(database: Database) -> None:
    """Changed a table? Write a step in app/store/migrations/versions."""
    with database.reading() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, SQLModel.metadata) == []


def test_down_leaves_nothing_and_up_again_brings_all_back(database: Database) -> None:
    before = _tables(database)
    downgrade(database, "base")
    assert _tables(database) == {"alembic_version"}
    assert current(database) is None
    upgrade(database)
    assert _tables(database) == before >= set(CONTRACT) | {"datasets", "audit"}


def test_each_step_down_can_be_taken_up_again(database: Database) -> None:
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


def test_processes_that_migrate_at_once_do_it_once(url: str) -> None:
    databases = [Database(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, databases))
    revisions = {current(database) for database in databases}
    assert len(revisions) == 1
    assert revisions != {None}
    for database in databases:
        database.close()


def test_numbers_of_releases_go_on_behind_the_highest(database: Database) -> None:
    downgrade(database, "0003")
    with database.writing() as session:
        for statement in _RELEASED:
            session.connection().execute(text(statement))
    upgrade(database)
    with database.writing() as session:
        assert take_numbers(session, 2) == 9
        session.connection().execute(text("DELETE FROM datasets"))
    assert _count(database, "releases") == 1
    downgrade(database, "0003")  # where a release cannot be without its dataset
    assert _count(database, "releases") == 0


_RELEASED = (
    "INSERT INTO datasets (id, name, revision, forgotten, created_at, updated_at, created_by) "
    "VALUES ('d', 'shop', 1, 0, '2026-01-05', '2026-01-05', '')",
    "INSERT INTO runs (id, kind, dataset_revision, input_hash, version, options, scenarios, "
    "inputs, status, result, created_by, created_at) "
    "VALUES ('r', 'plan', 1, '', '', '{}', '[]', '{}', '', '{}', '', '2026-01-05')",
    "INSERT INTO plans (id, run_id, scenario, kind, status, plan_hash, manifest) "
    "VALUES ('p', 'r', '', '', '', '', '{}')",
    "INSERT INTO actions (id, plan_id, rank, key, lever, item, location, quantity, content, "
    "state, revision) VALUES ('a', 'p', 1, '', '', '', '', 1, '{}', 'approved', 1)",
    "INSERT INTO releases (id, sequence, dataset_id, action_id, kind, content, state, "
    "created_at, revision) VALUES ('x', 7, 'd', 'a', '', '{}', 'open', '2026-01-05', 1)",
)


def _count(database: Database, table: str) -> int:
    with database.reading() as session:
        return session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
