"""The fair-share plan: scarce supply first come, first served, in equal shares, blind to margin."""

from __future__ import annotations

import pytest

from solver.plan import PlanKind
from supplychain.network import Network
from supplychain.scenario import Responses
from tests.support import plan_and_check, profit, tiny, total


def sixty_chips(demand: str, bom: str = "", **more: str) -> Network:
    """Two products want chips, of which there are sixty."""
    standard = """
        item  component  quantity_per
        CAR   CHIP       1
        VAN   CHIP       1
    """
    tables = {
        "stock": """
            item  location  quantity
            CHIP  PLANT     60
        """,
        "production": """
            item  location
            CAR   PLANT
            VAN   PLANT
        """,
        "bom": bom or standard,
        "demand": demand,
    }
    return tiny(3, **{**tables, **more})


HUNDRED_AND_FIFTY = """
    item  location  period  quantity  unit_revenue  lost_after
    CAR   PLANT     1       100       200           0
    VAN   PLANT     1       50        100           0
"""


def shares(network: Network, responses: Responses | None = None) -> list[float]:
    """Units served of CAR and VAN; as-is, or in response with ``responses``."""
    kind: PlanKind = "as-is" if responses is None else "response"
    plan = plan_and_check(network, kind, responses)
    return [total(plan, "deliveries", item=item) for item in ("CAR", "VAN")]


def test_a_scarce_component_is_shared_in_proportion_to_demand() -> None:
    # 60 of 150: 40 % of each, whatever they earn
    assert shares(sixty_chips(HUNDRED_AND_FIFTY)) == pytest.approx([40, 20])


def test_the_response_gives_the_scarce_component_to_what_earns_more() -> None:
    assert shares(sixty_chips(HUNDRED_AND_FIFTY), Responses()) == pytest.approx([60, 0])


def test_without_reallocation_the_response_shares_like_the_as_is_plan() -> None:
    kept = Responses(reallocation=False)
    assert shares(sixty_chips(HUNDRED_AND_FIFTY), kept) == pytest.approx([40, 20])


def test_without_reallocation_added_supply_is_shared_as_well() -> None:
    broker = """
        item  location  supplier  lead_time  unit_cost  capacity  routine
        CHIP  PLANT     BROKER    1          7          30        false
    """
    network = sixty_chips(HUNDRED_AND_FIFTY, sourcing=broker)
    # 60 in stock and 30 of the broker, 90 of 150: 60 % of each
    assert shares(network, Responses(reallocation=False)) == pytest.approx([60, 30])


def test_shares_are_equal_whatever_a_unit_takes_of_the_component() -> None:
    network = sixty_chips(
        """
        item  location  period  quantity  unit_revenue  lost_after
        CAR   PLANT     1       60        200           0
        VAN   PLANT     1       30        100           0
        """,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
            VAN   CHIP       2
        """,
    )
    # 60 + 2 * 30 = 120 chips wanted, 60 there: half of each, 30 + 2 * 15
    assert shares(network) == pytest.approx([30, 15])


def test_shares_are_equal_however_deep_the_component_lies() -> None:
    network = sixty_chips(
        HUNDRED_AND_FIFTY,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
            VAN   ECU        1
            ECU   CHIP       3
        """,
        production="""
            item  location
            CAR   PLANT
            VAN   PLANT
            ECU   PLANT
        """,
        stock="""
            item  location  quantity
            CHIP  PLANT     125
        """,
    )
    # 100 + 3 * 50 = 250 chips wanted, 125 there: 50 + 3 * 25
    assert shares(network) == pytest.approx([50, 25])


def test_shares_of_a_shared_fab_are_equal_whatever_a_unit_takes_of_it() -> None:
    network = tiny(
        periods=3,
        sourcing="""
            item  location  supplier  lead_time  group  group_per_unit
            CHIP  PLANT     FAB       1          logic  1
            CORE  PLANT     FAB       1          logic  4
        """,
        supplier_capacity="""
            supplier  group  capacity
            FAB       logic  10
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     1       20        9             1
            CORE  PLANT     1       5         9             1
        """,
    )
    plan = plan_and_check(network, "as-is")
    # 20 + 4 * 5 = 40 units of the fab wanted; 10 in each of the periods 1 and 2: half of each
    assert [total(plan, "deliveries", item=i) for i in ("CHIP", "CORE")] == pytest.approx([10, 2.5])


def test_what_one_product_cannot_use_goes_to_the_other() -> None:
    network = sixty_chips(
        HUNDRED_AND_FIFTY,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
            CAR   GLASS      1
            VAN   CHIP       1
        """,
        stock="""
            item   location  quantity
            CHIP   PLANT     60
            GLASS  PLANT     10
        """,
    )
    # glass for 10 cars; the other 50 chips serve all the vans
    assert shares(network) == pytest.approx([10, 50])


def test_demand_due_earlier_comes_first() -> None:
    network = sixty_chips("""
        item  location  period  quantity  unit_revenue  lost_after
        CAR   PLANT     0       50        1             0
        VAN   PLANT     1       50        900           0
    """)
    assert shares(network) == pytest.approx([50, 10])
    assert shares(network, Responses()) == pytest.approx([10, 50])


def test_a_backlog_comes_with_the_demand_of_the_first_period() -> None:
    network = sixty_chips("""
        item  location  period  quantity  unit_revenue  lost_after
        CAR   PLANT     -1      50        1             5
        VAN   PLANT     0       50        900           0
    """)
    # both can be served from period 0: 60 of 100
    assert shares(network) == pytest.approx([30, 30])


def test_customers_and_places_of_one_item_share_alike() -> None:
    network = tiny(
        periods=1,
        stock="""
            item  location  quantity
            CAR   PLANT     12
        """,
        lanes="""
            item  origin  destination
            CAR   PLANT   NORTH
            CAR   PLANT   SOUTH
        """,
        demand="""
            item  location  period  customer  quantity  unit_revenue
            CAR   NORTH     0       fleet     8         5
            CAR   NORTH     0       retail    4         9
            CAR   SOUTH     0       retail    12        1
        """,
    )
    service = plan_and_check(network, "as-is").tables["service"]
    # 12 of 24: one half each
    assert service["on_time"].tolist() == pytest.approx([4, 2, 6])


def test_without_a_shortage_the_fair_plan_is_the_cheapest() -> None:
    network = sixty_chips(
        """
        item  location  period  quantity  unit_revenue  lost_after
        CAR   PLANT     1       70        200           0
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  capacity
            CHIP  PLANT     DEAR      0          9          -
            CHIP  PLANT     CHEAP     0          4          3
        """,
    )
    plan = plan_and_check(network, "as-is")
    # 60 in stock, 3 cheap ones in each of the periods 0 and 1, 4 dear ones
    assert [total(plan, "orders", supplier=s) for s in ("CHEAP", "DEAR")] == [6, 4]
    assert profit(plan) == pytest.approx(70 * 200 - 6 * 4 - 4 * 9)


def test_service_comes_before_cost_however_dear_the_routine_source() -> None:
    network = tiny(
        periods=2,
        production="""
            item  location  unit_cost
            CHIP  FAB       1
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            CHIP  PLANT     FAB       0          5000
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     1       3         2             0
        """,
    )
    plan = plan_and_check(network, "as-is")
    assert total(plan, "deliveries") == 3
    assert profit(plan) == pytest.approx(3 * (2 - 5000 - 1))


def test_three_periods_of_shortage_are_shared_period_by_period() -> None:
    network = sixty_chips(
        """
        item  location  period  quantity  unit_revenue  lost_after
        CAR   PLANT     0       20        200           0
        VAN   PLANT     0       10        100           0
        CAR   PLANT     1       20        200           0
        VAN   PLANT     1       10        100           0
        CAR   PLANT     2       20        200           0
        VAN   PLANT     2       10        100           0
        """,
        stock="""
            item  location  quantity
            CHIP  PLANT     42
        """,
    )
    service = plan_and_check(network, "as-is").tables["service"]
    # 30 for the first period, 12 of 30 for the second, none for the third; rows by item, period
    assert service["on_time"].tolist() == pytest.approx([20, 8, 0, 10, 4, 0])
