"""The data contract as plain data: what tables and columns a dataset has."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.schema import TABLES, Column, Table

TABLE_NAMES = tuple(TABLES)


@dataclass(frozen=True)
class TableView:
    """One table of the contract."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


def contract() -> list[TableView]:
    """All tables."""
    return [_view(table) for table in TABLES.values()]


def _view(table: Table) -> TableView:
    return TableView(table.name, table.meaning, table.key, table.columns)
