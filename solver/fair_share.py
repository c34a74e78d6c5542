"""Allocation blind to margin: first come, first served, in fair shares.

Three linear programs over the same equations:

1. *Fewest unserved*: the fewest units unserved, demand due earlier counting more, then cost. If
   nothing is short this is the plan. Its prices tell what one unit of every demand row takes of
   the scarce supply.
2. *Fair shares*: the unserved share of every row is cut into slices of rising weight. Weighing a
   unit by the scarce supply that it takes makes all rows with the same scarcity and due period
   equal, so that the slices decide between them: the worst served row comes first (a
   piecewise-linear form of max-min fairness; Nace and Pioro (2008), IEEE Communications Surveys
   10(4), 5-17). Between periods, a period earlier counts more than all slices.
3. *Cost*: the cheapest plan among those that leave no row worse off than the second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.costs import replacement_costs
from solver.data import ModelData
from solver.model import Model, ModelOptions, build_model
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
from solver.program import Floats, LinearProgram

SLICES = 20
_EARLIER = 1.6  # weight of a row against one due a period later
_WIDEST = 1e6  # weight of the first period against the last, at most, for the solver's precision
_RISE = 0.8  # rise of the weight over the slices, as a share of its rise over a period
_SHORT = 1e-6  # share of a row's units from which it counts as short
_SLACK = 1e-8  # share of the unserved units left free, so that a settled row stays feasible
_FLOOR = 1e-3  # weight of a unit that takes nothing scarce


@dataclass(frozen=True)
class FairShare:
    """Result: model, settled program and its solution, seconds of all solves, and prices.

    ``scarcity`` are the row prices of the first program, in unserved units: what one unit more in
    a row would serve; empty where nothing is short.
    """

    model: Model
    program: LinearProgram
    solution: Solution
    seconds: float
    scarcity: Floats


def solve_fair_share(data: ModelData, options: ModelOptions, solver: SolverOptions) -> FairShare:
    """Allocate by fair share, then minimise cost; "no plan" if the clock stops before."""
    model = build_model(data, replace(options, slices=1))
    penalty = _penalty(model)
    blind = model.program.derive(cost=_blind_cost(model, penalty))
    fewest = solve(blind, solver)
    if fewest.status == "no plan":
        return FairShare(model, model.program, fewest, fewest.seconds, np.zeros(0))
    unserved = fewest.values[model.program.column_blocks["unserved"]]
    quantity = _quantity(model)
    if not (unserved > _SHORT * quantity).any():
        settled = _settled(model.program, model, np.zeros(len(quantity)))
        return FairShare(model, settled, _valued(settled, fewest), fewest.seconds, np.zeros(0))
    fair = _solve_shares(model, fewest, penalty, solver)
    if fair.status == "no plan":
        return FairShare(model, model.program, fair, fewest.seconds + fair.seconds, np.zeros(0))
    limit = _clean_unserved(fair, quantity)
    final = solve_again(_settled(blind, model, limit), fewest.basis, solver)
    settled = _settled(model.program, model, limit)
    solution = final if final.status == "no plan" else _valued(settled, final)
    seconds = fewest.seconds + fair.seconds + final.seconds
    return FairShare(model, settled, solution, seconds, fewest.row_prices / penalty)


def _quantity(model: Model) -> Floats:
    return model.data.demand.table["quantity"].to_numpy(dtype=float)


def _penalty(model: Model) -> float:
    """Money above all that serving a unit can cost, so that service comes before cost."""
    costs = replacement_costs(model.data.network)
    revenue = model.data.demand.table["unit_revenue"].max()
    return 100.0 * float(np.nanmax([1.0, revenue, costs[np.isfinite(costs)].max()]))


def _blind_cost(model: Model, penalty: float) -> Floats:
    """Cost without revenue, and the penalty on unserved units: twice as high at the start."""
    program, demand = model.program, model.data.demand
    cost = program.cost.copy()
    revenue = demand.table["unit_revenue"].to_numpy(dtype=float)
    cost[program.column_blocks["serve"]] -= revenue[model.serve_row]
    cost[program.column_blocks["unserved"]] -= penalty * (2.0 - demand.first / model.data.periods)
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
    program = sliced.program.derive(cost=cost)
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
    prices = fewest.row_prices[model.program.row_blocks["balance"]].reshape(-1, data.periods)
    taken = np.full(len(demand.table), np.inf)
    np.minimum.at(taken, model.serve_row, prices[demand.pair[model.serve_row], model.serve_period])
    weight = np.maximum(taken / penalty, _FLOOR)
    return np.asarray(weight * earlier ** (data.periods - 1.0 - demand.first))


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


def _valued(program: LinearProgram, solution: Solution) -> Solution:
    """The solution with objective and bound in the money of ``program``."""
    objective = float(program.cost @ solution.values)
    return replace(solution, objective=objective,
                   bound=objective + solution.bound - solution.objective)  # fmt: skip
