"""The result tables of a plan, as data: keys, columns and types."""

from __future__ import annotations

from dataclasses import dataclass

TERMS = (
    "revenue",
    "purchase",
    "production",
    "freight",
    "holding",
    "backorder",
    "lost",
    "substitution",
    "price_reduction",
    "retrofit",
    "overtime",
    "rescheduling",
    "qualification",
    "contracts",
    "changes",
    "closing",
    "profit",
    "premium",
)
_AMOUNTS = ("quantity", "unit_cost", "cost", "premium")


@dataclass(frozen=True)
class ResultTable:
    """One result table.

    ``inside`` are period columns that must lie within the horizon, ``periods`` those that need
    not, ``dates`` hold any date or none; ``numbers`` are finite and not negative, ``signed`` may
    be negative and ``open_numbers`` blank. Rows of a ``positive`` table have a quantity.
    """

    key: tuple[str, ...]
    texts: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    open_numbers: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    positive: bool = False
    optional: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the table."""
        moments = (*self.inside, *self.periods, *self.dates)
        numbers = (*self.numbers, *self.signed, *self.open_numbers)
        return (*self.texts, *moments, *numbers, *self.flags)


RESULTS: dict[str, ResultTable] = {
    "orders": ResultTable(
        key=("item", "location", "supplier", "mode", "period"),
        texts=("item", "location", "supplier", "mode"),
        inside=("period",),
        periods=("dispatch", "receipt"),
        numbers=_AMOUNTS,
        flags=("routine",),
        positive=True,
    ),
    "transfers": ResultTable(
        key=("item", "origin", "destination", "mode", "period"),
        texts=("item", "origin", "destination", "mode"),
        inside=("period",),
        periods=("receipt",),
        numbers=_AMOUNTS,
        flags=("routine",),
        positive=True,
    ),
    "builds": ResultTable(
        key=("item", "location", "version", "period"),
        texts=("item", "location", "version"),
        inside=("period",),
        periods=("receipt",),
        numbers=_AMOUNTS,
        flags=("routine",),
        positive=True,
    ),
    "receipts": ResultTable(
        key=("order_id", "line", "dispatch", "receipt"),
        texts=("order_id", "line", "item", "location", "origin"),
        dates=("due", "dispatch", "receipt"),
        numbers=("quantity",),
        positive=True,
    ),
    "inventory": ResultTable(
        key=("item", "location", "period"),
        texts=("item", "location"),
        inside=("period",),
        numbers=("arrivals", "uses"),
        signed=("on_hand",),
    ),
    "deliveries": ResultTable(
        key=("item", "location", "period", "customer", "served"),
        texts=("item", "location", "customer"),
        inside=("served",),
        periods=("period",),
        numbers=("quantity",),
        positive=True,
    ),
    "service": ResultTable(
        key=("item", "location", "period", "customer"),
        texts=("item", "location", "customer"),
        periods=("period",),
        numbers=("quantity", "on_time", "late", "lost", "open"),
    ),
    "closing": ResultTable(
        key=("item",),
        texts=("item",),
        numbers=("on_hand", "beyond", "target", "quantity", "value"),
    ),
    "costs": ResultTable(key=("term",), texts=("term",), signed=("amount",)),
    "capacity_use": ResultTable(
        key=("kind", "owner", "period"),
        texts=("kind", "owner"),
        inside=("period",),
        numbers=("committed", "used"),
        open_numbers=("capacity",),
    ),
    "lines": ResultTable(
        key=("resource", "period"),
        texts=("resource", "location"),
        inside=("period",),
        numbers=("load",),
        open_numbers=("calm_load", "capacity"),
        flags=("down",),
        optional=True,
    ),
    "qualifications": ResultTable(
        key=("item", "location", "supplier", "mode", "period"),
        texts=("item", "location", "supplier", "mode"),
        inside=("period",),
        periods=("ready",),
        numbers=("cost", "premium"),
        optional=True,
    ),
    "substitutions": ResultTable(
        key=("item", "location", "version", "component", "substitute", "period"),
        texts=("item", "location", "version", "component", "substitute"),
        inside=("period",),
        numbers=("quantity", "used", "cost", "premium"),
        positive=True,
        optional=True,
    ),
    "short_builds": ResultTable(
        key=("item", "location", "version", "component", "period"),
        texts=("item", "location", "version", "component"),
        inside=("period",),
        periods=("ready",),
        numbers=_AMOUNTS,
        flags=("routine",),
        positive=True,
        optional=True,
    ),
    "retrofits": ResultTable(
        key=("item", "location", "version", "component", "period"),
        texts=("item", "location", "version", "component"),
        inside=("period",),
        periods=("receipt",),
        numbers=("quantity", "cost", "premium"),
        positive=True,
        optional=True,
    ),
    "parked": ResultTable(
        key=("item", "location", "version", "component", "period"),
        texts=("item", "location", "version", "component"),
        inside=("period",),
        numbers=("quantity", "cost", "premium"),
        optional=True,
    ),
    "overtime": ResultTable(
        key=("resource", "step", "period"),
        texts=("resource", "step"),
        inside=("period",),
        numbers=("quantity", "cost", "premium"),
        positive=True,
        optional=True,
    ),
    "reschedules": ResultTable(
        key=("order_id", "line", "kind", "planned", "receipt"),
        texts=("order_id", "line", "item", "location", "origin", "kind"),
        dates=("planned", "receipt"),
        numbers=("quantity", "premium"),
        signed=("cost",),
        positive=True,
        optional=True,
    ),
    "contracts": ResultTable(
        key=("contract",),
        texts=("contract",),
        numbers=("volume", "taken", "shortfall", "cost"),
        optional=True,
    ),
    "changes": ResultTable(
        key=("kind", "owner", "period"),
        texts=("kind", "owner"),
        inside=("period",),
        numbers=("before", "after", "cost"),
        optional=True,
    ),
    "broken_rules": ResultTable(
        key=("rule", "owner", "period"),
        texts=("rule", "owner"),
        dates=("period",),
        numbers=("quantity", "penalty"),
        optional=True,
    ),
}

LAST: dict[str, ResultTable] = {
    "orders": ResultTable(
        key=("item", "location", "supplier", "mode", "period"),
        texts=("item", "location", "supplier", "mode"),
        dates=("period",),
        numbers=("quantity",),
        optional=True,
    ),
    "transfers": ResultTable(
        key=("item", "origin", "destination", "mode", "period"),
        texts=("item", "origin", "destination", "mode"),
        dates=("period",),
        numbers=("quantity",),
        optional=True,
    ),
    "builds": ResultTable(
        key=("item", "location", "version", "period"),
        texts=("item", "location", "version"),
        dates=("period",),
        numbers=("quantity",),
        optional=True,
    ),
}
"""What is read of the last plan; periods may lie outside the horizon."""
