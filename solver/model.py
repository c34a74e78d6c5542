"""The planning model: a linear program over item-locations and periods.

Sets
    i items, l locations, t = 0..T-1 periods; n = (i, l) the item-locations of the model;
    s sourcing options (item, location, supplier, mode), m lanes (item, origin, destination,
    mode), p production options (item, location, version); d demand rows; g supplier groups;
    r resources.

Data (table.column, unit)
    L lead time (lead_time, periods), TT transit time (sourcing.transit_time, periods),
    q[p,c] quantity_per (bom, units), a[p,r] per_unit (production_resources), b group_per_unit
    (sourcing, production), K capacities (capacity, a period) less what scheduled receipts take,
    R scheduled receipts by arrival (units), Q demand (demand.quantity, units), S opening stock
    (stock.quantity, units), W closing target (settings.closing_target x mean requirement, units).

Variables, all >= 0
    order[s,t]        units ordered in t, dispatched in t+L-TT, received in t+L
    transfer[m,t]     units dispatched in t, received in t+L
    build[p,t]        units started in t, usable in t+L
    on_hand[n,t]      units at the end of t
    serve[d,t]        units of demand row d served in t, from its due period to its deadline
    unserved[d,k]     units of d never served in slice k (lost at the deadline, or open at the end)
    closing[i]        units of closing stock that are valued

Equations, each a function of this module and a block of rows of the program
    (C1) balance             on_hand[n,t] = on_hand[n,t-1] + orders, transfers and builds received
                             + R[n,t] - components of builds started - served - transfers and
                             orders dispatched (from a supplier that makes the item);
                             on_hand[n,-1] = S[n]
    (C2) sourcing_capacity   sum order dispatched in t <= K[s,t]
    (C3) supplier_capacity   sum b order dispatched + b build started in t <= K[g,t]
    (C4) resources           sum a build started in t <= K[r,t];
         production_capacity sum build started in t <= K[p,t] (only where a disruption limits it)
    (C5) lane_capacity       sum transfer in t <= K[m,t]
    (C6)                     no variable exists before qualified_from, after available_to, outside
                             valid_from..valid_to, or for a receipt after the horizon
    (C8) demand              sum_t serve[d,t] + sum_k unserved[d,k] = Q[d]
    (C9) budget              sum premium * (order, transfer, build) <= budget
    (C11) closing            closing[i] <= sum_l on_hand[i,l,T-1] + receipts beyond the horizon;
                             closing[i] <= W[i]

Objective, money: revenue of what is served, less purchase, production, freight, holding,
backorder and lost cost, plus the value of closing stock. A unit of d served in t has waited
t - max(due, 0) periods; lost, until its deadline; open, until the end.

The multi-period formulation follows Voss and Woodruff (2006), Introduction to Computational
Optimization Models for Production Planning in a Supply Chain, chapters 3 to 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from solver.costs import supplier_makes
from solver.data import Capacity, Flow, ModelData, positions
from solver.program import Floats, Ints, LinearProgram, ProgramBuilder

FLOWS = ("order", "transfer", "build")
WAITING_TRACE = 1e-7  # of its revenue, for a unit that waits a period at no stated cost


@dataclass(frozen=True)
class ModelOptions:
    """What a model permits.

    ``transfers`` and ``alternates`` admit non-routine lanes, and non-routine sourcing and
    production; ``budget`` limits the premium (None: no limit); ``slices`` splits the unserved
    units of every demand row into so many equal parts.
    """

    transfers: bool = True
    alternates: bool = True
    budget: float | None = None
    slices: int = 1


@dataclass(frozen=True)
class Model:
    """The program of one network with what is needed to read its solution."""

    data: ModelData
    options: ModelOptions
    program: LinearProgram
    serve_row: Ints
    serve_period: Ints

    def flow(self, name: str) -> Flow:
        """The flow behind the block of variables ``name``."""
        return {"order": self.data.orders, "transfer": self.data.transfers,
                "build": self.data.builds}[name]  # fmt: skip


def build_model(data: ModelData, options: ModelOptions) -> Model:
    """Assemble the program of ``data``; the list of calls is the formulation above."""
    builder = ProgramBuilder()
    serve_row, serve_period = _serve_windows(data)
    _add_variables(builder, data, options, serve_row, serve_period)
    _balance(builder, data, serve_row, serve_period)
    _sourcing_capacity(builder, data)
    _supplier_capacity(builder, data)
    _resources(builder, data)
    _production_capacity(builder, data)
    _lane_capacity(builder, data)
    _demand(builder, data, options, serve_row)
    _budget(builder, data, options)
    _closing(builder, data)
    return Model(data, options, builder.freeze(), serve_row, serve_period)


def prompt_cost(model: Model) -> Floats:
    """The objective, less a trace where a unit is served late at no stated cost.

    So that, at equal money, what can be on time is on time. The trace is no money: the program of
    a plan, with which others compare their optimum, is without it.
    """
    demand, row = model.data.demand, model.serve_row
    stated = demand.table["backorder_cost"].to_numpy(dtype=float)
    trace = WAITING_TRACE * demand.table["unit_revenue"].to_numpy(dtype=float)
    late = (model.serve_period - demand.first[row]) * np.where(stated > 0, 0.0, trace)[row]
    cost = model.program.cost.copy()
    cost[model.program.column_blocks["serve"]] -= late
    return cost


def _serve_windows(data: ModelData) -> tuple[Ints, Ints]:
    """Demand row and period of every serve variable."""
    demand = data.demand
    lengths = demand.last - demand.first + 1
    row = np.repeat(np.arange(len(lengths)), lengths)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return row, demand.first[row] + offset


def _add_variables(
    builder: ProgramBuilder, data: ModelData, options: ModelOptions, row: Ints, period: Ints
) -> None:
    permitted = {"order": options.alternates, "transfer": options.transfers,
                 "build": options.alternates}  # fmt: skip
    for name, flow in zip(FLOWS, (data.orders, data.transfers, data.builds), strict=True):
        upper = np.where(flow.routine | permitted[name], np.inf, 0.0)
        builder.add_columns(name, -flow.unit_cost, upper)
    builder.add_columns("on_hand", np.repeat(-data.holding_cost, data.periods))
    demand, table = data.demand, data.demand.table
    waiting = table["backorder_cost"].to_numpy(dtype=float)
    revenue = table["unit_revenue"].to_numpy(dtype=float)
    builder.add_columns("serve", revenue[row] - waiting[row] * (period - demand.first[row]))
    lost = demand.last - demand.first
    cost = np.where(demand.is_lost, waiting * lost + table["lost_cost"].to_numpy(dtype=float),
                    waiting * (data.periods - demand.first))  # fmt: skip
    quantity = table["quantity"].to_numpy(dtype=float) / options.slices
    builder.add_columns(
        "unserved", np.repeat(-cost, options.slices), np.repeat(quantity, options.slices)
    )
    builder.add_columns("closing", data.closing["value"].to_numpy(dtype=float),
                        data.closing["target"].to_numpy(dtype=float))  # fmt: skip


def _balance(builder: ProgramBuilder, data: ModelData, row: Ints, period: Ints) -> None:
    """(C1): what is on hand follows from what was, what comes in and what goes out."""
    horizon, count = data.periods, len(data.pairs)
    supply = data.scheduled.copy()
    supply[:, 0] += data.opening
    builder.add_rows("balance", supply.ravel(), supply.ravel())
    cells = np.arange(count * horizon)
    builder.add_entries("balance", cells, "on_hand", cells, 1.0)
    later = cells[cells % horizon != 0]
    builder.add_entries("balance", later, "on_hand", later - 1, -1.0)
    for name, flow, place in zip(
        FLOWS, (data.orders, data.transfers, data.builds), ("location", "destination", "location"),
        strict=True,
    ):  # fmt: skip
        pair = positions(data.pair_index, flow.options["item"], flow.options[place])
        columns = np.arange(len(flow))
        builder.add_entries(
            "balance", pair[flow.option] * horizon + flow.receipt, name, columns, -1.0
        )
    serve = np.arange(len(row))
    builder.add_entries("balance", data.demand.pair[row] * horizon + period, "serve", serve, 1.0)
    _balance_dispatch(builder, data)
    _balance_components(builder, data)


def _balance_dispatch(builder: ProgramBuilder, data: ModelData) -> None:
    """Outflow of (C1): transfers leave their origin, orders the stock of a supplier that makes."""
    lanes, sourcing = data.transfers, data.orders
    origin = positions(data.pair_index, lanes.options["item"], lanes.options["origin"])
    builder.add_entries("balance", origin[lanes.option] * data.periods + lanes.dispatch,
                        "transfer", np.arange(len(lanes)), 1.0)  # fmt: skip
    supplier = positions(data.pair_index, sourcing.options["item"], sourcing.options["supplier"])
    supplier = np.where(supplier_makes(data.network, sourcing.options), supplier, -1)
    columns = np.flatnonzero(supplier[sourcing.option] >= 0)
    rows = supplier[sourcing.option[columns]] * data.periods + sourcing.dispatch[columns]
    builder.add_entries("balance", rows, "order", columns, 1.0)


def _balance_components(builder: ProgramBuilder, data: ModelData) -> None:
    """Outflow of (C1): components of builds started, by the BOM valid in that period."""
    builds = data.builds
    columns_of = np.argsort(builds.option, kind="stable")
    start = np.searchsorted(builds.option[columns_of], np.arange(len(builds.options) + 1))
    option = data.bom["option"].to_numpy(dtype=np.int64)
    lengths = start[option + 1] - start[option]
    entry = np.repeat(np.arange(len(option)), lengths)
    offset = np.arange(len(entry)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    columns = columns_of[start[option[entry]] + offset]
    period = builds.period[columns]
    pair = positions(data.pair_index, data.bom["component"], data.bom["location"])[entry]
    first, last = (data.bom[name].to_numpy(dtype=np.int64)[entry] for name in ("first", "last"))
    used = (period >= first) & (period <= last)
    quantity_per = data.bom["quantity_per"].to_numpy(dtype=float)[entry]
    builder.add_entries("balance", (pair * data.periods + period)[used], "build", columns[used],
                        quantity_per[used])  # fmt: skip


def _limit(
    builder: ProgramBuilder,
    name: str,
    capacity: Capacity,
    uses: list[tuple[str, Ints, Ints, Ints, Floats | float]],
) -> None:
    """Rows use <= capacity left, for the limited (owner, period); uses are (block, columns, owner,
    period, units of capacity for one unit)."""
    limited = ~np.isnan(capacity.capacity)
    row_of = np.full(limited.shape, -1, np.int64)
    row_of[limited] = np.arange(int(limited.sum()))
    left = capacity.left[limited]
    builder.add_rows(name, np.full(len(left), -np.inf), left)
    for block, columns, owner, period, per_unit in uses:
        rows = row_of[owner, period]
        inside = rows >= 0
        values = np.broadcast_to(np.asarray(per_unit, dtype=float), len(columns))
        builder.add_entries(name, rows[inside], block, columns[inside], values[inside])


def _own_use(block: str, flow: Flow) -> tuple[str, Ints, Ints, Ints, Floats | float]:
    owner = flow.options["row"].to_numpy(dtype=np.int64)[flow.option]
    return block, np.arange(len(flow)), owner, flow.dispatch, 1.0


def _sourcing_capacity(builder: ProgramBuilder, data: ModelData) -> None:
    """(C2): dispatch of one option within its own capacity."""
    use = _own_use("order", data.orders)
    _limit(builder, "sourcing_capacity", data.capacities["sourcing"], [use])


def _supplier_capacity(builder: ProgramBuilder, data: ModelData) -> None:
    """(C3): dispatch and builds of all items of a supplier's group within its capacity."""
    capacity = data.capacities["supplier_capacity"]
    row_of = {owner: row for row, owner in enumerate(capacity.owners)}
    uses: list[tuple[str, Ints, Ints, Ints, Floats | float]] = []
    for block, flow, owner in (
        ("order", data.orders, "supplier"),
        ("build", data.builds, "location"),
    ):
        names = flow.options[owner].astype("str") + "|" + flow.options["group"].astype("str")
        group = np.array([row_of.get(name, -1) for name in names], np.int64)[flow.option]
        columns = np.flatnonzero(group >= 0)
        per_unit = flow.options["group_per_unit"].to_numpy(dtype=float)[flow.option]
        period = flow.dispatch if block == "order" else flow.period
        uses.append((block, columns, group[columns], period[columns], per_unit[columns]))
    _limit(builder, "supplier_capacity", capacity, uses)


def _resources(builder: ProgramBuilder, data: ModelData) -> None:
    """(C4): builds started within the capacity of their resources."""
    columns, resource, per_unit = resource_use(data)
    use = ("build", columns, resource, data.builds.period[columns], per_unit)
    _limit(builder, "resources", data.capacities["resources"], [use])


def resource_use(data: ModelData) -> tuple[Ints, Ints, Floats]:
    """Build variable, resource and capacity units of every use of a resource by a build."""
    detail = data.network.table("production_resources")
    options = data.builds.options[["item", "location", "version"]].reset_index(names="option")
    rows = detail.merge(options, on=["item", "location", "version"])
    resources = data.network.table("resources")["resource"]
    number = rows["resource"].map({name: n for n, name in enumerate(resources)})
    builds = data.builds
    pairs = rows.assign(number=number)[["option", "number", "per_unit"]].merge(
        _columns_by_option(builds), on="option")  # fmt: skip
    return (pairs["column"].to_numpy(dtype=np.int64), pairs["number"].to_numpy(dtype=np.int64),
            pairs["per_unit"].to_numpy(dtype=float))  # fmt: skip


def _columns_by_option(flow: Flow) -> pd.DataFrame:
    return pd.DataFrame({"option": flow.option, "column": np.arange(len(flow))})


def _production_capacity(builder: ProgramBuilder, data: ModelData) -> None:
    """(C4): builds started within a limit that a disruption puts on a production option."""
    use = _own_use("build", data.builds)
    _limit(
        builder,
        "production_capacity",
        data.capacities["production"],
        [use],
    )


def _lane_capacity(builder: ProgramBuilder, data: ModelData) -> None:
    """(C5): transfers dispatched within the capacity of their lane."""
    _limit(
        builder, "lane_capacity", data.capacities["lanes"], [_own_use("transfer", data.transfers)]
    )


def _demand(builder: ProgramBuilder, data: ModelData, options: ModelOptions, row: Ints) -> None:
    """(C8): every unit of demand is served or counted as unserved."""
    quantity = data.demand.table["quantity"].to_numpy(dtype=float)
    builder.add_rows("demand", quantity, quantity)
    builder.add_entries("demand", row, "serve", np.arange(len(row)), 1.0)
    slices = np.repeat(np.arange(len(quantity)), options.slices)
    builder.add_entries("demand", slices, "unserved", np.arange(len(slices)), 1.0)


def _budget(builder: ProgramBuilder, data: ModelData, options: ModelOptions) -> None:
    """(C9): premium within the budget."""
    limit = np.inf if options.budget is None else options.budget
    builder.add_rows("budget", np.array([-np.inf]), np.array([limit]))
    for name, flow in zip(FLOWS, (data.orders, data.transfers, data.builds), strict=True):
        columns = np.flatnonzero(flow.premium)
        builder.add_entries("budget", np.zeros(len(columns), np.int64), name, columns,
                            flow.premium[columns])  # fmt: skip


def _closing(builder: ProgramBuilder, data: ModelData) -> None:
    """(C11): closing stock counts as far as it is there."""
    beyond = data.closing["beyond"].to_numpy(dtype=float)
    builder.add_rows("closing", np.full(len(beyond), -np.inf), beyond)
    items = np.arange(len(beyond))
    builder.add_entries("closing", items, "closing", items, 1.0)
    item_of_pair = data.closing.index.get_indexer(pd.Index(data.pairs["item"]))
    pairs = np.arange(len(data.pairs))
    builder.add_entries("closing", item_of_pair, "on_hand", (pairs + 1) * data.periods - 1, -1.0)
