"""The linear programs behind a plan that reasons re-solve: the one place that picks them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.model import Model, build_model
from solver.optimizer import Solution, SolverOptions, solve_again
from solver.options import ModelOptions
from solver.plan import Plan
from solver.program import Floats, Ints, LinearProgram


@dataclass(frozen=True)
class Priced:
    """A linear program (integers fixed) with its optimum, whose prices are in money."""

    program: LinearProgram
    solution: Solution


def priced(plan: Plan, solver: SolverOptions) -> Priced:
    """The program of ``plan`` with integers fixed, and prices in money.

    The prices of a plan of fair shares are in another measure, so it is solved again in money,
    with no demand row served less.
    """
    if not plan.is_settled:
        return Priced(plan.linear, plan.solution)
    return Priced(plan.linear, solve_again(plan.linear, plan.solution.basis, solver))


def open_model(plan: Plan) -> Model:
    """The model of ``plan`` without a budget and with every lever permitted."""
    every = ModelOptions(last=plan.model.options.last, slices=plan.model.options.slices)
    model = build_model(plan.model.data, every)
    return replace(model, program=model.program.relaxed())


def closed_columns(plan: Plan, opened: LinearProgram) -> Ints:
    """Columns of ``opened`` (of :func:`open_model`) that ``plan`` is not permitted to use."""
    own = plan.model.program
    upper = by_block(opened.column_blocks, own.column_blocks, own.upper, len(opened.cost))
    return np.flatnonzero((upper == 0.0) & (opened.upper > 0.0))


def by_block(
    target: dict[str, slice], source: dict[str, slice], values: Floats, size: int
) -> Floats:
    """``values`` of the blocks ``source`` put where ``target`` has these blocks; 0 elsewhere."""
    spread = np.zeros(size)
    for name, block in source.items():
        if name in target:
            spread[target[name]] = values[block]
    return spread
