"""One way to the database: SQLite by default, PostgreSQL by its address."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

LOCK_SECONDS = 30.0  # how long a writer waits for another one before the database counts as locked
_WRITES = "supplychain_writes"


def newest_sqlite() -> None:
    """Let ``sqlite3`` be the bundled SQLite where the machine's own is older than the jobs need."""
    import sqlite3

    if sqlite3.sqlite_version_info >= (3, 42) or "pysqlite3" in sys.modules:
        return
    try:
        import pysqlite3
    except ImportError:
        return
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


newest_sqlite()  # before anything imports the old one

from sqlalchemy import URL, Engine, create_engine, event, make_url  # noqa: E402
from sqlmodel import Session  # noqa: E402


def sqlite_url(path: Path) -> str:
    """The address of the SQLite file ``path``."""
    return URL.create("sqlite", database=str(path.absolute())).render_as_string()


@dataclass(frozen=True)
class Database:
    """The database at ``url`` (sqlite:///FILE or postgresql://...); engines are made when used."""

    url: str = field(repr=False)  # holds a password

    @cached_property
    def engine(self) -> Engine:
        """The pool of connections."""
        return _sqlite(self.url) if self.is_sqlite else _postgresql(self.url)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return make_url(self.url).get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading; nothing of it is kept."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction: all of it is kept where the block ends well, else nothing.

        On SQLite it takes the only writer's place at once, so that what it read still holds when
        it writes.
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.connection(execution_options={_WRITES: True})
            yield session

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": LOCK_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    cursor = connection.cursor()
    # FULL: what was answered stays, and the audit's head never names an entry that is lost
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any) -> None:
    """Begin by hand: the driver begins with the first write, too late for what was read before."""
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: str) -> Engine:
    address = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(address, pool_pre_ping=True, pool_size=5, max_overflow=10)
