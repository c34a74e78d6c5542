"""The tables of the data contract as they were first kept: written out, since a step never changes.

Each is named with its columns and their types behind ``=``; further lines of it are indented.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = """
items = item:text description:text kind:text unit:text unit_cost:number commodity:text
    brand:text
locations = location:text kind:text company:text country:text region:text latitude:number
    longitude:number time_to_recover:integer
bom = item:text version:text component:text quantity_per:number valid_from:date valid_to:date
production = item:text location:text version:text lead_time:integer unit_cost:number
    group:text group_per_unit:number max_share:number price_reduction:number min_run:number
    routine:flag valid_from:date valid_to:date
production_resources = item:text location:text version:text resource:text per_unit:number
resources = resource:text location:text capacity:number
overtime = resource:text step:text capacity:number unit_cost:number
substitutes = item:text component:text substitute:text location:text ratio:number
    extra_cost:number approved_from:date
short_builds = item:text component:text location:text places:number weekly_cost:number
    retrofit_cost:number lead_time:integer
sourcing = item:text location:text supplier:text mode:text lead_time:integer
    transit_time:integer unit_cost:number moq:number lot_size:number capacity:number
    group:text group_per_unit:number routine:flag qualified_from:date
    qualification_time:integer qualification_cost:number min_share:number max_share:number
    available_to:date
price_steps = item:text location:text supplier:text mode:text step:text up_to:number
    unit_cost:number
contracts = contract:text item:text location:text supplier:text valid_from:date valid_to:date
    quantity:number penalty:number
supplier_capacity = supplier:text group:text capacity:number
lanes = item:text origin:text destination:text mode:text lead_time:integer unit_cost:number
    capacity:number routine:flag
capacities = kind:text owner:text valid_from:date valid_to:date capacity:number
lead_times = kind:text owner:text valid_from:date valid_to:date lead_time:integer
unit_costs = kind:text owner:text valid_from:date valid_to:date unit_cost:number
stock = item:text location:text quantity:number as_of:date
scheduled_receipts = order_id:text line:text item:text location:text origin:text
    quantity:number due:date expedite_cost:number earliest:date cancel_cost:number
demand = item:text location:text period:period customer:text quantity:number
    unit_revenue:number backorder_cost:number lost_after:integer lost_cost:number
    priority:integer firm:flag
floors = brand:text customer:text location:text share:number
demand_history = item:text location:text period:date quantity:number in_stock:flag
drivers = item:text location:text driver:text period:date value:number known_ahead:flag
predecessors = item:text predecessor:text share:number
receipt_history = order_id:text line:text item:text location:text supplier:text mode:text
    quantity:number ordered_on:date promised_on:date received_on:date
settings = name:text value:text
"""
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": _TEXT, "number": sa.Double(), "integer": sa.Double(), "flag": sa.Boolean(),
    "date": sa.DateTime(), "period": sa.DateTime(),
}  # fmt: skip


def upgrade() -> None:
    """Make the tables, each with an index by revision for the change feed."""
    for name, columns in _declared():
        op.create_table(
            name,
            sa.Column("dataset_id", sa.String(), nullable=False),
            sa.Column("row_key", _TEXT, nullable=False),
            *columns,
            sa.Column("revision", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("dataset_id", "row_key"),
            sa.ForeignKeyConstraint(["dataset_id"], ["datasets.id"], ondelete="CASCADE"),
            sqlite_with_rowid=False,
        )
        op.create_index(f"{name}_by_revision", name, ["dataset_id", "revision"])


def downgrade() -> None:
    """Drop them."""
    for name, _ in _declared():
        op.drop_table(name)


def _declared() -> Iterator[tuple[str, list[sa.Column[Any]]]]:
    for line in _TABLES.replace("\n    ", " ").strip().splitlines():
        name, _, columns = line.partition(" = ")
        yield name, [_column(*column.split(":")) for column in columns.split()]


def _column(name: str, kind: str) -> sa.Column[Any]:
    return sa.Column(name, _TYPES[kind], nullable=kind in ("number", "integer", "date"))
