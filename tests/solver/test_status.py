"""Status, bound and hash of a plan; a plan that the clock stopped is none, and says so."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from solver.actions import action_table
from solver.optimizer import SolverName, SolverOptions
from solver.plan import PlanKind
from supplychain.network import Network
from supplychain.scenario import Responses
from tests.support import plan_and_check, plan_only, shuffled, tiny


def scarce(periods: int = 12) -> Network:
    """Two products short of a chip, over many periods."""
    wanted = "\n".join(
        f"{item} PLANT {n} {10 + n % 3} {price} 2" for n in range(periods)
        for item, price in (("CAR", 20), ("VAN", 30))
    )  # fmt: skip
    return tiny(
        periods,
        production="""
            item  location  lead_time
            CAR   PLANT     1
            VAN   PLANT     1
        """,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
            VAN   CHIP       2
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  capacity  routine
            CHIP  PLANT     FAB       1          1          7         true
            CHIP  PLANT     BROKER    0          6          5         false
        """,
        demand=f"item location period quantity unit_revenue lost_after\n{wanted}",
    )


KINDS: tuple[PlanKind, ...] = ("as-is", "response")
SOLVERS: tuple[SolverName, ...] = ("highs", "glop")


@pytest.mark.parametrize("name", SOLVERS)
def test_a_time_limit_that_is_too_short_gives_no_plan(name: SolverName) -> None:
    solver = SolverOptions(name, time_limit=1e-9)
    for kind in KINDS:
        for responses in (Responses(), Responses(reallocation=False)):
            plan = plan_only(scarce(), kind, responses, solver)
            assert plan.status == "no plan"
            assert dict(plan.tables) == {}
            assert math.isnan(plan.objective)
            assert math.isnan(plan.gap)
            assert len(plan.plan_hash) == 64


def test_there_are_no_actions_without_a_plan() -> None:
    none = plan_only(scarce(), "response", None, SolverOptions(time_limit=1e-9))
    as_is = plan_only(scarce(), "as-is")
    with ThreadPoolExecutor(1) as executor:
        for pair in ((as_is, none), (none, as_is), (none, none)):
            assert not len(action_table(*pair, SolverOptions(), executor))


@pytest.mark.parametrize("name", SOLVERS)
def test_a_generous_time_limit_changes_nothing(name: SolverName) -> None:
    for kind in KINDS:
        free = plan_and_check(scarce(), kind, solver=SolverOptions(name))
        limited = plan_and_check(scarce(), kind, solver=SolverOptions(name, time_limit=60.0))
        assert free.plan_hash == limited.plan_hash
        assert free.objective == limited.objective


def test_both_solvers_find_the_same_objective_and_no_gap() -> None:
    plans = [plan_and_check(scarce(), solver=SolverOptions(name)) for name in SOLVERS]
    assert plans[0].objective == pytest.approx(plans[1].objective, rel=1e-9)
    assert all(plan.gap < 1e-9 for plan in plans)


def test_the_order_of_rows_does_not_change_the_plan() -> None:
    network = scarce()
    for kind in KINDS:
        hashes = {
            plan_only(other, kind).plan_hash
            for other in (network, shuffled(network, 1), shuffled(network, 7))
        }
        assert len(hashes) == 1


def test_planning_leaves_its_network_as_it_was() -> None:
    network = scarce()
    before = network.input_hash
    for kind in KINDS:
        plan_only(network, kind)
    assert network.input_hash == before


def test_a_plan_and_its_hash_change_with_the_data() -> None:
    network = scarce()
    demand = network.table("demand")
    less = network.replace(demand=demand.assign(quantity=demand["quantity"] / 10))
    dearer = network.replace(demand=demand.assign(unit_revenue=1.0))
    plans = [plan_only(other) for other in (network, less, dearer)]
    assert len({plan.plan_hash for plan in plans}) == 3
