"""A plan carried into another scenario than its own."""

from __future__ import annotations

import pandas as pd
import pytest

from solver.elsewhere import carried_into
from supplychain.disruptions import LeadTimeChange, PlantOutage, SupplierOutage
from supplychain.network import Network
from supplychain.scope import expand
from supplychain.simulation import Simulation, certain_futures, simulate
from tests.support import START, plan_only, tiny, under

WEEKS = pd.date_range(START, periods=8, freq="7D")


def shop() -> Network:
    """Ten toys a week from week 2 on, two weeks by sea, the first two on order."""
    return tiny(
        periods=6,
        sourcing="""
            item  location  supplier  lead_time  transit_time  unit_cost  capacity
            TOY   SHOP      MAKER     2          1             1          15
        """,
        scheduled_receipts="""
            order_id  line  item  location  origin  quantity  due
            1         1     TOY   SHOP      MAKER   10        2
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            TOY   SHOP      2       10        10
            TOY   SHOP      3       10        10
            TOY   SHOP      4       10        10
        """,
    )


def lived(network: Network, tables: dict[str, pd.DataFrame]) -> Simulation:
    return simulate(network, tables, certain_futures(network, tables))


def test_in_its_own_scenario_nothing_changes() -> None:
    network = expand(shop())
    plan = plan_only(network)
    tables = carried_into(network, plan.tables)
    for name in ("orders", "receipts"):
        before = plan.tables[name]
        pd.testing.assert_frame_equal(tables[name][before.columns], before, check_dtype=False)
    money = lived(network, tables).money
    assert money["profit"].tolist() == pytest.approx([plan.objective])


def test_an_outage_holds_orders_and_receipts_back_in_the_order_of_their_dates() -> None:
    plan = plan_only(expand(shop()))
    closed = under(shop(), SupplierOutage(kind="supplier_outage", location="MAKER",
                                          start=str(WEEKS[1].date()), periods=2))  # fmt: skip
    tables = carried_into(closed, plan.tables)
    # what should leave in weeks 1, 2 and 3 leaves from week 3 on, 15 a week
    assert tables["receipts"]["receipt"].tolist() == [WEEKS[4]]
    orders = tables["orders"].groupby("receipt")["quantity"].sum()
    assert orders.to_dict() == {WEEKS[4]: 5, WEEKS[5]: 15}
    totals = lived(closed, tables).totals.loc[0]
    assert totals[["on_time", "late", "open"]].tolist() == pytest.approx([0, 30, 0])


def test_what_is_never_dispatched_is_not_paid() -> None:
    plan = plan_only(expand(shop()))
    closed = under(shop(), SupplierOutage(kind="supplier_outage", location="MAKER",
                                          start=str(WEEKS[0].date()), periods=6))  # fmt: skip
    tables = carried_into(closed, plan.tables)
    assert not len(tables["orders"])
    assert lived(closed, tables).money.loc[0, "profit"] == 0


def test_longer_lead_times_hold_for_the_orders_of_the_plan() -> None:
    plan = plan_only(expand(shop()))
    slow = under(shop(), LeadTimeChange(kind="lead_time_change", supplier="MAKER", add=1,
                                        start=str(WEEKS[0].date()), periods=6))  # fmt: skip
    receipt = carried_into(slow, plan.tables)["orders"]["receipt"]
    assert receipt.tolist() == [
        date + pd.Timedelta(days=7) for date in plan.tables["orders"]["receipt"]
    ]


def test_a_line_that_stands_still_builds_nothing_that_was_planned() -> None:
    network = tiny(
        periods=3,
        production="""
            item  location
            CAR   PLANT
        """,
        resources="""
            resource  location  capacity
            LINE      PLANT     20
        """,
        production_resources="""
            item  location  resource  per_unit
            CAR   PLANT     LINE      1
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     0       10        100
        """,
    )
    plan = plan_only(expand(network))
    down = under(network, PlantOutage(kind="plant_outage", location="PLANT", resource="LINE",
                                      start=str(WEEKS[0].date()), periods=1))  # fmt: skip
    totals = lived(down, carried_into(down, plan.tables)).totals.loc[0]
    assert totals[["on_time", "late"]].tolist() == [0, 10]  # made up for a week later
