"""Whole numbers: a second and a third solver, the same plan every time, bound, gap and clock."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from ortools.math_opt.python import mathopt

import solver.optimizer
from solver.data import model_data
from solver.model import build_model
from solver.optimizer import SolverName, SolverOptions, model_proto, solve
from solver.options import ModelOptions
from solver.plan import Plan, PlanKind
from supplychain.network import Network
from supplychain.scenario import Responses
from supplychain.scope import expand
from tests.solver.levers.support import planned
from tests.solver.random_networks import networks
from tests.solver.test_properties import few, many
from tests.support import money, plan_only, shuffled, tiny

EXACT = 1e-9
KINDS: tuple[PlanKind, ...] = ("as-is", "response")
SOLVERS: tuple[SolverName, ...] = ("highs", "glop")


def scale_of(plan: Plan) -> float:
    """Size of what the objective of a plan's program adds up."""
    return max(1.0, float(np.abs(plan.program.cost * plan.solution.values).sum()))


def highs_and_scip_agree(network: Network, responses: Responses) -> None:
    network = expand(network)
    one, other = (plan_only(network, "response", responses, SolverOptions(name, gap=EXACT))
                  for name in SOLVERS)  # fmt: skip
    event(f"has whole numbers: {one.program.is_mixed}")
    tolerance = 1e-6 * max(scale_of(one), scale_of(other))
    assert abs(one.solution.objective - other.solution.objective) <= tolerance


def the_order_of_rows_does_not_matter(network: Network, seed: int) -> None:
    other = shuffled(network, seed)
    for kind in KINDS:
        one, again = (plan_only(expand(case), kind) for case in (network, other))
        assert one.plan_hash == again.plan_hash


RESPONSES = st.builds(
    Responses,
    substitutes=st.booleans(),
    short_builds=st.booleans(),
    expedite=st.booleans(),
    plant_spread=st.sampled_from([None, 0.2]),
    budget=st.sampled_from([None, 55.5]),
)


@few(3)
@given(networks(with_levers=True), RESPONSES)
def test_highs_and_scip_find_the_same_optimum(network: Network, responses: Responses) -> None:
    highs_and_scip_agree(network, responses)


@few(2)
@given(networks(with_levers=True), st.integers(0, 99))
def test_rows_in_any_order_give_the_same_plan(network: Network, seed: int) -> None:
    the_order_of_rows_does_not_matter(network, seed)


@few(2)
@given(networks(with_levers=True))
def test_the_gap_of_every_plan_is_within_a_tenth_of_a_percent_of_what_is_at_stake(
    network: Network,
) -> None:
    for kind in KINDS:
        plan = plan_only(expand(network), kind)
        assert plan.status == "optimal"
        assert -1e-6 <= (plan.bound - plan.objective) / scale_of(plan) <= 1e-3


@many
@given(networks(with_levers=True), RESPONSES)
def test_highs_and_scip_agree_on_many_networks(network: Network, responses: Responses) -> None:
    highs_and_scip_agree(network, responses)


@many
@given(networks(with_levers=True), st.integers(0, 99))
def test_rows_in_any_order_give_the_same_plan_in_many_networks(network: Network, seed: int) -> None:
    the_order_of_rows_does_not_matter(network, seed)


def puzzle(options: int = 14) -> Network:
    """Demand of one chip, and sources that each cost something once and come in lots."""
    rows = "\n".join(
        f"CHIP PLANT FAB-{n} 0 {1 + n % 3} {3 + n % 5} {17 + (n * 7) % 12} {5 + n % 4} 3"
        for n in range(options)
    )
    header = "item location supplier lead_time unit_cost lot_size qualification_cost capacity moq"
    wanted = "\n".join(f"CHIP PLANT {t} {11 + 5 * (t % 3)} 9 0" for t in range(6))
    return tiny(
        periods=6,
        sourcing=f"{header}\n{rows}",
        demand=f"item location period quantity unit_revenue lost_after\n{wanted}",
    )


def test_three_solvers_agree_on_a_puzzle_of_whole_numbers() -> None:
    program = build_model(model_data(puzzle(6)), ModelOptions()).program
    whole = dataclasses.replace(
        program, integer=np.ones_like(program.integer), upper=np.minimum(program.upper, 1000.0)
    )
    model = mathopt.Model.from_model_proto(model_proto(whole))
    third = mathopt.solve(model, mathopt.SolverType.CP_SAT).objective_value()
    found = [solve(whole, SolverOptions(name, gap=EXACT)).objective for name in SOLVERS]
    assert found == [pytest.approx(third), pytest.approx(third)]
    # what is asked for and offered are whole numbers: to split units gains nothing
    assert planned(puzzle(6)).objective == pytest.approx(third)


def test_a_puzzle_of_whole_numbers_has_one_plan_whatever_the_order_of_rows() -> None:
    hashes = {plan_only(case).plan_hash for case in (puzzle(6), shuffled(puzzle(6), 3), puzzle(6))}
    assert len(hashes) == 1


@pytest.mark.parametrize("name", SOLVERS)
def test_no_time_gives_no_plan_and_says_so(name: SolverName) -> None:
    for kind in KINDS:
        plan = plan_only(puzzle(), kind, None, SolverOptions(name, time_limit=1e-9))
        assert plan.status == "no plan"
        assert dict(plan.tables) == {}
        assert np.isnan(plan.gap)


def test_a_search_that_is_stopped_gives_the_best_plan_so_far_with_its_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stopped at its first solution; the clock would stop it at another place every time."""
    best = plan_only(puzzle(), solver=SolverOptions(gap=EXACT))
    parameters = solver.optimizer._parameters

    def stopped(options: SolverOptions) -> object:
        limited = parameters(options)
        limited.solution_limit = 1
        return limited

    monkeypatch.setattr(solver.optimizer, "_parameters", stopped)
    plan = plan_only(puzzle())
    assert plan.status == "feasible"
    assert plan.gap > 1e-3
    assert plan.objective <= best.objective + 1e-6
    assert plan.bound >= best.objective - 1e-6
    assert plan.gap == pytest.approx(
        (plan.bound - plan.objective) / max(abs(plan.bound), abs(plan.objective), 1.0)
    )
    assert money(plan, "profit") == [plan.objective]
