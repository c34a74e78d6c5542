"""Solve a LinearProgram with OR-Tools MathOpt, fed as a protocol buffer filled from arrays."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from solver.program import Floats, Ints, LinearProgram
from supplychain.errors import PlanError

SolverName = Literal["highs", "glop"]
Status = Literal["optimal", "feasible", "no plan"]


@dataclass(frozen=True)
class SolverOptions:
    """How to solve: which solver, and seconds allowed for each solve (None: no limit).

    Programs with integers go to HiGHS, or to SCIP where the solver is GLOP. They are solved to
    ``gap``, as a share of the objective.
    """

    solver: SolverName = "highs"
    time_limit: float | None = None
    gap: float = 1e-4


@dataclass(frozen=True)
class Solution:
    """Result of one solve: status, objective, bound on it, primal and dual values, seconds.

    With status "no plan" the arrays are empty. ``row_prices`` are the change of the objective a
    unit of each row's right-hand side; of a program with integers, those of the linear program in
    which the integers keep their values.
    """

    status: Status
    objective: float
    bound: float
    values: Floats
    row_prices: Floats
    seconds: float
    basis: Basis | None = None

    def valued(self, program: LinearProgram) -> Solution:
        """This solution with objective and bound in the money of ``program``.

        ``program`` has the rows of the one that was solved and another objective. No plan stays so.
        """
        if self.status == "no plan":
            return self
        objective = float(program.cost @ self.values)
        return replace(self, objective=objective, bound=objective + self.bound - self.objective)


@dataclass(frozen=True)
class Basis:
    """Simplex basis: MathOpt status of every column and row (see BasisStatusProto)."""

    columns: Ints
    rows: Ints


AT_LOWER, AT_UPPER, BASIC = 2, 3, 5
_LARGE = 150_000  # columns from which interior point with crossover beats the simplex method


def solve_again(program: LinearProgram, start: Basis | None, options: SolverOptions) -> Solution:
    """Maximise a program that differs little from one solved before, from its final basis.

    GLOP's dual simplex takes the basis of either solver, HiGHS takes none. Without a basis, or if
    GLOP stumbles, the program is solved afresh.
    """
    if start is None:
        return solve(program, options)
    from ortools.math_opt import model_parameters_pb2, parameters_pb2

    parameters = _parameters(options)
    parameters.presolve = parameters_pb2.EMPHASIS_OFF
    parameters.lp_algorithm = parameters_pb2.LP_ALGORITHM_DUAL_SIMPLEX
    model_parameters = model_parameters_pb2.ModelSolveParametersProto()
    basis = model_parameters.initial_basis
    for target, statuses in ((basis.variable_status, start.columns),
                             (basis.constraint_status, start.rows)):  # fmt: skip
        target.ids.extend(range(len(statuses)))
        target.values.extend(statuses.tolist())
    try:
        return _run(program, "glop", parameters, model_parameters)
    except PlanError:
        return solve(program, options)


def solve(program: LinearProgram, options: SolverOptions) -> Solution:
    """Maximise ``program``; PlanError if the solver calls it infeasible or unbounded (a bug)."""
    from ortools.math_opt import model_parameters_pb2, parameters_pb2

    if program.is_mixed:
        return _solve_mixed(program, options)
    parameters = _parameters(options)
    if options.solver == "highs" and program.shape[1] > _LARGE:
        parameters.lp_algorithm = parameters_pb2.LP_ALGORITHM_BARRIER
    empty = model_parameters_pb2.ModelSolveParametersProto()
    return _run(program, options.solver, parameters, empty)


def _solve_mixed(program: LinearProgram, options: SolverOptions) -> Solution:
    """Branch and bound, then the linear program with the integers fixed, for its prices."""
    mixed = branch(program, options)
    if mixed.status == "no plan":
        return mixed
    try:
        linear = solve(program.fixed(mixed.values), replace(options, time_limit=None))
    except PlanError:  # whole numbers within the tolerance of branch and bound, not of the simplex
        return mixed
    return replace(linear, status=mixed.status, bound=mixed.bound,
                   seconds=mixed.seconds + linear.seconds)  # fmt: skip


def branch(program: LinearProgram, options: SolverOptions) -> Solution:
    """Branch and bound alone: values and bound, and no prices where anything is whole."""
    from ortools.math_opt import model_parameters_pb2

    parameters = _parameters(options)
    parameters.relative_gap_tolerance = options.gap
    empty = model_parameters_pb2.ModelSolveParametersProto()
    return _run(program, "highs" if options.solver == "highs" else "scip", parameters, empty)


def _parameters(options: SolverOptions) -> Any:
    from ortools.math_opt import parameters_pb2

    parameters = parameters_pb2.SolveParametersProto()
    if options.time_limit is not None:
        parameters.time_limit.FromNanoseconds(max(1, int(options.time_limit * 1e9)))
    return parameters


def _run(program: LinearProgram, name: str, parameters: Any, model_parameters: Any) -> Solution:
    from ortools.math_opt import callback_pb2, parameters_pb2
    from ortools.math_opt.core.python import solver
    from pybind11_abseil.status import StatusNotOk

    kind = {
        "highs": parameters_pb2.SOLVER_TYPE_HIGHS,
        "glop": parameters_pb2.SOLVER_TYPE_GLOP,
        "scip": parameters_pb2.SOLVER_TYPE_GSCIP,
    }[name]
    started = time.perf_counter()
    try:
        result = solver.solve(
            model_proto(program), kind, parameters_pb2.SolverInitializerProto(), parameters,
            model_parameters, None, callback_pb2.CallbackRegistrationProto(), None, None,
        )  # fmt: skip
    except StatusNotOk as error:
        raise PlanError(f"the solver {name} failed: {error}") from error
    return _solution(program, result, time.perf_counter() - started)


def model_proto(program: LinearProgram) -> Any:
    """The program as a MathOpt ModelProto."""
    from ortools.math_opt import model_pb2

    proto = model_pb2.ModelProto()
    row_count, column_count = program.shape
    proto.variables.ids.extend(range(column_count))
    proto.variables.lower_bounds.extend(program.lower.tolist())
    proto.variables.upper_bounds.extend(program.upper.tolist())
    proto.variables.integers.extend(program.integer.tolist())
    proto.objective.maximize = True
    priced = np.flatnonzero(program.cost)
    proto.objective.linear_coefficients.ids.extend(priced.tolist())
    proto.objective.linear_coefficients.values.extend(program.cost[priced].tolist())
    proto.linear_constraints.ids.extend(range(row_count))
    proto.linear_constraints.lower_bounds.extend(program.row_lower.tolist())
    proto.linear_constraints.upper_bounds.extend(program.row_upper.tolist())
    proto.linear_constraint_matrix.row_ids.extend(program.rows.tolist())
    proto.linear_constraint_matrix.column_ids.extend(program.columns.tolist())
    proto.linear_constraint_matrix.coefficients.extend(program.values.tolist())
    return proto


def _solution(program: LinearProgram, result: Any, seconds: float) -> Solution:
    from ortools.math_opt import result_pb2

    reason = result.termination.reason
    if reason in (
        result_pb2.TERMINATION_REASON_INFEASIBLE,
        result_pb2.TERMINATION_REASON_UNBOUNDED,
        result_pb2.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED,
        result_pb2.TERMINATION_REASON_IMPRECISE,
        result_pb2.TERMINATION_REASON_NUMERICAL_ERROR,
        result_pb2.TERMINATION_REASON_OTHER_ERROR,
    ):
        name = result_pb2.TerminationReasonProto.Name(reason)
        raise PlanError(f"the model has no plan ({name}); this is a bug of the product, report it")
    bound = float(result.termination.objective_bounds.dual_bound)
    solutions = [s for s in result.solutions if s.HasField("primal_solution")
                 and s.primal_solution.feasibility_status == 2]  # fmt: skip
    if not solutions:
        nothing = np.zeros(0)
        return Solution("no plan", np.nan, bound, nothing, nothing, seconds)
    best = solutions[0]
    optimal = reason == result_pb2.TERMINATION_REASON_OPTIMAL
    row_count, column_count = program.shape
    return Solution(
        "optimal" if optimal else "feasible",
        float(best.primal_solution.objective_value),
        bound,
        _dense(best.primal_solution.variable_values, column_count),
        _dense(best.dual_solution.dual_values, row_count),
        seconds,
        _basis(best),
    )


def _basis(solution: Any) -> Basis | None:
    if not solution.HasField("basis"):
        return None
    basis = solution.basis
    return Basis(
        np.array(basis.variable_status.values, np.int64),
        np.array(basis.constraint_status.values, np.int64),
    )


def _dense(vector: Any, size: int) -> Floats:
    dense = np.zeros(size)
    dense[np.asarray(vector.ids, dtype=np.int64)] = np.asarray(vector.values, dtype=float)
    return dense
