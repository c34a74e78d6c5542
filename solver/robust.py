"""One program over several futures: decisions of the first periods are common to all of them.

The deterministic equivalent, in extensive form, of a two-stage stochastic program with recourse;
see Birge and Louveaux (2011), Introduction to Stochastic Programming, chapter 2.

Sets
    k futures, each a model of its own (see ``solver.model``) with probability p[k].

Equations
    (R1) futures           every equation of every future, its variables x[k] its own
    (R2) common decisions  x[j,k] = x[j,1] for every decision j (option and period) of the first
                           F periods. One column stands for all of them; what is no decision of
                           every future, as its receipt lies beyond the horizon of one, is not taken
    (R3) shortfall         z[k] >= v - profit[k],  profit[k] = cost[k] x[k],  z[k] >= 0

Objective
    (1 - W) sum p[k] profit[k] + W (v - sum p[k] z[k] / tail)

The bracket is, at its best v, the mean profit of the worst ``tail`` of the futures: the conditional
value at risk at the level 1 - tail; Rockafellar and Uryasev (2000), Journal of Risk 2(3), 21-41.

The plan of the result is that of one more model, the mean future: it takes part in (R2) without
weight, so that the common decisions can be done in it, and decides the rest anew when they stand.
Whole numbers (lots, minimum orders, qualifications, runs) are left aside in the futures; the common
decisions are rounded to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from solver.data import FLOW_KEYS
from solver.model import FLOWS, Model, prompt_cost
from solver.optimizer import Solution, SolverOptions, solve
from solver.plan import Plan, plan_of
from solver.program import Flags, Floats, Ints, LinearProgram
from solver.rounding import rounded, solve_mixed
from supplychain.errors import PlanError

ROUNDING = 1e-7  # of a decision, at least of one unit


@dataclass(frozen=True)
class RiskOptions:
    """``common_periods`` (F), ``risk_weight`` (W, 0 to 1) and ``tail`` (above 0, at most 1)."""

    common_periods: int = 4
    risk_weight: float = 0.2
    tail: float = 0.2


@dataclass(frozen=True, eq=False)
class Stacked:
    """Several models in one program.

    ``columns`` gives for every model the column of each of its variables; ``closed`` the decisions
    that (R2) rules out, by model.
    """

    program: LinearProgram
    columns: tuple[Ints, ...]
    closed: tuple[Flags, ...]


@dataclass(frozen=True, eq=False)
class RobustPlan:
    """``plan``: the mean future with the common decisions in it. ``profits``: money by future.

    ``solution`` is that of the whole program, ``program`` its size.
    """

    plan: Plan
    profits: Floats
    solution: Solution
    stacked: Stacked

    @property
    def expected(self) -> float:
        """Mean profit over the futures that have weight; see ``solve_robust``."""
        return float(np.mean(self.profits))


def decision_keys(model: Model) -> dict[str, pd.DataFrame]:
    """Blocks of decisions: the key of every variable, ``period`` (its number) among its columns."""
    keys = {name: _flow_keys(model, name) for name in FLOWS}
    for lever in model.levers:
        keys |= lever.keys()
    return keys


def _flow_keys(model: Model, name: str) -> pd.DataFrame:
    flow = model.flow(name)
    rows = flow.options[FLOW_KEYS[name]].iloc[flow.option]
    return rows.reset_index(drop=True).assign(period=flow.period)


def solve_robust(
    mean: Model,
    futures: Sequence[Model],
    probabilities: Floats,
    options: RiskOptions,
    solver: SolverOptions,
) -> RobustPlan:
    """Plan for ``futures`` (their ``probabilities`` sum to 1); the plan is that of ``mean``.

    Status "no plan" where the clock stops either solve.
    """
    loose = [replace(model, program=model.program.relaxed()) for model in (mean, *futures)]
    stacked = stack(loose, np.concatenate([[0.0], probabilities]), options)
    solution = solve(stacked.program, solver)
    if solution.status == "no plan":
        return RobustPlan(plan_of("response", mean, mean.program, solution, solution.seconds,
                                solution.row_prices), np.zeros(0), solution, stacked)  # fmt: skip
    values = [solution.values[columns] for columns in stacked.columns]
    profits = np.array([model.money @ x
                        for model, x in zip(futures, values[1:], strict=True)])  # fmt: skip
    whole = rounded(mean, mean.program, values[0]) if mean.program.is_mixed else values[0]
    program = with_common(mean, whole, stacked.closed[0], options.common_periods)
    rest = _rest(mean, program, options.common_periods, solver).valued(program)
    seconds = solution.seconds + rest.seconds
    plan = plan_of("response", mean, program, rest, seconds, rest.row_prices)
    return RobustPlan(plan, profits, solution, stacked)


def _rest(mean: Model, program: LinearProgram, periods: int, solver: SolverOptions) -> Solution:
    """The decisions that are not common, when the common ones stand.

    Where lots leave too little for what is moved and built in common, less of that is done.
    """
    prompt = program.derive(cost=prompt_cost(mean))
    try:
        return solve_mixed(mean, prompt, solver)
    except PlanError:
        lower = prompt.lower.copy()
        for name, keys in decision_keys(mean).items():
            if name != "order":
                early = np.flatnonzero(keys["period"].to_numpy() < periods)
                lower[program.column_blocks[name].start + early] = 0.0
        return solve_mixed(mean, prompt.derive(lower=lower), solver)


def with_common(model: Model, values: Floats, closed: Flags, periods: int) -> LinearProgram:
    """The program of ``model`` whose decisions of the first ``periods`` are those of ``values``.

    They may fall short of ``values`` by what a solver takes for rounding.
    """
    program = model.program
    lower, upper = program.lower.copy(), program.upper.copy()
    upper[closed] = 0.0
    for name, keys in decision_keys(model).items():
        early = (
            np.flatnonzero(keys["period"].to_numpy() < periods) + program.column_blocks[name].start
        )
        kept = np.clip(np.where(closed[early], 0.0, values[early]), lower[early], upper[early])
        least = np.maximum(kept - ROUNDING * np.maximum(kept, 1.0), lower[early])
        lower[early], upper[early] = least, kept
    return program.derive(lower=lower, upper=upper)


# --- one program ---------------------------------------------------------------------------------


def stack(models: Sequence[Model], probabilities: Floats, options: RiskOptions) -> Stacked:
    """The program (R1) to (R3) of ``models``; those of probability 0 only share decisions."""
    target, closed = _common_columns(models, options.common_periods)
    used, number = np.unique(target, return_inverse=True)
    ends = np.cumsum([len(model.program.cost) for model in models])[:-1]
    columns = tuple(np.split(number.astype(np.int64), ends))
    cost = np.zeros(len(used))
    for model, own, chance in zip(models, columns, probabilities, strict=True):
        np.add.at(cost, own, (1.0 - options.risk_weight) * chance * prompt_cost(model))
    lower, upper = np.full(len(used), -np.inf), np.full(len(used), np.inf)
    np.maximum.at(lower, number, np.concatenate([m.program.lower for m in models]))
    most = np.concatenate([m.program.upper for m in models])
    np.minimum.at(upper, number, np.where(np.concatenate(closed), 0.0, most))
    rows = np.cumsum([0, *(m.program.shape[0] for m in models)])
    programs = [model.program for model in models]
    program = _replaced(
        programs, number, len(used), cost=cost, lower=lower, upper=upper,
        row_lower=np.concatenate([p.row_lower for p in programs]),
        row_upper=np.concatenate([p.row_upper for p in programs]),
        rows=np.concatenate([p.rows + first for p, first in zip(programs, rows, strict=False)]),
        columns=np.concatenate([own[p.columns] for p, own in zip(programs, columns, strict=True)]),
        values=np.concatenate([p.values for p in programs]),
    )  # fmt: skip
    if options.risk_weight > 0:
        program = _with_tail(program, models, columns, probabilities, options)
    return Stacked(_sorted(program), columns, closed)


def _common_columns(models: Sequence[Model], periods: int) -> tuple[Ints, tuple[Flags, ...]]:
    """(R2): the column that stands for each variable of all models, and which are ruled out."""
    sizes = [len(model.program.cost) for model in models]
    starts = np.cumsum([0, *sizes])
    target, closed = np.arange(starts[-1]), np.zeros(starts[-1], dtype=bool)
    keys = [decision_keys(model) for model in models]
    for name in keys[0]:
        parts = []
        for model, own, start in zip(models, keys, starts, strict=False):
            first = start + model.program.column_blocks[name].start
            parts.append(own[name].assign(column=first + np.arange(len(own[name]))))
        table = pd.concat(parts, ignore_index=True)
        table = table[table["period"] < periods]
        key = [column for column in table if column != "column"]
        number = table.groupby(key, sort=False, dropna=False).ngroup().to_numpy()
        column = table["column"].to_numpy()
        first_of = np.full(int(number.max(initial=-1)) + 1, starts[-1])
        np.minimum.at(first_of, number, column)
        everywhere = np.bincount(number, minlength=len(first_of)) == len(models)
        target[column] = np.where(everywhere[number], first_of[number], column)
        closed[column] = ~everywhere[number]
    return target, tuple(np.split(closed, starts[1:-1]))


def _replaced(
    programs: Sequence[LinearProgram], number: Ints, count: int, **arrays: Any
) -> LinearProgram:
    """A program of ``arrays``, without names."""
    integer = np.zeros(count, dtype=bool)
    np.logical_or.at(integer, number, np.concatenate([p.integer for p in programs]))
    return replace(programs[0], **arrays, integer=integer, column_blocks={}, row_blocks={})


def _with_tail(
    program: LinearProgram,
    models: Sequence[Model],
    columns: Sequence[Ints],
    probabilities: Floats,
    options: RiskOptions,
) -> LinearProgram:
    """(R3): columns v and z[k], and a row for every future that has a probability."""
    row_count, count = program.shape
    weighted = np.flatnonzero(probabilities > 0)
    of_tail = -options.risk_weight * probabilities[weighted] / options.tail
    entries = [(np.full(2, row_count + n), np.array([count, count + 1 + n]), np.array([-1.0, 1.0]))
               for n in range(len(weighted))]  # fmt: skip
    for n, future in enumerate(weighted.tolist()):
        cost = models[future].money
        priced = np.flatnonzero(cost)
        entries.append((np.full(len(priced), row_count + n), columns[future][priced], cost[priced]))
    rows, places, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    return replace(
        program, cost=np.concatenate([program.cost, [options.risk_weight], of_tail]),
        lower=np.concatenate([program.lower, [-np.inf], np.zeros(len(weighted))]),
        upper=np.concatenate([program.upper, np.full(1 + len(weighted), np.inf)]),
        row_lower=np.concatenate([program.row_lower, np.zeros(len(weighted))]),
        row_upper=np.concatenate([program.row_upper, np.full(len(weighted), np.inf)]),
        rows=np.concatenate([program.rows, rows]),
        columns=np.concatenate([program.columns, places]),
        values=np.concatenate([program.values, values]),
        integer=np.append(program.integer, np.zeros(1 + len(weighted), dtype=bool)),
    )  # fmt: skip


def _sorted(program: LinearProgram) -> LinearProgram:
    """Coordinates by row, then column; variables that have become one are added up."""
    width = program.shape[1]
    place, owner = np.unique(program.rows * width + program.columns, return_inverse=True)
    values = np.bincount(owner, program.values, len(place)).astype(np.float64)
    return replace(program, rows=place // width, columns=place % width, values=values)
