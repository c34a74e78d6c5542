"""Solve a linear program some of whose columns are whole numbers, with HiGHS through MathOpt."""

from __future__ import annotations

import numpy as np

from solver.optimizer import model_proto
from solver.program import Floats, Ints, LinearProgram
from supplychain.errors import PlanError

_GAP = 1e-9


def solve_integer(
    program: LinearProgram, is_whole: Ints, time_limit: float | None
) -> tuple[Floats, float]:
    """Maximise ``program`` with the columns ``is_whole`` whole; the values, and the upper bound.

    No values where the time limit (seconds) came before any were found, and an infinite bound where
    it came before any was proved. Equal input gives equal output, except after a stop by the clock.
    PlanError where the solver fails.
    """
    from ortools.math_opt import callback_pb2, model_parameters_pb2, parameters_pb2
    from ortools.math_opt.core.python import solver
    from pybind11_abseil.status import StatusNotOk

    proto = model_proto(program)
    for column in is_whole.tolist():
        proto.variables.integers[column] = True
    parameters = parameters_pb2.SolveParametersProto(relative_gap_tolerance=_GAP)
    if time_limit is not None:
        parameters.time_limit.FromNanoseconds(max(1, int(time_limit * 1e9)))
    try:
        result = solver.solve(
            proto, parameters_pb2.SOLVER_TYPE_HIGHS, parameters_pb2.SolverInitializerProto(),
            parameters, model_parameters_pb2.ModelSolveParametersProto(), None,
            callback_pb2.CallbackRegistrationProto(), None, None,
        )  # fmt: skip
    except StatusNotOk as error:
        raise PlanError(f"the solver highs failed: {error}") from error
    bound = float(result.termination.objective_bounds.dual_bound)
    values = np.zeros(program.shape[1] if result.solutions else 0)
    for solution in result.solutions[:1]:
        found = solution.primal_solution.variable_values
        values[np.asarray(found.ids, np.int64)] = np.asarray(found.values)
    return values, bound
