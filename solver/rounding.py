"""Whole numbers near the optimum of the relaxed program, so that branch and bound is rarely needed.

Lots and minimum orders, option by option in the order of periods: an order comes when the relaxed
plan has ordered more than is ordered so far, whole lots and at least the minimum, less where the
capacity left by all others does not suffice. Other whole numbers are rounded to the nearest. With
them fixed the rest is a linear program, solved from the basis of the relaxed one; its distance from
the relaxed optimum bounds that from the true one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array

from solver.levers.sourcing_rules import OrderSizes
from solver.model import Model
from solver.optimizer import Solution, SolverOptions, solve, solve_again
from solver.program import Flags, Floats, Ints, LinearProgram
from supplychain.errors import PlanError

_CAPACITIES = ("sourcing_capacity", "supplier_capacity")
_TINY = 1e-6
_RARE = 0.5  # share of its smallest order below which an option is not used at all


def solve_mixed(model: Model, program: LinearProgram, options: SolverOptions) -> Solution:
    """Maximise ``program``, of the columns and rows of ``model``; "optimal" within the gap.

    Rounds the relaxed optimum first, and branches only where that is not near enough. Stopped by
    the clock, the better of both with its bound.
    """
    if not program.is_mixed:
        return solve(program, options)
    relaxed = solve(program.relaxed(), options)
    if relaxed.status != "optimal":
        return solve(program, options)
    near = _near(model, program, relaxed, options)
    seconds = relaxed.seconds + (near.seconds if near else 0.0)
    if near and relaxed.objective - near.objective <= options.gap * abs(near.objective):
        return replace(near, bound=relaxed.objective, seconds=seconds)
    exact = solve(program, options)
    seconds += exact.seconds
    bound = min(exact.bound, relaxed.objective)
    if near and not exact.objective >= near.objective:
        return replace(near, status="feasible", bound=bound, seconds=seconds)
    return replace(exact, bound=bound, seconds=seconds)


def _near(
    model: Model, program: LinearProgram, relaxed: Solution, options: SolverOptions
) -> Solution | None:
    """The best plan with the whole numbers rounded; None where they do not fit together."""
    try:
        fixed = program.fixed(rounded(model, program, relaxed.values))
        solution = solve_again(fixed, relaxed.basis, options)
    except PlanError:
        return None
    return solution if solution.status == "optimal" else None


def rounded(model: Model, program: LinearProgram, values: Floats) -> Floats:
    """``values`` with whole numbers in place of those that have to be whole."""
    whole = np.where(program.integer, np.round(values), values)
    if sizes := model.lever(OrderSizes):
        order = program.column_blocks["order"]
        quantity = _Orders.of(model, program, values, sizes).placed()
        whole[order] = quantity
        whole[program.column_blocks["lots"]] = quantity[sizes.lot_column] / sizes.lot_size
        whole[program.column_blocks["ordering"]] = quantity[sizes.minimum_column] > 0
    return whole


@dataclass(frozen=True)
class _Orders:
    """Orders of the relaxed plan with their lots and minimums (0: none), and rows of capacity.

    ``matrix`` holds the capacity that a unit of every order takes, ``room`` what is left.
    """

    values: Floats
    option: Ints
    period: Ints
    lot: Floats
    minimum: Floats
    matrix: csc_array
    room: Floats

    @classmethod
    def of(cls, model: Model, program: LinearProgram, values: Floats, sizes: OrderSizes) -> _Orders:
        flow, block = model.data.orders, program.column_blocks["order"]
        lot, minimum = np.zeros(len(flow)), np.zeros(len(flow))
        lot[sizes.lot_column], minimum[sizes.minimum_column] = sizes.lot_size, sizes.minimum
        matrix = csc_array((program.values, (program.rows, program.columns)), shape=program.shape)
        limits = _rows_of(program)
        room = np.where(limits, program.row_upper - matrix @ values, np.inf)
        return cls(values[block], flow.option, flow.period, lot, minimum,
                   matrix[:, block][limits], room[limits])  # fmt: skip

    def placed(self) -> Floats:
        """Orders in lots and at least the minimum, within the capacity."""
        quantity, room = self.values.copy(), self.room.copy()
        ruled = np.flatnonzero((self.lot > 0) | (self.minimum > 0))
        total = np.bincount(self.option, self.values)
        behind, current = 0.0, -1
        for order in ruled[np.lexsort((self.period[ruled], self.option[ruled]))].tolist():
            if self.option[order] != current:
                behind, current = 0.0, self.option[order]
            behind += self.values[order]
            used = slice(self.matrix.indptr[order], self.matrix.indptr[order + 1])
            rows, taken = self.matrix.indices[used], self.matrix.data[used]
            most = self.values[order] + float(np.min(room[rows] / taken, initial=np.inf))
            size = self._sized(order, behind, most, float(total[current]))
            room[rows] -= taken * (size - self.values[order])
            behind -= size
            quantity[order] = size
        return quantity

    def _sized(self, order: int, wanted: float, most: float, total: float) -> float:
        """The order that covers ``wanted``, or what of it fits into ``most``."""
        minimum, lot = self.minimum[order], self.lot[order]
        if wanted <= _TINY or total < _RARE * minimum:
            return 0.0
        size = max(wanted, minimum)
        if lot:
            size = np.ceil(size / lot - _TINY) * lot
        if size > most + _TINY:
            size = np.floor(most / lot + _TINY) * lot if lot else most
        return float(size) if size >= minimum - _TINY else 0.0


def _rows_of(program: LinearProgram) -> Flags:
    """Rows of the capacities that orders share."""
    inside = np.zeros(program.shape[0], bool)
    for name in _CAPACITIES:
        inside[program.row_blocks[name]] = True
    return inside
