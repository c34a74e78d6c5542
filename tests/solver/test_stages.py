"""Item-locations as stages: times, pooled demand, cost of holding, and circles that are cut."""

from __future__ import annotations

import pandas as pd
import pytest

from solver.buffers.guaranteed_service import place
from solver.buffers.routes import routine_only
from solver.buffers.stages import Stages, stages_of
from supplychain.errors import DataError
from supplychain.network import Network
from supplychain.scope import expand
from tests.support import tiny

ITEMS = """
    item  unit_cost
    CAR   100
    CHIP  10
"""
CAR = {
    "items": ITEMS,
    "bom": """
        item  version   component  quantity_per
        CAR   standard  CHIP       2
    """,
    "production": """
        item  location  lead_time
        CAR   PLANT     1
    """,
    "sourcing": """
        item  location  supplier  lead_time  routine
        CHIP  PLANT     FAB       3          true
        CHIP  PLANT     BROKER    0          false
    """,
    "lanes": """
        item  origin  destination  lead_time
        CAR   PLANT   MARKET       2
    """,
    "demand": """
        item  location  period  quantity
        CAR   MARKET    0       40
    """,
}


def spread_of(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["item", "location", "mean", "deviation"])


def stages(network: Network, demand: pd.DataFrame, factor: float = 1.0, promise: int = 0) -> Stages:
    return stages_of(routine_only(expand(network)), demand, factor, promise)


def by_stage(found: Stages, values: object) -> dict[str, float]:
    names = found.table["item"] + " " + found.table["location"]
    return dict(zip(names, pd.Series(values), strict=True))  # type: ignore[call-overload]


def test_a_product_its_component_and_a_market_are_three_stages_in_a_row() -> None:
    """Demand of 10 a period, deviation 3, factor 2; two chips a car; a year costs 20 %."""
    found = stages(tiny(holding_rate=0.2, **CAR), spread_of(("CAR", "MARKET", 10, 3)), factor=2)
    service = found.network
    assert by_stage(found, found.table["mean"]) == {
        "CAR MARKET": 10, "CAR PLANT": 10, "CHIP PLANT": 20}  # fmt: skip
    assert by_stage(found, service.spread) == {
        "CAR MARKET": 6, "CAR PLANT": 6, "CHIP PLANT": 12}  # fmt: skip
    assert by_stage(found, service.least_inbound) == {
        "CAR MARKET": 2, "CAR PLANT": 1, "CHIP PLANT": 3}  # fmt: skip
    assert by_stage(found, service.holding_cost) == {
        "CAR MARKET": 20, "CAR PLANT": 20, "CHIP PLANT": 2}  # fmt: skip
    assert not len(found.cut)


def test_the_placement_holds_chips_for_their_own_time_and_cars_for_the_rest() -> None:
    """Chips cover 3 periods at 2 x 12 sqrt(3), cars 3 at the market: 20 x 6 sqrt(3)."""
    found = stages(tiny(holding_rate=0.2, **CAR), spread_of(("CAR", "MARKET", 10, 3)), factor=2)
    placement = place(found.network)
    assert placement.cost == pytest.approx((2 * 12 + 20 * 6) * 3**0.5)


def test_independent_demands_pool_and_shares_of_two_routine_options_are_equal() -> None:
    network = tiny(
        items="item unit_cost\nBOLT 1",
        production="""
            item  location  lead_time
            BOLT  MILL      0
            BOLT  FORGE     5
        """,
        sourcing="""
            item  location  supplier  lead_time
            BOLT  HUB       MILL      1
            BOLT  HUB       FORGE     4
        """,
        lanes="""
            item  origin  destination  lead_time
            BOLT  HUB     NORTH        1
            BOLT  HUB     SOUTH        1
        """,
        demand="""
            item  location  period  quantity
            BOLT  NORTH     0       1
            BOLT  SOUTH     0       1
        """,
        holding_rate=0.1,
    )
    found = stages(network, spread_of(("BOLT", "NORTH", 6, 3), ("BOLT", "SOUTH", 8, 4)))
    spread, mean = by_stage(found, found.network.spread), by_stage(found, found.table["mean"])
    assert (spread["BOLT HUB"], mean["BOLT HUB"]) == (pytest.approx(5), pytest.approx(14))
    assert (spread["BOLT MILL"], mean["BOLT FORGE"]) == (pytest.approx(2.5), pytest.approx(7))
    inbound = by_stage(found, found.network.least_inbound)
    assert (inbound["BOLT HUB"], inbound["BOLT FORGE"]) == (4, 5)


def test_lanes_in_a_circle_are_cut_after_what_supplies_it() -> None:
    """Two hubs send each other bolts; by key the lane from EAST to WEST is the second."""
    network = tiny(
        items="item unit_cost\nBOLT 1",
        sourcing="""
            item  location  supplier  lead_time
            BOLT  EAST      MILL      2
            BOLT  WEST      MILL      2
        """,
        lanes="""
            item  origin  destination  lead_time
            BOLT  EAST    WEST         1
            BOLT  WEST    EAST         1
        """,
        demand="""
            item  location  period  quantity
            BOLT  EAST      0       1
            BOLT  WEST      0       1
        """,
        holding_rate=0.1,
    )
    found = stages(network, spread_of(("BOLT", "EAST", 1, 1), ("BOLT", "WEST", 1, 1)))
    cut = {"kind": "lanes", "item": "BOLT", "location": "WEST", "above_item": "BOLT",
           "above_location": "EAST"}  # fmt: skip
    assert found.cut.to_dict("records") == [cut]
    assert by_stage(found, found.table["mean"]) == {"BOLT EAST": 1, "BOLT WEST": 1.5}


def test_stock_that_costs_nothing_is_a_problem_of_the_data() -> None:
    network = tiny(**{**CAR, "items": "item unit_cost\nCAR 100\nCHIP -"})
    with pytest.raises(DataError) as error:
        stages(network, spread_of(("CAR", "MARKET", 10, 3)))
    told = [(problem.table, problem.value) for problem in error.value.problems]
    assert told == [("items", "CHIP"), ("settings", "")]


def test_a_bom_row_counts_for_the_periods_in_which_it_is_valid() -> None:
    """Two chips a car in two of four periods: one in the mean."""
    bom = """
        item  version   component  quantity_per  valid_to
        CAR   standard  CHIP       2             1
    """
    found = stages(tiny(holding_rate=0.2, **{**CAR, "bom": bom}),
                   spread_of(("CAR", "MARKET", 10, 3)))  # fmt: skip
    assert by_stage(found, found.table["mean"])["CHIP PLANT"] == 10
