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
from solver.model import Model, build_model, prompt_cost
from solver.optimizer import Solution, SolverOptions, Status
from solver.options import LAST_TABLES, LastPlan, ModelOptions
from solver.program import Floats, LinearProgram
from solver.rounding import solve_mixed

PlanKind = Literal["as-is", "response"]
DECISIONS = (*LAST_TABLES, "deliveries")


@dataclass(frozen=True, eq=False)
class Plan:
    """Frozen result of planning: tables by name, status, objective (profit), bound and seconds.

    ``status`` is "optimal", "feasible" (stopped by the clock) or "no plan"; then there are no
    tables. ``bound`` limits what any plan of this kind can earn; for a fair-share plan it is the
    bound of its last program, in which the service of every demand row is settled. ``program`` is
    the program whose optimum the plan is, ``scarcity`` its row prices, for a fair-share plan those
    of its first program: in money (``scarcity_in_money``) or in unserved units. ``is_settled``
    says that the program fixes the service of every demand row, as fair shares do.
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
    scarcity_in_money: bool = True
    is_settled: bool = False

    @property
    def gap(self) -> float:
        """Distance of the objective from its bound, as a share of the larger of them."""
        if self.status == "no plan":
            return float("nan")
        scale = max(abs(self.objective), abs(self.bound), 1.0)
        return abs(self.bound - self.objective) / scale

    @cached_property
    def linear(self) -> LinearProgram:
        """The linear program whose prices and basis the solution has: its integers are fixed."""
        return self.program.fixed(self.solution.values) if self.program.is_mixed else self.program

    @cached_property
    def plan_hash(self) -> str:
        """SHA-256 over the decisions; equal input gives an equal hash."""
        digest = hashlib.sha256(self.kind.encode())
        for name in DECISIONS:
            if name in self.tables:
                frame = self.tables[name]
                digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
        return digest.hexdigest()


def plan_as_is(
    data: ModelData, solver: SolverOptions, last: LastPlan | None = None, priorities: bool = True
) -> Plan:
    """Plan with routine options only, allocating in fair shares, blind to margin."""
    return _fair_share_plan("as-is", data, ModelOptions.routine(last, priorities), solver)


def plan_for(
    kind: PlanKind, data: ModelData, permitted: ModelOptions, reallocation: bool,
    solver: SolverOptions,
) -> Plan:  # fmt: skip
    """The plan of a kind; the as-is plan heeds of ``permitted`` the last plan and the classes."""
    if kind == "as-is":
        return plan_as_is(data, solver, permitted.last, permitted.priorities)
    return plan_response(data, permitted, reallocation, solver)


def plan_response(
    data: ModelData, permitted: ModelOptions, reallocation: bool, solver: SolverOptions
) -> Plan:
    """Plan for most money with all that ``permitted`` allows; fair shares without reallocation.

    Without reallocation the as-is plan stands where what is permitted does not pay.
    """
    if not reallocation:
        blind = _fair_share_plan("response", data, replace(permitted, floors=False), solver)
        as_is = plan_as_is(data, solver, permitted.last, permitted.priorities)
        kept = replace(as_is, kind="response")
        best = blind if blind.status != "no plan" else kept
        best = kept if kept.status != "no plan" and kept.objective > best.objective else best
        return replace(best, seconds=blind.seconds + kept.seconds)
    model = build_model(data, permitted)
    prompt = model.program.derive(cost=prompt_cost(model))
    solution = solve_mixed(model, prompt, solver).valued(model.program)
    return plan_of(
        "response", model, model.program, solution, solution.seconds, solution.row_prices
    )


def _fair_share_plan(
    kind: PlanKind, data: ModelData, permitted: ModelOptions, solver: SolverOptions
) -> Plan:
    result = solve_fair_share(data, permitted, solver)
    plan = plan_of(kind, result.model, result.program, result.solution, result.seconds,
                 result.scarcity)  # fmt: skip
    return replace(plan, is_settled=True, scarcity_in_money=result.scarcity_in_money)


def plan_of(
    kind: PlanKind, model: Model, program: LinearProgram, solution: Solution, seconds: float,
    scarcity: Floats,
) -> Plan:  # fmt: skip
    """The plan of a solution of ``program``, whose row prices are ``scarcity``."""
    if solution.status == "no plan":
        return Plan(kind, "no plan", np.nan, solution.bound, seconds, {}, np.zeros((0, 0)), model,
                    program, solution, scarcity)  # fmt: skip
    tables = extract(model, solution.values)
    costs = tables["costs"]
    profit = float(costs.loc[costs["term"] == "profit", "amount"].iloc[0])
    bound = profit + solution.bound - solution.objective
    return Plan(kind, solution.status, profit, bound, seconds, tables,
                resource_loads(model, solution.values), model, program, solution,
                scarcity)  # fmt: skip
