"""What somebody sees of a table: not the rows of other brands and plants, by whatever column."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from app.service.data.visible import scope_of, visible
from app.service.identity.identity import Identity
from supplychain.network import Network
from tests.service.tiny import frame, tiny_frames


@pytest.fixture(scope="module")
def network() -> Network:
    resources = frame("""
        resource  location
        LINE-A    PLANT
        LINE-B    WORKS
    """)
    return Network.from_frames({**tiny_frames(), "resources": resources})


@pytest.fixture
def of_ave(planner: Identity) -> Identity:
    return replace(planner, brands=frozenset({"AVE"}), plants=frozenset({"PLANT"}))


@pytest.mark.parametrize(
    ("column", "shown", "hidden"),
    [
        ("item", ["CAR", "CHIP", "*", ""], ["VAN"]),
        ("component", ["CHIP"], ["VAN"]),
        ("stopped_by", ["CHIP", "CAR"], ["VAN"]),
        ("location", ["PLANT", "SHOP", "FAB", "*"], ["WORKS"]),
        ("origin", ["PLANT", ""], ["WORKS"]),
        ("supplier", ["FAB"], ["WORKS"]),
        ("demand_item", ["CAR"], ["VAN"]),
        ("scarce_location", ["PLANT"], ["WORKS"]),
        ("resource", ["LINE-A"], ["LINE-B"]),
        ("brand", ["AVE", "", "*"], ["BRI"]),
        ("name", ["CAR", "PLANT", "LINE-A", "AVE", "periods"], ["VAN", "WORKS", "LINE-B", "BRI"]),
        ("lever", ["VAN"], []),
    ],
)
def test_rows_that_name_what_is_hidden_are_not_shown(
    network: Network, of_ave: Identity, column: str, shown: list[str], hidden: list[str]
) -> None:
    rows = pd.DataFrame({column: [*hidden, *shown], "quantity": 1.0})
    assert visible(rows, network, of_ave)[column].tolist() == shown


def test_capacity_in_use_is_shown_with_its_owner(network: Network, of_ave: Identity) -> None:
    rows = frame("""
        kind               owner                    used
        resources          LINE-A                   1
        resources          LINE-B                   1
        sourcing           CHIP|PLANT|FAB|standard  1
        sourcing           CHIP|WORKS|FAB|standard  1
        lanes              VAN|WORKS|SHOP|standard  1
        production         CAR|PLANT|standard       1
        supplier_capacity  FAB|wafers               1
        budget             VAN                      1
    """)
    seen = visible(rows, network, of_ave)
    assert seen["owner"].tolist() == [
        "LINE-A", "CHIP|PLANT|FAB|standard", "CAR|PLANT|standard", "FAB|wafers", "VAN"]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "shown", "hidden"),
    [
        ("item", ["CAR", "CHIP", "VANILLA"], ["VAN", "CAR, VAN"]),
        ("key", ["CHIP|PLANT|FAB"], ["CHIP|WORKS|FAB", "VAN|SHOP"]),
        ("waits_for", ["LINE-A", "CHIP"], ["LINE-B", "CHIP|WORKS"]),
        ("name", ["AVE"], ["BRI", "AVE,BRI"]),
        ("demand_item", ["CAR", "CHIP"], ["VAN"]),
        ("demand_location", ["SHOP", "PLANT"], ["WORKS"]),
        ("scarce_item", ["CHIP"], ["VAN"]),
        ("scarce_location", ["FAB"], ["WORKS"]),
    ],
)
def test_in_results_a_hidden_name_hides_as_a_part_of_a_cell_too(
    network: Network, of_ave: Identity, column: str, shown: list[str], hidden: list[str]
) -> None:
    rows = pd.DataFrame({column: [*hidden, "", *shown], "money": 1.0})
    assert scope_of(network.tables, of_ave).visible(rows)[column].tolist() == shown


def test_in_results_a_sentence_and_a_brand_hide_their_row(
    network: Network, of_ave: Identity
) -> None:
    rows = pd.DataFrame({"item": "CHIP", "text": ["buy for CAR", "buy for VAN"]})
    scope = scope_of(network.tables, of_ave)
    assert scope.visible(rows)["text"].tolist() == ["buy for CAR"]
    floors = pd.DataFrame({"location": "SHOP", "brand": ["AVE", "BRI"]})
    assert scope.visible(floors)["brand"].tolist() == ["AVE"]


def test_what_a_supply_goes_into_hides_its_row(network: Network, of_ave: Identity) -> None:
    into = ["build CAR|PLANT|standard", "closing stock", "build VAN|PLANT|standard"]
    rows = pd.DataFrame({"item": "CHIP", "into": into})
    assert scope_of(network.tables, of_ave).visible(rows)["into"].tolist() == into[:2]


def test_a_region_adds_up_every_brand_and_a_brand_every_plant(
    network: Network, planner: Identity
) -> None:
    rows = frame("""
        level   name    mean
        brand   AVE     1
        brand   BRI     2
        brand   (none)  3
        region  EUROPE  6
    """)
    of_brand = replace(planner, brands=frozenset({"AVE"}))
    of_plant = replace(planner, plants=frozenset({"PLANT"}))
    seen = [
        scope_of(network.tables, who).visible(rows)["name"].tolist()
        for who in (planner, of_brand, of_plant)
    ]
    assert seen == [["AVE", "BRI", "(none)", "EUROPE"], ["AVE", "(none)"], []]


def test_sums_of_money_are_for_who_sees_everything_even_where_nothing_is_hidden(
    network: Network, planner: Identity
) -> None:
    costs = pd.DataFrame({"term": ["profit"], "amount": [1.0]})
    of_both = replace(planner, brands=frozenset({"AVE", "BRI"}))
    scope = scope_of(network.tables, of_both)
    assert (scope.is_whole, len(scope.visible(costs))) == (True, 0)
    assert len(scope_of(network.tables, planner).visible(costs)) == 1


def test_what_several_datasets_hide_is_hidden_in_what_is_made_of_them(
    network: Network, planner: Identity
) -> None:
    of_ave = scope_of(network.tables, replace(planner, brands=frozenset({"AVE"})))
    of_plant = scope_of(network.tables, replace(planner, plants=frozenset({"PLANT"})))
    rows = pd.DataFrame({"item": ["CAR", "VAN", "CHIP"], "location": ["PLANT", "PLANT", "WORKS"]})
    assert (of_ave | of_plant).visible(rows)["item"].tolist() == ["CAR"]


def test_who_sees_everything_sees_everything(network: Network, planner: Identity) -> None:
    rows = pd.DataFrame({"item": ["VAN"], "location": ["WORKS"]})
    assert len(visible(rows, network, planner)) == 1
    only_brands = replace(planner, plants=frozenset({"PLANT"}))
    assert len(visible(rows, network, only_brands)) == 0
    assert len(visible(rows.assign(location="SHOP"), network, only_brands)) == 1


def test_who_a_supply_goes_to_is_hidden_with_the_brand(network: Network, of_ave: Identity) -> None:
    pegged = pd.DataFrame({
        "item": ["CHIP"] * 3, "location": ["PLANT"] * 3,
        "demand_item": ["CAR", "VAN", ""], "into": ["", "", "build VAN|PLANT|standard"],
    })  # fmt: skip
    assert scope_of(network.tables, of_ave).visible(pegged)["demand_item"].tolist() == ["CAR"]
