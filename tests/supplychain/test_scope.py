"""What the demand needs, and ``*`` made concrete for it: hand cases, and the definition itself."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.network import Network
from supplychain.overrides import effective, owners
from supplychain.patterns import concrete, overlap
from supplychain.schema import TABLES
from supplychain.scope import expand, needed_item_locations
from tests.support import tiny

STOCK = "item location quantity\n {}"
BOUGHT = "item location supplier mode lead_time unit_cost\n"
LANES = "item origin destination mode lead_time unit_cost\n"


def needed(network: Network) -> set[tuple[str, str]]:
    return set(needed_item_locations(network).itertuples(index=False, name=None))


def keys(network: Network, table: str) -> list[str]:
    """Keys of the rows of a table, joined by ``|``."""
    return owners(table, network.table(table)).tolist()


def expanded(**tables: str) -> Network:
    """A network with demand for CAR at M and N, made concrete; all names exist."""
    demand = "item location period quantity\n CAR M 0 1\n CAR N 0 1"
    stock = "item location quantity\n CAR M 1\n CAR N 1"
    return expand(tiny(**{"demand": demand, "stock": stock, **tables}))


# --- needed item-locations ---------------------------------------------------------------------


def test_what_is_wanted_is_needed_and_nothing_else_of_it() -> None:
    network = tiny(
        demand="item location period quantity\n CAR M 0 1\n VAN M 0 0",
        stock="item location quantity\n CAR M 5\n BUS M 5",
    )
    assert needed(network) == {("CAR", "M")}


def test_lanes_lead_back_to_their_origins() -> None:
    network = tiny(
        demand="item location period quantity\n CAR M 0 1",
        lanes="item origin destination\n CAR W M\n CAR P W\n CAR M X\n VAN P M",
        stock="item location quantity\n CAR P 5",
    )
    assert needed(network) == {("CAR", "M"), ("CAR", "W"), ("CAR", "P")}


def test_production_leads_to_its_components_by_version() -> None:
    network = tiny(
        demand="item location period quantity\n CAR P 0 1",
        production="item location version\n CAR P one",
        bom="""
            item  version  component  quantity_per
            CAR   one      ECU        1
            CAR   two      BOX        1
            CAR   *        DOOR       4
            ECU   one      CHIP       1
        """,
        stock="item location quantity\n ECU P 5\n DOOR P 5",
    )
    assert needed(network) == {("CAR", "P"), ("ECU", "P"), ("DOOR", "P")}


def test_sourcing_leads_to_suppliers_that_make_the_item_only() -> None:
    network = tiny(
        demand="item location period quantity\n ECU P 0 1",
        sourcing="item location supplier lead_time\n ECU P MAKER 1\n ECU P TRADER 1",
        production="item location\n ECU MAKER\n BOX TRADER",
    )
    assert needed(network) == {("ECU", "P"), ("ECU", "MAKER")}


def test_routes_in_a_circle_end() -> None:
    network = tiny(
        demand="item location period quantity\n CAR M 0 1",
        lanes="item origin destination\n CAR A M\n CAR B A\n CAR A B",
        stock="item location quantity\n CAR B 5",
    )
    assert needed(network) == {("CAR", "M"), ("CAR", "A"), ("CAR", "B")}


def test_without_demand_nothing_is_needed() -> None:
    network = tiny(items="item\n CAR", locations="location\n M")
    assert needed(network) == set()
    assert list(needed_item_locations(network).columns) == ["item", "location"]


# --- wildcards ---------------------------------------------------------------------------------


def test_sourcing_for_any_location_is_made_for_each_that_needs_it() -> None:
    network = expanded(sourcing=BOUGHT + "CAR * S sea 2 10\n VAN * S sea 2 10")
    assert keys(network, "sourcing") == ["CAR|M|S|sea", "CAR|N|S|sea"]
    assert network.table("sourcing")["unit_cost"].tolist() == [10, 10]


def test_sourcing_of_any_item_is_made_for_each_that_is_needed() -> None:
    network = expanded(sourcing=BOUGHT + "* M S sea 2 10\n * * T air 1 20")
    assert keys(network, "sourcing") == ["CAR|M|S|sea", "CAR|M|T|air", "CAR|N|T|air"]


def test_nobody_is_a_supplier_or_a_lane_of_itself() -> None:
    network = expanded(
        sourcing=BOUGHT + "* * M sea 2 10",
        lanes=LANES + "* M * road 1 1",
    )
    assert keys(network, "sourcing") == ["CAR|N|M|sea"]
    assert keys(network, "lanes") == ["CAR|M|N|road"]


def test_a_supplier_that_makes_the_item_anywhere_is_followed() -> None:
    network = expanded(
        sourcing=BOUGHT + "CAR M S sea 2 10",
        production="item location unit_cost\n CAR * 7",
        bom="item version component quantity_per\n CAR * ECU 1",
    )
    assert keys(network, "production") == [f"CAR|{place}|standard" for place in ("M", "N", "S")]
    assert keys(network, "bom") == ["CAR|standard|ECU"]
    assert ("ECU", "S") in needed(network)


def test_lanes_from_anywhere_start_where_the_item_comes_in() -> None:
    network = expanded(
        lanes=LANES + "CAR * M road 1 1\n CAR P W rail 2 2\n BOX X W road 1 1",
        stock="item location quantity\n CAR D 1\n CAR N 1\n VAN E 1",
        scheduled_receipts="order_id item location quantity due\n A CAR R 1 0",
        production="item location\n CAR P",
        sourcing=BOUGHT + "CAR H S sea 2 10",
    )
    # depot, hub (bought), N (stock), plant (made), R (receipt), W (from P); not E, X, S
    assert keys(network, "lanes") == [
        "BOX|X|W|road",
        *(f"CAR|{place}|M|road" for place in "DHNP"),
        "CAR|P|W|rail",
        "CAR|R|M|road",
        "CAR|W|M|road",
    ]


def test_any_item_bought_at_a_hub_can_start_there() -> None:
    network = expanded(lanes=LANES + "* * M road 1 1", sourcing=BOUGHT + "* H S sea 2 10")
    assert "CAR|H|M|road" in keys(network, "lanes")
    assert keys(network, "sourcing") == ["CAR|H|S|sea"]


def test_what_one_star_reaches_other_stars_are_made_for() -> None:
    network = expanded(
        lanes=LANES + "* HUB M road 1 1\n * * HUB rail 2 2",
        sourcing=BOUGHT + "* PORT S sea 5 9\n ECU * T sea 5 9",
        production="item location\n CAR PORT",
        bom="item version component quantity_per\n CAR * ECU 2",
    )
    assert keys(network, "lanes") == [
        "CAR|HUB|M|road", "CAR|M|HUB|rail", "CAR|N|HUB|rail", "CAR|PORT|HUB|rail"
    ]  # fmt: skip
    assert "ECU|PORT|T|sea" in keys(network, "sourcing")
    assert "CAR|PORT|S|sea" in keys(network, "sourcing")


def test_resources_of_any_version_are_those_of_rows_that_exist() -> None:
    network = expanded(
        production="item location version\n CAR P one\n CAR P two\n VAN P one\n CAR Q one",
        production_resources="""
            item  location  version  resource  per_unit
            CAR   P         *        LINE      1
            CAR   P         two      LINE      2
            *     P         one      CRANE     3
        """,
        resources="resource location\n LINE P\n CRANE P",
    )
    detail = network.table("production_resources")
    assert dict(zip(keys(network, "production_resources"), detail["per_unit"], strict=True)) == {
        "CAR|P|one|CRANE": 3, "CAR|P|one|LINE": 1, "CAR|P|two|LINE": 2, "VAN|P|one|CRANE": 3,
    }  # fmt: skip


def test_a_bom_of_any_version_gives_way_to_the_component_of_one() -> None:
    network = expanded(
        production="item location version\n CAR P one\n CAR P two",
        bom="""
            item  version  component  quantity_per
            CAR   *        ECU        1
            CAR   two      ECU        3
            CAR   two      BOX        1
            VAN   *        ECU        1
        """,
    )
    bom = network.table("bom")
    assert dict(zip(keys(network, "bom"), bom["quantity_per"], strict=True)) == {
        "CAR|one|ECU": 1, "CAR|two|BOX": 1, "CAR|two|ECU": 3,
    }  # fmt: skip


# --- responses ---------------------------------------------------------------------------------

MADE = {
    "production": "item location version\n CAR M one\n CAR N one\n VAN N one",
    "bom": "item version component quantity_per\n CAR one ECU 1\n VAN one ECU 1\n CAR * DOOR 4",
    "stock": "item location quantity\n ECU M 1\n DOOR M 1\n ECU N 1\n DOOR N 1",
}
GREEN = "item component substitute location extra_cost\n "


def test_substitutes_are_needed_where_their_parent_is_made_chains_too() -> None:
    network = tiny(
        demand="item location period quantity\n CAR M 0 1",
        substitutes=GREEN + "CAR ECU ECU2 * 1\n * ECU2 ECU3 M 1\n CAR DOOR GATE N 1",
        **MADE,
    )
    assert needed(network) == {
        ("CAR", "M"), ("ECU", "M"), ("DOOR", "M"), ("ECU2", "M"), ("ECU3", "M"),
    }  # fmt: skip


def test_a_substitute_of_any_item_is_one_of_every_item_that_uses_the_component() -> None:
    network = expanded(
        substitutes=GREEN + "* ECU ECU2 * 1\n CAR ECU ECU2 * 2\n * ECU2 ECU3 N 3", **MADE
    )
    costs = dict(
        zip(keys(network, "substitutes"), network.table("substitutes")["extra_cost"], strict=True)
    )
    assert costs == {
        "CAR|ECU|ECU2|M": 2, "CAR|ECU|ECU2|N": 2, "VAN|ECU|ECU2|N": 1,
        "CAR|ECU2|ECU3|N": 3, "VAN|ECU2|ECU3|N": 3,
    }  # fmt: skip


def test_short_builds_anywhere_are_those_where_a_version_uses_the_component() -> None:
    network = expanded(
        short_builds="item component location places\n CAR ECU * 5\n CAR ECU M 7", **MADE
    )
    places = network.table("short_builds")["places"].tolist()
    assert keys(network, "short_builds") == ["CAR|ECU|M", "CAR|ECU|N"]
    assert places == [7, 5]


def test_all_price_steps_of_an_option_come_from_one_key() -> None:
    network = expanded(
        sourcing=BOUGHT + "* * S sea 2 1",
        price_steps="""
            item  location  supplier  mode  step  up_to  unit_cost
            CAR   *         S         sea   a     10     1
            CAR   *         S         sea   b     -      2
            CAR   M         S         sea   c     -      9
        """,
    )
    assert keys(network, "price_steps") == ["CAR|M|S|sea|c", "CAR|N|S|sea|a", "CAR|N|S|sea|b"]


def test_contracts_and_floors_keep_their_stars() -> None:
    network = expanded(
        sourcing=BOUGHT + "CAR * S sea 2 1",
        contracts="contract item location supplier\n C * * S",
        floors="brand customer location share\n * * * 0.1",
    )
    assert network.table("contracts")["item"].tolist() == ["*"]
    assert network.table("floors")["location"].tolist() == ["*"]


def test_what_only_a_substitute_can_stand_in_for_can_be_built() -> None:
    network = tiny(
        demand="item location period quantity\n CAR M 0 1",
        production="item location\n CAR M",
        bom="item component quantity_per\n CAR ECU 1",
        substitutes=GREEN + "CAR ECU ECU2 M 1",
        stock="item location quantity\n ECU2 M 1",
    )
    assert ("ECU2", "M") in needed(network)


# --- which row holds ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "cost_at_m"),
    [
        ("CAR * S sea 2 1\n CAR M S sea 2 9", 9),  # a name beats a star
        ("CAR M S sea 2 9\n CAR * S sea 2 1", 9),
        ("* * S sea 2 1\n CAR * S sea 2 9", 9),  # one star beats two
        ("* M S sea 2 1\n CAR * S sea 2 9", 9),  # of two with one, the earlier column counts
        ("CAR * S sea 2 9\n * M S sea 2 1", 9),
        ("CAR * S air 2 1\n CAR * S sea 2 9", 9),  # another mode is another row
    ],
)
def test_the_more_specific_row_holds(rows: str, cost_at_m: float) -> None:
    sourcing = expanded(sourcing=BOUGHT + rows).table("sourcing")
    at_m = sourcing[(sourcing["location"] == "M") & (sourcing["mode"] == "sea")]
    assert at_m["unit_cost"].tolist() == [cost_at_m]


def test_rows_without_a_star_are_kept_needed_or_not() -> None:
    network = expanded(
        sourcing=BOUGHT + "CAR * S sea 2 1\n BUS Z S sea 2 1",
        lanes=LANES + "BUS Y Z road 1 1",
        production="item location\n BUS Y",
    )
    assert keys(network, "sourcing") == ["BUS|Z|S|sea", "CAR|M|S|sea", "CAR|N|S|sea"]
    assert keys(network, "lanes") == ["BUS|Y|Z|road"]
    assert keys(network, "production") == ["BUS|Y|standard"]


def test_a_network_without_a_star_is_returned_itself() -> None:
    network = tiny(
        demand="item location period quantity\n CAR M 0 1",
        sourcing=BOUGHT + "CAR M S sea 2 1",
        floors="brand customer location share\n * * * 0.1",
    )
    assert expand(network) is network


def test_the_network_that_is_expanded_stays_as_it_is() -> None:
    network = tiny(
        demand="item location period quantity\n CAR M 0 1",
        sourcing=BOUGHT + "CAR * S sea 2 1",
        capacities="kind owner valid_from capacity\n sourcing CAR|*|S|sea 0 5",
    )
    before = network.input_hash
    result = expand(network)
    assert network.input_hash == before
    assert keys(network, "sourcing") == ["CAR|*|S|sea"]
    for name, table in TABLES.items():
        assert tuple(result.tables[name].columns) == table.column_names
        assert result.tables[name].dtypes.equals(network.tables[name].dtypes)


def test_columns_that_the_contract_does_not_know_go_along_whatever_their_names() -> None:
    network = tiny(
        demand="item location period quantity\n CAR M 0 1",
        sourcing="item location supplier lead_time owner row wildcards\n CAR * S 2 me 7 x",
    )
    row = expand(network).table("sourcing").iloc[0]
    assert (row["location"], row["owner"], row["row"], row["wildcards"]) == ("M", "me", "7", "x")


# --- values by period --------------------------------------------------------------------------


def capacity(network: Network) -> dict[str, list[float]]:
    rows = network.table("sourcing")
    values = effective(network, "capacities", "sourcing", rows, "capacity")
    return dict(zip(keys(network, "sourcing"), values.tolist(), strict=True))


def test_what_is_said_of_a_star_holds_for_all_rows_made_from_it() -> None:
    network = expanded(
        sourcing="item location supplier mode lead_time capacity\n CAR * S sea 2 9",
        capacities="""
            kind      owner        valid_from  valid_to  capacity
            sourcing  CAR|*|S|sea  1           1         5
            sourcing  CAR|*|S|sea  3           -         0
        """,
    )
    assert capacity(network) == {"CAR|M|S|sea": [9, 5, 9, 0], "CAR|N|S|sea": [9, 5, 9, 0]}
    assert keys(network, "capacities")[0] == "sourcing|CAR|M|S|sea|2026-01-05"


def test_what_is_said_of_a_name_beats_all_that_is_said_of_its_star() -> None:
    network = expanded(
        sourcing="item location supplier mode lead_time capacity\n CAR * S sea 2 9",
        capacities="""
            kind      owner        valid_from  valid_to  capacity
            sourcing  CAR|*|S|sea  0           -         5
            sourcing  CAR|M|S|sea  1           1         7
        """,
    )
    assert capacity(network) == {"CAR|M|S|sea": [9, 7, 9, 9], "CAR|N|S|sea": [5, 5, 5, 5]}


def test_what_is_said_of_a_star_does_not_hold_for_a_row_with_its_own_name() -> None:
    network = expanded(
        sourcing="""
            item  location  supplier  mode  lead_time  capacity
            CAR   *         S         sea   2          9
            CAR   M         S         sea   1          8
        """,
        capacities="kind owner valid_from capacity\n sourcing CAR|*|S|sea 0 5",
    )
    assert capacity(network) == {"CAR|M|S|sea": [8, 8, 8, 8], "CAR|N|S|sea": [5, 5, 5, 5]}


def test_lead_times_and_unit_costs_of_lanes_and_production_are_expanded_each_for_itself() -> None:
    network = expanded(
        lanes=LANES + "* HUB * road 1 1",
        production="item location\n CAR *",
        lead_times="""
            kind        owner           valid_from  lead_time
            lanes       *|HUB|*|road    0           3
            production  CAR|*|standard  0           2
            lanes       CAR|HUB|N|road  0           4
        """,
        unit_costs="kind owner valid_from unit_cost\n lanes *|HUB|*|road 1 6",
    )
    assert keys(network, "lead_times") == [
        "lanes|CAR|HUB|M|road|2025-12-29",
        "lanes|CAR|HUB|N|road|2025-12-29",
        "production|CAR|HUB|standard|2025-12-29",
        "production|CAR|M|standard|2025-12-29",
        "production|CAR|N|standard|2025-12-29",
    ]
    assert network.table("lead_times")["lead_time"].tolist() == [3, 4, 2, 2, 2]
    assert network.table("unit_costs")["owner"].tolist() == ["CAR|HUB|M|road", "CAR|HUB|N|road"]


def test_owners_that_only_look_like_stars_stay() -> None:
    network = expanded(
        sourcing=BOUGHT + "CAR * S sea 2 9\n A*B M S sea 2 9",
        resources="resource location capacity\n *LINE M 5",
        capacities="""
            kind       owner        valid_from  capacity
            sourcing   A*B|M|S|sea  0           5
            resources  *LINE        0           4
        """,
    )
    assert network.table("capacities")["owner"].tolist() == ["*LINE", "A*B|M|S|sea"]


# --- the definition ----------------------------------------------------------------------------

ITEMS, PLACES = ("A", "B", "C"), ("K", "L", "M")
Row = dict[str, str]


def _rows(**columns: tuple[str, ...]) -> st.SearchStrategy[list[Row]]:
    row = st.fixed_dictionaries({n: st.sampled_from(v) for n, v in columns.items()})
    return st.lists(row, max_size=4, unique_by=lambda r: tuple(sorted(r.items())))


ANY_ITEM, ANY_PLACE = (*ITEMS, "*"), (*PLACES, "*")
CHAINS = st.fixed_dictionaries(
    {
        "sourcing": _rows(item=ANY_ITEM, location=ANY_PLACE, supplier=PLACES),
        "lanes": _rows(item=ANY_ITEM, origin=PLACES, destination=ANY_PLACE),
        "production": _rows(item=ITEMS, location=ANY_PLACE, version=("one", "two")),
        "bom": _rows(item=("A", "B"), version=("one", "two", "*"), component=("C",)),
        "demand": _rows(item=ITEMS, location=PLACES),
    }
)


def network_of(chain: dict[str, list[Row]]) -> Network:
    frames = {name: pd.DataFrame(rows) for name, rows in chain.items() if rows}
    for name, column, value in (
        ("sourcing", "lead_time", "1"), ("bom", "quantity_per", "1"),
        ("demand", "quantity", "1"), ("demand", "period", "2026-01-05"),
    ):  # fmt: skip
        if name in frames:
            frames[name][column] = value
    everything = [{"item": i, "location": p, "quantity": "1"} for i in ITEMS for p in PLACES]
    frames |= {
        "items": pd.DataFrame({"item": ITEMS}),
        "locations": pd.DataFrame({"location": PLACES}),
        "stock": pd.DataFrame(everything),
    }
    return Network.from_frames(frames)


def steps_back(chain: dict[str, list[Row]], item: str, place: str) -> Iterator[tuple[str, str]]:
    """What an item-location draws on, read off the rows one by one."""

    def fits(row: Row, **values: str) -> bool:
        return all(row[name] in ("*", value) for name, value in values.items())

    made = [row for row in chain["production"] if fits(row, item=item, location=place)]
    for row in made:
        for line in chain["bom"]:
            if line["item"] == item and line["version"] in ("*", row["version"]):
                yield line["component"], place
    for row in chain["sourcing"]:
        if fits(row, item=item, location=place) and row["supplier"] != place:
            at_supplier = {"item": item, "location": row["supplier"]}
            if any(fits(other, **at_supplier) for other in chain["production"]):
                yield item, row["supplier"]
    for row in chain["lanes"]:
        if fits(row, item=item, destination=place) and row["origin"] != place:
            yield item, row["origin"]


def is_valid(chain: dict[str, list[Row]]) -> bool:
    same = [row for row in chain["lanes"] if row["origin"] == row["destination"]]
    own = [row for row in chain["sourcing"] if row["supplier"] == row["location"]]
    return not same and not own


@settings(deadline=None, max_examples=25)
@given(chain=CHAINS.filter(is_valid))
def test_needed_is_all_that_steps_back_from_the_demand_lead_to(chain: dict[str, list[Row]]) -> None:
    network = network_of(chain)
    waiting = [(row["item"], row["location"]) for row in chain["demand"]]
    reached = set(waiting)
    while waiting:
        for pair in steps_back(chain, *waiting.pop()):
            if pair not in reached:
                reached.add(pair)
                waiting.append(pair)
    assert needed(network) == reached
    result = expand(network)
    assert needed(result) == reached
    assert expand(result) is result
    for name in ("sourcing", "lanes", "production", "bom", "production_resources"):
        assert not result.table(name).isin(["*"]).any(axis=None)
        assert not result.table(name).duplicated(list(TABLES[name].key)).any()


# --- patterns ----------------------------------------------------------------------------------


def pairs(*texts: str) -> pd.DataFrame:
    return pd.DataFrame([text.split() for text in texts], columns=["item", "location"], dtype="str")


@pytest.mark.parametrize(
    ("row", "known", "expected"),
    [
        ("A L", "A L", True), ("A L", "A K", False), ("A *", "A K", True), ("A L", "A *", True),
        ("A *", "* L", True), ("A *", "B *", False), ("* *", "A L", True), ("* L", "* K", False),
        ("A L", "* *", True),
    ],
)  # fmt: skip
def test_rows_overlap_where_they_can_mean_the_same(row: str, known: str, expected: bool) -> None:
    found = overlap(pairs(row, row), pairs("Z Z", known), ["item", "location"])
    assert found.tolist() == [expected, expected]


def test_nothing_overlaps_nothing() -> None:
    some, none = pairs("A L", "* *"), pairs()
    assert overlap(some, none, ["item", "location"]).tolist() == [False, False]
    assert overlap(none, some, ["item", "location"]).tolist() == []


def test_a_row_becomes_one_row_for_each_match_with_all_its_columns() -> None:
    rows = pairs("A *", "* K", "A L").assign(cost=[1, 2, 3])
    found = concrete(rows, pairs("A L", "A K", "B K"), ["item", "location"])
    assert sorted(found.itertuples(index=False, name=None)) == [
        ("A", "K", 1), ("A", "K", 2), ("A", "L", 1), ("A", "L", 3), ("B", "K", 2),
    ]  # fmt: skip
    assert list(found.columns) == ["item", "location", "cost"]
