"""The decisions that a response plan adds to the as-is plan, each with what it is worth.

A decision is the use of a non-routine option (an order, transfer or build that nobody places
today), or a reallocation: demand that is served less than in the as-is plan so that other demand
is served more. What it is worth is the money lost when the plan is solved again without it: with
the option closed, or with that demand served at least as in the as-is plan. Worths of decisions
that serve the same need do not add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from solver.model import FLOWS, Model
from solver.optimizer import SolverOptions, solve_again
from solver.plan import Plan
from solver.program import Floats, Ints, LinearProgram
from supplychain.errors import PlanError

COLUMNS = ("rank", "kind", "item", "quantity", "unit", "origin", "destination", "mode", "decide_by",
           "until", "cost", "premium", "worth", "method")  # fmt: skip
RESOLVED = "re-solved without it"
NOT_VALUED = "not valued"
_PLACES = {"order": ("supplier", "location"), "transfer": ("origin", "destination"),
           "build": ("location", "location")}  # fmt: skip
_TINY = 1e-6
_DUST = 1e-11  # share of the profit below which a difference is rounding


@dataclass(frozen=True)
class _Candidate:
    """A decision, an estimate of its importance, and the program without it."""

    row: dict[str, object]
    estimate: float
    without: Callable[[LinearProgram], LinearProgram]


def action_table(
    as_is: Plan, response: Plan, solver: SolverOptions, executor: Executor, candidates: int = 20
) -> pd.DataFrame:
    """Decisions of ``response`` beyond ``as_is``, most worth first.

    The ``candidates`` that move most money are valued by re-solving; the others follow with a
    blank worth, ranked by the money they move. ``executor`` runs the solves, which share memory
    with the caller: threads, not processes. Empty where one of the plans is none.
    """
    if "no plan" in (as_is.status, response.status):
        return pd.DataFrame(columns=list(COLUMNS))
    found = [*_option_candidates(as_is, response)]
    if not response.is_settled:
        found += _reallocations(as_is, response)
    found.sort(key=lambda candidate: -candidate.estimate)
    worths = _worths(response, found[:candidates], solver, executor)
    rows: list[dict[str, Any]] = []
    for candidate, worth in zip(found, worths, strict=False):
        method = NOT_VALUED if np.isnan(worth) else RESOLVED
        rows.append({**candidate.row, "worth": worth, "method": method})
    rows.sort(key=lambda row: -np.nan_to_num(float(row["worth"])))
    rows += [{**c.row, "worth": np.nan, "method": NOT_VALUED} for c in found[candidates:]]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.assign(rank=np.arange(1, len(table) + 1))


def lever_table(
    as_is: Plan, response: Plan, solver: SolverOptions, executor: Executor, items: int = 5
) -> pd.DataFrame:
    """What decisions are worth together: the money lost without any of them.

    Columns lever, item, premium (spent on it), worth. First every kind of response (alternates,
    transfers, reallocation), then all extra supply of the ``items`` that move most money. Where
    one decision can do the work of another each alone is worth little, both together much.
    """
    columns = ["lever", "item", "premium", "worth"]
    if "no plan" in (as_is.status, response.status):
        return pd.DataFrame(columns=columns)
    found = [_lever(response, "alternates", "", ("order", "build")),
             _lever(response, "transfers", "", ("transfer",))]  # fmt: skip
    every_row = np.arange(len(response.model.data.demand.table))
    kept = _keeping(response.program.column_blocks["unserved"], every_row, _unserved(as_is))
    row: dict[str, object] = {"lever": "reallocation", "item": "", "premium": 0.0}
    if not response.is_settled:
        found.append(_Candidate(row, 0.0, kept))
    value: dict[str, float] = {}
    for candidate in _option_candidates(as_is, response):
        item = str(candidate.row["item"])
        value[item] = value.get(item, 0.0) + candidate.estimate
    ranked = sorted(value, key=lambda item: -value[item])[:items]
    found += [_lever(response, "supply", item, FLOWS) for item in ranked]
    worths = _worths(response, found, solver, executor)
    rows = [{**c.row, "worth": worth} for c, worth in zip(found, worths, strict=True)]
    return pd.DataFrame(rows, columns=columns)


def _lever(response: Plan, lever: str, item: str, names: tuple[str, ...]) -> _Candidate:
    """All non-routine options of these blocks, of one item or ("") of all."""
    blocks, values = response.program.column_blocks, response.solution.values
    closed, premium = [np.zeros(0, np.int64)], 0.0
    for name in names:
        flow = response.model.flow(name)
        of_item = (flow.options["item"] == item).to_numpy() | (item == "")
        columns = np.flatnonzero(~flow.routine & of_item[flow.option])
        premium += float(flow.premium[columns] @ values[blocks[name]][columns])
        closed.append(blocks[name].start + columns)
    row: dict[str, object] = {"lever": lever, "item": item, "premium": premium}
    return _Candidate(row, 0.0, _closing(np.concatenate(closed)))


def _worths(
    response: Plan, found: list[_Candidate], solver: SolverOptions, executor: Executor
) -> list[float]:
    """Money lost without each candidate; NaN where the clock stopped the solve."""
    start, program = response.solution.basis, _valued_program(response)

    def objective(of: LinearProgram) -> float:
        try:
            return solve_again(of, start, solver).objective
        except PlanError:  # tight bounds and the solver's tolerance: say nothing rather than guess
            return np.nan

    with_all = objective(program) if response.is_settled else response.solution.objective
    without = executor.map(lambda candidate: objective(candidate.without(program)), found)
    dust = _DUST * max(1.0, abs(with_all))
    worths = [with_all - value for value in without]
    return [0.0 if abs(worth) < dust else worth for worth in worths]


def _valued_program(response: Plan) -> LinearProgram:
    """The program in which decisions are left out: that of the response plan.

    A response without reallocation has its service settled; there what a decision served may be
    lost, and nothing be served more instead.
    """
    if not response.is_settled:
        return response.program
    program = response.model.program
    lower = program.lower.copy()
    block = program.column_blocks["unserved"]
    lower[block] = np.minimum(response.solution.values[block], program.upper[block])
    return program.derive(lower=lower)


def _option_candidates(as_is: Plan, response: Plan) -> Iterable[_Candidate]:
    """Non-routine options that the response uses."""
    model = response.model
    for name in FLOWS:
        flow = model.flow(name)
        block = model.program.column_blocks[name]
        quantity = np.where(flow.routine, 0.0, response.solution.values[block])
        price = _receipt_prices(response, name)
        totals = np.bincount(flow.option, quantity, len(flow.options))
        for option in np.flatnonzero(totals > _TINY):
            columns = np.flatnonzero((flow.option == option) & (quantity > _TINY))
            row = _option_row(as_is, response, name, int(option), columns, quantity)
            closed = block.start + np.flatnonzero(flow.option == option)
            yield _Candidate(row, float(price[columns] @ quantity[columns]), _closing(closed))


def _closing(columns: Ints) -> Callable[[LinearProgram], LinearProgram]:
    def without(program: LinearProgram) -> LinearProgram:
        upper = program.upper.copy()
        upper[columns] = 0.0
        return program.derive(upper=upper)

    return without


def _receipt_prices(response: Plan, name: str) -> Floats:
    """Price of the item received, at its location and period, for every variable of a block."""
    model = response.model
    program = model.program
    block = program.column_blocks[name]
    prices = response.solution.row_prices
    inflow = (
        (program.columns >= block.start) & (program.columns < block.stop) & (program.values < 0)
    )
    inflow &= program.rows < program.row_blocks["balance"].stop
    value = np.zeros(block.stop - block.start)
    np.add.at(value, program.columns[inflow] - block.start, np.abs(prices[program.rows[inflow]]))
    return value


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
    items = model.data.network.table("items")
    return str(items.loc[items["item"] == item, "unit"].iloc[0])


def _unserved(plan: Plan) -> Floats:
    block = plan.model.program.column_blocks["unserved"]
    values = plan.solution.values[block]
    return np.asarray(values.reshape(-1, plan.model.options.slices).sum(axis=1))


def _reallocations(as_is: Plan, response: Plan) -> Iterable[_Candidate]:
    """Items served less than in the as-is plan, with those that are served more."""
    data = response.model.data
    table = data.demand.table
    less = _unserved(response) - _unserved(as_is)
    less[np.abs(less) < _TINY * table["quantity"].to_numpy(dtype=float)] = 0.0
    gains = pd.Series(-less).clip(lower=0).groupby(table["item"].to_numpy()).sum()
    block = response.model.program.column_blocks["unserved"]
    limit = _unserved(as_is)
    for item in sorted(table["item"].unique()):
        rows = np.flatnonzero((table["item"] == item).to_numpy() & (less > 0))
        if not len(rows):
            continue
        revenue = table["unit_revenue"].to_numpy(dtype=float)[rows] @ less[rows]
        row = _reallocation_row(table.iloc[rows], less[rows], gains, item)
        first = _first_change(as_is, response, item, int(data.demand.first[rows].min()))
        row["decide_by"] = data.network.calendar.date(first)
        row["unit"] = _unit(response.model, item)
        yield _Candidate(row, float(revenue), _keeping(block, rows, limit))


def _keeping(block: slice, rows: Ints, limit: Floats) -> Callable[[LinearProgram], LinearProgram]:
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
