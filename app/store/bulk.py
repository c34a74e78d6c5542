"""Many rows at once into a table: below the ORM, in the quickest way that each database has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, DateTime, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def add_rows(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Add rows given by ``columns``, all of one length: plain values, JSON as its text."""
    if connection.dialect.name == "postgresql":
        _copy(connection, table, columns)
    else:
        _insert(connection, table, columns)


def insert_new(session: Session, table: type[SQLModel]) -> Any:
    """An insert into ``table`` that leaves alone what somebody else has put there meanwhile."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def _copy(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    statement = f'COPY "{table.name}" ({_names(columns)}) FROM STDIN'
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in zip(*columns.values(), strict=True):
            copy.write_row(row)


def _insert(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """SQLite keeps times as text, as SQLAlchemy writes and reads them."""
    cells = [
        _as_text(values) if isinstance(table.c[name].type, DateTime) else values
        for name, values in columns.items()
    ]
    rows = list(zip(*cells, strict=True))
    if rows:
        places = ", ".join("?" for _ in columns)
        statement = f'INSERT INTO "{table.name}" ({_names(columns)}) VALUES ({places})'
        connection.exec_driver_sql(statement, rows)


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _as_text(times: Sequence[dt.datetime | None]) -> list[str | None]:
    return [None if time is None else time.isoformat(" ", "microseconds") for time in times]
