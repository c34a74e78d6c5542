"""A plan lived through futures: what is certain comes out as planned, what is not by hand."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.plan import Plan, PlanKind
from supplychain.files import read_dataset
from supplychain.network import Network
from supplychain.scenario import apply, read_scenario
from supplychain.scope import expand
from supplychain.simulation import Futures, Simulation, certain_futures, simulate
from supplychain.simulation.activities import ORDER
from supplychain.simulation.execution import Execution, read_execution, sampled_arrivals
from supplychain.simulation.step import State, initial_state, step
from tests.solver.random_networks import networks
from tests.solver.test_properties import few
from tests.support import plan_only, tiny

AUTOMAKER = Path(__file__).resolve().parents[2] / "data" / "automaker"
SEEDS = st.integers(0, 99)
KINDS = st.sampled_from(["as-is", "response"])
SERVICE = ["quantity", "on_time", "late", "lost", "open"]


@pytest.fixture(scope="module")
def automaker() -> Network:
    """The example company, expanded."""
    return expand(read_dataset(AUTOMAKER))


def as_planned(network: Network, plan: Plan, samples: int = 2) -> Simulation:
    return simulate(network, plan.tables, certain_futures(network, plan.tables, samples))


def assert_reproduces(result: Simulation, plan: Plan) -> None:
    """Inventory and service of the simulation are those of the plan."""
    keys = ["item", "location", "period"]
    planned = plan.tables["inventory"].set_index(keys)["on_hand"]
    for column in ("on_hand_mean", "on_hand_P10", "on_hand_P50", "on_hand_P90"):
        lived = result.stock.set_index(keys)[column]
        # a solver's tolerance of 1e-6 in each of the equations that a quantity passes through
        pd.testing.assert_series_equal(lived, planned, check_names=False, rtol=1e-9, atol=1e-5)
    keys = [*keys, "customer"]
    served = plan.tables["service"].set_index(keys)[SERVICE].sort_index()
    lived = result.service.set_index(keys)[SERVICE].sort_index()
    pd.testing.assert_frame_equal(lived, served, rtol=1e-9, atol=1e-6)


def random_futures(network: Network, plan: Plan, seed: int, samples: int) -> Futures:
    """Demand of up to twice the plan's, delays from two periods early to three late."""
    certain, random = certain_futures(network, plan.tables, samples), np.random.default_rng(seed)
    return Futures(
        np.round(certain.demand * random.uniform(0, 2, certain.demand.shape), 2),
        random.integers(-2, 4, certain.order_delays.shape),
        random.integers(-2, 4, certain.receipt_delays.shape),
    )


# --- identity -----------------------------------------------------------------------------------


@few(3)
@given(networks(), KINDS)
def test_without_uncertainty_the_plan_is_reproduced(network: Network, kind: PlanKind) -> None:
    network = expand(network)
    plan = plan_only(network, kind)
    assert_reproduces(as_planned(network, plan), plan)


@pytest.mark.slow
@few(300)
@given(networks(), KINDS)
def test_without_uncertainty_many_plans_are_reproduced(network: Network, kind: PlanKind) -> None:
    network = expand(network)
    plan = plan_only(network, kind)
    assert_reproduces(as_planned(network, plan), plan)


@pytest.mark.parametrize("scenario", ["calm-baseline", "chip-shortage"])
def test_without_uncertainty_the_plan_of_the_example_company_is_reproduced(
    automaker: Network, scenario: str
) -> None:
    story = read_scenario(AUTOMAKER / "scenarios" / f"{scenario}.yaml")
    network = apply(story, automaker)
    plan = plan_only(network, "as-is")
    result = as_planned(network, plan, samples=1)
    assert_reproduces(result, plan)
    short = result.stock["expected_shortage"]
    unserved = plan.tables["service"].eval("quantity - on_time").sum()
    # nothing is cut but demand, which the plan itself does not serve on time
    assert float(short.sum()) == pytest.approx(float(unserved), rel=1e-6, abs=1e-3)


def test_what_takes_no_time_is_there_before_it_is_used_in_the_same_period() -> None:
    network = tiny(
        periods=2,
        stock="""
            item  location  quantity
            CHIP  FAB       20
        """,
        production="""
            item  location  lead_time
            CAR   PLANT     0
            ECU   TIER      0
        """,
        bom="""
            item  component  quantity_per
            CAR   ECU        1
            ECU   CHIP       1
        """,
        lanes="""
            item  origin  destination  lead_time
            CHIP  FAB     TIER         0
            ECU   TIER    PLANT        0
            CAR   PLANT   SHOP         0
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   SHOP      0       10        100
            CAR   SHOP      1       10        100
        """,
    )
    plan = plan_only(expand(network), "as-is")
    result = as_planned(network, plan)
    assert_reproduces(result, plan)
    assert result.totals["on_time"].tolist() == pytest.approx([20, 20])


# --- conservation -------------------------------------------------------------------------------


def used(execution: Execution, futures: Futures, before: State, after: State) -> np.ndarray:
    """Units taken from each item-location in a period, from what was started and served."""
    activities, period = execution.activities, before.period
    started = after.started - before.started
    taken = np.zeros((len(execution.places), futures.samples))
    inputs = activities.inputs
    valid = inputs.in_period(period)
    amount = started[inputs.row[valid]] * inputs.per_unit[valid, None]
    np.add.at(taken, inputs.pair[valid], amount)
    known = execution.demand.pair >= 0
    delivered = (after.served - before.served)[known]
    np.add.at(taken, execution.demand.pair[known], delivered)
    return taken


def received(execution: Execution, futures: Futures, states: list[State]) -> np.ndarray:
    """Units that reach each item-location by period, by the lags of the data (T x n x N)."""
    activities = execution.activities
    shape = (execution.periods, len(execution.places), futures.samples)
    total = np.zeros(shape)
    for rows, delays in ((execution.orders, futures.order_delays),
                         (execution.receipts, futures.receipt_delays)):  # fmt: skip
        for n, pair in enumerate(rows.pair):
            for k in range(futures.samples):
                at = max(rows.planned[n] + delays[rows.delay_row[n], k], rows.earliest[n])
                if rows.planned[n] < execution.periods and at < execution.periods:
                    total[at, pair, k] += rows.quantity[n]
    for before, after in pairwise(states):
        started = after.started - before.started
        for f, k in zip(*np.nonzero(started), strict=True):
            delay = 0
            if activities.kind[f] == ORDER:
                delay = futures.order_delays[activities.order_row[f], k]
            at = before.period + max(activities.lag[f, before.period] + delay, 0)
            if at < execution.periods:
                total[at, activities.target[f], k] += started[f, k]
    return total


def executions_keep_their_laws(network: Network, seed: int) -> None:
    """Stock is conserved, no more is started than planned, and no capacity is exceeded."""
    plan = plan_only(network, "response")
    futures = random_futures(network, plan, seed, 4)
    execution = read_execution(network, plan.tables)
    arrivals = sampled_arrivals(execution, futures)
    states = [initial_state(execution, futures)]
    for _ in range(execution.periods):
        states.append(step(execution, futures, arrivals, states[-1])[0])
    incoming, limits = received(execution, futures, states), execution.limits
    scale = max(1.0, float(incoming.sum(axis=0).max(initial=0.0)))
    for period, (before, after) in enumerate(pairwise(states)):
        left = before.on_hand + incoming[period] - used(execution, futures, before, after)
        np.testing.assert_allclose(after.on_hand, left, atol=1e-9 * scale)
        assert (after.on_hand >= -2 * execution.dust[:, None]).all()
        assert (after.served <= futures.demand * (1 + 1e-9)).all()
        assert (after.started <= execution.planned_to_date[:, period, None] + 1e-6).all()
        load, started = np.zeros((len(limits.room), 4)), after.started - before.started
        np.add.at(load, limits.limit, started[limits.row] * limits.per_unit[:, None])
        assert (load <= limits.room[:, period, None] + 1e-6).all()
    parts = simulate(network, plan.tables, futures).totals
    served = parts[["on_time", "late"]].sum(axis=1).to_numpy()
    np.testing.assert_allclose(served, states[-1].served.sum(axis=0), atol=1e-6)
    every = parts[["on_time", "late", "lost", "open"]]
    assert (every >= 0).all(axis=None)
    np.testing.assert_allclose(every.sum(axis=1), futures.demand.sum(axis=0), atol=1e-6)


@few(3)
@given(networks(), SEEDS)
def test_stock_is_conserved_and_limits_hold_in_every_sample(network: Network, seed: int) -> None:
    executions_keep_their_laws(expand(network), seed)


@pytest.mark.slow
@few(150)
@given(networks(), SEEDS)
def test_stock_is_conserved_in_many_networks(network: Network, seed: int) -> None:
    executions_keep_their_laws(expand(network), seed)


# --- samples ------------------------------------------------------------------------------------


@few(3)
@given(networks(), SEEDS)
def test_samples_do_not_know_of_each_other(network: Network, seed: int) -> None:
    network = expand(network)
    plan = plan_only(network, "as-is")
    futures = random_futures(network, plan, seed, 6)
    order = np.random.default_rng(seed).permutation(6)
    other = Futures(futures.demand[:, order], futures.order_delays[:, order],
                    futures.receipt_delays[:, order])  # fmt: skip
    first = simulate(network, plan.tables, futures)
    second = simulate(network, plan.tables, other)
    pd.testing.assert_frame_equal(
        first.totals.iloc[order].reset_index(drop=True), second.totals.reset_index(drop=True)
    )
    pd.testing.assert_frame_equal(first.stock, second.stock)
    pd.testing.assert_frame_equal(first.service, second.service)
    causes = ["stopped_by", "stopped_at", "stopped_share"]
    pd.testing.assert_frame_equal(
        first.line_down.drop(columns=causes), second.line_down.drop(columns=causes)
    )


@few(3)
@given(networks(), SEEDS)
def test_the_same_input_gives_the_same_output(network: Network, seed: int) -> None:
    network = expand(network)
    plan = plan_only(network, "as-is")
    futures = random_futures(network, plan, seed, 3)
    first, second = (simulate(network, plan.tables, futures, plan.tables) for _ in range(2))
    for name in ("stock", "line_down", "service", "totals"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))


# --- what does not fit --------------------------------------------------------------------------


def shop() -> Network:
    """A shop with 10 units and a demand of 4 in each of three weeks."""
    return tiny(
        periods=3,
        stock="""
            item  location  quantity
            CAR   SHOP      10
        """,
        demand="""
            item  location  period  quantity
            CAR   SHOP      0       4
            CAR   SHOP      1       4
            CAR   SHOP      2       4
        """,
    )


def test_futures_of_another_plan_are_refused() -> None:
    plan = plan_only(shop(), "as-is")
    futures = certain_futures(shop(), plan.tables)
    short = Futures(futures.demand[:2], futures.order_delays, futures.receipt_delays)
    with pytest.raises(ValueError, match="demand has 2 rows, the plan and its data have 3"):
        simulate(shop(), plan.tables, short)


@pytest.mark.parametrize(
    ("demand", "delays", "message"),
    [
        (np.full((3, 1), np.nan), np.zeros((0, 1), int), "finite"),
        (np.full((3, 1), -1.0), np.zeros((0, 1), int), "not negative"),
        (np.zeros((3, 2)), np.zeros((0, 1), int), "same number of samples"),
        (np.zeros((3, 0)), np.zeros((0, 0), int), "at least 1"),
        (np.zeros((3, 1)), np.zeros((0, 1)), "whole periods"),
        (np.zeros(3), np.zeros((0, 1), int), "matrices"),
    ],
)
def test_futures_that_make_no_sense_are_refused(
    demand: np.ndarray, delays: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Futures(demand, delays, delays)
