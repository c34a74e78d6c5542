"""From the values of a solution to the tables of a plan."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from solver.data import Flow, ModelData
from solver.model import FLOWS, Model, resource_use
from solver.program import Floats, Ints

_TINY = 1e-9  # share of an item's largest quantity below which one is the solver's rounding


class _Values(NamedTuple):
    order: Floats
    transfer: Floats
    build: Floats
    serve: Floats


def extract(model: Model, values: Floats) -> dict[str, pd.DataFrame]:
    """All result tables of a solution, keyed by name; see the README for their columns."""
    clean = _clean(model, values)
    data = model.data
    on_hand, arrivals, uses = _stock_flow(model, clean)
    service = _service(model, clean.serve)
    tables = {
        "orders": _flow_table(data, data.orders, clean.order, "orders"),
        "transfers": _flow_table(data, data.transfers, clean.transfer, "transfers"),
        "builds": _flow_table(data, data.builds, clean.build, "builds"),
        "receipts": _receipts(data),
        "inventory": _inventory(data, on_hand, arrivals, uses),
        "deliveries": _deliveries(model, clean.serve),
        "service": service,
        "closing": _closing(data, on_hand),
        "capacity_use": _capacity_use(model, clean),
    }
    return {**tables, "costs": _costs(model, tables, on_hand, clean.serve)}


def _clean(model: Model, values: Floats) -> _Values:
    """Decisions without the solver's rounding: nothing negative, no dust beside their item."""
    parts = []
    for name in (*FLOWS, "serve"):
        part = np.maximum(values[model.program.column_blocks[name]], 0.0)
        item = _item_numbers(model, name)
        largest = np.zeros(int(item.max(initial=-1)) + 1)
        np.maximum.at(largest, item, part)
        part[part < _TINY * largest[item]] = 0.0
        parts.append(part)
    return _Values(*parts)


def _item_numbers(model: Model, name: str) -> Ints:
    """A number for the item of every variable of a block."""
    if name == "serve":
        items, row = model.data.demand.table["item"], model.serve_row
    else:
        flow = model.flow(name)
        items, row = flow.options["item"], flow.option
    codes, _ = pd.factorize(items)
    return np.asarray(codes, dtype=np.int64)[row]


def _stock_flow(model: Model, clean: _Values) -> tuple[Floats, Floats, Floats]:
    """On hand, arrivals and uses by item-location and period, recomputed from the decisions."""
    data, program = model.data, model.program
    flows = np.zeros(len(program.cost))
    for name, part in clean._asdict().items():
        flows[program.column_blocks[name]] = part
    block = program.row_blocks["balance"]
    first_on_hand = program.column_blocks["on_hand"]
    outside = (program.columns < first_on_hand.start) | (program.columns >= first_on_hand.stop)
    in_balance = (program.rows >= block.start) & (program.rows < block.stop) & outside
    rows = program.rows[in_balance] - block.start
    amounts = program.values[in_balance] * flows[program.columns[in_balance]]
    size, shape = len(data.pairs) * data.periods, (len(data.pairs), data.periods)
    uses = np.bincount(rows, np.maximum(amounts, 0.0), size).astype(float).reshape(shape)
    received = np.bincount(rows, np.maximum(-amounts, 0.0), size).astype(float).reshape(shape)
    arrivals = received + data.scheduled
    on_hand = data.opening[:, None] + np.cumsum(arrivals - uses, axis=1)
    return np.maximum(on_hand, 0.0), arrivals, uses


def _flow_table(data: ModelData, flow: Flow, quantity: Floats, name: str) -> pd.DataFrame:
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
    table["unit_cost"] = flow.unit_cost[used]
    table["cost"] = flow.unit_cost[used] * quantity[used]
    table["premium"] = flow.premium[used] * quantity[used]
    table["routine"] = flow.routine[used]
    return table.sort_values([*keys, "period"], ignore_index=True)


def _dates_or_blank(data: ModelData, numbers: Ints) -> pd.Series:
    dates = pd.Series(data.network.calendar.dates_of(np.maximum(numbers, 0)))
    return dates.where(numbers >= 0)


def _receipts(data: ModelData) -> pd.DataFrame:
    committed = data.committed
    columns = ["order_id", "line", "item", "location", "origin", "due"]
    table = committed.table[columns].reset_index(drop=True)
    table["dispatch"] = _dates_or_blank(data, committed.dispatch)
    table["receipt"] = _dates_or_blank(data, committed.receipt)
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


def _closing(data: ModelData, on_hand: Floats) -> pd.DataFrame:
    held = pd.Series(on_hand[:, -1]).groupby(data.pairs["item"].to_numpy()).sum()
    table = data.closing.assign(on_hand=held.reindex(data.closing.index))
    counted = np.minimum(table["on_hand"] + table["beyond"], table["target"])
    table = table.assign(quantity=counted, value=counted * table["value"]).reset_index()
    return table[["item", "on_hand", "beyond", "target", "quantity", "value"]]


def _costs(
    model: Model, tables: dict[str, pd.DataFrame], on_hand: Floats, serve: Floats
) -> pd.DataFrame:
    """Money by term; costs are positive, profit = revenue + closing - all costs."""
    data, demand = model.data, model.data.demand
    row, wait = model.serve_row, model.serve_period - demand.first[model.serve_row]
    prices = demand.table[["unit_revenue", "backorder_cost", "lost_cost"]]
    price, waiting, lost_cost = prices.to_numpy(dtype=float).T
    quantity = demand.table["quantity"].to_numpy(dtype=float)
    unserved = np.maximum(quantity - np.bincount(row, serve, len(quantity)), 0.0)
    unserved[unserved < _TINY * quantity] = 0.0
    end = np.where(demand.is_lost, demand.last, data.periods) - demand.first
    terms = {
        "revenue": float(price[row] @ serve),
        "purchase": float(tables["orders"]["cost"].sum()),
        "production": float(tables["builds"]["cost"].sum()),
        "freight": float(tables["transfers"]["cost"].sum()),
        "holding": float(data.holding_cost @ on_hand.sum(axis=1)),
        "backorder": float((waiting[row] * wait) @ serve + (waiting * end) @ unserved),
        "lost": float((lost_cost * demand.is_lost) @ unserved),
        "closing": float(tables["closing"]["value"].sum()),
    }
    spent = sum(terms[name] for name in ("purchase", "production", "freight", "holding",
                                         "backorder", "lost"))  # fmt: skip
    terms["profit"] = terms["revenue"] + terms["closing"] - spent
    terms["premium"] = float(
        sum(tables[n]["premium"].sum() for n in ("orders", "transfers", "builds"))
    )
    return pd.DataFrame({"term": list(terms), "amount": list(terms.values())})


def _capacity_use(model: Model, clean: _Values) -> pd.DataFrame:
    """Limited capacities in use: capacity, what scheduled receipts take, what the plan takes."""
    data, program = model.data, model.program
    flows = np.zeros(len(program.cost))
    for name, part in clean._asdict().items():
        flows[program.column_blocks[name]] = part
    used = np.bincount(program.rows, program.values * flows[program.columns], program.shape[0])
    blocks = {"sourcing": "sourcing_capacity", "supplier_capacity": "supplier_capacity",
              "lanes": "lane_capacity", "resources": "resources",
              "production": "production_capacity"}  # fmt: skip
    tables = []
    for kind, block in blocks.items():
        capacity = data.capacities[kind]
        owner, period = np.nonzero(~np.isnan(capacity.capacity))
        table = pd.DataFrame({
            "kind": kind, "owner": np.array(capacity.owners, dtype=object)[owner],
            "period": data.network.calendar.dates_of(period),
            "capacity": capacity.capacity[owner, period],
            "committed": capacity.committed[owner, period],
            "used": used[program.row_blocks[block]],
        })  # fmt: skip
        tables.append(table[(table["used"] + table["committed"]) > 0])
    return pd.concat(tables, ignore_index=True).astype({"kind": "str", "owner": "str"})


def resource_loads(model: Model, values: Floats) -> Floats:
    """Load of every resource by period, in units of its capacity (rows of ``resources``)."""
    data = model.data
    columns, resource, per_unit = resource_use(data)
    build = np.maximum(values[model.program.column_blocks["build"]], 0.0)
    loads = np.zeros((len(data.network.table("resources")), data.periods))
    np.add.at(loads, (resource, data.builds.period[columns]), per_unit * build[columns])
    return loads
