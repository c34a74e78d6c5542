"""A linear program some of whose columns are whole numbers: its values and its bound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.optimizer import SolverOptions, branch
from solver.program import Floats, Ints, LinearProgram

_GAP = 1e-9


def solve_integer(
    program: LinearProgram, is_whole: Ints, time_limit: float | None
) -> tuple[Floats, float]:
    """Maximise ``program`` with the columns ``is_whole`` whole; the values, and the upper bound.

    No values where the time limit (seconds) came before any were found, and an infinite bound where
    it came before any was proved. Equal input gives equal output, except after a stop by the clock.
    PlanError where the solver fails.
    """
    integer = np.zeros(program.shape[1], bool)
    integer[is_whole] = True
    options = SolverOptions(time_limit=time_limit, gap=_GAP)
    found = branch(replace(program, integer=integer), options)
    return found.values, found.bound
