"""What the pages say of the tables of the data contract."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.schema import TABLES


@dataclass(frozen=True)
class ColumnView:
    """A column: its name, type, unit, meaning, and whether it is part of the key."""

    name: str
    type: str
    unit: str
    meaning: str
    is_key: bool
    choices: tuple[str, ...]


def table_names() -> list[str]:
    """All tables of the contract."""
    return list(TABLES)


def meaning(table: str) -> str:
    """What a table holds."""
    return TABLES[table].meaning


def columns(table: str) -> list[ColumnView]:
    """The columns of a table."""
    declared = TABLES[table]
    return [ColumnView(column.name, column.type, column.unit, column.meaning,
                       column.name in declared.key, column.choices)
            for column in declared.columns]  # fmt: skip
