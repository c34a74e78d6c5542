"""Allocation blind to margin: first come, first served, in fair shares.

Demand due earlier is allocated before demand due later, ``foresight`` periods at a time. Within
such a block the unserved share of every demand row is cut into slices whose weight doubles from
one to the next, so that the worst served are helped first (a piecewise-linear form of max-min
fairness, see Nace and Pioro (2008), Max-Min Fairness and Its Applications to Routing and Load-
Balancing). Cost decides last, among the plans that serve every row so far.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.data import ModelData
from solver.model import Model, ModelOptions, build_model
from solver.optimizer import Solution, SolverOptions, solve
from solver.program import Floats, LinearProgram

SLICES = 20
_SHORT = 1e-6  # share of a row's units from which it counts as short
_SLACK = 1e-8  # share of a row's units left free, so that a settled row stays feasible


@dataclass(frozen=True)
class FairShare:
    """Result: the model and solution of the last stage, the seconds of all of them, and prices.

    ``scarcity`` are the row prices of the plan that leaves the fewest units unserved: what one
    unit more in a row would serve, earlier periods counting more; empty where nothing is short.
    """

    model: Model
    program: LinearProgram
    solution: Solution
    seconds: float
    scarcity: Floats


def solve_fair_share(
    data: ModelData, options: ModelOptions, solver: SolverOptions, foresight: int
) -> FairShare:
    """Allocate by fair share, then minimise cost; a stage without a plan ends it with "no plan"."""
    model = build_model(data, replace(options, slices=1))
    fewest = _solve_fewest(model, solver)
    seconds = fewest.seconds
    if fewest.status == "no plan":
        return FairShare(model, model.program, fewest, seconds, np.zeros(0))
    quantity = data.demand.table["quantity"].to_numpy(dtype=float)
    unserved = fewest.values[model.program.column_blocks["unserved"]]
    short = bool((unserved > _SHORT * quantity).any())
    limit = np.zeros(len(quantity))
    if short:
        stages = _Stages(data, options, solver, foresight)
        limit, stage_seconds, status = stages.run()
        seconds += stage_seconds
        if status == "no plan":
            stopped = replace(fewest, status="no plan")
            return FairShare(model, model.program, stopped, seconds, np.zeros(0))
    program = _settled(model, limit + _SLACK * quantity)
    final = solve(program, solver)
    scarcity = fewest.row_prices if short else np.zeros(0)
    return FairShare(model, program, final, seconds + final.seconds, scarcity)


def _weights(model: Model) -> Floats:
    """Weight of one unserved unit by row: demand due earlier counts more, from 1 to T."""
    demand = model.data.demand
    return np.asarray(model.data.periods - demand.first, dtype=float)


def _solve_fewest(model: Model, solver: SolverOptions) -> Solution:
    program = model.program
    cost = np.zeros_like(program.cost)
    cost[program.column_blocks["unserved"]] = -_weights(model)
    return solve(program.derive(cost=cost), solver)


def _settled(model: Model, limit: Floats) -> LinearProgram:
    """The program with no row left more unserved than ``limit``, which settles the revenue."""
    program = model.program
    upper = program.upper.copy()
    block = program.column_blocks["unserved"]
    upper[block] = np.minimum(upper[block], limit)
    return program.derive(upper=upper)


@dataclass(frozen=True)
class _Stages:
    """Blocks of demand in the order of their due period, each allocated after those before it."""

    data: ModelData
    options: ModelOptions
    solver: SolverOptions
    foresight: int

    def run(self) -> tuple[Floats, float, str]:
        """Unserved units of every demand row, seconds, and the status of the last solve."""
        model = build_model(self.data, replace(self.options, slices=SLICES))
        block_of = self.data.demand.first // self.foresight
        quantity = self.data.demand.table["quantity"].to_numpy(dtype=float)
        limit = quantity.copy()
        seconds = 0.0
        for block in np.unique(block_of):
            solution = self._solve_stage(model, block_of == block, limit)
            seconds += solution.seconds
            if solution.status == "no plan":
                return limit, seconds, "no plan"
            slices = solution.values[model.program.column_blocks["unserved"]]
            left = slices.reshape(-1, SLICES).sum(axis=1)
            limit = np.where(block_of == block, np.clip(left, 0.0, quantity), limit)
        return limit, seconds, "optimal"

    def _solve_stage(self, model: Model, now: np.ndarray, limit: Floats) -> Solution:
        program = model.program
        columns = program.column_blocks["unserved"]
        weights = np.where(now[:, None], 2.0 ** np.arange(SLICES), 0.0) / 2.0 ** (SLICES // 2)
        cost = np.zeros_like(program.cost)
        cost[columns] = -weights.ravel()
        return solve(
            program.derive(cost=cost, upper=self._upper(program.upper, columns, limit)), self.solver
        )

    @staticmethod
    def _upper(upper: Floats, columns: slice, limit: Floats) -> Floats:
        """Slices filled from the first up to what earlier blocks have settled."""
        bounded = upper.copy()
        size = upper[columns].reshape(-1, SLICES)
        begins = np.cumsum(size, axis=1) - size
        slack = _SLACK * size.sum(axis=1)
        room = (limit + slack)[:, None] - begins
        bounded[columns] = np.clip(room, 0.0, size).ravel()
        return bounded
