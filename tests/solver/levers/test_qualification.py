"""(C6) Qualification as a decision: whether and when to make a new source ready."""

from __future__ import annotations

import pytest

from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.levers.support import as_last, planned, with_settings
from tests.support import by_period, money, profit, rows_of, served, tiny, total


def new_source(
    *,
    time: object = 2,
    cost: object = 30,
    revenue: float = 5,
    due: int = 3,
    quantity: float = 10,
    periods: int = 4,
    lead_time: int = 1,
    extra: str = "",
) -> Network:
    """Demand of one period that only a source not yet qualified can serve, at a margin of revenue.

    Qualified at once it can deliver in period time + lead_time.
    """
    return tiny(
        periods=periods,
        sourcing=f"""
            item  location  supplier  lead_time  qualification_time  qualification_cost  routine
            CHIP  PLANT     NEW       {lead_time}  {time}            {cost}              false
            {extra}
        """,
        demand=f"""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     {due}   {quantity}  {revenue}    0
        """,
    )


def test_a_source_is_qualified_in_time_for_its_first_order() -> None:
    plan = planned(new_source())
    # started in 0, ready in 2, ordered then, received in 3
    assert len(plan.tables["qualifications"]) == 1
    row = plan.tables["qualifications"].iloc[0]
    calendar = plan.model.data.network.calendar
    assert [calendar.number(row[name].date()) for name in ("period", "ready")] == [0, 2]
    assert by_period(plan, "orders") == [0, 0, 10, 0]
    assert profit(plan) == pytest.approx(10 * 5 - 30)
    assert money(plan, "qualification", "premium") == [30, 30]


@pytest.mark.parametrize(("due", "served_units"), [(3, 10.0), (2, 0.0)])
def test_demand_before_a_source_can_be_ready_is_not_worth_its_qualification(
    due: int, served_units: float
) -> None:
    # due in 2 the last possible start would be a period before the first
    plan = planned(new_source(due=due))
    assert sum(served(plan)) == served_units
    assert len(plan.tables["qualifications"]) == (1 if served_units else 0)


@pytest.mark.parametrize(("quantity", "pays"), [(5.9, False), (6.1, True)])
def test_a_qualification_starts_only_where_its_source_earns_more_than_it_costs(
    quantity: float, pays: bool
) -> None:
    plan = planned(new_source(quantity=quantity))  # 30 / 5 = 6 units pay for it
    assert bool(len(plan.tables["qualifications"])) is pays
    assert profit(plan) == pytest.approx(max(0.0, quantity * 5 - 30))


def test_it_is_paid_once_for_orders_of_many_periods() -> None:
    demand = """
        item  location  period  quantity  unit_revenue  lost_after
        CHIP  PLANT     2       4         5             0
        CHIP  PLANT     3       4         5             0
    """
    table = """
        item  location  supplier  lead_time  qualification_time  qualification_cost  capacity
        CHIP  PLANT     NEW       0          2                   30                  4
    """
    plan = planned(tiny(periods=4, sourcing=table, demand=demand))
    assert by_period(plan, "orders") == [0, 0, 4, 4]
    assert money(plan, "qualification") == [30]


def test_a_qualification_starts_up_to_the_last_period_in_which_it_still_pays() -> None:
    # 12 periods of one unit at 5, cost 30: a start in s is ready in s + 2 and serves 10 - s units
    rows = "\n".join(f"CHIP PLANT {t} 1 5 0" for t in range(12))
    network = tiny(
        periods=12,
        sourcing="""
            item  location  supplier  lead_time  qualification_time  qualification_cost  capacity
            CHIP  PLANT     NEW       0          2                   30                  1
        """,
        demand=f"item location period quantity unit_revenue lost_after\n{rows}",
    )
    for frozen in range(6):
        held = with_settings(network, frozen_periods=frozen)
        plan = planned(held)
        # (10 - 3) x 5 = 35 > 30 > (10 - 5) x 5: the last start that pays is in period 3
        assert bool(len(plan.tables["qualifications"])) is (frozen <= 3)
        assert profit(plan) == pytest.approx(max(0.0, (10 - frozen) * 5 - 30))


def test_time_without_cost_and_cost_without_time_both_ask_for_a_qualification() -> None:
    timed = planned(new_source(cost="-"))
    assert [len(timed.tables["qualifications"]), profit(timed)] == [1, 50]
    paid = planned(new_source(time="-", due=1))
    assert by_period(paid, "orders") == [10, 0, 0, 0]
    assert profit(paid) == pytest.approx(50 - 30)


def test_a_source_with_a_date_of_qualification_needs_no_decision() -> None:
    network = tiny(
        periods=3,
        sourcing="""
            item  location  supplier  lead_time  qualification_cost  qualified_from
            CHIP  PLANT     NEW       0          30                  1
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CHIP  PLANT     0       10        5
        """,
    )
    plan = planned(network)
    assert by_period(plan, "orders") == [0, 10, 0]
    assert len(plan.tables["qualifications"]) == 0


def test_a_new_source_is_an_alternate_and_never_as_is() -> None:
    network = new_source()
    routine = network.table("sourcing").assign(routine=True)
    for case in (network, network.replace(sourcing=routine)):
        assert sum(served(planned(case, "as-is"))) == 0
        assert sum(served(planned(case, responses=Responses(alternates=False)))) == 0
        assert sum(served(planned(case))) == 10


def test_a_budget_below_the_cost_of_a_qualification_forbids_it() -> None:
    assert sum(served(planned(new_source(), responses=Responses(budget=29.9)))) == 0
    assert sum(served(planned(new_source(), responses=Responses(budget=30)))) == 10


def test_the_cheaper_of_two_qualifications_is_started() -> None:
    network = new_source(extra="CHIP PLANT OTHER 1 2 20 false")
    plan = planned(network)
    assert plan.tables["qualifications"]["supplier"].tolist() == ["OTHER"]
    assert profit(plan) == pytest.approx(10 * 5 - 20)


def test_a_frozen_start_stands_if_the_last_plan_made_it() -> None:
    network = new_source()
    last = as_last(planned(network))
    frozen = with_settings(network, frozen_periods=1)
    assert total(planned(frozen), "orders") == 0  # ready in 3 at the earliest, received in 4
    again = planned(frozen, last=last)
    assert rows_of(again, "qualifications")["cost"].tolist() == [30]
    assert sum(served(again)) == 10
