"""The planning model: a mixed-integer linear program over item-locations and periods.

Sets
    i items, l locations, t = 0..T-1 periods; n = (i, l) the item-locations of the model;
    s sourcing options (item, location, supplier, mode), m lanes (item, origin, destination,
    mode), p production options (item, location, version); d demand rows; g supplier groups;
    r resources; a approved substitutes; h kinds of short build (product, component, location,
    version); o parts of scheduled receipts; k steps.

Data (table.column, unit)
    L lead time (lead_time, periods), TT transit time (sourcing.transit_time, periods),
    q[p,c] quantity_per (bom, units), a[p,r] per_unit (production_resources), b group_per_unit
    (sourcing, production), K capacities (capacity, a period) less what scheduled receipts take,
    R scheduled receipts by arrival (units), Q demand (demand.quantity, units), S opening stock
    (stock.quantity, units), W closing target (settings.closing_target x mean requirement, units).
    The tables of the levers are named with their equations.

Variables, all >= 0; those marked * are whole numbers
    order[s,t]        units ordered in t, dispatched in t+L-TT, received in t+L
    transfer[m,t]     units dispatched in t, received in t+L
    build[p,t]        units started in t, usable in t+L
    on_hand[n,t]      units at the end of t
    serve[d,t]        units of demand row d served in t, from its due period to its deadline
    unserved[d,k]     units of d never served in slice k (lost at the deadline, or open at the end)
    closing[i]        units of closing stock that are valued
    lots*[s,t], ordering*[s,t], price_step[s,t,k], not_taken[contract], qualify*[s,t],
    replace[a,p,t], short_build[h,t], retrofit[h,t], parked[h,t], overtime[r,k,t], running*[p,t],
    reschedule[o,t], cancel[o], increase, decrease; and missed_..., frozen_...: by how much a rule
    is missed

Equations, each a function of this module or a method of :mod:`solver.levers`, and a block of rows
    (C1) balance             on_hand[n,t] = on_hand[n,t-1] + orders, transfers, builds, retrofits
                             and rescheduled receipts received + R[n,t] - components of builds,
                             short builds and retrofits, with substitutes in their place - served
                             - transfers and orders dispatched (from a supplier that makes the
                             item) - receipts rescheduled or cancelled; on_hand[n,-1] = S[n]
    (C2) sourcing_capacity   sum order dispatched in t <= K[s,t]
    (C3) supplier_capacity   sum b order dispatched + b build started in t <= K[g,t]
    (C4) resources           sum a build started in t <= K[r,t] + sum_k overtime[r,k,t];
         production_capacity sum build started in t <= K[p,t] (only where a disruption limits it)
    (C5) lane_capacity       sum transfer in t <= K[m,t]
    (C6) qualified           order[s,t] <= M sum qualify[s, up to t - qualification_time];
         one_start           sum_t qualify[s,t] <= 1; and no variable exists before qualified_from,
                             after available_to, outside valid_from..valid_to, or for a receipt
                             after the horizon
    (C7) lot_size            order[s,t] = lot_size lots[s,t]
         minimum_order       moq ordering[s,t] <= order[s,t] <= M ordering[s,t] (largest_order)
         max_share           sum_t order[s,t] <= max_share x that of all options of (i, l)
         min_share           the same from below, while undisrupted, + missed_share
         contracts           orders in its validity + not_taken >= volume of a contract
         price_steps         order[s,t] = sum_k price_step[s,t,k], each within its width
    (C8) demand              sum_t serve[d,t] + sum_k unserved[d,k] = Q[d]
         floors              sum unserved of a floor <= (1 - share) x its demand + missed_floor
         plant_spread        use of the most used plant - of the least used <= spread
                             + missed_spread (most_used, least_used)
    (C9) budget              sum premium <= budget
    (C10) frozen             decision = that of the last plan + missed, in frozen periods;
          changes            decision = that of the last plan + increase - decrease; what the last
                             plan decided and no variable can repeat is gone, at the same price
    (C11) closing            closing[i] <= sum_l on_hand[i,l,T-1] + receipts beyond the horizon;
                             closing[i] <= W[i]
    (C12) replaced           sum_a replace of c <= q[p,c] build[p,t] + sum_a ratio replace by c
    (C13) version_share      sum_t build[p,t] <= max_share x that of all versions of (i, l)
    (C14) parked             parked[h,t] = parked[h,t-1] + short builds ready - retrofits started;
          places             sum_h parked[h,t] <= places
    (C15) smallest_run       min_run running[p,t] <= build[p,t] <= M running[p,t] (largest_run)
    (C16) rescheduled        sum_t reschedule[o,t] + cancel[o] <= units of the part
    In (C2) to (C5), (C8) and (C13) to (C15) short builds count as builds of their version.

Objective, money: revenue of what is served, less the cost of every decision, holding, backorder
and lost cost, plus the value of closing stock. A unit of d served in t has waited t - max(due, 0)
periods; lost, until its deadline; open, until the end. Beside the money, in no figure: missed
rules at settings.rule_penalty, and CLASS_WEIGHT largest revenues for every priority class that an
unserved unit is above the last.

The multi-period formulation follows Voss and Woodruff (2006), Introduction to Computational
Optimization Models for Production Planning in a Supply Chain, chapters 3 to 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import pandas as pd

from solver.building import ModelBuilder, Spending, ranges
from solver.costs import supplier_makes
from solver.data import Capacity, Flow, ModelData, positions
from solver.levers.allocation import Floors, PlantSpread
from solver.levers.base import Lever
from solver.levers.production_rules import Overtime, SmallestRuns, VersionShares
from solver.levers.qualification import Qualification
from solver.levers.rescheduling import Rescheduling
from solver.levers.short_builds import ShortBuilds
from solver.levers.sourcing_rules import Contracts, OrderSizes, PriceSteps, SourcingShares
from solver.levers.stability import Stability
from solver.levers.substitution import Substitution
from solver.options import ModelOptions
from solver.program import Floats, Ints, LinearProgram

FLOWS = ("order", "transfer", "build")
TERMS = {"order": "purchase", "transfer": "freight", "build": "production"}
WAITING_TRACE = 1e-7  # of its revenue, for a unit that waits a period at no stated cost
L = TypeVar("L")
MISSES = ("missed_", "frozen_")  # blocks of slacks
CLASS_WEIGHT = 10.0  # largest revenues that a priority class is above the next


@dataclass(frozen=True)
class Model:
    """The program of one network with what is needed to read its solution."""

    data: ModelData
    options: ModelOptions
    program: LinearProgram
    serve_row: Ints
    serve_period: Ints
    levers: tuple[Lever, ...]
    spending: dict[str, tuple[Spending, ...]]

    def flow(self, name: str) -> Flow:
        """The flow behind the block of variables ``name``."""
        return self.data.flow(name)

    @cached_property
    def money(self) -> Floats:
        """The objective in money alone: without the weights of classes and of missed rules."""
        cost = self.program.cost.copy()
        for name, block in self.program.column_blocks.items():
            if name.startswith(MISSES):
                cost[block] = 0.0
        if self.options.priorities:
            weight = np.repeat(class_weight(self.data), self.options.slices)
            cost[self.program.column_blocks["unserved"]] += weight
        return cost

    def lever(self, kind: type[L]) -> L | None:
        """The lever of this kind, if the model has it."""
        return next((lever for lever in self.levers if isinstance(lever, kind)), None)


def build_model(data: ModelData, options: ModelOptions) -> Model:
    """Assemble the program of ``data``; the list of calls is the formulation above."""
    builder = ModelBuilder(penalty=data.rule_penalty)
    serve_row, serve_period = _serve_windows(data)
    levers = _levers(data, options)
    _add_variables(builder, data, options, serve_row, serve_period)
    for lever in levers:
        lever.add_columns(builder)
    _balance(builder, data, serve_row, serve_period)
    _sourcing_capacity(builder, data)
    _supplier_capacity(builder, data)
    _resources(builder, data)
    _production_capacity(builder, data)
    _lane_capacity(builder, data)
    _demand(builder, data, options, serve_row)
    _closing(builder, data)
    for lever in levers:
        lever.add_rows(builder)
    _budget(builder, options)
    return Model(data, options, builder.freeze(), serve_row, serve_period, levers, builder.spending)


LEVERS: tuple[tuple[type[Lever], tuple[str, ...]], ...] = (
    (OrderSizes, ("sourcing.lot_size", "sourcing.moq")),
    (SourcingShares, ("sourcing.min_share", "sourcing.max_share")),
    (Contracts, ("contracts.contract",)),
    (PriceSteps, ("price_steps.step",)),
    (Qualification, ("sourcing.qualification_time", "sourcing.qualification_cost")),
    (Substitution, ("substitutes.item",)),
    (Overtime, ("overtime.resource",)),
    (VersionShares, ("production.max_share",)),
    (SmallestRuns, ("production.min_run",)),
    (Floors, ("floors.brand",)),
    (PlantSpread, ("resources.capacity",)),
    (Rescheduling, ("scheduled_receipts.expedite_cost", "scheduled_receipts.cancel_cost")),
    (Stability, ("demand.item",)),
    (ShortBuilds, ("short_builds.item",)),
)
"""Levers and the columns of which one has to say something, for there to be anything to decide.

Short builds come last, as they take what the others ask of builds.
"""


def _levers(data: ModelData, options: ModelOptions) -> tuple[Lever, ...]:
    """The levers that the dataset speaks of."""
    return tuple(
        kind.of(data, options)
        for kind, needs in LEVERS
        if any(data.network.table(table)[column].notna().any()
               for table, column in (name.split(".") for name in needs))
    )  # fmt: skip


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
    return ranges(demand.first, demand.last - demand.first + 1)


def _add_variables(
    builder: ModelBuilder, data: ModelData, options: ModelOptions, row: Ints, period: Ints
) -> None:
    permitted = {"order": options.alternates, "transfer": options.transfers,
                 "build": options.alternates}  # fmt: skip
    for name, term in TERMS.items():
        flow = data.flow(name)
        upper = np.where(flow.usable(permitted[name], options.repeats), np.inf, 0.0)
        spending = [Spending(term, flow.unit_cost, flow.premium)]
        if name == "build":
            spending.append(Spending("price_reduction", data.price_reduction))
        builder.add_decisions(name, *spending, upper=upper)
    holding = Spending("holding", np.repeat(data.holding_cost, data.periods))
    builder.add_decisions("on_hand", holding)
    demand, table = data.demand, data.demand.table
    waiting = table["backorder_cost"].to_numpy(dtype=float)
    revenue = table["unit_revenue"].to_numpy(dtype=float)
    builder.add_columns("serve", revenue[row] - waiting[row] * (period - demand.first[row]))
    _add_unserved(builder, data, options)
    builder.add_columns("closing", data.closing["value"].to_numpy(dtype=float),
                        data.closing["target"].to_numpy(dtype=float))  # fmt: skip


def class_weight(data: ModelData) -> Floats:
    """Weight of one unserved unit of every demand row for its priority class; no money."""
    return np.asarray(CLASS_WEIGHT * data.largest_revenue * data.class_rank)


def _add_unserved(builder: ModelBuilder, data: ModelData, options: ModelOptions) -> None:
    """Unserved units with their cost and, beside the money, the weight of their class."""
    demand, table = data.demand, data.demand.table
    waiting = table["backorder_cost"].to_numpy(dtype=float)
    lost = demand.last - demand.first
    cost = np.where(demand.is_lost, waiting * lost + table["lost_cost"].to_numpy(dtype=float),
                    waiting * (data.periods - demand.first))  # fmt: skip
    if options.priorities:
        cost = cost + class_weight(data)
    quantity = table["quantity"].to_numpy(dtype=float) / options.slices
    builder.add_columns(
        "unserved", np.repeat(-cost, options.slices), np.repeat(quantity, options.slices)
    )


def _balance(builder: ModelBuilder, data: ModelData, row: Ints, period: Ints) -> None:
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


def _balance_dispatch(builder: ModelBuilder, data: ModelData) -> None:
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


def _balance_components(builder: ModelBuilder, data: ModelData) -> None:
    """Outflow of (C1): components of builds started, by the BOM valid in that period."""
    use = data.component_use
    cells = (use["pair"] * data.periods + use["period"]).to_numpy(dtype=np.int64)
    columns = use["column"].to_numpy(dtype=np.int64)
    builder.add_entries("balance", cells, "build", columns,
                        use["quantity_per"].to_numpy(dtype=float))  # fmt: skip


def _limit(
    builder: ModelBuilder,
    name: str,
    capacity: Capacity,
    uses: list[tuple[str, Ints, Ints, Ints, Floats | float]],
) -> None:
    """Rows use <= capacity left, for the limited (owner, period); uses are (block, columns, owner,
    period, units of capacity for one unit)."""
    builder.add_limits(name, capacity.left[~np.isnan(capacity.capacity)])
    for block, columns, owner, period, per_unit in uses:
        rows = capacity.rows_of(owner, period)
        inside = rows >= 0
        values = np.broadcast_to(np.asarray(per_unit, dtype=float), len(columns))
        builder.add_entries(name, rows[inside], block, columns[inside], values[inside])


def _own_use(block: str, flow: Flow) -> tuple[str, Ints, Ints, Ints, Floats | float]:
    owner = flow.options["row"].to_numpy(dtype=np.int64)[flow.option]
    return block, np.arange(len(flow)), owner, flow.dispatch, 1.0


def _sourcing_capacity(builder: ModelBuilder, data: ModelData) -> None:
    """(C2): dispatch of one option within its own capacity."""
    use = _own_use("order", data.orders)
    _limit(builder, "sourcing_capacity", data.capacities["sourcing"], [use])


def _supplier_capacity(builder: ModelBuilder, data: ModelData) -> None:
    """(C3): dispatch and builds of all items of a supplier's group within its capacity."""
    uses: list[tuple[str, Ints, Ints, Ints, Floats | float]] = []
    for block, flow, group, period in (
        ("order", data.orders, data.order_group, data.orders.dispatch),
        ("build", data.builds, data.build_group, data.builds.period),
    ):
        per_unit = flow.options["group_per_unit"].to_numpy(dtype=float)[flow.option]
        uses.append((block, np.arange(len(flow)), group[flow.option], period, per_unit))
    _limit(builder, "supplier_capacity", data.capacities["supplier_capacity"], uses)


def _resources(builder: ModelBuilder, data: ModelData) -> None:
    """(C4): builds started within the capacity of their resources."""
    columns, resource, per_unit = data.resource_use
    use = ("build", columns, resource, data.builds.period[columns], per_unit)
    _limit(builder, "resources", data.capacities["resources"], [use])


def _production_capacity(builder: ModelBuilder, data: ModelData) -> None:
    """(C4): builds started within a limit that a disruption puts on a production option."""
    use = _own_use("build", data.builds)
    _limit(builder, "production_capacity", data.capacities["production"], [use])


def _lane_capacity(builder: ModelBuilder, data: ModelData) -> None:
    """(C5): transfers dispatched within the capacity of their lane."""
    _limit(
        builder, "lane_capacity", data.capacities["lanes"], [_own_use("transfer", data.transfers)]
    )


def _demand(builder: ModelBuilder, data: ModelData, options: ModelOptions, row: Ints) -> None:
    """(C8): every unit of demand is served or counted as unserved."""
    quantity = data.demand.table["quantity"].to_numpy(dtype=float)
    builder.add_rows("demand", quantity, quantity)
    builder.add_entries("demand", row, "serve", np.arange(len(row)), 1.0)
    slices = np.repeat(np.arange(len(quantity)), options.slices)
    builder.add_entries("demand", slices, "unserved", np.arange(len(slices)), 1.0)


def _budget(builder: ModelBuilder, options: ModelOptions) -> None:
    """(C9): premium of all decisions within the budget."""
    builder.add_limits("budget", np.array([np.inf if options.budget is None else options.budget]))
    for name, spending in builder.spending.items():
        for part in spending:
            columns = np.flatnonzero(part.premium)
            builder.add_entries("budget", np.zeros(len(columns), np.int64), name, columns,
                                part.premium[columns])  # fmt: skip


def _closing(builder: ModelBuilder, data: ModelData) -> None:
    """(C11): closing stock counts as far as it is there."""
    beyond = data.closing["beyond"].to_numpy(dtype=float)
    builder.add_limits("closing", beyond)
    items = np.arange(len(beyond))
    builder.add_entries("closing", items, "closing", items, 1.0)
    item_of_pair = data.closing.index.get_indexer(pd.Index(data.pairs["item"]))
    pairs = np.arange(len(data.pairs))
    builder.add_entries("closing", item_of_pair, "on_hand", (pairs + 1) * data.periods - 1, -1.0)
