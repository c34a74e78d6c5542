"""Planning for several futures: newsvendors solved by hand, and what must hold for any network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given

from solver.data import model_data
from solver.model import Model, ModelOptions, build_model
from solver.optimizer import SolverOptions, solve
from solver.robust import RiskOptions, RobustPlan, solve_robust, stack
from supplychain.checker import check_plan
from supplychain.network import Network
from supplychain.scenario import Responses
from supplychain.scope import expand
from tests.solver.random_networks import networks
from tests.solver.test_properties import few
from tests.support import by_period, tiny, total


def newsvendor(cost: float = 3.0) -> Network:
    """Papers are ordered a week ahead and sold at 10; what is left is worth nothing."""
    return expand(tiny(
        periods=2,
        sourcing=f"""
            item   location  supplier  lead_time  unit_cost
            PAPER  SHOP      PRESS     1          {cost}
        """,
        demand="""
            item   location  period  quantity  unit_revenue
            PAPER  SHOP      1       30        10
        """,
    ))  # fmt: skip


def model(network: Network, *demand: float) -> Model:
    if demand:
        table = network.table("demand")
        network = network.replace(demand=table.assign(quantity=demand))
    return build_model(model_data(network), ModelOptions())


def robust(
    network: Network,
    demands: Sequence[float],
    chances: Sequence[float] | None = None,
    **risk: float,
) -> RobustPlan:
    options = RiskOptions(**{"common_periods": 1, "risk_weight": 0.0, **risk})  # type: ignore[arg-type]
    probabilities = np.array(chances or [1 / len(demands)] * len(demands))
    futures = [model(network, demand) for demand in demands]
    return solve_robust(model(network), futures, probabilities, options, SolverOptions())


FIVE = (10.0, 20.0, 30.0, 40.0, 50.0)


@pytest.mark.parametrize(("cost", "ordered"), [(9, 10), (7, 20), (3, 40), (1, 50)])
def test_the_order_of_a_newsvendor_is_the_critical_fractile_of_demand(
    cost: float, ordered: float
) -> None:
    # the least q with P(D <= q) >= (10 - cost) / 10, of five equally likely demands
    plan = robust(newsvendor(cost), FIVE).plan
    assert by_period(plan, "orders") == pytest.approx([ordered, 0])


def test_weights_of_futures_move_the_fractile() -> None:
    # (10 - 3) / 10 = 0.7: P(D <= 10) = 0.75 is enough
    assert total(robust(newsvendor(), (10, 50), (0.75, 0.25)).plan, "orders") == pytest.approx(10)
    assert total(robust(newsvendor(), (10, 50), (0.65, 0.35)).plan, "orders") == pytest.approx(50)


@pytest.mark.parametrize(("weight", "ordered"), [(0.0, 40), (0.4, 30), (0.6, 20), (1.0, 10)])
def test_weight_on_the_worst_future_lowers_the_order(weight: float, ordered: float) -> None:
    # The worst of five is always D = 10, which earns 100 - 3 q for q >= 10. One unit more earns
    # (1 - W) 10 P(D > q) - 3: it pays as long as P(D > q) > 0.3 / (1 - W), which is
    # 0.3, 0.5, 0.75 or nothing for the weights here, of P = 0.8, 0.6, 0.4, 0.2, 0.
    plan = robust(newsvendor(), FIVE, risk_weight=weight, tail=0.2).plan
    assert total(plan, "orders") == pytest.approx(ordered)


def test_the_tail_is_the_mean_of_the_worst_futures() -> None:
    # of the worst two, D = 10 and 20: one unit more between 10 and 20 earns 10 / 2 - 3 there
    made = robust(newsvendor(), FIVE, risk_weight=1.0, tail=0.4)
    assert total(made.plan, "orders") == pytest.approx(20)
    assert made.solution.objective == pytest.approx((40 + 140) / 2)
    np.testing.assert_allclose(np.sort(made.profits)[:2], [40, 140])


def test_the_rest_of_the_plan_is_that_of_the_mean_future() -> None:
    made = robust(newsvendor(), FIVE)
    assert total(made.plan, "service", "on_time") == pytest.approx(30)  # of 40 that are there
    assert made.plan.objective == pytest.approx(10 * 30 - 3 * 40)
    np.testing.assert_allclose(made.profits, [-20, 80, 180, 280, 280])


def test_decisions_of_the_first_periods_are_one_and_later_ones_are_not() -> None:
    network = expand(tiny(
        periods=3,
        sourcing="""
            item   location  supplier  lead_time  unit_cost
            PAPER  SHOP      PRESS     0          3
        """,
        demand="""
            item   location  period  quantity  unit_revenue  lost_after
            PAPER  SHOP      0       30        10            0
            PAPER  SHOP      2       30        10            0
        """,
    ))  # fmt: skip
    futures = [model(network, *demand) for demand in ((10, 5), (50, 45))]
    made = solve_robust(model(network), futures, np.full(2, 0.5), RiskOptions(2, 0.0),
                        SolverOptions())  # fmt: skip
    orders = [made.solution.values[columns][one.program.column_blocks["order"]]
              for one, columns in zip(futures, made.stacked.columns[1:], strict=True)]  # fmt: skip
    assert orders[0][:2] == pytest.approx([50, 0])  # P(D > 10) = 0.5 is more than 0.3
    assert orders[1][:2] == pytest.approx([50, 0])
    assert sum(orders[0]) == pytest.approx(50)  # 40 are left, 5 of them are wanted
    assert sum(orders[1]) == pytest.approx(50 + 45)


def test_an_order_that_one_future_cannot_receive_is_not_placed() -> None:
    network = newsvendor()
    late = network.replace(sourcing=network.table("sourcing").assign(lead_time=2.0))
    futures = [model(network), model(late)]
    made = solve_robust(model(network), futures, np.full(2, 0.5), RiskOptions(1, 0.0),
                        SolverOptions())  # fmt: skip
    assert total(made.plan, "orders") == 0
    assert made.profits.tolist() == [0, 0]


@few(2)
@given(networks())
def test_common_decisions_cost_something_and_fit_the_mean_future(network: Network) -> None:
    network = expand(network)
    demand = network.table("demand")
    futures = [build_model(model_data(network.replace(
        demand=demand.assign(quantity=demand["quantity"] * factor))), ModelOptions())
        for factor in (0.5, 1.5)]  # fmt: skip
    alone = sum(solve(one.program, SolverOptions()).objective for one in futures) / 2
    made = solve_robust(model(network), futures, np.full(2, 0.5), RiskOptions(2, 0.0),
                        SolverOptions())  # fmt: skip
    scale = max(1.0, abs(alone))
    assert made.profits.mean() <= alone + 1e-6 * scale
    apart = stack([model(network), *futures], np.array([0, 0.5, 0.5]), RiskOptions(0, 0.0))
    assert solve(apart.program, SolverOptions()).objective == pytest.approx(
        alone, rel=1e-6, abs=1e-3
    )
    report = check_plan(network, made.plan.tables, "response", Responses())
    assert report.passed, "\n".join(str(violation) for violation in report.violations)
