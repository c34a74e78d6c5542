"""(C6) Dates: nothing before qualification, after an option ends, or that arrives too late."""

from __future__ import annotations

import pytest

from tests.support import by_period, plan_and_check, served, tiny, total

EVERY_PERIOD = """
    item  location  period  quantity  unit_revenue  lost_after
    CHIP  PLANT     0       10        5             0
    CHIP  PLANT     1       10        5             0
    CHIP  PLANT     2       10        5             0
    CHIP  PLANT     3       10        5             0
"""


def test_an_order_waits_for_the_qualification_of_its_source() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  qualified_from  qualification_time
            CHIP  PLANT     FAB       1          1               9
        """,
        demand=EVERY_PERIOD,
    )
    # first order in 1, received in 2; being qualified, it needs no qualification any more
    assert served(plan_and_check(network)) == [0, 0, 10, 10]


def test_a_source_is_not_used_after_it_ends() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  capacity  available_to
            CHIP  PLANT     FAB       1          15        1
        """,
        demand=EVERY_PERIOD,
    )
    # orders in 0 and 1, 15 each, received in 1 and 2
    plan = plan_and_check(network)
    assert served(plan) == [0, 10, 10, 10]
    assert by_period(plan, "orders") == [15, 15, 0, 0]


@pytest.mark.parametrize("column", ["qualification_time", "qualification_cost"])
def test_a_source_that_is_not_qualified_stays_unused_as_is(column: str) -> None:
    network = tiny(
        sourcing=f"""
            item  location  supplier  lead_time  unit_cost  {column}
            CHIP  PLANT     CHEAP     0          1          2
            CHIP  PLANT     DEAR      0          3          -
        """,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network, "as-is")
    assert [total(plan, "orders", supplier=s) for s in ("CHEAP", "DEAR")] == [0, 40]


def test_a_date_inside_a_period_counts_in_that_period() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  qualified_from  available_to
            CHIP  PLANT     FAB       0          2026-01-08      2026-01-12
        """,
        demand=EVERY_PERIOD,
    )
    # Thursday of period 1 (from 5 January) to the Monday of period 2
    plan = plan_and_check(network)
    assert served(plan)[:2] == [0, 10]
    assert by_period(plan, "orders")[3] == 0
    assert sum(served(plan)) == 30


def test_a_version_is_built_within_its_dates() -> None:
    network = tiny(
        production="""
            item  location  version  unit_cost  valid_from  valid_to
            CHIP  PLANT     first    1          -           0
            CHIP  PLANT     second   2          2           2
        """,
        production_resources="""
            item  location  version  resource
            CHIP  PLANT     *        LINE
        """,
        resources="""
            resource  location  capacity
            LINE      PLANT     14
        """,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network)
    # 14 by the first version in 0, nothing in 1, 14 by the second in 2
    assert by_period(plan, "builds", version="first") == [14, 0, 0, 0]
    assert by_period(plan, "builds", version="second") == [0, 0, 14, 0]
    assert sum(served(plan)) == 14 + 14


def test_nothing_is_ordered_that_arrives_after_the_horizon() -> None:
    network = tiny(
        periods=2,
        closing_target=5,
        items="""
            item  unit_cost
            CHIP  100
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            CHIP  PLANT     FAB       2          10
            CHIP  PLANT     BROKER    0          50
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CHIP  PLANT     1       10        60
        """,
    )
    plan = plan_and_check(network)
    assert [total(plan, "orders", supplier=s) for s in ("FAB", "BROKER")] == [0, 10]
