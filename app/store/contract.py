"""The data contract as tables of the database, made from :mod:`supplychain.schema`.

Every row belongs to a dataset and carries the revision of the dataset that wrote it last. Its
``row_key`` holds the cells of its key, joined by ``|``; a ``|`` or ``\\`` within a cell stands
behind a ``\\``. Texts are compared by their code points on every database, so that pages come in
one order.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Double, ForeignKey, Index, Table
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from app.store.records import ByCodePoint
from supplychain import schema
from supplychain.schema import KEY_SEPARATOR, TABLES

_TYPES: dict[str, TypeEngine[Any]] = {
    "text": ByCodePoint, "number": Double(), "integer": Double(), "flag": Boolean(),
    "date": DateTime(), "period": DateTime(),
}  # fmt: skip
_NEVER_NULL = ("text", "flag", "period")
_CELL = re.compile(r"(?:^|\|)((?:[^|\\]|\\.)*)", re.DOTALL)


def _table(declared: schema.Table) -> Table:
    return Table(
        declared.name,
        SQLModel.metadata,
        Column("dataset_id", ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
        Column("row_key", ByCodePoint, primary_key=True),
        *(Column(column.name, _TYPES[column.type], nullable=column.type not in _NEVER_NULL)
          for column in declared.columns),
        Column("revision", BigInteger, nullable=False),
        Index(f"{declared.name}_by_revision", "dataset_id", "revision"),
        sqlite_with_rowid=False,  # rows lie in the order of their keys
    )  # fmt: skip


CONTRACT: dict[str, Table] = {name: _table(declared) for name, declared in TABLES.items()}


def row_keys(table: str, rows: pd.DataFrame) -> pd.Series:
    """The key of each of ``rows``, a typed frame of ``table``, as one text."""
    first, *others = (_key_text(rows[name]) for name in TABLES[table].key)
    joined = first
    for cells in others:
        joined = joined + KEY_SEPARATOR + cells
    return joined


def _key_text(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_dtype(cells):
        dates: pd.Series = cells.dt.strftime("%Y-%m-%d").fillna("").astype("str")
        return dates
    escaped = cells.str.replace("\\", "\\\\", regex=False)
    return escaped.str.replace(KEY_SEPARATOR, "\\" + KEY_SEPARATOR, regex=False)


def key_cells(row_key: str) -> list[str]:
    """The cells that ``row_key`` joins."""
    return [re.sub(r"\\(.)", r"\1", cell, flags=re.DOTALL) for cell in _CELL.findall(row_key)]
