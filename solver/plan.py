"""A plan: result tables with status, bound and money; and the ways to make one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from solver.data import ModelData
from solver.extract import extract, resource_loads
from solver.fair_share import solve_fair_share
from solver.model import Model, ModelOptions, build_model
from solver.optimizer import Solution, SolverOptions, Status, solve
from solver.program import Floats, LinearProgram

PlanKind = Literal["as-is", "response"]


@dataclass(frozen=True, eq=False)
class Plan:
    """Frozen result of planning: tables by name, status, objective (profit), bound and seconds.

    ``status`` is "optimal", "feasible" (stopped by the clock) or "no plan"; then there are no
    tables. ``bound`` limits what any plan of this kind can earn; for a fair-share plan it is the
    bound of its last program, in which the service of every demand row is settled. ``program`` is
    the program whose optimum the plan is; ``scarcity`` are its row prices in money, for a
    fair-share plan those of its first program in unserved units.
    """

    kind: PlanKind
    status: Status
    objective: float
    bound: float
    seconds: float
    tables: Mapping[str, pd.DataFrame]
    loads: Floats
    model: Model
    program: LinearProgram
    solution: Solution
    scarcity: Floats

    @property
    def is_money_priced(self) -> bool:
        """Whether ``scarcity`` is in money (else in weighted units of demand)."""
        return self.scarcity is self.solution.row_prices

    @property
    def gap(self) -> float:
        """Distance of the objective from its bound, as a share of the larger of them."""
        if self.status == "no plan":
            return float("nan")
        scale = max(abs(self.objective), abs(self.bound), 1.0)
        return abs(self.bound - self.objective) / scale

    @cached_property
    def plan_hash(self) -> str:
        """SHA-256 over the decisions; equal input gives an equal hash."""
        digest = hashlib.sha256(self.kind.encode())
        for name in ("orders", "transfers", "builds", "deliveries"):
            if name in self.tables:
                frame = self.tables[name]
                digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
        return digest.hexdigest()


def plan_as_is(data: ModelData, solver: SolverOptions) -> Plan:
    """Plan with routine options only, allocating in fair shares, blind to margin."""
    permitted = ModelOptions(transfers=False, alternates=False)
    return _fair_share_plan("as-is", data, permitted, solver)


def plan_response(
    data: ModelData, permitted: ModelOptions, reallocation: bool, solver: SolverOptions
) -> Plan:
    """Plan for most money with all that ``permitted`` allows; fair shares without reallocation.

    Without reallocation the as-is plan stands where what is permitted does not pay.
    """
    if not reallocation:
        blind = _fair_share_plan("response", data, permitted, solver)
        kept = replace(plan_as_is(data, solver), kind="response")
        best = blind if blind.status != "no plan" else kept
        best = kept if kept.status != "no plan" and kept.objective > best.objective else best
        return replace(best, seconds=blind.seconds + kept.seconds)
    model = build_model(data, permitted)
    solution = solve(model.program, solver)
    return _plan("response", model, model.program, solution, solution.seconds, solution.row_prices)


def _fair_share_plan(
    kind: PlanKind, data: ModelData, permitted: ModelOptions, solver: SolverOptions
) -> Plan:
    result = solve_fair_share(data, permitted, solver)
    return _plan(
        kind, result.model, result.program, result.solution, result.seconds, result.scarcity
    )


def _plan(
    kind: PlanKind,
    model: Model,
    program: LinearProgram,
    solution: Solution,
    seconds: float,
    scarcity: Floats,
) -> Plan:
    tables: dict[str, pd.DataFrame] = {}
    loads: Floats = np.zeros((0, 0))
    if solution.status != "no plan":
        tables = extract(model, solution.values)
        loads = resource_loads(model, solution.values)
    return Plan(
        kind,
        solution.status,
        solution.objective,
        solution.bound,
        seconds,
        tables,
        loads,
        model,
        program,
        solution,
        scarcity,
    )
