"""Each kind of disruption on tiny tables, with numbers derived by hand.

The base network runs over eight weeks from Monday 2026-01-05. CHIP is made by FAB from WAFER on the
resource ETCH and sourced by PLANT; RESIN is bought from SHOP, which makes nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.disruptions import (
    Allocation,
    CostChange,
    DemandChange,
    Disruption,
    LaneClosure,
    LeadTimeChange,
    PlantOutage,
    RegionOutage,
    StockQuarantine,
    SupplierOutage,
)
from supplychain.errors import ScenarioError
from supplychain.network import Network
from supplychain.overrides import VALUE_COLUMN, OverrideTable, effective, owners, with_values
from supplychain.scenario import Scenario, apply, describe

W = [dt.date(2026, 1, 5) + dt.timedelta(weeks=n) for n in range(20)]
TABLES = {
    "items": """
        item,kind,unit_cost,commodity,brand
        CAR,product,1000,,AURORA
        VAN,product,2000,,BOREAL
        CHIP,component,4,semiconductor,
        WAFER,component,,silicon,
        RESIN,component,1,plastic,
    """,
    "locations": """
        location,kind,country,region
        PLANT,plant,Germany,Europe
        STORE,warehouse,Germany,Europe
        FAB,supplier,Taiwan,East Asia
        MINE,supplier,Taiwan,East Asia
        SHOP,supplier,France,Europe
    """,
    "bom": """
        item,component,quantity_per
        CAR,CHIP,2
        CAR,RESIN,1
        VAN,CHIP,3
        CHIP,WAFER,1
    """,
    "production": """
        item,location,lead_time,unit_cost
        CAR,PLANT,1,10
        VAN,PLANT,1,10
        CHIP,FAB,2,1
    """,
    "production_resources": """
        item,location,version,resource
        CAR,PLANT,standard,LINE-1
        VAN,PLANT,standard,LINE-2
        CHIP,FAB,standard,ETCH
    """,
    "resources": """
        resource,location,capacity
        LINE-1,PLANT,50
        LINE-2,PLANT,30
        ETCH,FAB,200
    """,
    "sourcing": """
        item,location,supplier,mode,lead_time,transit_time,unit_cost,capacity,group,routine
        CHIP,PLANT,FAB,sea,4,,2,,,true
        CHIP,PLANT,FAB,air,1,,5,,,false
        WAFER,FAB,MINE,road,3,1,1,,raw,true
        RESIN,PLANT,SHOP,road,2,1,3,100,,true
    """,
    "supplier_capacity": """
        supplier,group,capacity
        MINE,raw,500
    """,
    "lanes": """
        item,origin,destination,mode,lead_time,unit_cost,capacity
        CHIP,STORE,PLANT,road,1,0.5,40
        CHIP,FAB,STORE,sea,4,1,
    """,
    "stock": """
        item,location,quantity
        CHIP,PLANT,90
        CHIP,STORE,30
    """,
    "scheduled_receipts": """
        order_id,line,item,location,origin,quantity,due
        PO-1,1,RESIN,PLANT,SHOP,10,2026-01-07
        PO-2,1,RESIN,PLANT,SHOP,20,2026-01-21
        PO-3,1,RESIN,PLANT,,30,2026-01-21
    """,
    "demand": """
        item,location,period,customer,quantity
        CAR,PLANT,2025-12-29,dealer,7
        CAR,PLANT,2026-01-12,dealer,100
        CAR,PLANT,2026-01-26,fleet,40
        VAN,PLANT,2026-01-12,dealer,60
    """,
    "settings": """
        name,value
        start,2026-01-05
        periods,8
    """,
}


def frame(text: str) -> pd.DataFrame:
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    return pd.read_csv(io.StringIO(lines), dtype="str", keep_default_na=False)


@cache
def chain(**changed: str) -> Network:
    """The base network with some of its tables replaced."""
    return Network.from_frames({name: frame(text) for name, text in (TABLES | changed).items()})


def row_of(network: Network, table: OverrideTable, kind: str, owner: str) -> list[float | None]:
    """The values in force of one row by period; None: unlimited."""
    rows = network.table(kind)
    one = rows[(owners(kind, rows) == owner).to_numpy()]
    values = effective(network, table, kind, one, VALUE_COLUMN[table])
    assert len(values) == 1, owner
    return [None if np.isnan(v) else round(float(v), 9) for v in values[0]]


def capacity(network: Network, kind: str, owner: str) -> list[float | None]:
    return row_of(network, "capacities", kind, owner)


def the_problem(act: Callable[[], object]) -> str:
    with pytest.raises(ScenarioError) as caught:
        act()
    assert len(caught.value.problems) == 1, str(caught.value)
    return str(caught.value)


# --- time profile ------------------------------------------------------------------------------


def test_the_share_comes_back_linearly_after_the_last_full_period() -> None:
    event = Allocation(commodity="plastic", share=0.6, start=W[1], periods=2, recovery=3)
    after = event.apply(chain())
    # 100 * (0.6 + 0.4 k / 4) for k = 1, 2, 3
    assert capacity(after, "sourcing", "RESIN|PLANT|SHOP|road") == [
        100, 60, 60, 70, 80, 90, 100, 100,
    ]  # fmt: skip


def test_a_window_without_periods_lasts_until_the_end() -> None:
    event = Allocation(commodity="plastic", share=0.5, start=W[6])
    assert capacity(event.apply(chain()), "sourcing", "RESIN|PLANT|SHOP|road") == (
        [100] * 6 + [50] * 2
    )


def test_a_start_before_the_calendar_is_counted_from_there() -> None:
    start = W[0] - dt.timedelta(weeks=2)
    event = Allocation(commodity="plastic", share=0.5, start=start, periods=3, recovery=1)
    assert capacity(event.apply(chain()), "sourcing", "RESIN|PLANT|SHOP|road") == (
        [50, 75] + [100] * 6
    )


def test_a_start_inside_a_week_hits_that_week() -> None:
    event = Allocation(commodity="plastic", share=0.5, start=W[2] + dt.timedelta(days=4), periods=1)
    assert capacity(event.apply(chain()), "sourcing", "RESIN|PLANT|SHOP|road") == (
        [100, 100, 50] + [100] * 5
    )


def test_a_window_and_ramp_beyond_the_end_are_cut_off() -> None:
    event = Allocation(commodity="plastic", share=0.0, start=W[6], periods=1, recovery=3)
    assert capacity(event.apply(chain()), "sourcing", "RESIN|PLANT|SHOP|road") == (
        [100] * 6 + [0, 25]
    )


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (W[8], "starts after the last period; start earlier: the calendar runs from 2026-01-05"),
        (W[0] - dt.timedelta(weeks=3), "is over before the first period"),
    ],
)
def test_a_time_outside_the_calendar_is_an_error(start: dt.date, message: str) -> None:
    event = Allocation(commodity="plastic", share=0.5, start=start, periods=2, recovery=1)
    assert message in the_problem(lambda: event.apply(chain()))


def test_months_and_days_are_counted_in_their_own_bucket() -> None:
    monthly = """
        name,value
        start,2026-01-01
        periods,4
        bucket,month
    """
    demand = """
        item,location,period,customer,quantity
        CAR,PLANT,2026-03-01,dealer,10
    """
    event = LaneClosure(origin="SHOP", start=dt.date(2026, 2, 14), periods=1)
    after = event.apply(chain(settings=monthly, demand=demand))
    assert capacity(after, "sourcing", "RESIN|PLANT|SHOP|road") == [100, 0, 100, 100]


# --- overlapping cuts --------------------------------------------------------------------------


def test_overlapping_cuts_multiply_and_the_order_does_not_matter() -> None:
    first = Allocation(commodity="plastic", share=0.5, start=W[1], periods=3)
    second = LaneClosure(origin="SHOP", share=0.4, start=W[2], periods=3)
    expected = [100, 50, 20, 20, 40, 100, 100, 100]
    for order in ((first, second), (second, first)):
        after = apply(Scenario("both", disruptions=order), chain())
        assert capacity(after, "sourcing", "RESIN|PLANT|SHOP|road") == expected


def test_a_cut_acts_on_the_capacity_that_the_dataset_gives_for_a_range() -> None:
    given = """
        kind,owner,valid_from,valid_to,capacity
        sourcing,RESIN|PLANT|SHOP|road,2026-01-12,2026-01-26,80
    """
    event = Allocation(commodity="plastic", share=0.5, start=W[2], periods=2)
    after = event.apply(chain(capacities=given))
    assert capacity(after, "sourcing", "RESIN|PLANT|SHOP|road") == [
        100, 80, 40, 40, 100, 100, 100, 100,
    ]  # fmt: skip
    ranges = after.table("capacities")
    assert ranges["valid_from"].dt.date.tolist() == [W[1], W[2]]
    assert ranges["valid_to"].dt.date.tolist() == [W[1], W[3]]
    assert ranges["capacity"].tolist() == [80, 40]


def test_ranges_of_other_owners_stay_as_they_are() -> None:
    given = """
        kind,owner,valid_from,valid_to,capacity
        resources,LINE-1,2025-12-01,,45
    """
    after = Allocation(commodity="plastic", share=0.5, start=W[2]).apply(chain(capacities=given))
    kept = after.table("capacities").query("owner == 'LINE-1'").iloc[0]
    assert kept["valid_from"] == pd.Timestamp("2025-12-01")
    assert pd.isna(kept["valid_to"])


# --- supplier outage ---------------------------------------------------------------------------


def test_a_supplier_outage_closes_everything_that_leaves_the_location() -> None:
    after = SupplierOutage(location="FAB", start=W[2], periods=2).apply(chain())
    closed = [None, None, 0, 0, None, None, None, None]
    assert capacity(after, "sourcing", "CHIP|PLANT|FAB|sea") == closed
    assert capacity(after, "sourcing", "CHIP|PLANT|FAB|air") == closed
    assert capacity(after, "production", "CHIP|FAB|standard") == closed
    assert capacity(after, "lanes", "CHIP|FAB|STORE|sea") == closed
    assert capacity(after, "resources", "ETCH") == [200, 200, 0, 0] + [200] * 4
    # what comes into the fab is not its dispatch
    assert capacity(after, "sourcing", "WAFER|FAB|MINE|road") == [None] * 8


def test_a_supplier_outage_ramps_its_finite_limits_and_reopens_the_rest() -> None:
    after = SupplierOutage(location="FAB", start=W[2], periods=1, recovery=1).apply(chain())
    assert capacity(after, "resources", "ETCH") == [200, 200, 0, 100] + [200] * 4
    assert capacity(after, "sourcing", "CHIP|PLANT|FAB|sea") == [None, None, 0] + [None] * 5
    assert capacity(after, "lanes", "CHIP|FAB|STORE|sea") == [None, None, 0] + [None] * 5


def test_a_partial_supplier_outage_cuts_own_capacity_group_and_finite_lanes_once() -> None:
    sourcing = """
        item,location,supplier,mode,lead_time,capacity,group
        CHIP,PLANT,FAB,sea,4,,
        WAFER,FAB,MINE,road,3,60,raw
        RESIN,PLANT,SHOP,road,2,100,
    """
    lanes = """
        item,origin,destination,mode,lead_time,capacity
        WAFER,MINE,FAB,rail,1,20
        WAFER,MINE,FAB,truck,1,
    """
    event = SupplierOutage(location="MINE", share=0.5, start=W[7])
    after = event.apply(chain(sourcing=sourcing, lanes=lanes))
    assert capacity(after, "supplier_capacity", "MINE|raw")[7] == 250
    assert capacity(after, "sourcing", "WAFER|FAB|MINE|road")[7] == 30
    assert capacity(after, "lanes", "WAFER|MINE|FAB|rail")[7] == 10
    assert capacity(after, "lanes", "WAFER|MINE|FAB|truck")[7] is None


def test_a_share_of_an_unlimited_option_is_an_error() -> None:
    groups = """
        supplier,group,capacity
        MINE,raw,
    """
    network = chain(supplier_capacity=groups)
    for event in (
        SupplierOutage(location="MINE", share=0.5, start=W[2]),
        SupplierOutage(location="MINE", start=W[2], periods=2, recovery=1),
        Allocation(item="WAFER", share=0.5, start=W[2]),
        Allocation(item="WAFER", share=0, start=W[2], periods=2, recovery=1),
    ):
        message = the_problem(lambda event=event: event.apply(network))  # type: ignore[misc]
        assert (
            "capacity is unlimited, so no share of it and no recovery of it is defined" in message
        )
        assert "WAFER|FAB|MINE|road" in message
        assert "give sourcing.capacity or a supplier_capacity group" in message


def test_an_unlimited_option_can_be_closed() -> None:
    groups = """
        supplier,group,capacity
        MINE,raw,
    """
    for event in (
        SupplierOutage(location="MINE", start=W[2], periods=1),
        Allocation(item="WAFER", share=0, start=W[2], periods=1),
    ):
        after = event.apply(chain(supplier_capacity=groups))
        assert capacity(after, "sourcing", "WAFER|FAB|MINE|road") == [None, None, 0] + [None] * 5


def test_a_closure_by_an_earlier_disruption_makes_no_limit_for_other_periods() -> None:
    groups = """
        supplier,group,capacity
        MINE,raw,
    """
    closed = SupplierOutage(location="MINE", start=W[2], periods=2)
    after = closed.apply(chain(supplier_capacity=groups))
    within = Allocation(item="WAFER", share=0.5, start=W[2], periods=2)
    assert capacity(within.apply(after), "sourcing", "WAFER|FAB|MINE|road")[2:4] == [0, 0]
    beyond = Allocation(item="WAFER", share=0.5, start=W[2], periods=3)
    assert "unlimited" in the_problem(lambda: beyond.apply(after))


def test_a_resource_or_group_that_takes_nothing_of_an_item_does_not_limit_it() -> None:
    detail = """
        item,location,version,resource,per_unit
        CAR,PLANT,standard,LINE-1,1
        VAN,PLANT,standard,LINE-2,1
        CHIP,FAB,standard,ETCH,0
    """
    event = Allocation(item="CHIP", share=0.5, start=W[2])
    assert "unlimited" in the_problem(lambda: event.apply(chain(production_resources=detail)))


def test_an_outage_of_a_location_that_supplies_nothing_is_an_error() -> None:
    locations = TABLES["locations"] + "\nMARKET,market,France,Europe"
    event = SupplierOutage(location="MARKET", start=W[2])
    message = the_problem(lambda: event.apply(chain(locations=locations)))
    assert "no source, production or lane matches location MARKET" in message


# --- region outage -----------------------------------------------------------------------------


@pytest.mark.parametrize("where", [{"region": "East Asia"}, {"country": "Taiwan"}])
def test_a_region_outage_hits_every_location_of_the_region(where: dict[str, Any]) -> None:
    after = RegionOutage(**where, share=0.5, start=W[2], periods=1).apply(chain())
    assert capacity(after, "resources", "ETCH")[1:4] == [200, 100, 200]
    assert capacity(after, "supplier_capacity", "MINE|raw")[1:4] == [500, 250, 500]
    assert capacity(after, "resources", "LINE-1") == [50] * 8
    assert capacity(after, "sourcing", "RESIN|PLANT|SHOP|road") == [100] * 8


def test_a_region_outage_closes_plants_their_lines_and_lanes_out() -> None:
    after = RegionOutage(region="Europe", start=W[0], periods=1).apply(chain())
    assert capacity(after, "resources", "LINE-1")[:2] == [0, 50]
    assert capacity(after, "production", "CAR|PLANT|standard")[:2] == [0, None]
    assert capacity(after, "lanes", "CHIP|STORE|PLANT|road")[:2] == [0, 40]
    assert capacity(after, "sourcing", "RESIN|PLANT|SHOP|road")[:2] == [0, 100]
    assert capacity(after, "resources", "ETCH")[:2] == [200, 200]


# --- allocation --------------------------------------------------------------------------------


def test_an_allocation_of_what_the_supplier_makes_cuts_its_production_whole() -> None:
    after = Allocation(commodity="semiconductor", share=0.6, start=W[2], periods=1).apply(chain())
    assert capacity(after, "resources", "ETCH")[1:4] == [200, 120, 200]
    assert capacity(after, "sourcing", "CHIP|PLANT|FAB|sea") == [None] * 8
    assert capacity(after, "supplier_capacity", "MINE|raw") == [500] * 8


def test_an_allocation_of_what_the_supplier_makes_cuts_the_group_of_that_production() -> None:
    production = """
        item,location,lead_time,group
        CAR,PLANT,1,
        VAN,PLANT,1,
        CHIP,FAB,2,logic
    """
    groups = """
        supplier,group,capacity
        FAB,logic,400
        FAB,analog,80
        MINE,raw,500
    """
    event = Allocation(item="CHIP", share=0.5, start=W[2], periods=1)
    after = event.apply(chain(production=production, supplier_capacity=groups))
    assert capacity(after, "supplier_capacity", "FAB|logic")[1:4] == [400, 200, 400]
    assert capacity(after, "supplier_capacity", "FAB|analog") == [80] * 8
    assert capacity(after, "resources", "ETCH")[1:4] == [200, 100, 200]


def test_an_allocation_to_nothing_blocks_stock_already_made() -> None:
    after = Allocation(item="CHIP", share=0, start=W[2], periods=1, recovery=1).apply(chain())
    assert capacity(after, "resources", "ETCH")[1:5] == [200, 0, 100, 200]
    assert capacity(after, "sourcing", "CHIP|PLANT|FAB|air")[1:5] == [None, 0, None, None]


def test_a_limit_shared_by_two_items_of_one_allocation_is_cut_once() -> None:
    sourcing = """
        item,location,supplier,mode,lead_time,group
        CHIP,PLANT,MINE,sea,4,raw
        WAFER,FAB,MINE,road,3,raw
        RESIN,PLANT,MINE,road,2,raw
        RESIN,STORE,MINE,road,2,raw
    """
    event = Allocation(item="RESIN", supplier="MINE", share=0.5, start=W[2], periods=1)
    after = event.apply(chain(sourcing=sourcing))
    assert capacity(after, "supplier_capacity", "MINE|raw")[1:4] == [500, 250, 500]


def test_an_allocation_of_a_group_cuts_that_group_alone() -> None:
    event = Allocation(supplier="MINE", group="raw", share=0.3, start=W[2], periods=1)
    after = event.apply(chain())
    assert capacity(after, "supplier_capacity", "MINE|raw")[1:4] == [500, 150, 500]
    assert after.table("capacities")["kind"].tolist() == ["supplier_capacity"]


def test_a_supplier_narrows_an_allocation_and_must_match() -> None:
    event = Allocation(item="WAFER", supplier="SHOP", share=0.3, start=W[2])
    message = the_problem(lambda: event.apply(chain()))
    assert "no sourcing option matches item WAFER, supplier SHOP" in message


def test_a_group_of_another_supplier_is_an_error() -> None:
    event = Allocation(supplier="SHOP", group="raw", share=0.3, start=W[2])
    message = the_problem(lambda: event.apply(chain()))
    assert "is no group of supplier SHOP in supplier_capacity" in message


# --- plant outage ------------------------------------------------------------------------------


def test_a_plant_outage_cuts_every_resource_of_the_plant() -> None:
    after = PlantOutage(location="PLANT", share=0.4, start=W[2], periods=1).apply(chain())
    assert capacity(after, "resources", "LINE-1")[1:4] == [50, 20, 50]
    assert capacity(after, "resources", "LINE-2")[1:4] == [30, 12, 30]
    assert capacity(after, "resources", "ETCH") == [200] * 8
    assert capacity(after, "lanes", "CHIP|STORE|PLANT|road") == [40] * 8


def test_an_outage_of_one_resource_leaves_the_others() -> None:
    event = PlantOutage(location="PLANT", resource="LINE-2", start=W[2], periods=1, recovery=1)
    after = event.apply(chain())
    assert capacity(after, "resources", "LINE-2")[1:5] == [30, 0, 15, 30]
    assert capacity(after, "resources", "LINE-1") == [50] * 8
    assert capacity(after, "production", "VAN|PLANT|standard") == [None] * 8


def test_an_outage_closes_production_that_no_resource_limits() -> None:
    detail = """
        item,location,version,resource
        CAR,PLANT,standard,LINE-1
        CHIP,FAB,standard,ETCH
    """
    network = chain(production_resources=detail)
    after = PlantOutage(location="PLANT", start=W[2], periods=1).apply(network)
    assert capacity(after, "production", "VAN|PLANT|standard")[1:4] == [None, 0, None]
    assert capacity(after, "production", "CAR|PLANT|standard") == [None] * 8
    partial = PlantOutage(location="PLANT", share=0.5, start=W[2], periods=1)
    message = the_problem(lambda: partial.apply(network))
    assert "production VAN|PLANT|standard" in message


def test_a_share_of_an_unlimited_resource_is_an_error_and_closing_it_is_not() -> None:
    resources = """
        resource,location,capacity
        LINE-1,PLANT,
        LINE-2,PLANT,30
        ETCH,FAB,200
    """
    network = chain(resources=resources)
    partial = PlantOutage(location="PLANT", resource="LINE-1", share=0.5, start=W[2])
    assert "give resources.capacity" in the_problem(lambda: partial.apply(network))
    closed = PlantOutage(location="PLANT", resource="LINE-1", start=W[2], periods=1)
    assert capacity(closed.apply(network), "resources", "LINE-1")[1:4] == [None, 0, None]


def test_a_resource_of_another_plant_is_an_error() -> None:
    event = PlantOutage(location="PLANT", resource="ETCH", start=W[2])
    assert "does not stand at PLANT" in the_problem(lambda: event.apply(chain()))


def test_a_plant_without_resources_and_production_cannot_fail() -> None:
    event = PlantOutage(location="STORE", start=W[2])
    message = the_problem(lambda: event.apply(chain()))
    assert "no resource or production matches location STORE" in message


# --- lane closure ------------------------------------------------------------------------------


def test_a_closed_mode_blocks_lanes_and_sourcing_options_of_that_mode() -> None:
    after = LaneClosure(mode="sea", start=W[2], periods=2).apply(chain())
    closed = [None, None, 0, 0, None, None, None, None]
    assert capacity(after, "sourcing", "CHIP|PLANT|FAB|sea") == closed
    assert capacity(after, "lanes", "CHIP|FAB|STORE|sea") == closed
    assert capacity(after, "sourcing", "CHIP|PLANT|FAB|air") == [None] * 8
    assert capacity(after, "resources", "ETCH") == [200] * 8


def test_a_closure_between_regions_takes_the_ends_of_each_lane() -> None:
    event = LaneClosure(
        origin_region="East Asia", destination_region="Europe", start=W[2], periods=1
    )
    after = event.apply(chain())
    touched = set(after.table("capacities")["owner"])
    assert touched == {"CHIP|PLANT|FAB|sea", "CHIP|PLANT|FAB|air", "CHIP|FAB|STORE|sea"}


def test_a_partial_closure_needs_a_capacity_of_the_lane_itself() -> None:
    event = LaneClosure(destination="PLANT", origin="STORE", share=0.25, start=W[2], periods=1)
    assert capacity(event.apply(chain()), "lanes", "CHIP|STORE|PLANT|road")[1:4] == [40, 10, 40]
    ramp = LaneClosure(origin="FAB", destination="STORE", start=W[2], periods=1, recovery=2)
    message = the_problem(lambda: ramp.apply(chain()))
    assert "(lanes CHIP|FAB|STORE|sea)" in message
    assert "give lanes.capacity" in message


# --- lead times --------------------------------------------------------------------------------


def lead_time(network: Network, kind: str, owner: str) -> list[float | None]:
    return row_of(network, "lead_times", kind, owner)


def test_the_added_lead_time_shrinks_linearly_and_rounds_up() -> None:
    event = LeadTimeChange(supplier="FAB", mode="sea", add=3, start=W[1], periods=2, recovery=3)
    after = event.apply(chain())
    # 3 * (1 - k / 4) = 2.25, 1.5, 0.75 rounds up to 3, 2, 1
    expected = [4, 7, 7, 7, 6, 5, 4, 4]
    assert lead_time(after, "sourcing", "CHIP|PLANT|FAB|sea") == expected
    assert lead_time(after, "lanes", "CHIP|FAB|STORE|sea") == expected
    assert lead_time(after, "sourcing", "CHIP|PLANT|FAB|air") == [1] * 8


def test_a_factor_rounds_the_new_lead_time_up_without_rounding_noise() -> None:
    event = LeadTimeChange(commodity="semiconductor", factor=1.1, start=W[1], periods=1)
    after = event.apply(chain())
    assert lead_time(after, "sourcing", "CHIP|PLANT|FAB|sea")[:3] == [4, 5, 4]
    assert lead_time(after, "sourcing", "CHIP|PLANT|FAB|air")[:3] == [1, 2, 1]
    sourcing = TABLES["sourcing"].replace("sea,4", "sea,25")
    noisy = LeadTimeChange(commodity="semiconductor", factor=2.2, start=W[1], periods=1)
    after = noisy.apply(chain(sourcing=sourcing))
    # 2.2 * 25 is 55.00000000000001 in floating point
    assert lead_time(after, "sourcing", "CHIP|PLANT|FAB|sea")[:3] == [25, 55, 25]


def test_lead_times_can_get_shorter_but_not_shorter_than_the_transit() -> None:
    event = LeadTimeChange(item="CHIP", mode="sea", factor=0.5, start=W[1], periods=1)
    assert lead_time(event.apply(chain()), "sourcing", "CHIP|PLANT|FAB|sea")[:3] == [4, 2, 4]
    too_short = LeadTimeChange(item="WAFER", factor=0.1, start=W[1], periods=1)
    assert lead_time(too_short.apply(chain()), "sourcing", "WAFER|FAB|MINE|road")[1] == 1
    none = LeadTimeChange(item="WAFER", factor=0, start=W[1], periods=1)
    message = the_problem(lambda: none.apply(chain()))
    assert "shorter than the transit time it includes (sourcing WAFER|FAB|MINE|road)" in message


def dues(network: Network) -> list[dt.date]:
    return [pd.Timestamp(d).date() for d in network.table("scheduled_receipts")["due"].to_numpy()]


def test_open_orders_dispatched_in_the_window_come_later() -> None:
    # transit 1: PO-1 (due in week 0) left before the start, PO-2 (due in week 2) leaves in week 1
    event = LeadTimeChange(supplier="SHOP", add=2, start=W[0], periods=2)
    after = event.apply(chain())
    assert dues(after) == [dt.date(2026, 1, 7), dt.date(2026, 2, 4), dt.date(2026, 1, 21)]


def test_open_orders_in_the_ramp_come_later_by_the_added_part_that_is_left() -> None:
    event = LeadTimeChange(supplier="SHOP", add=2, start=W[0], periods=1, recovery=1)
    assert dues(event.apply(chain()))[1] == dt.date(2026, 1, 28)


def test_open_orders_stay_where_the_scenario_says_so_or_the_window_is_later() -> None:
    unchanged = dues(chain())
    for event in (
        LeadTimeChange(supplier="SHOP", add=2, start=W[0], periods=2, open_orders=False),
        LeadTimeChange(supplier="SHOP", add=2, start=W[2], periods=2),
        LeadTimeChange(supplier="SHOP", factor=0.5, start=W[0], periods=2),
    ):
        assert dues(event.apply(chain())) == unchanged


def test_an_open_order_belongs_to_the_routine_option_then_the_first_mode() -> None:
    receipts = """
        order_id,line,item,location,origin,quantity,due
        PO-1,1,CHIP,PLANT,FAB,10,2026-02-09
    """
    # routine is sea with transit 4 (the fab makes CHIP): due in week 5, dispatched in week 1
    sea = LeadTimeChange(item="CHIP", mode="sea", add=1, start=W[1], periods=1)
    air = LeadTimeChange(item="CHIP", mode="air", add=1, start=W[0], periods=8)
    network = chain(scheduled_receipts=receipts)
    assert dues(sea.apply(network)) == [W[6]]
    assert dues(air.apply(network)) == [W[5]]


def test_an_open_order_on_a_lane_leaves_its_lead_time_before_it_is_due() -> None:
    receipts = """
        order_id,line,item,location,origin,quantity,due
        TO-1,1,CHIP,PLANT,STORE,10,2026-01-26
    """
    network = chain(scheduled_receipts=receipts)
    event = LeadTimeChange(supplier="STORE", add=3, start=W[2], periods=1)
    assert dues(event.apply(network)) == [W[6]]


def test_an_overdue_order_without_transit_is_late_from_the_start() -> None:
    sourcing = TABLES["sourcing"].replace("SHOP,road,2,1,3", "SHOP,road,2,,3")
    receipts = """
        order_id,line,item,location,origin,quantity,due
        PO-1,1,RESIN,PLANT,SHOP,10,2025-12-15
    """
    network = chain(scheduled_receipts=receipts, sourcing=sourcing)
    event = LeadTimeChange(supplier="SHOP", add=2, start=W[0], periods=1)
    assert dues(event.apply(network)) == [W[2]]


def test_open_orders_move_by_months_where_periods_are_months() -> None:
    monthly = """
        name,value
        start,2026-01-01
        periods,8
        bucket,month
    """
    receipts = """
        order_id,line,item,location,origin,quantity,due
        PO-1,1,RESIN,PLANT,SHOP,10,2026-03-31
    """
    demand = """
        item,location,period,quantity
        CAR,PLANT,2026-03-01,10
    """
    network = chain(settings=monthly, scheduled_receipts=receipts, demand=demand)
    event = LeadTimeChange(supplier="SHOP", add=1, start=dt.date(2026, 2, 1), periods=1)
    assert dues(event.apply(network)) == [dt.date(2026, 4, 30)]


# --- demand ------------------------------------------------------------------------------------


def quantities(network: Network) -> dict[tuple[str, str], float]:
    demand = network.table("demand")
    keys = zip(demand["item"], demand["period"].dt.strftime("%m-%d"), strict=True)
    return dict(zip(keys, demand["quantity"].round(9), strict=True))


def test_a_demand_surge_multiplies_what_is_due_and_leaves_the_backlog() -> None:
    event = DemandChange(factor=1.5, start=W[0] - dt.timedelta(weeks=2), periods=4)
    assert quantities(event.apply(chain())) == {
        ("CAR", "12-29"): 7, ("CAR", "01-12"): 150, ("CAR", "01-26"): 40, ("VAN", "01-12"): 90,
    }  # fmt: skip


def test_demand_comes_back_linearly() -> None:
    # week 3 is the second of three ramp periods: 1.6 -> 1 + 0.6 * (1 - 2/4)
    event = DemandChange(brand="AURORA", factor=1.6, start=W[1], periods=1, recovery=3)
    after = quantities(event.apply(chain()))
    assert after["CAR", "01-12"] == 160
    assert after["CAR", "01-26"] == 40 * 1.3
    assert after["VAN", "01-12"] == 60


def test_selectors_of_demand_hold_together() -> None:
    event = DemandChange(item="CAR", customer="fleet", factor=0, start=W[0])
    assert quantities(event.apply(chain())) == {
        ("CAR", "12-29"): 7, ("CAR", "01-12"): 100, ("CAR", "01-26"): 0, ("VAN", "01-12"): 60,
    }  # fmt: skip


def test_demand_that_does_not_exist_or_is_not_due_is_an_error() -> None:
    nobody = DemandChange(item="VAN", customer="fleet", factor=2, start=W[0])
    assert "no demand matches item VAN, customer fleet" in the_problem(
        lambda: nobody.apply(chain())
    )
    later = DemandChange(item="VAN", factor=2, start=W[3])
    assert "no demand of this selection is due in these periods" in the_problem(
        lambda: later.apply(chain())
    )


# --- stock -------------------------------------------------------------------------------------


def stock(network: Network) -> list[float]:
    return network.table("stock")["quantity"].tolist()


def holds(network: Network) -> list[tuple[str, str, dt.date, float]]:
    """Line, location, due and quantity of what is released of CHIP."""
    receipts = network.table("scheduled_receipts")
    rows = receipts[receipts["order_id"] == "HOLD-CHIP"]
    assert (rows["origin"] == "").all()
    due = rows["due"].dt.date
    return list(zip(rows["line"], rows["location"], due, rows["quantity"], strict=True))


def test_held_stock_comes_back_after_the_window() -> None:
    event = StockQuarantine(item="CHIP", start=W[0], periods=3)
    after = event.apply(chain())
    assert stock(after) == [0, 0]
    assert holds(after) == [
        ("PLANT", "PLANT", W[3], 90),
        ("STORE", "STORE", W[3], 30),
    ]


def test_held_stock_is_released_in_equal_parts_over_the_recovery() -> None:
    event = StockQuarantine(
        item="CHIP", location="PLANT", share=0.5, start=W[1], periods=2, recovery=2
    )
    after = event.apply(chain())
    assert stock(after) == [45, 30]
    assert holds(after) == [
        ("PLANT-1", "PLANT", W[3], 15),
        ("PLANT-2", "PLANT", W[4], 15),
        ("PLANT-3", "PLANT", W[5], 15),
    ]


def test_stock_held_without_periods_is_gone() -> None:
    after = StockQuarantine(item="CHIP", location="PLANT", quantity=20, start=W[0]).apply(chain())
    assert stock(after) == [70, 30]
    assert holds(after) == []


def test_two_holds_of_one_stock_hold_shares_of_what_is_left() -> None:
    hold = StockQuarantine(item="CHIP", location="PLANT", share=0.5, start=W[0], periods=2)
    after = apply(Scenario("twice", disruptions=(hold, hold)), chain())
    assert stock(after) == [22.5, 30]
    assert holds(after) == [
        ("PLANT", "PLANT", W[2], 45),
        ("PLANT-1", "PLANT", W[2], 22.5),
    ]


def test_parts_released_before_the_start_are_not_held() -> None:
    start = W[0] - dt.timedelta(weeks=2)
    event = StockQuarantine(item="CHIP", location="PLANT", start=start, periods=1, recovery=2)
    after = event.apply(chain())
    # released in weeks -1, 0 and 1: just the last third is still held
    assert stock(after) == [60, 30]
    assert holds(after) == [("PLANT-1", "PLANT", W[1], 30)]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"location": "PLANT", "quantity": 91.0}, "is more than the stock of 90 at PLANT"),
        ({"quantity": 10.0}, "stock of CHIP is at PLANT, STORE; a quantity is held of one"),
        ({"location": "FAB"}, "there is no stock of CHIP at FAB to hold"),
    ],
)
def test_more_than_there_is_cannot_be_held(fields: dict[str, Any], message: str) -> None:
    event = StockQuarantine(item="CHIP", start=W[0], periods=1, **fields)
    assert message in the_problem(lambda: event.apply(chain()))


# --- costs -------------------------------------------------------------------------------------


def unit_cost(network: Network, kind: str, owner: str) -> list[float | None]:
    return row_of(network, "unit_costs", kind, owner)


def test_a_price_factor_acts_on_sourcing_and_lanes_and_ramps_back() -> None:
    event = CostChange(region="East Asia", item="CHIP", factor=2, start=W[1], periods=1, recovery=1)
    after = event.apply(chain())
    assert unit_cost(after, "sourcing", "CHIP|PLANT|FAB|sea")[:4] == [2, 4, 3, 2]
    assert unit_cost(after, "sourcing", "CHIP|PLANT|FAB|air")[:4] == [5, 10, 7.5, 5]
    assert unit_cost(after, "lanes", "CHIP|FAB|STORE|sea")[:4] == [1, 2, 1.5, 1]
    assert unit_cost(after, "lanes", "CHIP|STORE|PLANT|road") == [0.5] * 8


def test_a_tariff_adds_a_share_of_the_value_to_sourcing_alone() -> None:
    event = CostChange(country="Taiwan", item="CHIP", tariff=0.25, start=W[6])
    after = event.apply(chain())
    # 25 % of a value of 4
    assert unit_cost(after, "sourcing", "CHIP|PLANT|FAB|sea") == [2] * 6 + [3, 3]
    assert set(after.table("unit_costs")["kind"]) == {"sourcing"}


def test_price_changes_multiply_and_a_later_tariff_is_added() -> None:
    events = (
        CostChange(item="CHIP", mode="sea", factor=2, start=W[1], periods=2),
        CostChange(item="CHIP", mode="sea", factor=1.5, start=W[2], periods=2),
        CostChange(item="CHIP", mode="sea", tariff=0.5, start=W[2], periods=1),
    )
    after = apply(Scenario("dear", disruptions=events), chain())
    assert unit_cost(after, "sourcing", "CHIP|PLANT|FAB|sea")[:5] == [2, 4, 8, 3, 2]


def test_a_tariff_on_an_item_without_value_is_an_error() -> None:
    event = CostChange(country="Taiwan", tariff=0.25, start=W[0])
    message = the_problem(lambda: event.apply(chain()))
    assert "value 'WAFER': a tariff needs the value of the item" in message


def test_a_tariff_on_lanes_alone_matches_nothing() -> None:
    event = CostChange(supplier="STORE", tariff=0.25, start=W[0])
    assert "no sourcing option matches supplier STORE" in the_problem(lambda: event.apply(chain()))


# --- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (SupplierOutage(location="FABB", start=W[0]), "did you mean FAB?"),
        (RegionOutage(region="Asia", start=W[0]), "is not in locations.region of the dataset"),
        (RegionOutage(country="Taiwann", start=W[0]), "did you mean Taiwan?"),
        (Allocation(commodity="semiconducter", share=0.5, start=W[0]), "did you mean semicond"),
        (Allocation(item="CHIPS", share=0.5, start=W[0]), "did you mean CHIP?"),
        (Allocation(supplier="MINE", group="row", share=0.5, start=W[0]), "did you mean raw?"),
        (PlantOutage(location="PLANT", resource="LINE-9", start=W[0]), "did you mean LINE-"),
        (LaneClosure(mode="see", start=W[0]), "is not in sourcing.mode or lanes.mode"),
        (LaneClosure(origin="FUB", start=W[0]), "did you mean FAB?"),
        (LaneClosure(destination_region="Europa", start=W[0]), "did you mean Europe?"),
        (LeadTimeChange(supplier="SHIP", add=1, start=W[0]), "did you mean SHOP?"),
        (DemandChange(brand="AURORRA", factor=2, start=W[0]), "did you mean AURORA?"),
        (DemandChange(customer="dealers", factor=2, start=W[0]), "did you mean dealer?"),
        (StockQuarantine(item="CHPI", start=W[0]), "did you mean CHIP?"),
        (CostChange(region="East Asiaa", factor=2, start=W[0]), "did you mean East Asia?"),
    ],
)
def test_a_name_that_the_dataset_does_not_have_is_an_error(event: Disruption, message: str) -> None:
    assert message in the_problem(lambda: event.apply(chain()))


def test_the_problems_of_all_disruptions_are_told_at_once_with_their_number() -> None:
    events = (
        SupplierOutage(location="NOWHERE", start=W[9]),
        DemandChange(factor=2, start=W[0]),
        StockQuarantine(item="CHIP", location="FAB", start=W[0]),
    )
    scenario = Scenario("wrong", disruptions=events, source="wrong.yaml")
    with pytest.raises(ScenarioError) as caught:
        apply(scenario, chain())
    places = [(p.table, p.row, p.column) for p in caught.value.problems]
    assert places == [
        ("wrong.yaml", 1, "location"), ("wrong.yaml", 1, "start"), ("wrong.yaml", 3, ""),
    ]  # fmt: skip


def test_a_blank_commodity_selects_nothing() -> None:
    with pytest.raises(ValueError, match="at least 1 character"):
        Allocation(commodity="", share=0.5, start=W[0])


# --- sentences ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            Allocation(commodity="plastic", share=0.6, start=W[1], periods=3, recovery=2),
            "Allocation: plastic at 60 % of capacity for 3 weeks from 2026-01-12 (W03), back over"
            " 2 weeks: 1 sourcing option, 100 -> 60 units a week",
        ),
        (
            SupplierOutage(location="FAB", start=W[1], periods=1),
            "Supplier outage: FAB at 0 % for 1 week from 2026-01-12 (W03): 1 resource, 200 -> 0"
            " units a week; 2 unlimited sourcing options closed; 1 unlimited lane closed;"
            " 1 unlimited production row closed",
        ),
        (
            RegionOutage(country="Taiwan", share=0.5, start=W[1]),
            "Region outage: Taiwan (2 locations) at 50 % from 2026-01-12 (W03) to the end:"
            " 1 supplier group, 500 -> 250 units a week; 1 resource, 200 -> 100 units a week",
        ),
        (
            PlantOutage(location="PLANT", resource="LINE-1", start=W[0], periods=2),
            "Plant outage: LINE-1 at PLANT at 0 % for 2 weeks from 2026-01-05 (W02): 1 resource,"
            " 50 -> 0 units a week",
        ),
        (
            LaneClosure(origin="STORE", mode="road", share=0.5, start=W[0], periods=2),
            "Lane closure: origin STORE, mode road at 50 % for 2 weeks from 2026-01-05 (W02):"
            " 1 lane, 40 -> 20 units a week",
        ),
        (
            LeadTimeChange(supplier="SHOP", add=2, start=W[0], periods=2),
            "Lead times: supplier SHOP 2 weeks longer for 2 weeks from 2026-01-05 (W02):"
            " 1 sourcing option, on average 2 -> 4 weeks; 1 open order later, 20 units",
        ),
        (
            DemandChange(brand="AURORA", factor=1.2, start=W[0], periods=4),
            "Demand: brand AURORA times 1.2 for 4 weeks from 2026-01-05 (W02): 140 -> 168 units"
            " due in that time",
        ),
        (
            StockQuarantine(item="CHIP", share=0.5, start=W[0], periods=2),
            "Quality hold: 60 of 120 units of CHIP at 2 locations until 2026-01-19 (W04)",
        ),
        (
            CostChange(country="Taiwan", item="CHIP", tariff=0.25, start=W[0], periods=2),
            "Costs: item CHIP, country Taiwan plus a tariff of 25 % of the value for 2 weeks from"
            " 2026-01-05 (W02): 2 sourcing options, on average 3.5 -> 4.5 EUR a unit",
        ),
    ],
)
def test_a_disruption_is_told_in_one_sentence_with_numbers(
    event: Disruption, sentence: str
) -> None:
    assert describe(Scenario("one", disruptions=(event,)), chain()) == (sentence,)


# --- nothing is changed in place ---------------------------------------------------------------

_share = st.sampled_from([0.0, 0.3, 1.0])
_time = st.fixed_dictionaries(
    {
        "start": st.sampled_from(W[:4]),
        "periods": st.integers(1, 9),
        "recovery": st.integers(0, 4),
    }
)


def _events(time: dict[str, Any], share: float) -> list[Disruption]:
    """One disruption of every kind at that time."""
    make: list[tuple[type[Disruption], dict[str, Any]]] = [
        (SupplierOutage, {"location": "FAB", "share": share}),
        (RegionOutage, {"region": "East Asia", "share": share}),
        (Allocation, {"commodity": "semiconductor", "share": share}),
        (PlantOutage, {"location": "PLANT", "share": share}),
        (LaneClosure, {"origin": "STORE", "share": share}),
        (LeadTimeChange, {"supplier": "SHOP", "add": 2}),
        (DemandChange, {"factor": 1 + share}),
        (StockQuarantine, {"item": "CHIP", "share": share}),
        (CostChange, {"item": "CHIP", "tariff": share}),
    ]
    return [kind(**fields, **time) for kind, fields in make]


@given(st.lists(st.tuples(_time, _share, st.integers(0, 8)), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_applying_a_scenario_leaves_its_network_as_it_was(
    drawn: list[tuple[dict[str, Any], float, int]],
) -> None:
    network = chain()
    before = {name: table.copy(deep=True) for name, table in network.tables.items()}
    events = tuple(_events(time, share)[kind] for time, share, kind in drawn)
    with contextlib.suppress(ScenarioError):
        apply(Scenario("any", disruptions=events), network)
    for name, table in before.items():
        pd.testing.assert_frame_equal(network.tables[name], table)


def test_what_comes_out_of_every_kind_keeps_the_data_contract() -> None:
    events = _events({"start": W[1], "periods": 2, "recovery": 2}, 0.3)
    network = chain()
    after = apply(Scenario("all", disruptions=tuple(events)), network)
    assert Network.from_frames(dict(after.tables)).input_hash == after.input_hash
    for name, table in network.tables.items():
        pd.testing.assert_series_equal(after.tables[name].dtypes, table.dtypes)


def test_a_scenario_without_disruptions_changes_nothing() -> None:
    network = chain()
    assert apply(Scenario.calm(), network).input_hash == network.input_hash
    assert describe(Scenario.calm(), network) == ()


# --- overrides ---------------------------------------------------------------------------------


def test_ranges_count_by_period_and_end_with_the_calendar() -> None:
    given_rows = """
        kind,owner,valid_from,valid_to,capacity
        resources,LINE-1,2025-11-20,2026-01-07,1
        resources,LINE-1,2026-01-14,2026-01-21,2
        resources,LINE-1,2026-02-16,,3
        resources,LINE-2,2027-01-04,,4
    """
    network = chain(capacities=given_rows)
    assert capacity(network, "resources", "LINE-1") == [1, 2, 2, 50, 50, 50, 3, 3]
    assert capacity(network, "resources", "LINE-2") == [30] * 8


def test_writing_back_what_was_read_changes_nothing_in_force() -> None:
    network = chain()
    rows = network.table("resources")
    values = effective(network, "capacities", "resources", rows, "capacity")
    touched = np.ones(values.shape, dtype=bool)
    after = with_values(network, "capacities", "resources", rows, values, touched)
    again = effective(after, "capacities", "resources", rows, "capacity")
    np.testing.assert_array_equal(values, again)
    assert len(after.table("capacities")) == 3
