"""Time to survive an outage, the buffer that closes the gap, and the loss without it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from solver.buffers.routes import routine_only, unit_holding_cost
from solver.buffers.survival import Survival, survival_of
from supplychain.network import Network
from supplychain.scope import expand, needed_item_locations
from tests.support import tiny

ITEMS = """
    item  unit_cost
    CAR   100
    CHIP  10
"""
CHIP = {
    "items": ITEMS,
    "demand": """
        item  location  period  quantity
        CHIP  PLANT     0       10
    """,
    "sourcing": """
        item  location  supplier  lead_time
        CHIP  PLANT     FAB       1
    """,
    "stock": """
        item  location  quantity
        CHIP  PLANT     30
    """,
}
CAR = {
    "items": ITEMS,
    "bom": """
        item  version   component  quantity_per
        CAR   standard  CHIP       2
    """,
    "production": """
        item  location
        CAR   PLANT
    """,
    "sourcing": CHIP["sourcing"],
    "stock": CHIP["stock"],
    "demand": """
        item  location  period  quantity
        CAR   PLANT     0       5
    """,
}


def survival(network: Network, *demand: tuple[str, str, float, float]) -> Survival:
    """Of demand given as item, location, mean a period, loss a unit."""
    routine = routine_only(expand(network))
    pairs = needed_item_locations(routine)
    rates = pd.DataFrame(demand, columns=["item", "location", "mean", "loss"])
    return survival_of(routine, pairs, rates, unit_holding_cost(routine, pairs["item"]))


def network(**tables: str) -> Network:
    return tiny(holding_rate=0.2, **tables)


@pytest.fixture(scope="module")
def chips() -> Survival:
    """30 chips on hand, 10 wanted a period, 7 lost with each."""
    return survival(network(**CHIP), ("CHIP", "PLANT", 10, 7))


@pytest.fixture(scope="module")
def cars() -> Survival:
    """30 chips on hand, two a car, 5 cars wanted a period."""
    return survival(network(**CAR), ("CAR", "PLANT", 5, 50))


def test_stock_of_three_periods_survives_three_periods(chips: Survival) -> None:
    assert chips.time_to_survive("FAB") == pytest.approx(3)
    assert chips.time_to_survive("") == np.inf


def test_the_gap_to_five_periods_is_twenty_units_or_their_loss(chips: Survival) -> None:
    assert chips.buffer("FAB", 5).tolist() == pytest.approx([20])
    assert chips.lost("FAB", 5) == pytest.approx(20 * 7)
    assert chips.lost("FAB", 3) == pytest.approx(0, abs=1e-6)


def test_stock_raised_to_a_buffer_survives_longer(chips: Survival) -> None:
    assert chips.time_to_survive("FAB", np.array([45.0])) == pytest.approx(4.5)
    assert chips.time_to_survive("FAB", np.array([20.0])) == pytest.approx(3)


def test_another_routine_source_stretches_the_stock_within_its_capacity() -> None:
    """30 units for the 4 a period that the other source cannot send."""
    sourcing = """
        item  location  supplier  lead_time  capacity  routine
        CHIP  PLANT     FAB       1          -         true
        CHIP  PLANT     OTHER     1          6         true
        CHIP  PLANT     BROKER    1          -         false
    """
    found = survival(network(**{**CHIP, "sourcing": sourcing}), ("CHIP", "PLANT", 10, 7))
    assert found.time_to_survive("FAB") == pytest.approx(7.5)
    assert found.time_to_survive("OTHER") == np.inf


def test_two_items_share_the_capacity_of_the_group_that_is_left() -> None:
    """OTHER sends 12 a period for both items; they need 20 and have 30 + 10 on hand."""
    found = survival(
        network(
            items="item unit_cost\nA 1\nB 1",
            sourcing="""
                item  location  supplier  lead_time  group
                A     PLANT     FAB       1          -
                A     PLANT     OTHER     1          line
                B     PLANT     FAB       1          -
                B     PLANT     OTHER     1          line
            """,
            supplier_capacity="supplier group capacity\nOTHER line 12",
            stock="item location quantity\nA PLANT 30\nB PLANT 10",
            demand="item location period quantity\nA PLANT 0 1\nB PLANT 0 1",
        ),
        ("A", "PLANT", 10, 1), ("B", "PLANT", 10, 1),
    )  # fmt: skip
    assert found.time_to_survive("FAB") == pytest.approx(5)


def test_a_resource_too_small_for_demand_ends_even_the_calm() -> None:
    """10 cars a period wanted, 6 built: 20 on hand last 5 periods."""
    tables = {**CAR, "resources": "resource location capacity\nLINE PLANT 6",
              "production_resources": "item location version resource\nCAR PLANT standard LINE",
              "stock": "item location quantity\nCAR PLANT 20"}  # fmt: skip
    assert survival(network(**tables), ("CAR", "PLANT", 10, 1)).time_to_survive("") == (
        pytest.approx(5)
    )


def test_the_buffer_is_held_where_it_is_cheapest(cars: Survival) -> None:
    """Two chips of 10 replace a car of 100: 4 periods of 5 cars less 30 chips on hand."""
    held = dict(zip(cars.pairs["item"], cars.buffer("FAB", 4), strict=True))
    assert held == {"CAR": pytest.approx(0), "CHIP": pytest.approx(10)}


def test_an_outage_of_the_plant_is_covered_by_products_only(cars: Survival) -> None:
    assert cars.time_to_survive("PLANT") == pytest.approx(0, abs=1e-9)
    held = dict(zip(cars.pairs["item"], cars.buffer("PLANT", 2), strict=True))
    assert held == {"CAR": pytest.approx(10), "CHIP": pytest.approx(0)}


def test_what_is_in_transit_from_the_location_still_arrives() -> None:
    """Due in period 1 after 2 periods of transit it has left; due in period 3 it has not."""
    tables = {
        **CHIP,
        "sourcing": """
            item  location  supplier  lead_time  transit_time
            CHIP  PLANT     FAB       6          2
        """,
        "scheduled_receipts": """
            order_id  item  location  origin  quantity  due
            A         CHIP  PLANT     FAB     10        1
            B         CHIP  PLANT     FAB     99        3
        """,
    }
    found = survival(network(**tables), ("CHIP", "PLANT", 10, 7))
    assert found.time_to_survive("FAB") == pytest.approx(4)
