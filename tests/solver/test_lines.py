"""When lines stop, and what they wait for."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from solver.lines import OWN_CAPACITY, line_table
from solver.plan import PlanKind
from supplychain.disruptions import Allocation, Disruption, SupplierOutage
from supplychain.network import Network
from supplychain.scenario import Responses
from tests.support import plan_and_check, tiny, under

VALUES = """
    item  unit_cost
    CAR   20
    ECU   10
    CHIP  5
"""
KINDS: tuple[PlanKind, ...] = ("as-is", "response")
FIRST_WEEK = dt.date(2025, 12, 29)
SECOND_WEEK = dt.date(2026, 1, 5)


def car_line(stock: int = 0, chips: str = "10", lost_after: str = "0") -> Network:
    """Ten cars a week on one line, each with a chip of FAB, which can send so many a week.

    Holding stock costs a little, so that nothing is made earlier than it is needed.
    """
    weeks = range(5)
    return tiny(
        periods=5,
        holding_rate=0.1,
        items=VALUES,
        stock=f"""
            item  location  quantity
            CAR   PLANT     {stock}
        """,
        production="""
            item  location
            CAR   PLANT
        """,
        production_resources="""
            item  location  resource  per_unit
            CAR   PLANT     LINE      2
        """,
        resources="""
            resource  location  capacity
            LINE      PLANT     30
            SPARE     PLANT     5
        """,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
            CAR   GLASS      1
        """,
        sourcing=f"""
            item   location  supplier  lead_time  capacity
            CHIP   PLANT     FAB       0          {chips}
            GLASS  PLANT     GLAZIER   0          -
        """,
        demand="item location period quantity unit_revenue backorder_cost lost_after\n"
        + "\n".join(f"CAR PLANT {n} 10 100 1 {lost_after}" for n in weeks),
    )


def lines(network: Network, kind: PlanKind, *disruptions: Disruption) -> pd.DataFrame:
    """Rows of the line table of LINE under ``disruptions``, measured against the calm plan."""
    calm = plan_and_check(network, "as-is")
    plan = plan_and_check(under(network, *disruptions), kind)
    table = line_table(plan, calm)
    return table[table["resource"] == "LINE"].reset_index(drop=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_is_down_from_the_period_in_which_its_chips_end(kind: PlanKind) -> None:
    outage = SupplierOutage(location="FAB", start=SECOND_WEEK, periods=2)
    table = lines(car_line(), kind, outage)
    # 2 units of the line a car; no chip in periods 1 and 2
    assert table["calm_load"].tolist() == pytest.approx([20] * 5)
    assert table["load"].tolist() == pytest.approx([20, 0, 0, 20, 20])
    assert table["down"].tolist() == [False, True, True, False, False]
    assert table["waits_for"].tolist() == ["", "CHIP from FAB", "CHIP from FAB", "", ""]
    assert table["period"][table["down"]].min() == pd.Timestamp(SECOND_WEEK)


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_waits_for_the_chip_even_where_all_is_made_up_for_later(kind: PlanKind) -> None:
    outage = SupplierOutage(location="FAB", start=FIRST_WEEK, periods=1)
    # 15 cars a week catch up with the ten of the first week; a car that waits costs 1 a week
    table = lines(car_line(chips="20", lost_after="-"), kind, outage)
    assert table["load"].tolist() == pytest.approx([0, 30, 30, 20, 20])
    assert table["waits_for"].tolist() == ["CHIP from FAB", "", "", "", ""]


@pytest.mark.parametrize(("share", "down"), [(0.6, False), (0.4, True)])
def test_a_line_is_down_below_half_of_its_calm_load(share: float, down: bool) -> None:
    cut = Allocation(item="CHIP", share=share, start=SECOND_WEEK, periods=1)
    table = lines(car_line(), "as-is", cut)
    assert table["load"][1] == pytest.approx(20 * share)
    assert table["down"].tolist() == [False, down, False, False, False]


def test_a_line_that_stops_while_nobody_waits_is_not_down() -> None:
    network = car_line(stock=20)
    outage = SupplierOutage(location="FAB", start=dt.date(2026, 1, 19), periods=2)
    table = lines(network, "as-is", outage)
    # 50 cars are wanted, 20 are in stock and 30 can be built in the other three periods
    assert not table["down"].any()


def test_a_line_without_work_in_the_calm_plan_is_never_down() -> None:
    network = car_line()
    calm = plan_and_check(network, "as-is")
    outage = SupplierOutage(location="FAB", start=SECOND_WEEK)
    table = line_table(plan_and_check(under(network, outage), "as-is"), calm)
    assert not table.loc[table["resource"] == "SPARE", "down"].any()


def test_a_line_waits_for_the_chip_behind_its_control_units() -> None:
    weeks = "\n".join(f"CAR PLANT {n} 10 100 0" for n in range(2, 6))
    network = tiny(
        periods=6,
        holding_rate=0.1,
        items=VALUES,
        production="""
            item  location  lead_time
            CAR   PLANT     0
            ECU   TIER1     1
        """,
        production_resources="""
            item  location  resource
            CAR   PLANT     LINE
        """,
        resources="""
            resource  location  capacity
            LINE      PLANT     10
        """,
        bom="""
            item  component  quantity_per
            CAR   ECU        1
            ECU   CHIP       2
        """,
        sourcing="""
            item  location  supplier  lead_time  capacity
            CHIP  TIER1     FAB       0          20
            ECU   PLANT     TIER1     1          -
        """,
        demand=f"item location period quantity unit_revenue lost_after\n{weeks}",
    )
    outage = SupplierOutage(location="FAB", start=SECOND_WEEK, periods=1)
    for kind in KINDS:
        table = lines(network, kind, outage)
        # no chips in 1, so no control units at the plant in 3
        assert table["down"].tolist() == [False, False, False, True, False, False]
        assert table["waits_for"][3] == "CHIP from FAB"


def test_a_line_that_is_closed_waits_for_its_own_capacity() -> None:
    network = car_line(chips="-")
    closed = network.table("capacities").copy()
    closed.loc[0] = ["resources", "LINE", pd.Timestamp(SECOND_WEEK), pd.Timestamp(SECOND_WEEK), 0.0]
    calm = plan_and_check(network, "as-is")
    plan = plan_and_check(network.replace(capacities=closed), "response", Responses())
    table = line_table(plan, calm)
    down = table[table["down"]]
    assert down["period"].tolist() == [pd.Timestamp(SECOND_WEEK)]
    assert down["waits_for"].tolist() == [OWN_CAPACITY]
