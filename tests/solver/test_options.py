"""Values laid over options by period, and wildcards made concrete."""

from __future__ import annotations

import pytest

from solver.data import model_data
from solver.optimizer import SolverOptions
from solver.options import ModelOptions
from solver.plan import plan_response
from supplychain.scope import needed_item_locations
from tests.support import by_period, money, plan_and_check, served, tiny, total

EVERY_PERIOD = """
    item  location  period  quantity  unit_revenue  lost_after
    CHIP  PLANT     0       10        9             0
    CHIP  PLANT     1       10        9             0
    CHIP  PLANT     2       10        9             0
    CHIP  PLANT     3       10        9             0
"""


def test_a_longer_lead_time_holds_for_orders_placed_in_its_periods() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time
            CHIP  PLANT     FAB       1
        """,
        lead_times="""
            kind      owner                    valid_from  valid_to  lead_time
            sourcing  CHIP|PLANT|FAB|standard  0           1         3
        """,
        demand=EVERY_PERIOD,
    )
    # an order of 0 comes in 3, of 1 in 4, of 2 in 3 again
    assert served(plan_and_check(network)) == [0, 0, 0, 10]


def test_a_shorter_lead_time_brings_orders_forward() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time
            CHIP  PLANT     FAB       3
        """,
        lead_times="""
            kind      owner                    valid_from  valid_to  lead_time
            sourcing  CHIP|PLANT|FAB|standard  0           0         1
        """,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network)
    # only an order of period 0 arrives inside the horizon: in 1, and is stored for the rest
    assert by_period(plan, "orders") == [30, 0, 0, 0]
    assert served(plan) == [0, 10, 10, 10]


def test_a_longer_lead_time_keeps_a_stated_transit_and_so_delays_the_dispatch() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  transit_time  capacity
            CHIP  PLANT     FAB       1          1             -
        """,
        lead_times="""
            kind      owner                    valid_from  valid_to  lead_time
            sourcing  CHIP|PLANT|FAB|standard  0           -         3
        """,
        capacities="""
            kind      owner                    valid_from  valid_to  capacity
            sourcing  CHIP|PLANT|FAB|standard  0           1         0
            sourcing  CHIP|PLANT|FAB|standard  2           2         4
        """,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network)
    # ordered in 0, dispatched 3 - 1 = 2 periods later, where 4 can leave
    assert by_period(plan, "orders", at="dispatch") == [0, 0, 4, 0]
    assert served(plan) == [0, 0, 0, 4]


def test_a_lead_time_shorter_than_the_transit_cuts_the_transit() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  transit_time  capacity
            CHIP  PLANT     FAB       3          2             7
        """,
        lead_times="""
            kind      owner                    valid_from  valid_to  lead_time
            sourcing  CHIP|PLANT|FAB|standard  0           -         1
        """,
        demand=EVERY_PERIOD,
    )
    plan = plan_and_check(network)
    # lead time and transit 1: 7 leave in each of 0, 1 and 2
    assert by_period(plan, "orders", at="dispatch") == [7, 7, 7, 0]
    assert by_period(plan, "orders") == [7, 7, 7, 0]


def test_lead_times_of_builds_and_transfers_change_as_well() -> None:
    network = tiny(
        periods=6,
        production="""
            item  location  lead_time
            CHIP  FAB       0
        """,
        lanes="""
            item  origin  destination  lead_time
            CHIP  FAB     PLANT        1
        """,
        lead_times="""
            kind        owner                    valid_from  valid_to  lead_time
            production  CHIP|FAB|standard        0           0         2
            lanes       CHIP|FAB|PLANT|standard  2           2         2
        """,
        capacities="""
            kind        owner              valid_from  valid_to  capacity
            production  CHIP|FAB|standard  1           -         0
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     3       10        9             0
            CHIP  PLANT     4       10        9             0
        """,
    )
    plan = plan_and_check(network)
    # started in 0, usable in 0 + 2, sent in 2, there in 2 + 2; or sent in 3, there in 4
    assert served(plan) == [0, 0, 0, 0, 10, 0]


def test_a_row_that_names_its_key_beats_one_with_a_wildcard() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            *     *         BROKER    0          5
            CHIP  PLANT     BROKER    0          3
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CHIP  PLANT     0       10        9
            CORE  PLANT     0       10        9
        """,
    )
    plan = plan_and_check(network)
    assert money(plan, "purchase") == [10 * 3 + 10 * 5]


def test_a_capacity_can_be_laid_over_a_row_that_came_from_a_wildcard() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  capacity
            *     PLANT     BROKER    0          8
        """,
        capacities="""
            kind      owner                       valid_from  valid_to  capacity
            sourcing  CHIP|PLANT|BROKER|standard  1           1         0
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     0       8         9             0
            CHIP  PLANT     1       8         9             0
            CORE  PLANT     1       8         9             0
        """,
    )
    plan = plan_and_check(network)
    assert [sum(served(plan, item)) for item in ("CHIP", "CORE")] == [8, 8]


def test_wildcards_of_lanes_and_production_reach_what_the_demand_needs() -> None:
    network = tiny(
        periods=3,
        production="""
            item  location  version  unit_cost
            CAR   *         first    5
        """,
        bom="""
            item  version  component  quantity_per
            CAR   *        CHIP       2
        """,
        production_resources="""
            item  location  version  resource
            *     PLANT     *        LINE
        """,
        resources="""
            resource  location  capacity
            LINE      PLANT     3
        """,
        stock="""
            item  location  quantity
            CHIP  STORE     100
        """,
        lanes="""
            item  origin  destination  lead_time  unit_cost
            CHIP  *       *            1          1
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     1       10        90
        """,
    )
    plan = plan_and_check(network)
    # chips arrive from 1 on; the line builds 3 in each of 1 and 2
    assert by_period(plan, "builds") == [0, 3, 3]
    assert total(plan, "transfers") == 12
    assert money(plan, "freight", "production") == [12, 30]


CAR_OF_TIER1 = {
    "production": """
        item  location
        CAR   PLANT
        ECU   TIER1
    """,
    "bom": """
        item  component  quantity_per
        CAR   ECU        1
        ECU   CHIP       1
    """,
    "sourcing": """
        item  location  supplier  lead_time
        ECU   PLANT     TIER1     0
        CHIP  TIER1     FAB       0
    """,
    "demand": """
        item  location  period  quantity  unit_revenue  lost_after
        CAR   PLANT     1       10        90            0
    """,
}


@pytest.mark.parametrize(
    ("left_out", "cars"), [([], 10), (["CHIP"], 3), (["ECU"], 3), (["CAR"], 0)]
)
def test_a_model_over_fewer_item_locations_leaves_out_what_touches_others(
    left_out: list[str], cars: float
) -> None:
    stock = """
        item  location  quantity
        CAR   PLANT     3
    """
    network = tiny(stock=stock, **CAR_OF_TIER1)
    pairs = needed_item_locations(network)
    scope = pairs[~pairs["item"].isin(left_out)].reset_index(drop=True)
    plan = plan_response(model_data(network, scope), ModelOptions(), True, SolverOptions())
    # without the chips, or the control units, no car can be built: there are three in stock
    assert total(plan, "deliveries") == cars
    assert set(plan.tables["inventory"]["item"]) == set(scope["item"])


@pytest.mark.parametrize(
    ("modes", "used"),
    [
        ("slow 1 true\n CHIP PLANT FAB quick 0 5 true", "quick"),
        ("slow 1 true\n CHIP PLANT FAB quick 0 5 false", "slow"),
    ],
)
def test_an_as_is_plan_is_blind_to_options_that_are_not_routine(modes: str, used: str) -> None:
    first, second = modes.split("\n")
    mode, lead_time, routine = first.split()
    network = tiny(
        sourcing=f"""
            item  location  supplier  mode    lead_time    unit_cost  routine
            CHIP  PLANT     FAB       {mode}  {lead_time}  1          {routine}
            {second}
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     0       10        9             1
        """,
    )
    plan = plan_and_check(network, "as-is")
    assert set(plan.tables["orders"]["mode"]) == {"slow"}
    assert total(plan, "orders", mode=used) == (10 if used == "slow" else 0)
