"""How far a limit can move before its price changes, from the optimal basis.

Sensitivity of the right-hand side (Chvatal (1983), Linear Programming, chapter 10): the price
holds as long as the basis stays feasible. The basis matrix is factorised once. Where an optimum is
degenerate the range is narrow, and the price may hold beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import SuperLU, splu

from solver.optimizer import BASIC, Solution
from solver.program import Floats, LinearProgram

_PIVOT = 1e-9
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Ranging:
    """The factorised basis of an optimum, the values of its variables and their bounds."""

    factors: SuperLU
    values: Floats
    lower: Floats
    upper: Floats

    def of(self, change: Floats) -> tuple[float, float]:
        """Least and greatest multiple of a ``change`` of all right-hand sides, at most 0, at least
        0, for which the prices hold."""
        direction = self.factors.solve(change)
        moved = np.abs(direction) > _PIVOT * max(1.0, float(np.abs(direction).max(initial=0.0)))
        step = direction[moved]
        room_up = np.maximum(self.upper[moved] - self.values[moved], 0.0)
        room_down = np.maximum(self.values[moved] - self.lower[moved], 0.0)
        size = np.abs(step)
        up = np.where(step > 0, room_up, room_down) / size
        down = np.where(step > 0, room_down, room_up) / size
        return 0.0 - _least(down), _least(up)


def _least(room: Floats) -> float:
    least = float(room.min(initial=np.inf))
    return 0.0 if least < _ROUNDING else least


def ranging(program: LinearProgram, solution: Solution) -> Ranging | None:
    """The basis of ``solution`` for ranging; None where the solver gave none that is regular."""
    basis = solution.basis
    if basis is None:
        return None
    columns, rows = np.flatnonzero(basis.columns == BASIC), np.flatnonzero(basis.rows == BASIC)
    count = program.shape[0]
    if len(columns) + len(rows) != count:
        return None
    matrix = sp.csc_array((program.values, (program.rows, program.columns)), shape=program.shape)
    slack = sp.csc_array((np.full(len(rows), -1.0), (rows, np.arange(len(rows)))),
                         shape=(count, len(rows)))  # fmt: skip
    try:
        factors = splu(sp.csc_matrix(sp.hstack([matrix[:, columns], slack])))
    except RuntimeError:  # singular
        return None
    activity = np.asarray(matrix @ solution.values)
    return Ranging(
        factors, np.concatenate([solution.values[columns], activity[rows]]),
        np.concatenate([program.lower[columns], program.row_lower[rows]]),
        np.concatenate([program.upper[columns], program.row_upper[rows]]),
    )  # fmt: skip
