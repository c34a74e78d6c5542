"""The import, step by step."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from supplychain.frepple.assemble import Parts, Place, Rows, assemble, planned_periods
from supplychain.frepple.context import Context, build_context
from supplychain.frepple.dump import Dump, check_fixture
from supplychain.frepple.money import ItemValues
from supplychain.frepple.notes import Notes
from supplychain.frepple.options import FreppleImport, FreppleOptions
from supplychain.frepple.orders import Line, Orders, Receipt, read_lines, read_stock
from supplychain.frepple.production import Make, Production
from supplychain.frepple.reach import Reach, without_cycles
from supplychain.frepple.resources import Pools
from supplychain.frepple.routes import Routes
from supplychain.frepple.supply import (
    UNKNOWN,
    Option,
    Suppliers,
    lane_options,
    make_options,
    ranked,
    sourcing_options,
)
from supplychain.schema import STANDARD, TABLES, Column


def import_frepple(
    records: list[dict[str, object]], options: FreppleOptions | None = None
) -> FreppleImport:
    """Turn the records of a dump into the tables of the data contract.

    The frames satisfy the contract: every name is known, no key is repeated, and every demand has
    a source. ``notes`` names, one line each and counted, what has no counterpart and what was
    settled. Raises DataError with every value that cannot be read.
    """
    check_fixture(records)
    notes = Notes()
    context = build_context(Dump(records, notes), options or FreppleOptions(), notes)
    parts = _read(context)
    rows = assemble(parts)
    context.dump.raise_problems()
    _note_rules(context)
    context.dump.note_unread()
    return FreppleImport(_frames(rows), notes.lines())


def _read(context: Context) -> Parts:
    pools, suppliers = Pools(context), Suppliers(context)
    routes = Routes(context)
    production = Production(context, routes.all(), pools)
    makes = without_cycles(context, production.makes())
    found = [
        *sourcing_options(context, suppliers),
        *lane_options(context, production.transports),
        *make_options(makes),
    ]
    stock = read_stock(context)
    receipts = Orders(context, makes, routes, suppliers, stock).receipts()
    lines = read_lines(context)
    open_lines = [line for line in lines if line.status != "closed"]
    open_lines, found = _supplied(context, suppliers, open_lines, found, makes, stock, receipts)
    if not open_lines:
        context.notes.add("no open sales order is left: the dataset has no demand")
    options = ranked(found)
    longest = max((make.lead_time for make in makes), default=0)
    return Parts(
        context=context,
        pools=pools,
        suppliers=suppliers,
        makes=makes,
        options=options,
        lines=open_lines,
        closed=[line for line in lines if line.status == "closed"],
        stock=stock,
        receipts=receipts,
        values=ItemValues(context, found, makes),
        periods=planned_periods(context, open_lines, options, longest),
    )


def _supplied(
    context: Context,
    suppliers: Suppliers,
    lines: list[Line],
    options: list[Option],
    makes: Sequence[Make],
    stock: dict[Place, float],
    receipts: Sequence[Receipt],
) -> tuple[list[Line], list[Option]]:
    """Demand that can be served, and the options with stand-ins where nothing replenishes."""
    wanted = [(line.item, line.location) for line in lines]
    if _wants_stand_ins(context):
        missing = Reach(options, makes).broken(wanted)
        options = [*options, *(_stand_in(suppliers, place) for place in missing)]
        for item, location in missing:
            message = (
                f"not replenished by anything, bought at once from {UNKNOWN!r}, as frePPLe does"
            )
            context.notes.add(message, f"{item} @ {location}")
    held = [place for place, quantity in stock.items() if quantity > 0]
    held += [(receipt.item, receipt.location) for receipt in receipts]
    served = Reach(options, makes).served(wanted, held)
    for line in lines:
        if (line.item, line.location) not in served:
            message = "sales orders that no source can serve, left out"
            context.notes.add(message, f"{line.name}: {line.item} @ {line.location}")
    return [line for line in lines if (line.item, line.location) in served], options


def _wants_stand_ins(context: Context) -> bool:
    chosen = context.options.unsupplied
    if chosen is None:
        return context.dump.parameter("plan.fixBrokenSupplyPath").lower() != "false"
    return chosen == "stand-in"


def _stand_in(suppliers: Suppliers, place: Place) -> Option:
    row: dict[str, object] = {"lead_time": 0, "unit_cost": None}
    supplier = suppliers.name(UNKNOWN)
    return Option("sourcing", place[0], place[1], supplier, STANDARD, (1, 0), None, None, row)


def _note_rules(context: Context) -> None:
    options, notes = context.options, context.notes
    bucket = options.bucket
    notes.add(f"times are whole {bucket}s: below half a {bucket} 0, else rounded up")
    notes.add(
        f"frePPLe has no prices: unit_revenue is {options.revenue_factor:g} x the item's cost, "
        f"backorder_cost {options.backorder_rate:g} x unit_revenue a week"
    )


def _frames(rows: Rows) -> dict[str, pd.DataFrame]:
    """Typed frames of all tables that have rows."""
    frames = {}
    for name, table in TABLES.items():
        if rows.get(name):
            raw = pd.DataFrame(rows[name])
            frames[name] = pd.DataFrame(
                {column.name: _typed(column, raw) for column in table.columns}
            )
    return frames


def _typed(column: Column, raw: pd.DataFrame) -> pd.Series:
    """A column in the type of the contract, its default where a row says nothing."""
    blank = pd.Series(None, index=raw.index, dtype=object)
    values = raw[column.name].astype(object) if column.name in raw else blank
    if column.type in ("date", "period"):
        return pd.to_datetime(values).astype("datetime64[us]")
    if column.default is not None:
        values = values.where(values.notna(), column.default)
    if column.type in ("number", "integer"):
        return pd.to_numeric(values).astype("float64")
    if column.type == "flag":
        return values.astype(bool)
    return values.where(values.notna(), "").astype("str")
