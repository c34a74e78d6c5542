"""Candidates for actions: decisions of a response plan that the as-is plan does not make.

A decision is the use of a non-routine option (an order, transfer or build that nobody places
today), of a lever, or a reallocation: demand that is served less than in the as-is plan so that
other demand is served more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from solver.extract import cleaned
from solver.levers.qualification import Qualification
from solver.model import FLOWS, Model
from solver.plan import Plan
from solver.program import Floats, Ints, LinearProgram

LAST_TIME_BUY = "last-time buy"
_PLACES = {"order": ("supplier", "location"), "transfer": ("origin", "destination"),
           "build": ("location", "location")}  # fmt: skip
_TINY = 1e-6
_NOT_SUPPLY = ("closing", "budget", "demand", "floors", "contracts")


@dataclass(frozen=True)
class Candidate:
    """A decision, an estimate of its importance, and the program without it.

    ``columns`` are its variables in the program; none for a reallocation.
    """

    row: dict[str, object]
    estimate: float
    without: Callable[[LinearProgram], LinearProgram]
    columns: Ints


def candidates(as_is: Plan, response: Plan) -> list[Candidate]:
    """All decisions of ``response`` beyond ``as_is``, those that move most money first."""
    found = [*option_candidates(as_is, response), *_lever_candidates(response)]
    found += _last_time_buys(response)
    if not response.is_settled:
        found += _reallocations(as_is, response)
    return sorted(found, key=lambda candidate: -candidate.estimate)


def closing(columns: Ints) -> Callable[[LinearProgram], LinearProgram]:
    """The program in which nothing of ``columns`` may be decided."""

    def without(program: LinearProgram) -> LinearProgram:
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[columns] = upper[columns] = 0.0
        return program.derive(lower=lower, upper=upper)

    return without


def supply_values(response: Plan) -> Floats:
    """Price of all that one unit of every variable supplies: units, capacity, permission."""
    program = response.program
    supplies = program.values < 0
    for name in _NOT_SUPPLY:
        block = program.row_blocks.get(name, slice(0, 0))
        supplies &= (program.rows < block.start) | (program.rows >= block.stop)
    amount = np.abs(program.values * response.solution.row_prices[program.rows])
    return np.bincount(program.columns[supplies], amount[supplies], len(program.cost)).astype(float)


def _lever_candidates(response: Plan) -> Iterable[Candidate]:
    """Decisions of the levers."""
    model, values = response.model, response.solution.values
    by_block, value = cleaned(model, values), supply_values(response)
    calendar = model.data.network.calendar
    for lever in model.levers:
        for decision in lever.decisions(by_block):
            columns = np.concatenate([model.program.column_blocks[name].start + numbers
                                      for name, numbers in decision.columns.items()])  # fmt: skip
            first, last = int(decision.periods.min()), int(decision.periods.max())
            row = {**decision.row, "unit": _unit(model, str(decision.row["item"])),
                   "decide_by": calendar.date(first), "until": calendar.date(last)}  # fmt: skip
            yield Candidate(row, float(value[columns] @ values[columns]), closing(columns), columns)


def _last_time_buys(response: Plan) -> Iterable[Candidate]:
    """Last orders from options in use that end within the horizon."""
    model = response.model
    flow, calendar = model.data.orders, model.data.network.calendar
    block = model.program.column_blocks["order"]
    quantity, value = response.solution.values[block], supply_values(response)[block]
    ends = model.data.date_numbers(flow.options["available_to"], -1)[flow.option]
    last = flow.usable(False) & (flow.period == ends) & (quantity > _TINY)
    for column in np.flatnonzero(last).tolist():
        key = flow.options.iloc[flow.option[column]]
        date = calendar.date(int(flow.period[column]))
        row = {"kind": LAST_TIME_BUY, "item": key["item"], "quantity": float(quantity[column]),
               "unit": _unit(model, key["item"]), "origin": key["supplier"],
               "destination": key["location"], "mode": key["mode"], "decide_by": date,
               "until": date, "cost": float(flow.unit_cost[column] * quantity[column]),
               "premium": 0.0}  # fmt: skip
        columns = np.array([block.start + column])
        yield Candidate(row, float(value[column] * quantity[column]), closing(columns), columns)


def option_candidates(as_is: Plan, response: Plan) -> Iterable[Candidate]:
    """Non-routine options that the response uses."""
    model = response.model
    value = supply_values(response)
    for name in FLOWS:
        flow = model.flow(name)
        block = model.program.column_blocks[name]
        quantity = np.where(flow.usable(False), 0.0, response.solution.values[block])
        price = value[block]
        totals = np.bincount(flow.option, quantity, len(flow.options))
        for option in np.flatnonzero(totals > _TINY):
            columns = np.flatnonzero((flow.option == option) & (quantity > _TINY))
            row = _option_row(as_is, response, name, int(option), columns, quantity)
            closed = block.start + np.flatnonzero(flow.option == option)
            closed = np.concatenate([closed, _qualifications(model, name, int(option))])
            estimate = float(price[columns] @ quantity[columns])
            yield Candidate(row, estimate, closing(closed), closed)


def _qualifications(model: Model, name: str, option: int) -> Ints:
    """Variables of the qualification of a sourcing option."""
    lever = model.lever(Qualification)
    if lever is None or name != "order":
        return np.zeros(0, np.int64)
    start = model.program.column_blocks["qualify"].start
    return np.asarray(start + np.flatnonzero(lever.option == option))


def _option_row(
    as_is: Plan, response: Plan, name: str, option: int, columns: Ints, quantity: Floats
) -> dict[str, object]:
    model = response.model
    flow = model.flow(name)
    keys = flow.options.iloc[option]
    origin, destination = _PLACES[name]
    calendar = model.data.network.calendar
    kind = _order_kind(as_is, response, option, quantity) if name == "order" else name
    periods = flow.period[columns]
    return {
        "kind": kind, "item": keys["item"], "quantity": float(quantity[columns].sum()),
        "unit": _unit(model, keys["item"]), "origin": keys[origin],
        "destination": keys[destination],
        "mode": keys["mode"] if name != "build" else keys["version"],
        "decide_by": calendar.date(int(periods.min())), "until": calendar.date(int(periods.max())),
        "cost": float(flow.unit_cost[columns] @ quantity[columns]),
        "premium": float(flow.premium[columns] @ quantity[columns]),
    }  # fmt: skip


def _order_kind(as_is: Plan, response: Plan, option: int, quantity: Floats) -> str:
    """Order in addition, or a switch of mode or source where routine orders give way to it."""
    flow = response.model.flow("order")
    keys = flow.options.iloc[option]
    same = (flow.options["item"] == keys["item"]) & (flow.options["location"] == keys["location"])
    routine = (same & flow.options["routine"]).to_numpy()[flow.option]
    change = 0.0
    for plan, sign in ((as_is, 1.0), (response, -1.0)):
        values = plan.solution.values[plan.model.program.column_blocks["order"]]
        change += sign * float(values[routine].sum())
    if change < 0.5 * float(quantity[flow.option == option].sum()):
        return "order"
    from_same = same & flow.options["routine"] & (flow.options["supplier"] == keys["supplier"])
    return "switch mode" if from_same.any() else "switch source"


def _unit(model: Model, item: str) -> str:
    """Unit of an item; of what is no item, its capacity."""
    items = model.data.network.table("items")
    found = items.loc[items["item"] == item, "unit"]
    return str(found.iloc[0]) if len(found) else "of capacity"


def unserved(plan: Plan) -> Floats:
    """Unserved units of every demand row of a plan."""
    block = plan.model.program.column_blocks["unserved"]
    values = plan.solution.values[block]
    return np.asarray(values.reshape(-1, plan.model.options.slices).sum(axis=1))


def _reallocations(as_is: Plan, response: Plan) -> Iterable[Candidate]:
    """Items served less than in the as-is plan, with those that are served more."""
    data = response.model.data
    table = data.demand.table
    less = unserved(response) - unserved(as_is)
    less[np.abs(less) < _TINY * table["quantity"].to_numpy(dtype=float)] = 0.0
    gains = pd.Series(-less).clip(lower=0).groupby(table["item"].to_numpy()).sum()
    block = response.model.program.column_blocks["unserved"]
    limit = unserved(as_is)
    for item in sorted(table["item"].unique()):
        rows = np.flatnonzero((table["item"] == item).to_numpy() & (less > 0))
        if not len(rows):
            continue
        revenue = table["unit_revenue"].to_numpy(dtype=float)[rows] @ less[rows]
        row = _reallocation_row(table.iloc[rows], less[rows], gains, item)
        first = _first_change(as_is, response, item, int(data.demand.first[rows].min()))
        row["decide_by"] = data.network.calendar.date(first)
        row["unit"] = _unit(response.model, item)
        yield Candidate(row, float(revenue), keeping(block, rows, limit), np.zeros(0, np.int64))


def keeping(block: slice, rows: Ints, limit: Floats) -> Callable[[LinearProgram], LinearProgram]:
    """The program in which demand ``rows`` have ``limit`` unserved units at most, of one slice."""

    def without(program: LinearProgram) -> LinearProgram:
        upper = program.upper.copy()
        kept = block.start + rows
        upper[kept] = np.minimum(upper[kept], limit[rows] + _TINY * upper[kept])
        return program.derive(upper=upper)

    return without


def _first_change(as_is: Plan, response: Plan, item: str, due: int) -> int:
    """First period in which the response makes or moves less of ``item``, at the latest ``due``."""
    first = due
    for name in FLOWS:
        flow = response.model.flow(name)
        block = response.model.program.column_blocks[name]
        less = as_is.solution.values[block] - response.solution.values[block]
        of_item = (flow.options["item"] == item).to_numpy()[flow.option]
        periods = flow.period[of_item & (less > _TINY)]
        first = min(first, int(periods.min(initial=due)))
    return first


def _reallocation_row(
    rows: pd.DataFrame, less: Floats, gains: pd.Series, item: str
) -> dict[str, object]:
    winners = gains[gains > 0].sort_values(ascending=False).index[:3].tolist()
    places = ", ".join(sorted(rows["location"].unique()))
    return {
        "kind": "reallocation", "item": item, "quantity": float(less.sum()), "origin": places,
        "destination": ", ".join(winners) if winners else "not served",
        "mode": ", ".join(name for name in sorted(rows["customer"].unique()) if name),
        "decide_by": rows["period"].min(), "until": rows["period"].max(),
        "cost": 0.0, "premium": 0.0,
    }  # fmt: skip
