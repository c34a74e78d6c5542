"""What holds of every network: hypothesis over random small datasets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from solver.optimizer import SolverOptions
from solver.plan import Plan, PlanKind
from supplychain.network import Network
from supplychain.scenario import Responses
from supplychain.scope import expand
from tests.solver.random_networks import networks
from tests.support import plan_and_check, plan_only, shuffled

TOLERANCE = 1e-6
MANY = 300
Test = Callable[..., None]
UNLIKELY = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
RESPONSES = st.builds(
    Responses,
    reallocation=st.booleans(),
    transfers=st.booleans(),
    alternates=st.booleans(),
    budget=st.sampled_from([None, 0.0, 10.0, 55.5]),
)


def few(examples: int) -> Any:
    """Settings of the tests that run always: the same examples every time."""
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None,
                    suppress_health_check=UNLIKELY)  # fmt: skip


def many(test: Test) -> Test:
    """The slow form of a property test: other examples every time."""
    return pytest.mark.slow(
        settings(max_examples=MANY, deadline=None, suppress_health_check=UNLIKELY)(test)
    )


def at_least(value: float, least: float) -> bool:
    return value >= least - TOLERANCE * max(1.0, abs(least))


def money_at_stake(plan: Plan) -> float:
    """Size of the terms of a plan: a profit near zero is a difference of large numbers."""
    return float(plan.tables["costs"]["amount"].abs().sum())


def plans_pass_the_checker(network: Network, responses: Responses) -> None:
    as_is = plan_and_check(network, "as-is")
    free = plan_and_check(network, "response")
    chosen = plan_and_check(network, "response", responses)
    event(
        f"something is unserved: {bool(as_is.tables['service'][['lost', 'open']].any(axis=None))}"
    )
    event(f"the response pays: {free.objective > as_is.objective + 1}")
    scale = TOLERANCE * max(1.0, money_at_stake(as_is))
    assert chosen.objective >= as_is.objective - scale
    assert free.objective >= chosen.objective - scale


def rows_in_any_order_give_the_same_plan(network: Network, seed: int) -> None:
    other = shuffled(network, seed)
    assert other.input_hash == network.input_hash
    kinds: tuple[PlanKind, ...] = ("as-is", "response")
    for kind in kinds:
        assert (
            plan_only(expand(other), kind).plan_hash == plan_only(expand(network), kind).plan_hash
        )


def more_capacity_never_costs(network: Network, factor: float, table: str) -> None:
    """Scheduled receipts have no origin here: those that have one take new capacity first."""
    grown = network.table(table)
    grown["capacity"] = grown["capacity"] * factor + (factor - 1.0)
    before = plan_only(expand(network))
    after = plan_only(expand(network.replace(**{table: grown})))
    assert after.objective >= before.objective - TOLERANCE * max(1.0, money_at_stake(before))


def both_solvers_agree(network: Network, responses: Responses) -> None:
    network = expand(network)
    responses = responses.model_copy(update={"reallocation": True})
    highs = plan_only(network, "response", responses, SolverOptions("highs"))
    glop = plan_only(network, "response", responses, SolverOptions("glop"))
    scale = max(1.0, money_at_stake(highs))
    assert abs(highs.objective - glop.objective) <= TOLERANCE * scale


SEEDS = st.integers(0, 99)
FACTORS = st.sampled_from([1.1, 2.0, 10.0])
CAPACITIES = st.sampled_from(["sourcing", "supplier_capacity", "lanes", "resources", "capacities"])


@few(4)
@given(networks(), RESPONSES)
def test_the_checker_passes_every_plan_and_the_response_is_never_worse_than_as_is(
    network: Network, responses: Responses
) -> None:
    plans_pass_the_checker(network, responses)


@few(3)
@given(networks(), SEEDS)
def test_the_order_of_rows_never_matters(network: Network, seed: int) -> None:
    rows_in_any_order_give_the_same_plan(network, seed)


@few(4)
@given(networks(receipts_may_wait=False), FACTORS, CAPACITIES)
def test_more_capacity_never_lowers_the_money_of_the_response(
    network: Network, factor: float, table: str
) -> None:
    more_capacity_never_costs(network, factor, table)


@few(4)
@given(networks(), RESPONSES)
def test_highs_and_glop_find_the_same_objective(network: Network, responses: Responses) -> None:
    both_solvers_agree(network, responses)


@many
@given(networks(), RESPONSES)
def test_the_checker_passes_many_plans(network: Network, responses: Responses) -> None:
    plans_pass_the_checker(network, responses)


@many
@given(networks(), SEEDS)
def test_the_order_of_rows_never_matters_in_many_networks(network: Network, seed: int) -> None:
    rows_in_any_order_give_the_same_plan(network, seed)


@many
@given(networks(receipts_may_wait=False), FACTORS, CAPACITIES)
def test_more_capacity_never_costs_in_many_networks(
    network: Network, factor: float, table: str
) -> None:
    more_capacity_never_costs(network, factor, table)


@many
@given(networks(), RESPONSES)
def test_both_solvers_agree_on_many_networks(network: Network, responses: Responses) -> None:
    both_solvers_agree(network, responses)
