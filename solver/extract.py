"""From the values of a solution to the tables of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from solver.data import Flow, ModelData
from solver.levers.short_builds import ShortBuilds
from solver.levers.sourcing_rules import OrderSizes, PriceSteps
from solver.model import FLOWS, Model
from solver.program import Flags, Floats, Ints, LinearProgram

MOVES = ("reschedule", "cancel")  # blocks that change scheduled receipts
COSTS = ("purchase", "production", "freight", "holding", "backorder", "lost", "substitution",
         "price_reduction", "retrofit", "overtime", "rescheduling", "qualification", "contracts",
         "changes")  # fmt: skip
CAPACITY_ROWS = {"sourcing": "sourcing_capacity", "supplier_capacity": "supplier_capacity",
                 "lanes": "lane_capacity", "resources": "resources",
                 "production": "production_capacity"}  # fmt: skip
_NEAR = 1e-6  # share of an order within which it is whole lots but for the solver's rounding
_TINY = 1e-9  # share of an item's largest quantity below which one is the solver's rounding


Values = Mapping[str, Floats]


def extract(model: Model, values: Floats) -> dict[str, pd.DataFrame]:
    """All result tables of a solution, keyed by name; see the README for their columns."""
    clean = cleaned(model, values)
    data = model.data
    on_hand, arrivals, uses = _stock_flow(model, clean)
    tables = {
        "orders": _orders(model, clean),
        "transfers": _flow_table(data, data.transfers, clean["transfer"], "transfers"),
        "builds": _flow_table(data, data.builds, clean["build"], "builds"),
        "receipts": _receipts(data),
        "inventory": _inventory(data, on_hand, arrivals, uses),
        "deliveries": _deliveries(model, clean["serve"]),
        "service": _service(model, clean["serve"]),
        "closing": _closing(model, clean, on_hand),
        "capacity_use": _capacity_use(model, clean),
        **_lever_tables(model, clean),
    }
    return {**tables, "costs": _costs(model, tables, clean, on_hand)}


def _lever_tables(model: Model, clean: Values) -> dict[str, pd.DataFrame]:
    """Tables of all levers; those of the same name below each other."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for lever in model.levers:
        for name, table in lever.tables(clean).items():
            parts.setdefault(name, []).append(table)
    return {name: _joined(tables) for name, tables in parts.items()}


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def cleaned(model: Model, values: Floats) -> dict[str, Floats]:
    """Decisions without the solver's rounding: nothing negative, no dust, whole numbers whole."""
    program, clean = model.program, {}
    for name, block in program.column_blocks.items():
        part = np.maximum(values[block], 0.0)
        part = np.where(program.integer[block], np.round(part), part)
        item = _item_numbers(model, name, len(part))
        largest = np.zeros(int(item.max(initial=-1)) + 1)
        np.maximum.at(largest, item, part)
        part[part < _TINY * largest[item]] = 0.0
        clean[name] = part
    if sizes := model.lever(OrderSizes):
        whole, order = sizes.lot_size * clean["lots"], clean["order"][sizes.lot_column]
        near = np.abs(order - whole) <= _NEAR * np.maximum(whole, 1.0)
        clean["order"][sizes.lot_column] = np.where(near, whole, order)
    return clean


def _item_numbers(model: Model, name: str, count: int) -> Ints:
    """A number for the item of every variable of a flow; the same for all of another block."""
    if name == "serve":
        items, row = model.data.demand.table["item"], model.serve_row
    elif name in FLOWS:
        flow = model.flow(name)
        items, row = flow.options["item"], flow.option
    else:
        return np.zeros(count, np.int64)
    codes, _ = pd.factorize(items)
    return np.asarray(codes, dtype=np.int64)[row]


def _all_values(model: Model, clean: Values) -> Floats:
    """The values of all columns, in the order of the program."""
    flows = np.zeros(len(model.program.cost))
    for name, part in clean.items():
        flows[model.program.column_blocks[name]] = part
    return flows


def _stock_flow(model: Model, clean: Values) -> tuple[Floats, Floats, Floats]:
    """On hand, arrivals and uses by item-location and period, recomputed from the decisions.

    A substitute's use counts as use; what it replaces is no use. A receipt that is rescheduled or
    cancelled is no arrival where it was due.
    """
    data, program = model.data, model.program
    flows = _all_values(model, clean)
    block = program.row_blocks["balance"]
    in_balance = (program.rows >= block.start) & (program.rows < block.stop)
    in_balance &= ~_columns_of(program, ("on_hand",), program.columns)
    rows = program.rows[in_balance] - block.start
    columns = program.columns[in_balance]
    amounts = program.values[in_balance] * flows[columns]
    size, shape = len(data.pairs) * data.periods, (len(data.pairs), data.periods)
    saved = _columns_of(program, ("replace",), columns) & (amounts < 0)
    moved = _columns_of(program, MOVES, columns) & (amounts > 0)
    is_use = ((amounts > 0) | saved) & ~moved
    uses = np.bincount(rows, np.where(is_use, amounts, 0.0), size).astype(float).reshape(shape)
    received = np.bincount(rows, np.where(is_use, 0.0, -amounts), size).astype(float)
    arrivals = received.reshape(shape) + data.scheduled
    on_hand = data.opening[:, None] + np.cumsum(arrivals - uses, axis=1)
    return np.maximum(on_hand, 0.0), arrivals, uses


def _columns_of(program: LinearProgram, names: tuple[str, ...], columns: Ints) -> Flags:
    """Whether each of ``columns`` belongs to one of the blocks."""
    inside = np.zeros(len(columns), bool)
    for name in names:
        block = program.column_blocks.get(name, slice(0, 0))
        inside |= (columns >= block.start) & (columns < block.stop)
    return inside


def _orders(model: Model, clean: Values) -> pd.DataFrame:
    """Orders, with the price of their steps where the option has some."""
    data, flow = model.data, model.data.orders
    if not (steps := model.lever(PriceSteps)):
        return _flow_table(data, flow, clean["order"], "orders")
    sizes = clean["price_step"]
    paid, over = (np.bincount(steps.order, part * sizes, len(flow)).astype(float)
                  for part in (steps.unit_cost, steps.premium))  # fmt: skip
    return _flow_table(data, flow, clean["order"], "orders", paid, over)


def _flow_table(
    data: ModelData,
    flow: Flow,
    quantity: Floats,
    name: str,
    paid: Floats | float = 0.0,
    over: Floats | float = 0.0,
) -> pd.DataFrame:
    """Decisions of a flow; ``paid`` and ``over`` are cost and premium beyond those a unit."""
    used = np.flatnonzero(quantity > 0)
    keys = {"orders": ["item", "location", "supplier", "mode"],
            "transfers": ["item", "origin", "destination", "mode"],
            "builds": ["item", "location", "version"]}[name]  # fmt: skip
    table = flow.options[keys].iloc[flow.option[used]].reset_index(drop=True)
    calendar = data.network.calendar
    table["period"] = calendar.dates_of(flow.period[used])
    if name == "orders":
        table["dispatch"] = calendar.dates_of(flow.dispatch[used])
    table["receipt"] = calendar.dates_of(flow.receipt[used])
    table["quantity"] = quantity[used]
    cost = (flow.unit_cost * quantity + paid)[used]
    table["unit_cost"] = np.where(np.broadcast_to(paid, len(flow))[used] > 0,
                                  cost / quantity[used], flow.unit_cost[used])  # fmt: skip
    table["cost"] = cost
    table["premium"] = (flow.premium * quantity + over)[used]
    table["routine"] = flow.routine[used]
    return table.sort_values([*keys, "period"], ignore_index=True)


def _receipts(data: ModelData) -> pd.DataFrame:
    committed = data.committed
    columns = ["order_id", "line", "item", "location", "origin", "due"]
    table = committed.table[columns].reset_index(drop=True)
    table["dispatch"] = data.dates_or_blank(committed.dispatch)
    table["receipt"] = data.dates_or_blank(committed.receipt)
    table["quantity"] = committed.quantity
    return table


def _inventory(data: ModelData, on_hand: Floats, arrivals: Floats, uses: Floats) -> pd.DataFrame:
    count = len(data.pairs)
    table = data.pairs.loc[np.repeat(np.arange(count), data.periods)].reset_index(drop=True)
    table["period"] = np.tile(data.network.calendar.dates.to_numpy(), count)
    return table.assign(on_hand=on_hand.ravel(), arrivals=arrivals.ravel(), uses=uses.ravel())


def _deliveries(model: Model, serve: Floats) -> pd.DataFrame:
    used = np.flatnonzero(serve > 0)
    keys = ["item", "location", "period", "customer"]
    table = model.data.demand.table[keys].iloc[model.serve_row[used]].reset_index(drop=True)
    table["served"] = model.data.network.calendar.dates_of(model.serve_period[used])
    table["quantity"] = serve[used]
    return table


def _service(model: Model, serve: Floats) -> pd.DataFrame:
    """Every demand row of the dataset: units on time, late, lost and still open."""
    data = model.data
    demand = data.demand
    count = len(demand.table)
    on_time = (model.serve_period == demand.first[model.serve_row]) & (
        demand.due[model.serve_row] >= 0)  # fmt: skip
    prompt = np.bincount(model.serve_row[on_time], serve[on_time], count)
    late = np.bincount(model.serve_row[~on_time], serve[~on_time], count)
    quantity = demand.table["quantity"].to_numpy(dtype=float)
    unserved = np.maximum(quantity - prompt - late, 0.0)
    unserved[unserved < _TINY * quantity] = 0.0
    keys = ["item", "location", "period", "customer"]
    table = demand.table[[*keys, "quantity"]].assign(
        on_time=prompt, late=late, lost=np.where(demand.is_lost, unserved, 0.0),
        open=np.where(demand.is_lost, 0.0, unserved))  # fmt: skip
    stated = data.network.table("demand")[[*keys, "quantity"]]
    nothing = stated[stated["quantity"] == 0].assign(on_time=0.0, late=0.0, lost=0.0, open=0.0)
    return pd.concat([table, nothing]).sort_values(keys, ignore_index=True)


def _closing(model: Model, clean: Values, on_hand: Floats) -> pd.DataFrame:
    """Closing stock by item; receipts beyond the horizon less those rescheduled or cancelled."""
    data, program = model.data, model.program
    held = pd.Series(on_hand[:, -1]).groupby(data.pairs["item"].to_numpy()).sum()
    table = data.closing.assign(on_hand=held.reindex(data.closing.index))
    block, flows = program.row_blocks["closing"], _all_values(model, clean)
    gone = (program.rows >= block.start) & (program.rows < block.stop)
    gone &= _columns_of(program, MOVES, program.columns)
    left = np.bincount(program.rows[gone] - block.start, flows[program.columns[gone]], len(table))
    table["beyond"] = np.maximum(table["beyond"] - left, 0.0)
    counted = np.minimum(table["on_hand"] + table["beyond"], table["target"])
    table = table.assign(quantity=counted, value=counted * table["value"]).reset_index()
    return table[["item", "on_hand", "beyond", "target", "quantity", "value"]]


def _costs(
    model: Model, tables: dict[str, pd.DataFrame], clean: Values, on_hand: Floats
) -> pd.DataFrame:
    """Money by term; costs are positive, profit = revenue + closing - all costs."""
    spent = _spending(model, {**clean, "on_hand": on_hand.ravel()})
    service = _service_money(model, clean["serve"])
    terms = {"revenue": service.pop("revenue")}
    for name in COSTS:
        terms[name] = service[name] if name in service else spent.get(name, 0.0)
    terms["closing"] = float(tables["closing"]["value"].sum())
    paid = sum(terms[name] for name in COSTS)
    terms["profit"] = terms["revenue"] + terms["closing"] - paid
    terms["premium"] = spent["premium"]
    return pd.DataFrame({"term": list(terms), "amount": list(terms.values())})


def _spending(model: Model, clean: Values) -> dict[str, float]:
    """Cost of all decisions by term, and their premium."""
    total = {"premium": 0.0}
    for name, spending in model.spending.items():
        for part in spending:
            amount = float(part.unit_cost @ clean[name])
            total[part.term] = total.get(part.term, 0.0) + amount
            if len(part.premium):
                total["premium"] += float(part.premium @ clean[name])
    return total


def _service_money(model: Model, serve: Floats) -> dict[str, float]:
    """Revenue, backorder and lost cost of what is served and what is not."""
    data, demand = model.data, model.data.demand
    row, wait = model.serve_row, model.serve_period - demand.first[model.serve_row]
    prices = demand.table[["unit_revenue", "backorder_cost", "lost_cost"]]
    price, waiting, lost_cost = prices.to_numpy(dtype=float).T
    quantity = demand.table["quantity"].to_numpy(dtype=float)
    unserved = np.maximum(quantity - np.bincount(row, serve, len(quantity)), 0.0)
    unserved[unserved < _TINY * quantity] = 0.0
    end = np.where(demand.is_lost, demand.last, data.periods) - demand.first
    return {
        "revenue": float(price[row] @ serve),
        "backorder": float((waiting[row] * wait) @ serve + (waiting * end) @ unserved),
        "lost": float((lost_cost * demand.is_lost) @ unserved),
    }


def _capacity_use(model: Model, clean: Values) -> pd.DataFrame:
    """Limited capacities in use: capacity, what scheduled receipts take, what the plan takes.

    Receipts count as they are rescheduled. Overtime is no part of either: with it, more of a
    resource is used than its capacity.
    """
    data, program = model.data, model.program
    moved = _use(model, clean, MOVES)
    used = _use(model, clean, [name for name in clean if name not in (*MOVES, "overtime")])
    tables = []
    for kind, block in CAPACITY_ROWS.items():
        capacity, rows = data.capacities[kind], program.row_blocks[block]
        owner, period = np.nonzero(~np.isnan(capacity.capacity))
        table = pd.DataFrame({
            "kind": kind, "owner": np.array(capacity.owners, dtype=object)[owner],
            "period": data.network.calendar.dates_of(period),
            "capacity": capacity.capacity[owner, period],
            "committed": np.maximum(capacity.committed[owner, period] + moved[rows], 0.0),
            "used": used[rows],
        })  # fmt: skip
        tables.append(table[(table["used"] + table["committed"]) > 0])
    return pd.concat(tables, ignore_index=True).astype({"kind": "str", "owner": "str"})


def _use(model: Model, clean: Values, names: Iterable[str]) -> Floats:
    """What the blocks ``names`` take of every row of the program."""
    program = model.program
    flows = _all_values(model, {name: clean[name] for name in names if name in clean})
    return np.bincount(
        program.rows, program.values * flows[program.columns], program.shape[0]
    ).astype(float)


def resource_loads(model: Model, values: Floats) -> Floats:
    """Load of every resource by period, in units of its capacity (rows of ``resources``)."""
    data = model.data
    blocks = model.program.column_blocks
    columns, resource, per_unit = data.resource_use
    build = np.maximum(values[blocks["build"]], 0.0)
    if short := model.lever(ShortBuilds):
        np.add.at(build, short.build, np.maximum(values[blocks["short_build"]], 0.0))
    loads = np.zeros((len(data.network.table("resources")), data.periods))
    np.add.at(loads, (resource, data.builds.period[columns]), per_unit * build[columns])
    return loads
