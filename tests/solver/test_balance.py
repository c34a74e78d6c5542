"""(C1) Stock balance: what is on hand follows from what was there, what comes in and goes out."""

from __future__ import annotations

import pytest

from tests.support import by_period, plan_and_check, profit, rows_of, served, tiny, total

EVERY_PERIOD = """
    item  location  period  quantity  unit_revenue  lost_after
    CHIP  PLANT     0       10        5             0
    CHIP  PLANT     1       10        5             0
    CHIP  PLANT     2       10        5             0
    CHIP  PLANT     3       10        5             0
"""
LATE_AND_LARGE = """
    item  location  period  quantity  unit_revenue  lost_after
    CHIP  PLANT     3       100       5             0
"""


def test_a_lead_time_of_zero_serves_demand_in_the_period_of_the_order() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            CHIP  PLANT     FAB       0          2
        """,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network)
    assert served(plan) == [10, 10, 10, 10]
    assert profit(plan) == pytest.approx(4 * 10 * (5 - 2))


def test_a_lead_time_of_two_leaves_the_first_two_periods_without_supply() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            CHIP  PLANT     FAB       2          2
        """,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network)
    # the orders of periods 0 and 1 are there in 2 and 3; later ones would come after the horizon
    assert total(plan, "orders") == 20
    assert served(plan) == [0, 0, 10, 10]
    assert profit(plan) == pytest.approx(2 * 10 * (5 - 2))


def test_opening_stock_is_used_once_and_no_more() -> None:
    network = tiny(
        stock="""
            item  location  quantity
            CHIP  PLANT     14
        """,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network)
    assert sum(served(plan)) == 14
    assert by_period(plan, "inventory", "on_hand")[-1] == 0


def test_stock_is_carried_from_period_to_period() -> None:
    network = tiny(
        periods=3,
        sourcing="""
            item  location  supplier  lead_time  capacity
            CHIP  PLANT     FAB       0          10
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     2       30        5             0
        """,
    )
    plan = plan_and_check(network)
    # ten a period: 10 and 20 on hand at the ends of the first two, all thirty served in the third
    assert by_period(plan, "inventory", "on_hand") == [10, 20, 0]
    assert by_period(plan, "inventory", "arrivals") == [10, 10, 10]
    assert by_period(plan, "inventory", "uses") == [0, 0, 30]


def test_lead_times_of_buying_building_and_moving_add_up() -> None:
    network = tiny(
        periods=5,
        sourcing="""
            item  location  supplier  lead_time
            CHIP  PLANT     FAB       1
        """,
        production="""
            item  location  lead_time
            CAR   PLANT     2
        """,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
        """,
        lanes="""
            item  origin  destination  lead_time
            CAR   PLANT   MARKET       1
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CAR   MARKET    3       10        5             0
            CAR   MARKET    4       10        5             0
        """,
    )
    plan = plan_and_check(network)
    # ordered 0, received and built 1, usable and sent 3, received 4 = 1 + 2 + 1
    assert served(plan) == [0, 0, 0, 0, 10]
    assert by_period(plan, "orders") == [10, 0, 0, 0, 0]
    assert by_period(plan, "builds") == [0, 10, 0, 0, 0]
    assert by_period(plan, "transfers") == [0, 0, 0, 10, 0]


def test_a_bom_of_three_levels_multiplies_its_quantities() -> None:
    network = tiny(
        stock="""
            item  location  quantity
            CHIP  PLANT     70
        """,
        production="""
            item  location  lead_time  unit_cost
            CAR   PLANT     1          100
            ECU   PLANT     1          10
            BOARD PLANT     0          1
        """,
        bom="""
            item   component  quantity_per
            CAR    ECU        2
            ECU    BOARD      1
            BOARD  CHIP       3
            CAR    CHIP       1
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CAR   PLANT     2       20        1000          1
        """,
    )
    plan = plan_and_check(network)
    # one car takes 2 * 1 * 3 + 1 = 7 chips: 70 / 7 = 10 cars, 20 control units, 20 boards
    assert [total(plan, "builds", item=i) for i in ("CAR", "ECU", "BOARD")] == [10, 20, 20]
    assert total(plan, "service", "lost") == 10
    assert profit(plan) == pytest.approx(10 * 1000 - 10 * 100 - 20 * 10 - 20 * 1)


def test_a_transfer_leaves_one_location_and_arrives_at_the_other() -> None:
    network = tiny(
        periods=3,
        stock="""
            item  location  quantity
            CHIP  STORE     25
        """,
        lanes="""
            item  origin  destination  lead_time  unit_cost
            CHIP  STORE   PLANT        1          2
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     0       10        5             0
            CHIP  PLANT     1       10        5             0
            CHIP  STORE     2       10        9             0
        """,
    )
    plan = plan_and_check(network)
    # on the way when period 0 is due; 10 for period 1, 10 stay for the store, 5 are left there
    assert served(plan) == [0, 10, 10]
    assert total(plan, "transfers") == 10
    left = rows_of(plan, "inventory", location="STORE").sort_values("period")
    assert left["on_hand"].tolist() == [15, 15, 5]
    assert profit(plan) == pytest.approx(10 * (5 - 2) + 10 * 9)


MAKER = {
    "production": """
        item  location  lead_time  unit_cost
        CHIP  FAB       1          1
    """,
    "bom": """
        item  component  quantity_per
        CHIP  WAFER      2
    """,
    "stock": """
        item   location  quantity
        CHIP   FAB       4
        WAFER  FAB       40
    """,
    "production_resources": """
        item  location  resource
        CHIP  FAB       ETCH
    """,
    "resources": """
        resource  location  capacity
        ETCH      FAB       3
    """,
    "demand": LATE_AND_LARGE,
}


def test_a_supplier_that_makes_the_item_sends_its_stock_and_what_it_builds() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time
            CHIP  PLANT     FAB       1
        """,
        **MAKER,
    )
    plan = plan_and_check(network)
    # last dispatch in 2: its stock of 4, and 3 built in each of 0 and 1, usable a period later
    assert served(plan) == [0, 0, 0, 4 + 3 + 3]
    assert total(plan, "builds", location="FAB") == 6
    assert by_period(plan, "inventory", "uses", item="WAFER") == [6, 6, 0, 0]


def test_transit_follows_the_lead_time_where_the_supplier_makes_the_item() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time
            CHIP  PLANT     FAB       3
        """,
        **MAKER,
    )
    plan = plan_and_check(network)
    # blank transit = lead time 3: dispatch in period 0, when only the stock is there
    assert by_period(plan, "orders", at="dispatch") == [4, 0, 0, 0]
    assert served(plan) == [0, 0, 0, 4]


def test_a_stated_transit_time_sets_the_dispatch_of_an_order() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  transit_time
            CHIP  PLANT     FAB       3          1
        """,
        **MAKER,
    )
    plan = plan_and_check(network)
    # ordered in 0, dispatched in 2, when 4 in stock and 6 built are there
    assert by_period(plan, "orders") == [10, 0, 0, 0]
    assert by_period(plan, "orders", at="dispatch") == [0, 0, 10, 0]


def test_components_of_a_supplier_limit_what_it_makes() -> None:
    tables = {
        **MAKER,
        "stock": """
            item   location  quantity
            CHIP   FAB       4
            WAFER  FAB       6
            WAFER  PLANT     99
        """,
    }
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time
            CHIP  PLANT     FAB       1
        """,
        **tables,
    )
    # 6 wafers make 3 chips; the wafers at the plant are of no use there
    assert served(plan_and_check(network)) == [0, 0, 0, 4 + 3]


def test_a_bom_row_holds_within_its_dates() -> None:
    network = tiny(
        stock="""
            item  location  quantity
            OLD   PLANT     100
            NEW   PLANT     6
        """,
        production="""
            item  location
            CAR   PLANT
        """,
        bom="""
            item  component  quantity_per  valid_from  valid_to
            CAR   OLD        1             -           1
            CAR   NEW        2             2           -
        """,
        production_resources="""
            item  location  resource
            CAR   PLANT     LINE
        """,
        resources="""
            resource  location  capacity
            LINE      PLANT     10
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CAR   PLANT     0       10        5             0
            CAR   PLANT     1       10        5             0
            CAR   PLANT     2       10        5             0
        """,
    )
    plan = plan_and_check(network)
    # from period 2 a car takes two of NEW: 6 / 2 = 3 cars
    assert served(plan) == [10, 10, 3, 0]
    assert total(plan, "inventory", "uses", item="OLD") == 20
    assert total(plan, "inventory", "uses", item="NEW") == 6
