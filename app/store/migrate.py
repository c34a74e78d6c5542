"""Migrations of the database: up to the newest shape, and down again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.store.engine import Database

_LOCK = 7_305_108_961  # any number, the same in every process, that nothing else locks


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the database to the revision ``to``; others who want to do it at once wait."""
    with _shaping(database) as config:
        command.upgrade(config, to)


def downgrade(database: Database, to: str) -> None:
    """Take the database back to the revision ``to``, ``base`` being empty."""
    with _shaping(database) as config:
        command.downgrade(config, to)


def current(database: Database) -> str | None:
    """The revision of the database; None where it is empty."""
    with database.reading() as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


def newest() -> str | None:
    """The revision that this version of the product works with."""
    return ScriptDirectory.from_config(_scripts()).get_current_head()


@contextmanager
def _shaping(database: Database) -> Iterator[Config]:
    """A transaction that may make tables anew: what refers to their rows stays, and still does."""
    with database.writing(shaping=True) as session:
        connection = session.connection()
        yield _config(connection)
        if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("this step would leave rows that refer to nothing")


def _config(connection: Connection) -> Config:
    if connection.dialect.name == "postgresql":  # SQLite has let only one writer in already
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = _scripts()
    config.attributes["connection"] = connection
    return config


def _scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", "app.store:migrations")
    config.set_main_option("path_separator", "os")
    return config
