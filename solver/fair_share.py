"""Allocation blind to margin: first come, first served, in fair shares.

Three linear programs over the same equations:

1. *Fewest unserved*: the fewest units unserved, demand due earlier counting more, then cost. If
   nothing is short this is the plan. Its prices tell what one unit of every demand row takes of
   the scarce supply.
2. *Fair shares*: the unserved share of every row is cut into slices of rising weight. Weighing a
   unit by the scarce supply that it takes makes all rows with the same scarcity and due period
   equal, so that the slices decide between them: the worst served row comes first (a
   piecewise-linear form of max-min fairness; Nace and Pioro (2008), IEEE Communications Surveys
   10(4), 5-17). Between periods, a period earlier counts more than all slices. Rules are missed by
   no more than in the first.
3. *Cost*: the cheapest plan among those that leave no row worse off than the second.

Lots, minimum orders and runs are whole numbers in the third program only; where they make it
impossible to serve what the second found, the fewest units more are left unserved. Priority
classes come one after the other, whatever they are due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from solver.costs import replacement_costs
from solver.data import ModelData
from solver.model import Model, build_model, prompt_cost
from solver.optimizer import (
    AT_LOWER,
    AT_UPPER,
    BASIC,
    Basis,
    Solution,
    SolverOptions,
    solve,
    solve_again,
)
from solver.options import ModelOptions
from solver.program import Floats, Ints, LinearProgram
from solver.rounding import solve_mixed

SLICES = 20
_EARLIER = 1.6  # weight of a row against one due a period later
_WIDEST = 1e6  # weight of the first period against the last, at most, for the solver's precision
_RISE = 0.8  # rise of the weight over the slices, as a share of its rise over a period
_SHORT = 1e-6  # share of a row's units from which it counts as short
_SLACK = 1e-8  # share of the unserved units left free, so that a settled row stays feasible
_CLASS = 10.0  # weight of a priority class against the next
_FLOOR = 1e-3  # weight of a unit that takes nothing scarce


@dataclass(frozen=True)
class FairShare:
    """Result: model, settled program and its solution, seconds of all solves, and prices.

    ``scarcity`` are the row prices of the first program: what one unit more in a row would serve,
    in unserved units; empty where nothing is short.
    """

    model: Model
    program: LinearProgram
    solution: Solution
    seconds: float
    scarcity: Floats
    scarcity_in_money: bool = False


def solve_fair_share(data: ModelData, options: ModelOptions, solver: SolverOptions) -> FairShare:
    """Allocate by fair share, then minimise cost; "no plan" if the clock stops before."""
    model = build_model(data, replace(options, slices=1))
    penalty = _penalty(model)
    blind = model.program.derive(cost=_blind_cost(model, penalty))
    fewest = solve(blind.relaxed(), solver)
    if fewest.status == "no plan":
        return FairShare(model, model.program, fewest, fewest.seconds, np.zeros(0))
    unserved = fewest.values[model.program.column_blocks["unserved"]]
    quantity = _quantity(model)
    if not (unserved > _SHORT * quantity).any():
        nothing = np.zeros(len(quantity))
        if model.program.is_mixed:
            return _whole(model, nothing, penalty, solver, fewest.seconds, np.zeros(0))
        settled = _settled(model.program, model, nothing)
        solution = fewest.valued(settled)
        return FairShare(model, settled, solution, fewest.seconds, np.zeros(0))
    fair = _solve_shares(model, fewest, penalty, solver)
    if fair.status == "no plan":
        return FairShare(model, model.program, fair, fewest.seconds + fair.seconds, np.zeros(0))
    limit = _clean_unserved(fair, quantity)
    if model.program.is_mixed:
        seconds, scarcity = fewest.seconds + fair.seconds, fewest.row_prices / penalty
        return _whole(model, limit, penalty, solver, seconds, scarcity)
    final = solve_again(_settled(blind, model, limit), fewest.basis, solver)
    settled = _settled(model.program, model, limit)
    solution = final.valued(settled)
    if solution.status == "optimal" and "feasible" in (fewest.status, fair.status):
        solution = replace(solution, status="feasible")
    seconds = fewest.seconds + fair.seconds + final.seconds
    return FairShare(model, settled, solution, seconds, fewest.row_prices / penalty)


def _whole(
    model: Model, limit: Floats, penalty: float, solver: SolverOptions, seconds: float,
    scarcity: Floats,
) -> FairShare:  # fmt: skip
    """The third program with whole numbers: each row ``limit`` unserved at most, or little more.

    Two slices a row: up to the limit, which costs nothing, and beyond it, at the penalty.
    """
    sliced = build_model(model.data, replace(model.options, slices=2))
    program, block = sliced.program, sliced.program.column_blocks["unserved"]
    quantity = _quantity(model)
    within = np.minimum(limit * (1.0 + _SLACK), quantity)
    upper, cost = program.upper.copy(), _costs_alone(sliced)
    upper[block] = np.column_stack([within, quantity - within]).ravel()
    beyond = _class_factor(model) * penalty * (2.0 - model.data.demand.first / model.data.periods)
    cost[block] -= np.column_stack([np.zeros_like(beyond), beyond]).ravel()
    final = solve_mixed(sliced, program.derive(cost=cost, upper=upper), solver)
    if final.status == "no plan":
        return FairShare(sliced, program, final, seconds + final.seconds, np.zeros(0))
    found = np.maximum(final.values[block].reshape(-1, 2), 0.0)
    kept = np.minimum(found * (1.0 + _SLACK), upper[block].reshape(-1, 2))
    settled = program.derive(upper=_with(upper, block, kept.ravel()))
    return FairShare(sliced, settled, final.valued(settled), seconds + final.seconds, scarcity)


def _with(values: Floats, block: slice, part: Floats) -> Floats:
    changed = values.copy()
    changed[block] = part
    return changed


def _class_factor(model: Model) -> Floats:
    """Weight of a demand row's priority class: each class far above the next."""
    rank = model.data.class_rank if model.options.priorities else 0 * model.data.class_rank
    step = min(_CLASS, _WIDEST ** (1.0 / max(int(rank.max(initial=0)), 1)))
    return np.asarray(step**rank, dtype=float)


def _quantity(model: Model) -> Floats:
    return model.data.demand.table["quantity"].to_numpy(dtype=float)


def _penalty(model: Model) -> float:
    """Money above all that serving a unit can cost, so that service comes before cost."""
    costs = replacement_costs(model.data.network)
    revenue = model.data.demand.table["unit_revenue"].max()
    return 100.0 * float(np.nanmax([1.0, revenue, costs[np.isfinite(costs)].max()]))


def _rules(model: Model) -> Ints:
    """Columns that say by how much a rule is missed."""
    blocks = model.program.column_blocks
    found = [np.arange(block.start, block.stop) for name, block in blocks.items()
             if name.startswith(("missed_", "frozen_"))]  # fmt: skip
    return np.concatenate([np.zeros(0, np.int64), *found])


def _costs_alone(model: Model) -> Floats:
    """The objective without revenue; a rule counts against service as it does against revenue."""
    cost = prompt_cost(model)
    heaviest = 2.0 * _penalty(model) * float(_class_factor(model).max(initial=1.0))
    cost[_rules(model)] *= heaviest / model.data.largest_revenue
    revenue = model.data.demand.table["unit_revenue"].to_numpy(dtype=float)
    cost[model.program.column_blocks["serve"]] -= revenue[model.serve_row]
    return cost


def _blind_cost(model: Model, penalty: float) -> Floats:
    """Cost without revenue, and the penalty on unserved units: twice as high at the start."""
    early = 2.0 - model.data.demand.first / model.data.periods
    cost = _costs_alone(model)
    cost[model.program.column_blocks["unserved"]] -= penalty * early * _class_factor(model)
    return cost


def _solve_shares(
    model: Model, fewest: Solution, penalty: float, solver: SolverOptions
) -> Solution:
    """The second program; its ``values`` are the unserved units of every demand row."""
    sliced = build_model(model.data, replace(model.options, slices=SLICES))
    block = sliced.program.column_blocks["unserved"]
    earlier = min(_EARLIER, _WIDEST ** (1.0 / model.data.periods))
    slices = 1.0 + _RISE * (earlier - 1.0) * np.arange(SLICES) / SLICES
    cost = np.zeros_like(sliced.program.cost)
    cost[block] = -(_row_weights(model, fewest, penalty, earlier)[:, None] * slices).ravel()
    upper = sliced.program.upper.copy()
    upper[_rules(sliced)] = fewest.values[_rules(model)] * (1.0 + _SLACK) + _SLACK
    program = sliced.program.derive(cost=cost, upper=upper).relaxed()
    if solver.solver == "glop":
        solution = solve_again(program, _sliced_basis(model, sliced, fewest), solver)
    else:
        solution = solve(program, solver)  # cold HiGHS takes half the time of warm GLOP here
    if solution.status == "no plan":
        return solution
    return replace(solution, values=solution.values[block].reshape(-1, SLICES).sum(axis=1))


def _row_weights(model: Model, fewest: Solution, penalty: float, earlier: float) -> Floats:
    """Weight of one unserved unit: the scarce supply it takes, more the earlier it is due."""
    data, demand = model.data, model.data.demand
    prices = _supply_prices(model, _blind_cost(model, penalty), fewest.row_prices)
    taken = np.full(len(demand.table), np.inf)
    np.minimum.at(taken, model.serve_row, prices[demand.pair[model.serve_row], model.serve_period])
    weight = np.maximum(taken / penalty, _FLOOR)
    weight = weight * _class_factor(model)
    return np.asarray(weight * earlier ** (data.periods - 1.0 - demand.first))


def _supply_prices(model: Model, cost: Floats, prices: Floats) -> Floats:
    """What one unit more takes to supply, item-locations x periods.

    The price of a balance (C1) says what one unit more would save: at most what one unit of its
    demand counts, however much scarce supply it takes. So it stands only where nothing can fill the
    item-location. Elsewhere the least of all inflows holds: their cost, the price of the capacities
    that they use, and the supply price of what they draw, from the bottom up.
    """
    inflow = _Inflow.of(model, cost, prices)
    own = prices[model.program.row_blocks["balance"]]
    supply = np.where(inflow.is_filled, np.inf, own)
    while True:
        drawn = np.bincount(
            inflow.column, inflow.quantity * supply[inflow.source], len(inflow.cost)
        )
        least = supply.copy()
        np.minimum.at(least, inflow.target, inflow.cost + drawn)
        least = np.where(inflow.is_filled, least, own)
        if not (least < supply - _FLOOR).any():
            break
        supply = least
    return np.where(np.isfinite(supply), supply, own).reshape(-1, model.data.periods)


@dataclass(frozen=True)
class _Inflow:
    """Columns that fill a balance row: ``cost`` and ``target`` row of each, what each draws.

    ``column``, ``source`` and ``quantity`` are the draws: number of the inflow, balance row and
    units. ``is_filled`` tells the rows whose item-location has an inflow other than its stock.
    """

    cost: Floats
    target: Ints
    column: Ints
    source: Ints
    quantity: Floats
    is_filled: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, model: Model, cost: Floats, prices: Floats) -> _Inflow:
        """Inflows of ``model`` that are permitted and not closed."""
        program, block = model.program, model.program.row_blocks["balance"]
        rows, columns, values = program.rows, program.columns, program.values
        in_balance = (rows >= block.start) & (rows < block.stop)
        closed = ~in_balance & (values > 0) & (program.row_upper[rows] == 0)
        is_open = program.upper > 0
        is_open[columns[closed]] = False
        fills = in_balance & (values < 0) & is_open[columns]
        number = np.full(len(program.cost), -1)
        number[columns[fills]] = np.arange(fills.sum())
        target = rows[fills] - block.start
        paid = np.bincount(
            columns[~in_balance], (prices[rows] * values)[~in_balance], len(program.cost)
        )
        draws = in_balance & (values > 0) & (number[columns] >= 0)
        stocked = program.column_blocks["on_hand"]
        moved = (columns[fills] < stocked.start) | (columns[fills] >= stocked.stop)
        pairs = np.zeros(len(model.data.pairs), bool)
        pairs[target[moved] // model.data.periods] = True
        return cls(
            (paid - cost)[columns[fills]], target, number[columns[draws]],
            rows[draws] - block.start, values[draws], np.repeat(pairs, model.data.periods),
        )  # fmt: skip


def _sliced_basis(model: Model, sliced: Model, fewest: Solution) -> Basis | None:
    """The basis of the first program, its unserved units poured into the slices from the first."""
    if fewest.basis is None:
        return None
    blocks, sliced_blocks = model.program.column_blocks, sliced.program.column_blocks
    columns = np.full(len(sliced.program.cost), AT_LOWER, np.int64)
    for name, block in blocks.items():
        if name != "unserved":
            columns[sliced_blocks[name]] = fewest.basis.columns[block]
    status = fewest.basis.columns[blocks["unserved"]]
    size = _quantity(model) / SLICES
    full = np.floor(fewest.values[blocks["unserved"]] / size + _SHORT).astype(np.int64)
    filled = np.where(np.arange(SLICES) < full[:, None], AT_UPPER, AT_LOWER)
    partial = np.flatnonzero(status == BASIC)
    filled[partial, np.minimum(full, SLICES - 1)[partial]] = BASIC
    columns[sliced_blocks["unserved"]] = filled.ravel()
    return Basis(columns, fewest.basis.rows)


def _clean_unserved(fair: Solution, quantity: Floats) -> Floats:
    """Unserved units without the solver's rounding."""
    size = quantity / SLICES
    whole = np.round(fair.values / size) * size
    values = np.where(np.abs(fair.values - whole) < _SHORT * quantity, whole, fair.values)
    return np.clip(values, 0.0, quantity)


def _settled(program: LinearProgram, model: Model, limit: Floats) -> LinearProgram:
    """The program with no row left more unserved than ``limit``, which settles the revenue."""
    upper = program.upper.copy()
    block = program.column_blocks["unserved"]
    upper[block] = np.minimum(upper[block], limit * (1.0 + _SLACK))
    return program.derive(upper=upper)
