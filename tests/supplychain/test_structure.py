"""The structure of a supply chain, on chains small enough to count by hand."""

from __future__ import annotations

from supplychain.network import Network
from supplychain.scope import expand
from supplychain.structure import Shared, Source, Structure, Tier, summarize_structure
from tests.support import tiny

DEMAND = """
    item  location  period  quantity
    CAR   MARKET    0       60
    VAN   MARKET    0       30
    CHIP  MARKET    1       10
"""


def company(**tables: str) -> Network:
    """Two products and a spare part; both products need a chip, one of them an engine.

    CHIP: FAB (or BROKER, which needs a decision) -> PLANT -> into CAR and VAN -> MARKET.
    """
    given = {
        "items": "item kind\nCAR product\nVAN product\nCHIP component\nOLD product",
        "production": """
            item  location
            CAR   PLANT
            VAN   PLANT
        """,
        "bom": """
            item  version  component  quantity_per
            CAR   *        CHIP       2
            VAN   *        CHIP       1
            VAN   *        ENGINE     1
        """,
        "sourcing": """
            item    location  supplier  mode  lead_time  group  routine
            CHIP    PLANT     FAB       sea   1          logic  true
            CHIP    PLANT     FAB       air   0          logic  false
            CHIP    PLANT     BROKER    spot  0          -      false
            ENGINE  PLANT     MOTORS    sea   1          -      true
        """,
        "lanes": """
            item  origin  destination  lead_time
            *     PLANT   MARKET       0
        """,
        "supplier_capacity": "supplier group capacity\nFAB logic 100",
        "demand": DEMAND,
    }
    return tiny(**{**given, **tables})


def summary(**tables: str) -> Structure:
    return summarize_structure(expand(company(**tables)))


def test_tiers_count_the_steps_from_the_demand() -> None:
    """Longest ways: MARKET 0, product at PLANT 1, component at PLANT 2, component at source 3."""
    assert summary().tiers == (
        Tier(0, 3, 3, 1, {"product": 2, "component": 1}),
        Tier(1, 2, 2, 1, {"product": 2}),
        Tier(2, 2, 2, 1, {"component": 1, "unclassified": 1}),
        Tier(3, 2, 2, 2, {"component": 1, "unclassified": 1}),
    )


def test_a_supplier_that_makes_an_item_adds_its_own_tiers() -> None:
    """FAB makes CHIP from WAFER, which it buys from MINE: two steps more."""
    found = summary(
        production="item location\nCAR PLANT\nVAN PLANT\nCHIP FAB",
        bom="""
            item  component  quantity_per
            CAR   CHIP       2
            VAN   CHIP       1
            CHIP  WAFER      0.1
        """,
        sourcing="""
            item   location  supplier  lead_time
            CHIP   PLANT     FAB       1
            WAFER  FAB       MINE      1
        """,
    )
    assert [tier.item_locations for tier in found.tiers] == [3, 2, 1, 1, 1, 1]


def test_item_locations_that_feed_each_other_share_a_tier() -> None:
    found = summary(
        demand="item location period quantity\nCAR EAST 0 1\nCAR WEST 0 1",
        lanes="item origin destination\n* PLANT EAST\nCAR EAST WEST\nCAR WEST EAST",
    )
    assert found.tiers[0] == Tier(0, 2, 1, 2, {"product": 1})


def test_alternatives_make_no_tiers_but_are_sources() -> None:
    found = summary()
    assert "BROKER" not in {supplier.supplier for supplier in found.suppliers}
    assert found.one_routine_source == (Source("CHIP", "component", "FAB", 3, 1.0),)


def test_single_sources_are_ranked_by_the_demand_that_depends_on_them() -> None:
    assert summary().single_sourced == (
        Source("CAR", "product", "PLANT", 1, 0.6),
        Source("ENGINE", "unclassified", "MOTORS", 1, 0.3),
        Source("VAN", "product", "PLANT", 1, 0.3),
    )


def test_two_makers_or_two_suppliers_are_not_single() -> None:
    found = summary(
        production="item location\nCAR PLANT\nVAN PLANT\nVAN PLANT-2",
        lanes="item origin destination\n* PLANT MARKET\nVAN PLANT-2 MARKET",
        bom="item component quantity_per\nCAR CHIP 2",
    )
    assert "VAN" not in {source.item for source in found.single_sourced}


def test_two_modes_of_one_supplier_are_one_source() -> None:
    found = summary(
        sourcing="""
            item    location  supplier  mode  lead_time  routine
            CHIP    PLANT     FAB       sea   1          true
            CHIP    PLANT     FAB       air   0          false
            ENGINE  PLANT     MOTORS    sea   1          true
        """
    )
    assert Source("CHIP", "component", "FAB", 3, 1.0) in found.single_sourced


def test_an_item_that_only_alternatives_supply_is_named() -> None:
    found = summary(
        sourcing="""
            item    location  supplier  lead_time  routine
            CHIP    PLANT     FAB       1          true
            ENGINE  PLANT     MOTORS    1          false
        """
    )
    assert found.no_routine_source == ("ENGINE",)


def test_suppliers_are_ranked_by_the_products_that_share_them() -> None:
    found = summary()
    assert found.suppliers == (
        Shared("FAB", "", 1, 0, 3, 1.0),
        Shared("MOTORS", "", 1, 1, 1, 0.3),
    )
    assert found.groups == (Shared("FAB", "logic", 1, 0, 3, 1.0),)


def test_a_group_that_a_supplier_makes_items_in_counts_as_shared() -> None:
    found = summary(
        production="item location group\nCAR PLANT -\nVAN PLANT -\nCHIP FAB logic",
        sourcing="""
            item    location  supplier  lead_time
            CHIP    PLANT     FAB       1
            ENGINE  PLANT     MOTORS    1
        """,
    )
    assert found.groups == (Shared("FAB", "logic", 1, 1, 3, 1.0),)


def test_dependence_is_by_location_not_only_by_item() -> None:
    """Chips of the second plant come from another fab: just its cars depend on that."""
    found = summary(
        production="item location\nCAR PLANT\nCAR PLANT-2",
        bom="item component quantity_per\nCAR CHIP 1",
        sourcing="""
            item  location  supplier  lead_time
            CHIP  PLANT     FAB       1
            CHIP  PLANT-2   FAB-2     1
        """,
        lanes="item origin destination\nCAR PLANT MARKET\nCAR PLANT-2 EAST",
        demand="item location period quantity\nCAR MARKET 0 75\nCAR EAST 0 25",
        supplier_capacity="supplier group capacity\nFAB logic 100",
    )
    assert [(s.supplier, s.share) for s in found.suppliers] == [("FAB", 0.75), ("FAB-2", 0.25)]


def test_items_that_nobody_needs_are_named() -> None:
    assert summary().unneeded == ("OLD",)


def test_demand_of_nothing_needs_nothing() -> None:
    found = summary(demand="item location period quantity\nCAR MARKET 0 0")
    assert found.tiers == ()
    assert found.suppliers == ()
    assert found.unneeded == ("CAR", "CHIP", "ENGINE", "OLD", "VAN")


def test_sizes_are_rows_by_table() -> None:
    sizes = summary().sizes
    assert sizes["demand"] == 3
    assert "overtime" not in sizes


def test_many_products_are_no_matter() -> None:
    """More demanded item-locations than an integer of the machine has bits."""
    names = [f"P{number}" for number in range(70)]
    found = summary(
        production="item location\n" + "\n".join(f"{name} PLANT" for name in names),
        bom="item component quantity_per\n" + "\n".join(f"{name} CHIP 1" for name in names),
        demand="item location period quantity\n" + "\n".join(f"{n} MARKET 0 1" for n in names),
    )
    assert found.suppliers == (Shared("FAB", "", 1, 0, 70, 1.0),)
