"""One way to the database: SQLite by default, PostgreSQL by its address."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

LOCK_SECONDS = 30.0  # how long a writer waits for another one before the database counts as locked
_WRITES = "supplychain_writes"
_DURABLE = "supplychain_durable"
_SHAPES = "supplychain_shapes"


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
from sqlalchemy.exc import OperationalError  # noqa: E402
from sqlmodel import Session  # noqa: E402


def sqlite_url(path: Path) -> str:
    """The address of the SQLite file ``path``."""
    return URL.create("sqlite", database=str(path.absolute())).render_as_string()


@dataclass(frozen=True)
class Database:
    """The database at ``url`` (sqlite:///FILE or postgresql://...); engines are made when used."""

    url: str = field(repr=False)  # holds a password
    _turn: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

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
    def writing(self, *, durable: bool = True, shaping: bool = False) -> Iterator[Session]:
        """A transaction: all of it is kept where the block ends well, else nothing.

        On SQLite it takes the only writer's place at once, so that what it read still holds when
        it writes. Not ``durable``: quicker, and lost where the whole machine stops a moment later.
        ``shaping``: a table that is made anew on SQLite takes no rows of others along.
        """
        opened = Session(self.engine, expire_on_commit=False)
        with self._in_turn(), opened as session, session.begin():
            options = {_WRITES: True, _DURABLE: durable, _SHAPES: shaping}
            connection = session.connection(execution_options=options)
            if not (durable or self.is_sqlite):
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield session

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let the writers of this process queue here: SQLite lets them try again and again.

        OperationalError where the one before does not end in time, as SQLite itself would say.
        """
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=LOCK_SECONDS):
            raise OperationalError("BEGIN", None, Exception("database is locked"))
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": LOCK_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any) -> None:
    """Begin by hand: the driver begins with the first write, too late for what was read before."""
    options = connection.get_execution_options()
    if not options.get(_WRITES):
        connection.exec_driver_sql("BEGIN")
        return
    # FULL: what was answered stays, and the audit's head never names an entry that is lost
    kept = "FULL" if options.get(_DURABLE, True) else "NORMAL"
    connection.exec_driver_sql(f"PRAGMA synchronous = {kept}")
    refers = "OFF" if options.get(_SHAPES) else "ON"
    connection.exec_driver_sql(f"PRAGMA foreign_keys = {refers}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(url: str) -> Engine:
    address = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(
        address, pool_pre_ping=True, hide_parameters=True, pool_size=5, max_overflow=10
    )
    event.listen(engine, "connect", _set_patience)
    return engine


def _set_patience(connection: Any, _: Any) -> None:
    """Wait for another's lock no longer than SQLite does; by itself PostgreSQL waits for ever."""
    connection.execute(f"SET lock_timeout = {LOCK_SECONDS * 1000:.0f}")
    connection.commit()
