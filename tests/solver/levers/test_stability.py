"""(C10) Frozen periods and the price of changing the last plan."""

from __future__ import annotations

import pandas as pd
import pytest

from solver.options import LastPlan
from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.levers.support import as_last, broken, planned, with_settings
from tests.support import START, by_period, money, profit, served, tiny, total


def chips(
    *quantities: float,
    capacity: object = "-",
    unit_cost: float = 1,
    more: str = "",
    **settings: float,
) -> Network:
    rows = "\n".join(f"CHIP PLANT {t} {q} 5 0" for t, q in enumerate(quantities))
    network = tiny(
        len(quantities),
        sourcing=f"""
            item  location  supplier  lead_time  unit_cost  capacity  routine
            CHIP  PLANT     FAB       0          {unit_cost}  {capacity}  true
            {more}
        """,
        demand=f"item location period quantity unit_revenue lost_after\n{rows}",
    )
    return with_settings(network, **settings) if settings else network


def ordered(*quantities: float) -> LastPlan:
    """A last plan with these orders of FAB, a week each."""
    dates = pd.date_range(START, periods=len(quantities), freq="7D").as_unit("us")
    keys = {"item": "CHIP", "location": "PLANT", "supplier": "FAB", "mode": "standard"}
    return LastPlan({"orders": pd.DataFrame({**keys, "period": dates, "quantity": quantities})})


ASKED_MORE = (9, 9, 9)


@pytest.mark.parametrize("kind", ["as-is", "response"])
def test_frozen_weeks_repeat_the_last_plan_whatever_is_asked_now(kind: str) -> None:
    network = chips(*ASKED_MORE, frozen_periods=2)
    plan = planned(network, kind, last=ordered(4, 6, 6))  # type: ignore[arg-type]
    assert by_period(plan, "orders") == [4, 6, 9]
    assert broken(plan) == {}


def test_a_frozen_week_in_which_the_last_plan_did_nothing_stays_empty() -> None:
    plan = planned(chips(*ASKED_MORE, frozen_periods=1), last=ordered(0, 5, 0))
    assert by_period(plan, "orders") == [0, 9, 9]


def test_a_frozen_decision_that_cannot_be_kept_is_missed_and_reported() -> None:
    plan = planned(chips(*ASKED_MORE, capacity=3, frozen_periods=2), last=ordered(8, 2, 0))
    assert by_period(plan, "orders") == [3, 2, 3]
    table = plan.tables["broken_rules"]
    assert table[["rule", "owner", "quantity"]].to_numpy().tolist() == [
        ["frozen", "CHIP|PLANT|FAB|standard", 5.0]
    ]
    assert table["penalty"].tolist() == [pytest.approx(5 * 10 * 5)]
    assert profit(plan) == pytest.approx(8 * (5 - 1))  # the weight of the miss is no money


def test_a_frozen_order_that_nobody_needs_any_more_is_repeated_all_the_same() -> None:
    network = chips(1, 1, 1, frozen_periods=1)
    lots = network.table("sourcing").assign(moq=2.0)
    plan = planned(network.replace(sourcing=lots), last=ordered(50, 0, 0))
    assert by_period(plan, "orders") == [50, 0, 0]
    assert broken(plan) == {}


BROKER = "CHIP PLANT BROKER 0 2 - false"


def test_without_a_last_plan_frozen_weeks_do_what_is_routine_and_nothing_else() -> None:
    plan = planned(chips(*ASKED_MORE, capacity=4, more=BROKER, frozen_periods=1))
    assert by_period(plan, "orders", supplier="FAB") == [4, 4, 4]
    assert by_period(plan, "orders", supplier="BROKER") == [0, 5, 5]


def test_lanes_and_versions_that_are_not_routine_are_frozen_too() -> None:
    network = tiny(
        periods=2,
        production="item location routine\nCAR PLANT false",
        lanes="item origin destination routine\nCAR STORE MARKET false\nCAR PLANT MARKET true",
        stock="item location quantity\nCAR STORE 1",
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CAR   MARKET    0       5         9             0
            CAR   MARKET    1       5         9             0
        """,
    )
    assert served(planned(network)) == [5, 5]
    assert served(planned(with_settings(network, frozen_periods=1))) == [0, 5]


def test_with_a_last_plan_frozen_weeks_repeat_what_was_not_routine() -> None:
    network = chips(*ASKED_MORE, capacity=4, more=BROKER)
    last = as_last(planned(network))
    plan = planned(with_settings(network, frozen_periods=1), last=last)
    assert by_period(plan, "orders", supplier="BROKER") == [5, 5, 5]
    assert broken(plan) == {}


def made(quantity: float) -> Network:
    return tiny(
        periods=1,
        production="item location unit_cost\nCAR PLANT 1",
        demand=f"item location period quantity unit_revenue\nCAR PLANT 0 {quantity} 9",
    )


def test_what_was_built_in_a_frozen_week_is_built_again() -> None:
    last = as_last(planned(made(3)))
    plan = planned(with_settings(made(5), frozen_periods=1), last=last)
    assert [by_period(plan, "builds"), served(plan)] == [[3], [3]]


def test_what_was_shipped_in_a_frozen_week_is_shipped_again() -> None:
    network = tiny(
        periods=1,
        lanes="item origin destination unit_cost\nCAR STORE MARKET 1",
        stock="item location quantity\nCAR STORE 10",
        demand="item location period quantity unit_revenue\nCAR MARKET 0 5 9",
    )
    demand = network.table("demand")
    last = as_last(planned(network.replace(demand=demand.assign(quantity=3.0))))
    plan = planned(with_settings(network, frozen_periods=1), last=last)
    assert [by_period(plan, "transfers"), served(plan)] == [[3], [3]]


def test_a_plan_that_follows_itself_changes_nothing() -> None:
    network = chips(*ASKED_MORE, capacity=4, more=BROKER)
    before = planned(network)
    plan = planned(with_settings(network, change_cost=1, frozen_periods=2), last=as_last(before))
    assert plan.plan_hash == before.plan_hash
    assert len(plan.tables["changes"]) == 0
    assert money(plan, "changes") == [0]


@pytest.mark.parametrize(("price", "first"), [(3.9, 9), (4.1, 4)])
def test_a_change_is_made_where_it_earns_more_than_its_price(price: float, first: float) -> None:
    # five more in week 0 earn 5 - 1 each; nothing changes in the others
    plan = planned(chips(*ASKED_MORE, change_cost=price), last=ordered(4, 9, 9))
    assert by_period(plan, "orders") == [first, 9, 9]
    assert money(plan, "changes") == [pytest.approx(price * (first - 4))]
    changes = plan.tables["changes"]
    found = changes[["kind", "owner", "before", "after"]].to_numpy().tolist()
    assert found == ([["order", "CHIP|PLANT|FAB|standard", 4, 9]] if first > 4 else [])


@pytest.mark.parametrize(("price", "first"), [(0.9, 9), (1.1, 14)])
def test_ordering_less_than_before_has_the_same_price(price: float, first: float) -> None:
    # five too many in week 0 cost 1 each, and perish: the demand of later weeks has its own orders
    network = chips(9, capacity=20, change_cost=price)
    plan = planned(network, last=ordered(14))
    assert by_period(plan, "orders") == [first]
    assert money(plan, "changes") == [pytest.approx(price * (14 - first))]


def test_the_price_of_changes_counts_as_is_too() -> None:
    plan = planned(chips(9, change_cost=0.5), "as-is", last=ordered(4))
    assert served(plan) == [9]
    assert money(plan, "changes", "premium") == [2.5, 0]


def test_changes_without_a_last_plan_cost_nothing() -> None:
    plan = planned(chips(*ASKED_MORE, change_cost=9))
    assert money(plan, "changes") == [0]
    assert not len(plan.tables.get("changes", ()))


def test_a_last_order_that_is_no_longer_possible_is_a_change_with_its_price() -> None:
    network = chips(9, 9, change_cost=2)
    ended = network.table("sourcing").assign(available_to=pd.Timestamp(START))
    plan = planned(network.replace(sourcing=ended), last=ordered(9, 9))
    # week 1 is ordered ahead: 9 more in week 0, 9 fewer in week 1 whether we like it or not
    assert by_period(plan, "orders") == [18, 0]
    assert total(plan, "changes", "cost") == pytest.approx(36)
    assert money(plan, "changes", "profit") == [36, pytest.approx(18 * 4 - 36)]


def test_an_impossible_frozen_order_is_a_missed_rule() -> None:
    network = chips(9, 9, frozen_periods=2)
    ended = network.table("sourcing").assign(available_to=pd.Timestamp(START))
    plan = planned(network.replace(sourcing=ended), last=ordered(9, 4))
    assert broken(plan) == {"frozen": 4}


def test_levers_of_frozen_weeks_do_at_most_what_the_last_plan_did() -> None:
    tables = {
        "production": "item location\nCAR PLANT",
        "production_resources": "item location resource\nCAR PLANT LINE",
        "resources": "resource location capacity\nLINE PLANT 5",
        "overtime": "resource step capacity unit_cost\nLINE night 4 1",
        "demand": "item location period quantity unit_revenue lost_after\nCAR PLANT 0 {} 9 0",
    }
    small = tiny(1, **{**tables, "demand": tables["demand"].format(7)})
    large = tiny(1, **{**tables, "demand": tables["demand"].format(9)})
    plan = planned(with_settings(large, frozen_periods=1), last=as_last(planned(small)))
    assert by_period(plan, "overtime") == [2]
    assert served(plan) == [7]


def test_responses_that_are_not_permitted_are_not_repeated() -> None:
    network = chips(*ASKED_MORE, capacity=4, more=BROKER)
    last = as_last(planned(network))
    frozen = with_settings(network, frozen_periods=1)
    plan = planned(frozen, responses=Responses(alternates=False), last=last)
    assert total(plan, "orders", supplier="BROKER") == 0
    assert broken(plan) == {"frozen": 5}


def moved(quantity: float, **tables: str) -> Network:
    """Cars made and shipped in one week."""
    return tiny(
        periods=2,
        **{
            "production": "item location unit_cost\nCAR PLANT 1",
            "lanes": "item origin destination unit_cost\nCAR PLANT MARKET 1",
            "demand": f"item location period quantity unit_revenue\nCAR MARKET 0 {quantity} 9",
            **tables,
        },
    )


def test_builds_and_transfers_are_changes_too() -> None:
    last = as_last(planned(moved(3)))
    plan = planned(with_settings(moved(5), change_cost=1), last=last)
    assert [total(plan, "changes", "cost", kind=kind) for kind in ("build", "transfer")] == [2, 2]
    assert money(plan, "changes", "profit") == [4, pytest.approx(5 * (9 - 2) - 4)]


def test_builds_and_transfers_that_are_no_longer_possible_are_changes_too() -> None:
    last = as_last(planned(moved(3)))
    later = moved(
        3,
        production="item location unit_cost valid_from\nCAR PLANT 1 1",
        lanes="item origin destination unit_cost lead_time\nCAR PLANT MARKET 1 2",
    )
    plan = planned(with_settings(later, change_cost=1), last=last)
    # nothing can arrive in two weeks: three builds and three transfers less than planned
    assert served(plan) == [0, 0]
    assert [total(plan, "changes", "cost", kind=kind) for kind in ("build", "transfer")] == [3, 3]
    assert money(plan, "changes") == [6]
