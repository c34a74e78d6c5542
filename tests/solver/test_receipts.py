"""Scheduled receipts and disruptions: what is blocked at dispatch waits, and goes first."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from supplychain.disruptions import Allocation, StockQuarantine, SupplierOutage
from supplychain.network import Network
from tests.support import by_period, money, plan_and_check, served, tiny, total, under

FIVE_A_PERIOD = """
    item  location  supplier  lead_time  transit_time  unit_cost  capacity
    CHIP  PLANT     FAB       1          1             3          5
"""
MUCH_DEMAND = """
    item  location  period  quantity  unit_revenue  backorder_cost
    CHIP  PLANT     0       100       9             1
"""


def test_a_scheduled_receipt_arrives_when_due_and_costs_nothing_more() -> None:
    network = tiny(
        scheduled_receipts="""
            order_id  item  location  quantity  due
            PO-1      CHIP  PLANT     7         2
            PO-2      CHIP  PLANT     2         2026-01-08
        """,
        demand=MUCH_DEMAND,
    )
    plan = plan_and_check(network)
    # 8 January is the Thursday of period 1
    assert served(plan) == [0, 2, 7, 0]
    assert money(plan, "revenue", "purchase") == [9 * 9, 0]


def test_an_overdue_receipt_arrives_in_the_first_period_with_its_date_kept() -> None:
    network = tiny(
        scheduled_receipts="""
            order_id  item  location  quantity  due
            PO-1      CHIP  PLANT     7         -3
        """,
        demand=MUCH_DEMAND,
    )
    plan = plan_and_check(network)
    assert served(plan) == [7, 0, 0, 0]
    assert plan.tables["receipts"]["due"].tolist() == [pd.Timestamp("2025-12-08")]


def test_a_scheduled_receipt_waits_for_capacity_in_parts() -> None:
    network = tiny(
        sourcing=FIVE_A_PERIOD,
        scheduled_receipts="""
            order_id  item  location  origin  quantity  due
            PO-1      CHIP  PLANT     FAB     12        1
        """,
        demand=MUCH_DEMAND,
    )
    plan = plan_and_check(network)
    # sent in parts of 5, 5 and 2 in 0 to 2; a new order gets the 3 that are left in period 2
    assert by_period(plan, "receipts", at="dispatch") == [5, 5, 2, 0]
    assert by_period(plan, "receipts", at="receipt") == [0, 5, 5, 2]
    assert by_period(plan, "orders", at="dispatch") == [0, 0, 3, 0]
    assert by_period(plan, "capacity_use", "committed") == [5, 5, 2, 0]


def test_receipts_of_one_supplier_wait_in_the_order_of_their_dispatch() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  group  group_per_unit
            CHIP  PLANT     FAB       1          logic  1
            CORE  PLANT     FAB       1          logic  2
        """,
        supplier_capacity="""
            supplier  group  capacity
            FAB       logic  8
        """,
        scheduled_receipts="""
            order_id  line  item  location  origin  quantity  due
            PO-1      2     CORE  PLANT     FAB     5         1
            PO-1      1     CHIP  PLANT     FAB     6         1
            PO-0      1     CORE  PLANT     FAB     4         0
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CHIP  PLANT     0       100       1
            CORE  PLANT     0       100       1
        """,
    )
    plan = plan_and_check(network)
    # capacity 8 a period: PO-0 takes 2 * 4 in 0; line 1 6 in 1, line 2 (8 - 6) / 2 = 1 in 1,
    # 4 in 2; nothing is left for new orders before period 3, where CHIP serves 8
    assert by_period(plan, "receipts", item="CORE", at="dispatch") == [4, 1, 4, 0]
    assert by_period(plan, "receipts", item="CHIP", at="dispatch") == [0, 6, 0, 0]
    assert by_period(plan, "orders", item="CHIP", at="dispatch") == [0, 0, 0, 8]


def test_a_receipt_by_lane_uses_the_capacity_of_the_lane() -> None:
    network = tiny(
        lanes="""
            item  origin  destination  lead_time  capacity
            CHIP  STORE   PLANT        1          4
        """,
        stock="""
            item  location  quantity
            CHIP  STORE     100
        """,
        scheduled_receipts="""
            order_id  item  location  origin  quantity  due
            TO-1      CHIP  PLANT     STORE   6         1
            TO-2      CHIP  PLANT     STORE   6         0
        """,
        demand=MUCH_DEMAND,
    )
    plan = plan_and_check(network)
    # TO-2 left before the start; TO-1 leaves with 4 and 2, and transfers get 2 and 4
    assert by_period(plan, "receipts", at="receipt") == [6, 4, 2, 0]
    assert by_period(plan, "transfers") == [0, 2, 4, 0]
    # TO-1 does not draw the stock of the store: it was taken out when it was ordered
    assert by_period(plan, "inventory", "on_hand", location="STORE")[-1] == 100 - 6


def test_receipts_from_a_supplier_that_makes_the_item_do_not_draw_its_stock() -> None:
    network = tiny(
        production="""
            item  location
            CHIP  FAB
        """,
        capacities="""
            kind        owner              valid_from  valid_to  capacity
            production  CHIP|FAB|standard  0           -         0
        """,
        sourcing="""
            item  location  supplier  lead_time  transit_time  capacity
            CHIP  PLANT     FAB       1          1             6
        """,
        stock="""
            item  location  quantity
            CHIP  FAB       3
        """,
        scheduled_receipts="""
            order_id  item  location  origin  quantity  due
            PO-1      CHIP  PLANT     FAB     5         1
        """,
        demand=MUCH_DEMAND,
    )
    plan = plan_and_check(network)
    # 5 of the receipt, and the stock of 3 by new orders: 1 in period 0 beside the receipt, or later
    assert sum(served(plan)) == 5 + 3
    assert by_period(plan, "orders", at="dispatch")[0] <= 6 - 5


def test_a_receipt_that_never_gets_capacity_stays_away_and_is_no_closing_stock() -> None:
    network = tiny(
        sourcing=FIVE_A_PERIOD.replace("5\n", "0\n"),
        scheduled_receipts="""
            order_id  item  location  origin  quantity  due
            PO-1      CHIP  PLANT     FAB     12        1
        """,
        demand=MUCH_DEMAND,
    )
    plan = plan_and_check(network)
    receipts = plan.tables["receipts"]
    assert receipts[["dispatch", "receipt"]].isna().all(axis=None)
    assert total(plan, "closing", "beyond") == 0
    assert served(plan) == [0, 0, 0, 0]


def test_a_scheduled_receipt_of_nothing_is_left_out() -> None:
    network = tiny(
        sourcing=FIVE_A_PERIOD,
        scheduled_receipts="""
            order_id  item  location  origin  quantity  due
            PO-1      CHIP  PLANT     FAB     0         1
            PO-2      CHIP  PLANT     -       0         1
        """,
        demand=MUCH_DEMAND,
    )
    plan = plan_and_check(network)
    assert not len(plan.tables["receipts"])
    assert total(plan, "orders") == 15


def weekly_orders(capacity: str) -> Network:
    """A chip of 16 weeks of lead time and one of transit; ten are due and wanted every week."""
    weeks = range(1, 20)
    due = "\n".join(f"PO-{n:02} CHIP PLANT FAB 10 {n}" for n in weeks)
    wanted = "\n".join(f"CHIP PLANT {n} 10 9 0" for n in weeks)
    return tiny(
        periods=20,
        sourcing=f"""
            item  location  supplier  lead_time  transit_time  capacity
            CHIP  PLANT     FAB       16         1             {capacity}
        """,
        scheduled_receipts=f"order_id item location origin quantity due\n{due}",
        demand=f"item location period quantity unit_revenue lost_after\n{wanted}",
    )


@pytest.mark.parametrize("capacity", ["20", "-"])
def test_an_outage_in_week_12_bites_in_week_13_where_the_transit_is_a_week(capacity: str) -> None:
    # period n is week n + 1 of 2026: the outage is in period 11, felt in period 12, not in 27
    outage = SupplierOutage(location="FAB", start=dt.date(2026, 3, 16), periods=1)
    plan = plan_and_check(under(weekly_orders(capacity), outage))
    assert plan.model.data.network.calendar.label(11).endswith("(W12)")
    lost = by_period(plan, "service", "lost")
    assert [n for n, units in enumerate(lost) if units] == [12]
    assert lost[12] == 10
    # what was blocked leaves a week later, beside the next order
    assert by_period(plan, "receipts", at="receipt")[11:15] == [10, 0, 20, 10]


def test_without_the_outage_nothing_is_lost() -> None:
    assert total(plan_and_check(weekly_orders("20")), "service", "lost") == 0


def hundred_a_period(demand: int = 100) -> Network:
    return tiny(
        periods=5,
        sourcing="""
            item  location  supplier  lead_time  capacity
            CHIP  PLANT     FAB       0          100
        """,
        demand="item location period quantity unit_revenue lost_after\n"
        + "\n".join(f"CHIP PLANT {n} {demand} 9 0" for n in range(5)),
    )


def test_capacity_recovers_along_a_ramp() -> None:
    cut = Allocation(
        item="CHIP", share=0.4, start=dt.date(2026, 1, 5), periods=1, recovery=2
    )  # fmt: skip
    plan = plan_and_check(under(hundred_a_period(), cut))
    # 0.4, then 0.4 + 0.6 * 1 / 3 and 0.4 + 0.6 * 2 / 3
    assert served(plan) == pytest.approx([100, 40, 60, 80, 100])


def test_overlapping_cuts_multiply() -> None:
    first = Allocation(item="CHIP", share=0.5, start=dt.date(2026, 1, 5), periods=2)
    second = SupplierOutage(location="FAB", share=0.4, start=dt.date(2026, 1, 12), periods=2)
    plan = plan_and_check(under(hundred_a_period(), first, second))
    assert served(plan) == pytest.approx([100, 50, 20, 40, 100])


def test_quarantined_stock_serves_nobody_until_it_is_released() -> None:
    network = tiny(
        stock="""
            item  location  quantity
            CHIP  PLANT     20
        """,
        demand="item location period quantity unit_revenue lost_after\n"
        + "\n".join(f"CHIP PLANT {n} 5 9 0" for n in range(4)),
    )
    hold = StockQuarantine(item="CHIP", share=0.8, start=dt.date(2025, 12, 29), periods=2)
    plan = plan_and_check(under(network, hold))
    # 4 of 20 are free; the other 16 come back in period 2
    assert sum(served(plan)[:2]) == 4
    assert served(plan)[2:] == [5, 5]
    assert sum(served(plan_and_check(network))) == 20
