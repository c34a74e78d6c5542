"""(C8) Demand: served on time or late, lost after its patience, open at the end."""

from __future__ import annotations

import pytest

from solver.plan import PlanKind
from supplychain.network import Network
from tests.support import money, plan_and_check, profit, served, tiny, total

KINDS: tuple[PlanKind, ...] = ("as-is", "response")


def five_a_period(demand: str, periods: int = 4) -> Network:
    """A source of five chips a period, at no cost, from the period of the order."""
    return tiny(
        periods,
        sourcing="""
            item  location  supplier  lead_time  capacity
            CHIP  PLANT     FAB       0          5
        """,
        demand=demand,
    )


@pytest.mark.parametrize(
    ("lost_after", "units"),
    [("0", [5, 0, 0, 0]), ("2", [5, 5, 5, 0]), ("9", [5, 5, 5, 5]), ("-", [5, 5, 5, 5])],
)
def test_demand_waits_for_as_many_periods_as_it_has_patience(
    lost_after: str, units: list[float]
) -> None:
    network = five_a_period(f"""
        item  location  period  quantity  unit_revenue  backorder_cost  lost_after
        CHIP  PLANT     0       20        9             1               {lost_after}
    """)
    plan = plan_and_check(network)
    assert served(plan) == units
    assert total(plan, "service", "on_time") == 5
    assert total(plan, "service", "late") == sum(units) - 5
    assert total(plan, "service", "lost") == 20 - sum(units)


def test_every_period_of_waiting_costs_the_backorder_cost() -> None:
    network = five_a_period("""
        item  location  period  quantity  unit_revenue  backorder_cost
        CHIP  PLANT     0       20        9             1
    """)
    plan = plan_and_check(network)
    # 5 units each wait 0, 1, 2 and 3 periods
    assert money(plan, "revenue", "backorder") == [20 * 9, 5 * (0 + 1 + 2 + 3)]
    assert profit(plan) == pytest.approx(180 - 30)


def test_a_lost_unit_waits_until_its_deadline_and_costs_the_lost_cost() -> None:
    network = five_a_period("""
        item  location  period  quantity  unit_revenue  backorder_cost  lost_after  lost_cost
        CHIP  PLANT     0       20        9             1               1           2
    """)
    plan = plan_and_check(network)
    # 5 on time, 5 a period late; 10 wait one period and are lost
    assert money(plan, "revenue", "backorder", "lost") == [10 * 9, 5 + 10 * 1, 10 * 2]


def test_a_unit_that_is_never_lost_is_open_at_the_end_and_has_waited_so_long() -> None:
    network = five_a_period(
        """
        item  location  period  quantity  unit_revenue  backorder_cost  lost_cost
        CHIP  PLANT     0       20        9             1               2
        """,
        periods=3,
    )
    plan = plan_and_check(network)
    assert total(plan, "service", "open") == 5
    assert total(plan, "service", "lost") == 0
    # served after 0, 1 and 2 periods; 5 have waited 3 periods; an open unit has no lost cost
    assert money(plan, "revenue", "backorder", "lost") == [15 * 9, 5 * (0 + 1 + 2) + 5 * 3, 0]


def test_a_deadline_in_the_last_period_loses_and_one_beyond_leaves_open() -> None:
    network = five_a_period(
        """
        item  location  period  customer  quantity  unit_revenue  lost_after
        CHIP  PLANT     0       A         50        9             1
        CHIP  PLANT     0       B         50        8             2
        """,
        periods=2,
    )
    plan = plan_and_check(network)
    assert total(plan, "service", "lost", customer="A") == 50 - 10
    assert total(plan, "service", "open", customer="B") == 50


def test_a_backlog_from_before_the_start_keeps_its_date_and_is_never_on_time() -> None:
    network = five_a_period("""
        item  location  period  quantity  unit_revenue  backorder_cost  lost_after
        CHIP  PLANT     -2      20        9             1               3
    """)
    plan = plan_and_check(network)
    # deadline -2 + 3 = 1: served in 0 and 1, waiting counted from the start; 10 are lost in 1
    assert served(plan) == [5, 5, 0, 0]
    assert total(plan, "service", "on_time") == 0
    assert total(plan, "service", "late") == 10
    assert money(plan, "backorder") == [5 * 1 + 10 * 1]


def test_a_backlog_whose_patience_is_over_can_still_be_served_in_the_first_period() -> None:
    network = five_a_period("""
        item  location  period  quantity  unit_revenue  backorder_cost  lost_after  lost_cost
        CHIP  PLANT     -3      20        9             1               1           2
    """)
    plan = plan_and_check(network)
    assert served(plan) == [5, 0, 0, 0]
    assert money(plan, "backorder", "lost") == [0, 15 * 2]


def test_demand_is_not_served_before_it_is_due() -> None:
    network = five_a_period("""
        item  location  period  quantity  unit_revenue  lost_after
        CHIP  PLANT     2       20        9             0
    """)
    plan = plan_and_check(network)
    # 5 a period are bought ahead in 0 and 1 and wait in stock
    assert served(plan) == [0, 0, 15, 0]


def test_demand_of_zero_needs_nothing_and_is_still_listed() -> None:
    network = five_a_period("""
        item  location  period  quantity  unit_revenue  lost_after
        CHIP  PLANT     0       0         9             -
        CHIP  PLANT     1       4         9             0
        CORE  PLANT     1       0         9             -
    """)
    for kind in KINDS:
        plan = plan_and_check(network, kind)
        service = plan.tables["service"]
        assert service["quantity"].tolist() == [0, 4, 0]
        assert total(plan, "service", "on_time") == 4
        assert set(plan.tables["inventory"]["item"]) == {"CHIP"}


def test_a_dataset_without_any_demand_gives_an_empty_plan() -> None:
    network = tiny(
        stock="""
            item  location  quantity
            CHIP  PLANT     4
        """,
        demand="""
            item  location  period  quantity
            CHIP  PLANT     1       0
        """,
    )
    for kind in KINDS:
        plan = plan_and_check(network, kind)
        assert profit(plan) == 0
        assert not len(plan.tables["deliveries"])


def test_customers_of_one_item_are_served_by_what_they_pay() -> None:
    network = five_a_period("""
        item  location  period  customer  quantity  unit_revenue  lost_after
        CHIP  PLANT     0       retail    4         9             0
        CHIP  PLANT     0       fleet     4         7             0
    """)
    plan = plan_and_check(network)
    assert [total(plan, "service", "on_time", customer=c) for c in ("retail", "fleet")] == [4, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_at_equal_money_demand_is_served_on_time(kind: PlanKind) -> None:
    network = five_a_period("""
        item  location  period  quantity  unit_revenue
        CHIP  PLANT     0       5         9
        CHIP  PLANT     1       5         9
        CHIP  PLANT     2       5         9
    """)
    plan = plan_and_check(network, kind)
    # waiting costs nothing here, and yet nobody waits; the money is not touched by that
    assert served(plan) == [5, 5, 5, 0]
    assert profit(plan) == 15 * 9


def test_a_sale_below_its_cost_is_not_made_in_the_response_but_in_the_as_is_plan() -> None:
    network = tiny(
        periods=1,
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            CHIP  PLANT     FAB       0          8
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     0       10        5             0
        """,
    )
    assert profit(plan_and_check(network, "response")) == 0
    assert profit(plan_and_check(network, "as-is")) == pytest.approx(10 * (5 - 8))
