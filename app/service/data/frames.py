"""Rows of the contract between frames and the database, in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import bindparam, select
from sqlalchemy import delete as sql_delete
from sqlmodel import Session

from app.store.bulk import add_rows
from app.store.contract import CONTRACT
from supplychain.frames import empty_frame
from supplychain.schema import TABLES, ColumnType

_BATCH = 20_000  # rows that are turned into Python objects at a time
_KINDS: dict[ColumnType, str] = {"text": "str", "number": "float64", "integer": "float64",
                                 "flag": "bool", "date": "datetime64[us]",
                                 "period": "datetime64[us]"}  # fmt: skip


def snapshot(session: Session) -> Session:
    """``session``, before its first statement, made to see one state of the database throughout."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite's transactions are such already
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session


def read_table(session: Session, dataset_id: str, table: str) -> pd.DataFrame:
    """All rows of one table of a dataset, typed."""
    stored = CONTRACT[table]
    columns = [stored.c[name] for name in TABLES[table].column_names]
    statement = select(*columns).where(stored.c.dataset_id == dataset_id)
    return typed(table, session.execute(statement).all())


def read_tables(session: Session, dataset_id: str) -> dict[str, pd.DataFrame]:
    """All tables of a dataset, typed."""
    return {name: read_table(session, dataset_id, name) for name in TABLES}


def typed(table: str, rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Stored rows, cells in the order of the contract, as a typed frame."""
    declared = TABLES[table]
    if not rows:
        return empty_frame(declared)
    cells = zip(*rows, strict=True)
    return pd.DataFrame({
        column.name: pd.Series(values, dtype=_KINDS[column.type])
        for column, values in zip(declared.columns, cells, strict=True)
    })  # fmt: skip


def insert_rows(
    session: Session,
    dataset_id: str,
    table: str,
    rows: pd.DataFrame,
    keys: pd.Index,
    revision: int,
) -> None:
    """Add the typed ``rows`` with their ``keys``, in bulk and in the order of the keys.

    Any other order takes twice as long: SQLite keeps the rows sorted by key.
    """
    connection, names = session.connection(), TABLES[table].column_names
    order = keys.argsort()
    rows, keys = rows.iloc[order], keys[order]
    for start in range(0, len(rows), _BATCH):
        part = rows.iloc[start : start + _BATCH]
        columns: dict[str, list[Any]] = {
            "dataset_id": [dataset_id] * len(part),
            "row_key": keys[start : start + _BATCH].tolist(),
            **{name: _cells(part[name]) for name in names},
            "revision": [revision] * len(part),
        }
        add_rows(connection, CONTRACT[table], columns)


def _cells(values: pd.Series) -> list[Any]:
    """Cells as the database takes them: dates of Python, None for what is missing."""
    if pd.api.types.is_datetime64_dtype(values):
        cells = values.to_numpy(dtype="datetime64[us]").astype(object)  # NaT becomes None
        return list(cells)
    if pd.api.types.is_float_dtype(values):
        cells = values.to_numpy(np.float64).astype(object)
        cells[values.isna().to_numpy()] = None
        return list(cells)
    return list(values.to_numpy(dtype=object))


def delete_rows(session: Session, dataset_id: str, table: str, keys: Sequence[str]) -> None:
    """Remove the rows with these ``keys``."""
    if len(keys):
        stored = CONTRACT[table]
        statement = sql_delete(stored).where(
            stored.c.dataset_id == dataset_id, stored.c.row_key == bindparam("gone")
        )
        session.connection().execute(statement, [{"gone": key} for key in keys])
