"""(C2) to (C5) Capacities of options, supplier groups, resources, versions and lanes."""

from __future__ import annotations

import pytest

from tests.support import by_period, plan_and_check, profit, served, tiny, total

DUE_LAST = """
    item  location  period  quantity  unit_revenue  lost_after
    CHIP  PLANT     3       100       5             0
"""
EVERY_PERIOD = """
    item  location  period  quantity  unit_revenue  lost_after
    CHIP  PLANT     0       10        5             0
    CHIP  PLANT     1       10        5             0
    CHIP  PLANT     2       10        5             0
    CHIP  PLANT     3       10        5             0
"""


def test_an_option_dispatches_no_more_than_its_capacity() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  capacity
            CHIP  PLANT     FAB       0          6
        """,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network)
    assert served(plan) == [6, 6, 6, 6]
    assert by_period(plan, "capacity_use", "used", kind="sourcing") == [6, 6, 6, 6]


def test_capacity_counts_in_the_period_of_dispatch_not_of_the_order() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  transit_time  capacity
            CHIP  PLANT     FAB       2          1             6
        """,
        capacities="""
            kind      owner                    valid_from  valid_to  capacity
            sourcing  CHIP|PLANT|FAB|standard  1           1         2
        """,
        demand=DUE_LAST,
    )
    plan = plan_and_check(network)
    # orders of 0 and 1 are dispatched in 1 (capacity 2) and 2 (capacity 6), received in 2 and 3
    assert by_period(plan, "orders") == [2, 6, 0, 0]
    assert served(plan) == [0, 0, 0, 8]


FAB_FOR_TWO = {
    "sourcing": """
        item  location  supplier  lead_time  group  group_per_unit
        CHIP  PLANT     FAB       0          logic  1
        CORE  PLANT     FAB       0          logic  2
    """,
    "supplier_capacity": """
        supplier  group  capacity
        FAB       logic  10
    """,
}


def test_two_chips_share_the_capacity_of_one_fab() -> None:
    network = tiny(
        periods=1,
        demand="""
            item  location  period  quantity  unit_revenue
            CHIP  PLANT     0       6         10
            CORE  PLANT     0       6         30
        """,
        **FAB_FOR_TWO,
    )
    plan = plan_and_check(network)
    # a unit of capacity earns 10 as CHIP and 30 / 2 = 15 as CORE: 10 / 2 = 5 CORE, no CHIP
    assert [total(plan, "orders", item=i) for i in ("CHIP", "CORE")] == [0, 5]
    assert profit(plan) == pytest.approx(5 * 30)
    assert by_period(plan, "capacity_use", "used", owner="FAB|logic") == [10]


def test_shared_capacity_goes_where_a_unit_of_it_earns_most() -> None:
    network = tiny(
        periods=1,
        demand="""
            item  location  period  quantity  unit_revenue
            CHIP  PLANT     0       6         20
            CORE  PLANT     0       6         30
        """,
        **FAB_FOR_TWO,
    )
    plan = plan_and_check(network)
    # now CHIP earns 20 a unit of capacity: 6 CHIP, and (10 - 6) / 2 = 2 CORE with the rest
    assert [total(plan, "orders", item=i) for i in ("CHIP", "CORE")] == [6, 2]
    assert profit(plan) == pytest.approx(6 * 20 + 2 * 30)


def test_builds_and_dispatches_of_a_supplier_draw_on_the_same_group() -> None:
    network = tiny(
        periods=1,
        production="""
            item  location  group  group_per_unit
            CHIP  FAB       logic  3
        """,
        sourcing="""
            item  location  supplier  lead_time  group  group_per_unit
            CHIP  PLANT     FAB       0          -      1
            CORE  PLANT     FAB       0          logic  1
        """,
        supplier_capacity="""
            supplier  group  capacity
            FAB       logic  10
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CHIP  PLANT     0       5         10
            CORE  PLANT     0       4         5
        """,
    )
    plan = plan_and_check(network)
    # CORE earns 5 a unit of capacity, CHIP 10 / 3: 4 CORE, and (10 - 4) / 3 = 2 CHIP built
    assert total(plan, "orders", item="CORE") == 4
    assert total(plan, "builds", item="CHIP") == pytest.approx(2)
    assert profit(plan) == pytest.approx(4 * 5 + 2 * 10)


CAR_AND_VAN = {
    "production": """
        item  location
        CAR   PLANT
        VAN   PLANT
    """,
    "production_resources": """
        item  location  resource  per_unit
        CAR   PLANT     LINE      1
        VAN   PLANT     LINE      2.5
        VAN   PLANT     PAINT     1
    """,
}


def test_a_resource_limits_what_is_started_in_a_period() -> None:
    network = tiny(
        periods=2,
        resources="""
            resource  location  capacity
            LINE      PLANT     10
            PAINT     PLANT     -
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     1       10        1
            VAN   PLANT     1       10        3
        """,
        **CAR_AND_VAN,
    )
    plan = plan_and_check(network)
    # 20 units of line: a van earns 3 / 2.5 = 1.2 of each, a car 1: 20 / 2.5 = 8 vans, no car
    assert [total(plan, "builds", item=i) for i in ("CAR", "VAN")] == [0, 8]


def test_the_scarcer_of_two_resources_binds() -> None:
    network = tiny(
        periods=2,
        resources="""
            resource  location  capacity
            LINE      PLANT     10
            PAINT     PLANT     2
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     1       20        1
            VAN   PLANT     1       10        3
        """,
        **CAR_AND_VAN,
    )
    plan = plan_and_check(network)
    # paint lets 4 vans pass, which take 10 of the line; the other 10 make 10 cars
    assert [total(plan, "builds", item=i) for i in ("CAR", "VAN")] == [10, 4]
    assert profit(plan) == pytest.approx(10 * 1 + 4 * 3)


def test_a_production_version_is_limited_where_a_capacity_is_laid_over_it() -> None:
    network = tiny(
        production="""
            item  location
            CHIP  PLANT
        """,
        capacities="""
            kind        owner                valid_from  valid_to  capacity
            production  CHIP|PLANT|standard  1           2         3
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     1       10        5             0
            CHIP  PLANT     2       10        5             0
            CHIP  PLANT     3       10        5             0
        """,
    )
    plan = plan_and_check(network)
    # unlimited in period 0: all that periods 1 and 2 cannot make is made ahead
    assert sum(served(plan)) == 30
    assert max(by_period(plan, "builds")[1:3]) <= 3


def test_a_limit_on_a_version_costs_what_could_not_be_made_ahead() -> None:
    network = tiny(
        production="""
            item  location
            CHIP  PLANT
        """,
        capacities="""
            kind        owner                valid_from  valid_to  capacity
            production  CHIP|PLANT|standard  0           2         3
        """,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network)
    # three a period in 0 to 2, all that is due in 3: 19 of 40
    assert by_period(plan, "builds") == [3, 3, 3, 10]
    assert sum(served(plan)) == 19


MODES = """
    item  origin  destination  mode  lead_time  unit_cost  capacity
    CHIP  STORE   PLANT        sea   2          1          -
    CHIP  STORE   PLANT        air   0          4          3
"""


def test_a_lane_carries_no_more_than_its_capacity() -> None:
    network = tiny(
        stock="""
            item  location  quantity
            CHIP  STORE     100
        """,
        lanes=MODES,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network)
    # by air 3 in each of the first two periods; from period 2 by sea, which is cheaper
    assert served(plan) == [3, 3, 10, 10]
    assert [total(plan, "transfers", mode=m) for m in ("air", "sea")] == [6, 20]
    assert profit(plan) == pytest.approx(26 * 5 - 6 * 4 - 20 * 1)


def test_the_dearer_mode_is_not_used_where_the_cheaper_one_is_in_time() -> None:
    network = tiny(
        stock="""
            item  location  quantity
            CHIP  STORE     100
        """,
        lanes=MODES,
        demand=DUE_LAST,
    )
    plan = plan_and_check(network)
    assert [total(plan, "transfers", mode=m) for m in ("air", "sea")] == [0, 100]


def test_a_supplier_serves_two_plants_within_one_group() -> None:
    network = tiny(
        periods=1,
        sourcing="""
            item  location  supplier  lead_time  group
            CHIP  NORTH     FAB       0          logic
            CHIP  SOUTH     FAB       0          logic
        """,
        supplier_capacity="""
            supplier  group  capacity
            FAB       logic  7
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CHIP  NORTH     0       5         3
            CHIP  SOUTH     0       5         4
        """,
    )
    plan = plan_and_check(network)
    assert [total(plan, "orders", location=p) for p in ("NORTH", "SOUTH")] == [2, 5]


def test_the_cheaper_of_two_versions_is_filled_first() -> None:
    network = tiny(
        periods=1,
        production="""
            item  location  version  unit_cost
            CHIP  PLANT     lean     2
            CHIP  PLANT     manual   3
        """,
        bom="""
            item  version  component  quantity_per
            CHIP  lean     WAFER      2
            CHIP  manual   WAFER      1
        """,
        stock="""
            item   location  quantity
            WAFER  PLANT     15
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CHIP  PLANT     0       10        5
        """,
    )
    plan = plan_and_check(network)
    # x lean and y manual, x + y = 10 and 2x + y = 15: 5 of each
    assert [total(plan, "builds", version=v) for v in ("lean", "manual")] == [5, 5]
    assert profit(plan) == pytest.approx(10 * 5 - 5 * 2 - 5 * 3)
