"""Problems of the literature, re-created from their numbers, with their known optima."""

from __future__ import annotations

import pytest

from solver.optimizer import SolverName, SolverOptions
from solver.plan import PlanKind
from tests.support import by_period, money, plan_and_check, profit, tiny, total

BOTH = [("as-is", "highs"), ("response", "highs"), ("response", "glop")]


@pytest.mark.parametrize(("kind", "solver"), BOTH)
def test_the_transportation_problem_of_dantzig_costs_153_675(
    kind: PlanKind, solver: SolverName
) -> None:
    """Dantzig (1963), Linear Programming and Extensions, chapter 3.3; model trnsport of GAMS.

    Supply 350 and 600 cases, demand 325, 300 and 275; freight of 90 dollars a case and thousand
    miles over 2.5, 1.7, 1.8 and 2.5, 1.8, 1.4 thousand miles. Optimum: 153.675 thousand dollars.
    """
    network = tiny(
        periods=1,
        stock="""
            item   location   quantity
            CASES  Seattle    350
            CASES  San-Diego  600
        """,
        lanes="""
            item   origin     destination  unit_cost
            CASES  Seattle    New-York     0.225
            CASES  Seattle    Chicago      0.153
            CASES  Seattle    Topeka       0.162
            CASES  San-Diego  New-York     0.225
            CASES  San-Diego  Chicago      0.162
            CASES  San-Diego  Topeka       0.126
        """,
        demand="""
            item   location  period  quantity  unit_revenue
            CASES  New-York  0       325       1
            CASES  Chicago   0       300       1
            CASES  Topeka    0       275       1
        """,
    )
    plan = plan_and_check(network, kind, solver=SolverOptions(solver))
    assert money(plan, "freight") == [pytest.approx(153.675)]
    assert total(plan, "transfers", origin="San-Diego", destination="Topeka") == 275
    assert profit(plan) == pytest.approx(325 + 300 + 275 - 153.675)


@pytest.mark.parametrize(("kind", "solver"), BOTH)
def test_the_boats_of_sailco_cost_78450(kind: PlanKind, solver: SolverName) -> None:
    """Winston (2004), Operations Research, 4th edition, chapter 3.10: the Sailco example.

    Demand of 40, 60, 75 and 25 boats; 40 a quarter at 400 dollars in regular time, more in overtime
    at 450; 10 at the start; 20 a boat in stock at the end of a quarter. Optimum: 78,450 dollars.
    A quarter is a month here: 240 * 1 / 12 = 20.
    """
    network = tiny(
        periods=4,
        bucket="month",
        start="2026-01-01",
        holding_rate=1,
        items="""
            item  unit_cost
            BOAT  240
        """,
        stock="""
            item  location  quantity
            BOAT  YARD      10
        """,
        production="""
            item  location  version   unit_cost
            BOAT  YARD      regular   400
            BOAT  YARD      overtime  450
        """,
        production_resources="""
            item  location  version  resource
            BOAT  YARD      regular  CREW
        """,
        resources="""
            resource  location  capacity
            CREW      YARD      40
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            BOAT  YARD      0       40        1000          0
            BOAT  YARD      1       60        1000          0
            BOAT  YARD      2       75        1000          0
            BOAT  YARD      3       25        1000          0
        """,
    )
    plan = plan_and_check(network, kind, solver=SolverOptions(solver))
    assert sum(money(plan, "production", "holding")) == pytest.approx(78_450)
    assert by_period(plan, "builds", version="regular") == pytest.approx([40, 40, 40, 25])
    assert by_period(plan, "builds", version="overtime") == pytest.approx([0, 10, 35, 0])
    assert by_period(plan, "inventory", "on_hand") == pytest.approx([10, 0, 0, 0])


def test_overtime_that_is_not_routine_spends_the_premium_of_sailco() -> None:
    """The same, overtime as an alternative: 45 boats at a premium of 50 each."""
    network = tiny(
        periods=4,
        production="""
            item  location  version   unit_cost  routine
            BOAT  YARD      regular   400        true
            BOAT  YARD      overtime  450        false
        """,
        production_resources="""
            item  location  version  resource
            BOAT  YARD      regular  CREW
        """,
        resources="""
            resource  location  capacity
            CREW      YARD      40
        """,
        stock="""
            item  location  quantity
            BOAT  YARD      10
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            BOAT  YARD      0       40        1000          0
            BOAT  YARD      1       60        1000          0
            BOAT  YARD      2       75        1000          0
            BOAT  YARD      3       25        1000          0
        """,
    )
    plan = plan_and_check(network)
    assert money(plan, "premium", "production") == [
        pytest.approx(45 * 50), pytest.approx(78_450 - 10 * 20)
    ]  # fmt: skip
    # as-is the 45 boats are missing
    assert total(plan_and_check(network, "as-is"), "service", "lost") == pytest.approx(45)


@pytest.mark.parametrize(("kind", "solver"), BOTH)
def test_the_transshipments_of_widgetco_cost_6370(kind: PlanKind, solver: SolverName) -> None:
    """Winston (2004), Operations Research, 4th edition, chapter 7.6: the Widgetco example.

    150 and 200 widgets a day at Memphis and Denver, 130 wanted in Los Angeles and in Boston,
    flown direct or by New York or Chicago. Optimum: 6,370 dollars.
    """
    network = tiny(
        periods=1,
        stock="""
            item    location  quantity
            WIDGET  Memphis   150
            WIDGET  Denver    200
        """,
        lanes="""
            item    origin    destination  unit_cost
            WIDGET  Memphis   New-York     8
            WIDGET  Memphis   Chicago      13
            WIDGET  Memphis   Los-Angeles  25
            WIDGET  Memphis   Boston       28
            WIDGET  Denver    New-York     15
            WIDGET  Denver    Chicago      12
            WIDGET  Denver    Los-Angeles  26
            WIDGET  Denver    Boston       25
            WIDGET  New-York  Chicago      6
            WIDGET  New-York  Los-Angeles  16
            WIDGET  New-York  Boston       17
            WIDGET  Chicago   New-York     6
            WIDGET  Chicago   Los-Angeles  14
            WIDGET  Chicago   Boston       16
        """,
        demand="""
            item    location     period  quantity  unit_revenue
            WIDGET  Los-Angeles  0       130       100
            WIDGET  Boston       0       130       100
        """,
    )
    plan = plan_and_check(network, kind, solver=SolverOptions(solver))
    # Los Angeles by New York at 8 + 16, Boston at 25: 130 * 24 + 130 * 25
    assert money(plan, "freight") == [pytest.approx(6370)]
