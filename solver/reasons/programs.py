"""The linear programs behind a plan that reasons re-solve: the one place that picks them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from solver.data import ModelData
from solver.levers.production_rules import SmallestRuns, VersionShares
from solver.levers.sourcing_rules import OrderSizes, SourcingShares
from solver.model import Model, build_model
from solver.optimizer import Solution, SolverOptions, solve_again
from solver.options import ModelOptions
from solver.plan import Plan
from solver.program import Ints, LinearProgram


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
    """The model of ``plan`` without a budget, with every lever permitted and nothing frozen."""
    own = plan.model.options
    every = ModelOptions(last=own.last, plant_spread=own.plant_spread)
    model = build_model(_thawed(plan.model.data), every)
    return replace(model, program=model.program.relaxed())


def _thawed(data: ModelData) -> ModelData:
    """The data without frozen periods."""
    if not data.network.settings.frozen_periods:
        return data
    network = replace(data.network, settings=replace(data.network.settings, frozen_periods=0))
    flows = {name: replace(getattr(data, name), frozen=0)
             for name in ("orders", "transfers", "builds")}  # fmt: skip
    return replace(data, network=network, **flows)


@dataclass(frozen=True)
class Matched:
    """For every column and row of one model its number in another; -1 where it has none."""

    columns: Ints
    rows: Ints


def matched(opened: Model, own: Model) -> Matched:
    """The columns and rows of ``own`` in ``opened``, which may permit more."""
    return Matched(
        _numbers(opened.program.column_blocks, own.program.column_blocks, own.program.shape[1],
                 _column_keys(opened), _column_keys(own)),
        _numbers(opened.program.row_blocks, own.program.row_blocks, own.program.shape[0],
                 _row_keys(opened), _row_keys(own)),
    )  # fmt: skip


Keys = dict[str, pd.DataFrame]


def _numbers(
    target: dict[str, slice], source: dict[str, slice], size: int, known: Keys, wanted: Keys
) -> Ints:
    """Blocks of one size are the same; of others the keys decide, if there are any."""
    found = np.full(size, -1, np.int64)
    for name, block in source.items():
        other = target.get(name, slice(0, 0))
        if other.stop - other.start == block.stop - block.start:
            found[block] = np.arange(other.start, other.stop)
        elif name in wanted and len(wanted[name]):
            index = pd.MultiIndex.from_frame(known[name])
            if index.is_unique:
                number = index.get_indexer(pd.MultiIndex.from_frame(wanted[name]))
                found[block] = np.where(number >= 0, other.start + number, -1)
    return found


def _column_keys(model: Model) -> Keys:
    keys = {name: frame for lever in model.levers for name, frame in lever.keys().items()}
    if sizes := model.lever(OrderSizes):
        keys["lots"] = pd.DataFrame({"column": sizes.lot_column})
        keys["ordering"] = pd.DataFrame({"column": sizes.minimum_column})
    if runs := model.lever(SmallestRuns):
        keys["running"] = pd.DataFrame({"column": runs.column})
    return keys


def _row_keys(model: Model) -> Keys:
    keys = {}
    if shares := model.lever(SourcingShares):
        keys["max_share"] = pd.DataFrame({"option": shares.most})
        keys["min_share"] = pd.DataFrame({"option": shares.least})
    if versions := model.lever(VersionShares):
        keys["version_share"] = pd.DataFrame({"option": versions.options})
    return keys
