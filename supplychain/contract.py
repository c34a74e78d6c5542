"""The data contract as text, made from the schema, so that the README cannot drift from it."""

from __future__ import annotations

from supplychain.schema import TABLES, Column, Table


def contract_markdown() -> str:
    """The tables of the contract as a Markdown table: name, key, columns, meaning."""
    head = "| table | key | further columns | what it holds |\n|---|---|---|---|\n"
    return head + "".join(_row(table) for table in TABLES.values())


def _row(table: Table) -> str:
    others = [_cell(column) for column in table.columns if column.name not in table.key]
    key = ", ".join(f"`{name}`" for name in table.key)
    return f"| **{table.name}** | {key} | {', '.join(others)} | {table.meaning} |\n"


def _cell(column: Column) -> str:
    """Name, with a star if required and its default if it has one."""
    name = f"`{column.name}`" + ("\\*" if column.required else "")
    default = column.default
    if default not in (None, ""):
        shown = str(default).lower() if isinstance(default, bool) else f"{default}"
        name += f" ({shown.removesuffix('.0')})"
    return name
