"""Rules between rows and tables: what each forbids, what it lets pass, and no blame on others."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pandas as pd
import pytest

from supplychain.calendar import Bucket
from supplychain.checks import check_network, table_problems
from supplychain.errors import DataError, Problem
from supplychain.frames import empty_frame
from supplychain.network import Network
from supplychain.schema import TABLES, Column, Table, iterate_columns
from supplychain.settings import Settings
from tests.support import tiny

REFERENCES = [(table, column) for table, column in iterate_columns() if column.references]


def problems(**arguments: Any) -> list[Problem]:
    """What is wrong with a tiny network; it has all items and locations that it names."""
    try:
        tiny(**{"items": "item\n A\n K\n L", "locations": "location\n L", **arguments})
    except DataError as error:
        return list(error.problems)
    return []


def told(**arguments: Any) -> list[tuple[str, int | None, str, str]]:
    return [(p.table, p.row, p.column, p.message) for p in problems(**arguments)]


# --- tables ------------------------------------------------------------------------------------


def test_items_and_locations_are_required_and_may_not_be_empty() -> None:
    found = table_problems({"items": empty_frame(TABLES["items"])})
    assert [(p.table, p.message) for p in found] == [
        ("items", "required table is missing or empty"),
        ("locations", "required table is missing or empty"),
    ]


def test_a_table_that_could_not_be_read_is_not_missing() -> None:
    told = [Problem("items", "is not UTF-8 text", "save it as UTF-8")]
    assert [p.table for p in table_problems({}, told)] == ["locations"]


@pytest.mark.parametrize("name", ["Stock", "stocks", "Scheduled Receipts", "BOM", "lead-times"])
def test_a_table_that_looks_like_an_absent_one_is_a_misspelling(name: str) -> None:
    given = {"items": pd.DataFrame({"item": ["A"]}), "locations": pd.DataFrame({"location": ["L"]})}
    [problem] = table_problems({**given, name: pd.DataFrame()})
    assert (problem.table, problem.message) == (name, "unknown table")


# --- names of other tables ---------------------------------------------------------------------


def one_row(table: Table, **values: object) -> pd.DataFrame:
    """A row of ``table`` with blanks and zeros for all that is not given."""
    blank = {"text": "", "number": 0.0, "integer": 0.0, "flag": False}
    row = {c.name: blank.get(c.type, pd.Timestamp("2026-01-05")) for c in table.columns}
    frame = pd.concat([empty_frame(table), pd.DataFrame([{**row, **values}])], ignore_index=True)
    return frame.astype(empty_frame(table).dtypes.to_dict())


@pytest.mark.parametrize(("table", "column"), REFERENCES, ids=lambda x: x.name)
def test_a_name_must_be_one_of_the_table_that_it_refers_to(table: Table, column: Column) -> None:
    tables = {name: empty_frame(t) for name, t in TABLES.items()}
    tables["items"] = one_row(TABLES["items"], item="KNOWN")
    tables["locations"] = one_row(TABLES["locations"], location="KNOWN")
    tables["resources"] = one_row(TABLES["resources"], resource="KNOWN", location="KNOWN")
    settings = Settings(dt.date(2026, 1, 5), 8)

    def blamed(name: str) -> bool:
        changed = {**tables, table.name: one_row(table, **{column.name: name})}
        message = f"is not in {column.references}"
        return any(
            (p.table, p.column, p.value, p.message) == (table.name, column.name, name, message)
            for p in check_network(Network(changed, settings), [])
        )

    assert blamed("UNKNOWN")
    assert not blamed("KNOWN")
    assert not blamed("*")  # where it is not permitted, the rules for cells say so


def test_names_of_a_table_that_is_not_known_as_a_whole_are_not_blamed() -> None:
    frames = {
        "items": pd.DataFrame({"items": ["CAR"]}),
        "locations": pd.DataFrame({"location": ["L"]}),
        "stock": pd.DataFrame({"item": ["CAR"], "location": ["L"], "quantity": ["1"]}),
        "supplier_capacty": pd.DataFrame({"supplier": ["L"], "group": ["G"]}),
        "production": pd.DataFrame({"item": ["CAR"], "location": ["L"], "group": ["G"]}),
    }
    with pytest.raises(DataError) as caught:
        Network.from_frames(frames)
    assert [(p.table, p.column, p.message) for p in caught.value.problems] == [
        ("supplier_capacty", "", "unknown table"),
        ("items", "item", "required column is missing"),
        ("items", "items", "unknown column"),
    ]


def test_many_unknown_names_are_told_without_searching_for_each() -> None:
    count = 3000
    stock = {"item": [f"ITEM-{n}" for n in range(count)], "location": ["L"] * count,
             "quantity": ["1"] * count}  # fmt: skip
    frames = {
        "items": pd.DataFrame({"item": [f"ITEMS-{n}" for n in range(count)]}),
        "locations": pd.DataFrame({"location": ["L"]}),
        "stock": pd.DataFrame(stock),
    }
    with pytest.raises(DataError) as caught:
        Network.from_frames(frames)
    assert len(caught.value.problems) == count
    assert caught.value.problems[0].remedy.endswith("did you mean ITEMS-0?")
    assert caught.value.problems[-1].remedy.endswith("correct the name")


def test_floors_name_brands_and_customers_that_exist() -> None:
    demand = "item location period customer quantity\n CAR L 0 fleet 1"
    stock = "item location quantity\n CAR L 1"
    items = "item brand\n CAR AURORA"
    floors = "brand customer location share\n AURORA fleet L 0.5\n * * * 0.1\n B fleet L 0.1"
    assert told(items=items, demand=demand, stock=stock, floors=floors) == [
        ("floors", 3, "brand", "is no brand of items")
    ]
    floors = "brand customer location share\n AURORA dealer L 0.5"
    assert told(items=items, demand=demand, stock=stock, floors=floors) == [
        ("floors", 1, "customer", "is no customer of demand")
    ]


# --- rows of other tables ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("production", "detail", "is_wrong"),
    [
        ("CAR L standard", "CAR L standard", False),
        ("CAR L standard", "CAR * standard", False),
        ("CAR L standard", "* L *", False),
        ("CAR L standard", "* * *", False),
        ("CAR * lean", "CAR L *", False),
        ("CAR * lean", "CAR L lean", False),
        ("CAR L standard", "CAR L lean", True),
        ("CAR L standard", "CAR K *", True),
        ("CAR L standard", "VAN * *", True),
        ("CAR * lean", "CAR L standard", True),
    ],
)
def test_resources_belong_to_production_that_exists(
    production: str, detail: str, is_wrong: bool
) -> None:
    place = detail.split()[1].replace("*", "L")
    found = told(
        production=f"item location version\n {production}",
        production_resources=f"item location version resource\n {detail} LINE",
        resources=f"resource location\n LINE {place}",
    )
    message = "is in no row of production with this location, version"
    assert found == ([("production_resources", 1, "item", message)] if is_wrong else [])


@pytest.mark.parametrize(
    ("name", "rows", "source"),
    [
        ("price_steps", "item location supplier mode step unit_cost\n {} L S sea 1 5", "sourcing"),
        ("contracts", "contract item location supplier\n C {} * S", "sourcing"),
    ],
)
def test_details_belong_to_rows_that_exist(name: str, rows: str, source: str) -> None:
    base = {
        "sourcing": "item location supplier mode lead_time\n CAR * S sea 1",
    }
    assert told(**base, **{name: rows.format("CAR")}) == []
    [(table, row, column, message)] = told(**base, **{name: rows.format("VAN")})
    assert (table, row, column) == (name, 1, "item")
    assert message.startswith(f"is in no row of {source} with this ")


def test_a_resource_is_used_where_it_stands_or_everywhere() -> None:
    base = {
        "production": "item location\n CAR L\n CAR K",
        "resources": "resource location\n LINE L",
    }
    detail = "item location resource\n CAR {} LINE"
    assert told(**base, production_resources=detail.format("L")) == []
    assert told(**base, production_resources=detail.format("*")) == []
    assert told(**base, production_resources=detail.format("K")) == [
        ("production_resources", 1, "resource", "stands at another location")
    ]


def test_a_group_belongs_to_the_supplier_or_the_location() -> None:
    base = {
        "sourcing": "item location supplier lead_time group\n A L S 1 {}",
        "production": "item location group\n A S {}",
        "supplier_capacity": "supplier group capacity\n S G 10\n L H 10",
    }
    assert told(**{n: text.format("G") for n, text in base.items()}) == []
    assert told(**{n: text.format("H") for n, text in base.items()}) == [
        ("sourcing", 1, "group", "is no group of the supplier in supplier_capacity"),
        ("production", 1, "group", "is no group of the location in supplier_capacity"),
    ]


def test_a_group_of_production_anywhere_belongs_to_every_place_it_is_made_at() -> None:
    base = {
        "production": "item location group\n A * G",
        "demand": "item location period quantity\n A S 0 1\n A L 0 1",
    }
    assert told(**base, supplier_capacity="supplier group\n S G\n L G") == []
    assert told(**base, supplier_capacity="supplier group\n S G") == [
        ("production", 1, "group",
         "is no group of L in supplier_capacity, which * stands for")
    ]  # fmt: skip
    assert told(**base, supplier_capacity="supplier group\n S H") == [
        ("production", 1, "group", "is no group of the location in supplier_capacity")
    ]


OWNED = {
    "sourcing": "item location supplier mode lead_time\n A L S sea 1\n B * S air 1",
    "lanes": "item origin destination mode\n A S L road\n * L K road",
    "production": "item location version\n A S lean\n B * standard",
    "resources": "resource location capacity\n LINE L 5",
    "supplier_capacity": "supplier group capacity\n S G 10",
}


@pytest.mark.parametrize(
    ("kind", "owner", "is_wrong"),
    [
        ("resources", "LINE", False),
        ("resources", "LINE-2", True),
        ("supplier_capacity", "S|G", False),
        ("supplier_capacity", "G|S", True),
        ("sourcing", "A|L|S|sea", False),
        ("sourcing", "A|L|S|air", True),
        ("sourcing", "A|L|S", True),
        ("sourcing", "A|L|S|sea|1", True),
        ("sourcing", "B|*|S|air", False),  # the row itself
        ("sourcing", "B|L|S|air", False),  # a row that it stands for
        ("sourcing", "B|L|S|sea", True),
        ("sourcing", "A|*|S|sea", True),  # no row has this key
        ("sourcing", "*|*|S|air", True),
        ("lanes", "A|S|L|road", False),
        ("lanes", "*|L|K|road", False),
        ("lanes", "A|L|K|road", False),
        ("lanes", "A|K|L|road", True),
        ("production", "A|S|lean", False),
        ("production", "B|L|standard", False),
        ("production", "A|S|standard", True),
    ],
)
def test_an_owner_is_the_key_of_a_row_or_of_one_that_it_stands_for(
    kind: str, owner: str, is_wrong: bool
) -> None:
    capacities = f"kind owner valid_from capacity\n {kind} {owner} 0 5"
    found = told(**OWNED, capacities=capacities, lead_times="kind owner valid_from lead_time")
    expected = [("capacities", 1, "owner", f"is not a row of {kind}")]
    assert found == (expected if is_wrong else [])


@pytest.mark.parametrize("name", ["lead_times", "unit_costs"])
def test_only_options_have_lead_times_and_unit_costs(name: str) -> None:
    value = name.removesuffix("s")
    text = f"kind owner valid_from {value}\n lanes A|S|L|road 0 5\n resources LINE 0 5"
    assert told(**OWNED, **{name: text}) == [(name, 2, "kind", "is not a known kind")]


# --- dates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bucket", "date", "is_first"),
    [
        ("week", "2026-03-02", True),
        ("week", "2026-03-01", False),
        ("week", "2026-03", False),
        ("month", "2026-03-01", True),
        ("month", "2026-03", True),
        ("month", "2026-03-02", False),
        ("day", "2026-03-03", True),
    ],
)
def test_a_period_of_demand_is_named_by_its_first_date(
    bucket: Bucket, date: str, is_first: bool
) -> None:
    start = {"week": "2026-03-02", "month": "2026-03-01", "day": "2026-03-03"}[bucket]
    demand = f"item location period quantity\n A L {date} 0"
    found = told(bucket=bucket, start=start, demand=demand)
    message = f"is not the first date of a {bucket}"
    assert found == ([] if is_first else [("demand", 1, "period", message)])


@pytest.mark.parametrize("date", ["2026-02-26", "2026-01-31"])
def test_the_past_may_have_other_periods_than_the_plan(date: str) -> None:
    rows = {
        "demand_history": f"item location period quantity\n A L {date} 0",
        "drivers": f"item location driver period value\n A L price {date} 1",
    }
    assert told(bucket="week", start="2026-03-02", **rows) == []


def test_demand_lies_before_the_end_of_the_calendar_and_history_anywhere() -> None:
    text = "item location period quantity\n A L -5 1\n A L 3 1\n A L 4 1"
    stock = "item location quantity\n A L 9"
    assert told(periods=4, demand=text, stock=stock, demand_history=text) == [
        ("demand", 3, "period", "lies after the last period")
    ]


def test_receipts_may_be_due_and_rows_may_hold_before_and_after_the_calendar() -> None:
    assert told(
        periods=4,
        scheduled_receipts="order_id item location quantity due\n P A L 1 -3\n Q A L 1 99",
        bom="item component quantity_per valid_from valid_to\n A B 1 -50 -40\n A C 1 70 9999-12-31",
        resources="resource location capacity\n LINE L 5",
        capacities="kind owner valid_from valid_to capacity\n resources LINE 60 9999-12-31 4",
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("name", "first", "last", "rows"),
    [
        ("bom", "valid_from", "valid_to",
         "item component quantity_per valid_from valid_to\n A B 1"),
        ("production", "valid_from", "valid_to", "item location valid_from valid_to\n A L"),
        ("contracts", "valid_from", "valid_to",
         "contract item location supplier valid_from valid_to\n C A L S"),
        ("sourcing", "qualified_from", "available_to",
         "item location supplier lead_time qualified_from available_to\n A L S 1"),
        ("scheduled_receipts", "earliest", "due",
         "order_id item location quantity earliest due\n P A L 1"),
        ("receipt_history", "ordered_on", "promised_on",
         "order_id item location supplier ordered_on promised_on\n P A L S"),
        ("receipt_history", "ordered_on", "received_on",
         "order_id item location supplier ordered_on received_on\n P A L S"),
        *[(n, "valid_from", "valid_to",
           f"kind {n.removesuffix('s').replace('capacitie', 'capacity')} owner valid_from valid_to"
           "\n sourcing 1 A|L|S|standard")
          for n in ("capacities", "lead_times", "unit_costs")],
    ],
)  # fmt: skip
def test_the_end_does_not_lie_before_the_beginning(
    name: str, first: str, last: str, rows: str
) -> None:
    sourcing = "item location supplier lead_time\n A L S 1"
    given = {"sourcing": sourcing, name: f"{rows} 2026-02-02 {{}}"}
    assert told(**{n: text.format("2026-02-02") for n, text in given.items()}) == []
    assert told(**{n: text.format("2026-02-01") for n, text in given.items()}) == [
        (name, 1, last, f"lies before {first}")
    ]


@pytest.mark.parametrize(
    ("ranges", "rows"),
    [
        ("LINE 0 1\n LINE 2 -", []),
        ("LINE 2 -\n LINE 0 1", []),
        ("LINE 0 1\n LINE-2 0 1", []),
        ("LINE 0 1\n LINE 1 2", [2]),
        ("LINE 1 2\n LINE 0 1", [1]),
        ("LINE 0 -\n LINE 5 6", [2]),
        ("LINE 0 9\n LINE 1 2\n LINE 4 5", [2, 3]),
        ("LINE 0 2\n LINE 1 1\n LINE 3 4", [2]),
        ("LINE 0 2026-01-06\n LINE 2026-01-08 -", [2]),  # both hold in the week of 5 January
        ("LINE 0 2026-01-06\n LINE 2026-01-12 -", []),
        ("LINE 50 60\n LINE 55 -", [2]),
    ],
)
def test_ranges_of_one_owner_share_no_period(ranges: str, rows: list[int]) -> None:
    lines = ranges.replace("LINE", "resources LINE").splitlines()
    capacities = "kind owner valid_from valid_to capacity\n" + "\n".join(f"{r} 5" for r in lines)
    resources = "resource location capacity\n LINE L 5\n LINE-2 L 5"
    found = told(periods=8, resources=resources, capacities=capacities)
    message = "shares a period with an earlier range of the same owner"
    assert found == [("capacities", row, "valid_from", message) for row in rows]


# --- structure ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edges", "cycles"),
    [
        ("A-B B-C C-D A-D B-D", []),
        ("A-A", [(1, "A -> A")]),
        ("A-B B-A", [(2, "A -> B -> A")]),
        ("Z-B B-C C-D D-B D-Y", [(4, "B -> C -> D -> B")]),
        ("A-B B-A P-Q Q-P", [(2, "A -> B -> A"), (4, "P -> Q -> P")]),
    ],
)
def test_no_item_contains_itself(edges: str, cycles: list[tuple[int, str]]) -> None:
    rows = "\n".join(f"{edge.replace('-', ' ')} 1" for edge in edges.split())
    found = told(bom=f"item component quantity_per\n{rows}")
    assert found == [
        ("bom", row, "component", f"is part of a cycle: {names}") for row, names in cycles
    ]


def test_a_cycle_through_two_versions_is_a_cycle() -> None:
    bom = "item version component quantity_per\n A one B 1\n B two A 1"
    assert [row for _, row, _, _ in told(bom=bom)] == [2]


def test_a_deep_bom_has_no_cycle() -> None:
    rows = "\n".join(f"I{n} I{n + 1} 1" for n in range(300))
    assert told(bom=f"item component quantity_per\n{rows}") == []


@pytest.mark.parametrize(
    ("name", "column", "rows"),
    [
        ("lanes", "destination", "item origin destination\n A L {}"),
        ("sourcing", "supplier", "item location supplier lead_time\n A L {} 1"),
        (
            "scheduled_receipts",
            "origin",
            "order_id item location origin quantity due\n P A L {} 1 0",
        ),
        ("substitutes", "substitute", "item component substitute location\n A L {} *"),
        ("predecessors", "predecessor", "item predecessor\n L {}"),
    ],
)
def test_nothing_comes_from_itself(name: str, column: str, rows: str) -> None:
    made = {"bom": "item component quantity_per\n A L 1", "production": "item location\n A L"}
    assert told(**made, **{name: rows.format("K")}) == []
    [(table, row, blamed, message)] = told(**made, **{name: rows.format("L")})
    assert (table, row, blamed) == (name, 1, column)
    assert message.startswith("is also the ")


def test_lanes_from_anywhere_to_anywhere_are_no_lanes_to_themselves() -> None:
    assert told(lanes="item origin destination\n * * *") == []


def test_the_transit_is_part_of_the_lead_time() -> None:
    rows = "item location supplier mode lead_time transit_time\n A L S sea 2 2\n A L S air 2 3"
    assert told(sourcing=rows) == [("sourcing", 2, "transit_time", "is longer than lead_time")]


def test_a_check_that_needs_a_table_is_left_out_where_the_table_is_not_known() -> None:
    network = tiny(demand="item location period quantity\n A L 0 0")
    late = network.replace(demand=network.table("demand").assign(period=pd.Timestamp("2030-01-07")))
    assert [p.column for p in check_network(late, [])] == ["period"]
    assert check_network(late, [Problem("settings", "is not UTF-8 text", "save it")]) == []


# --- demand that nothing can serve -------------------------------------------------------------

DEMAND = "item location period quantity\n CAR M 0 5"


def reason(**tables: str) -> str | None:
    """Why the demand for CAR at M has no source; None where it has one."""
    found = problems(**{"demand": DEMAND, **tables})
    if not found:
        return None
    [problem] = found
    assert (problem.table, problem.row, problem.column, problem.value) == (
        "demand",
        1,
        "item",
        "CAR",
    )
    assert problem.message.startswith("no source can serve it at M")
    return problem.message.removeprefix("no source can serve it at M").removeprefix(": ")


LANE = "item origin destination\n CAR P M"
MADE = {"production": "item location\n CAR P", "lanes": LANE}


@pytest.mark.parametrize(
    "tables",
    [
        {"stock": "item location quantity\n CAR M 1"},
        {"scheduled_receipts": "order_id item location quantity due\n P CAR M 1 3"},
        {"sourcing": "item location supplier lead_time\n CAR M S 9"},
        {"sourcing": "item location supplier lead_time\n CAR * S 9"},
        {"lanes": LANE, "stock": "item location quantity\n CAR P 1"},
        {"lanes": "item origin destination\n * * M", "stock": "item location quantity\n CAR P 1"},
        MADE,
        {**MADE, "bom": "item component quantity_per\n CAR CHIP 1",
         "sourcing": "item location supplier lead_time\n CHIP P S 1"},
        {**MADE, "bom": "item component quantity_per\n CAR CHIP 0"},
        {**MADE, "production": "item location version\n CAR P one\n CAR P two",
         "bom": "item version component quantity_per\n CAR one CHIP 1"},
        {"sourcing": "item location supplier lead_time\n CAR M S 1",
         "production": "item location\n CAR S"},
        {"demand": "item location period quantity\n CAR M 0 0"},
    ],
    ids=["stock", "receipt", "bought", "bought anywhere", "moved", "moved from anywhere", "made",
         "made of what is bought", "made of nothing of it", "made by another version",
         "made by the supplier", "not wanted"],
)  # fmt: skip
def test_demand_has_a_source(tables: dict[str, str]) -> None:
    assert reason(**tables) is None


@pytest.mark.parametrize(
    ("tables", "cause"),
    [
        ({}, ""),
        ({"stock": "item location quantity\n CAR M 0"}, ""),
        ({"lanes": LANE}, "nothing supplies CAR at P"),
        ({"lanes": "item origin destination\n CAR P M\n CAR M P"}, ""),
        ({**MADE, "bom": "item component quantity_per\n CAR CHIP 1"}, "nothing supplies CHIP at P"),
        ({**MADE, "bom": "item component quantity_per\n CAR CHIP 1",
          "stock": "item location quantity\n CHIP M 1"}, "nothing supplies CHIP at P"),
        ({"sourcing": "item location supplier lead_time\n CAR M S 1",
          "production": "item location\n CAR S",
          "bom": "item component quantity_per\n CAR CHIP 1"}, "nothing supplies CHIP at S"),
        ({**MADE, "bom": "item component quantity_per\n CAR A 1\n CAR B 1\n CAR C 1\n CAR D 1",
          "stock": "item location quantity\n C P 1"},
         "nothing supplies A at P, B at P, D at P"),
        ({**MADE, "bom": "item component quantity_per\n CAR A 1\n CAR B 1\n CAR C 1\n CAR D 1"},
         "nothing supplies A at P, B at P, C at P and 1 more"),
    ],
    ids=["nothing", "no stock", "nothing to move", "moved in a circle", "no component",
         "component elsewhere", "supplier without component", "three components", "four"],
)  # fmt: skip
def test_demand_without_a_source_is_told_with_what_is_missing(
    tables: dict[str, str], cause: str
) -> None:
    assert reason(**tables) == cause


@pytest.mark.parametrize(
    ("old", "new", "is_served"),
    [
        ("- -", "- -", False),  # both are needed all the time, and OLD cannot be had
        ("- 1", "2 -", True),  # from period 2 on NEW alone
        ("- -50", "- -", True),  # OLD went out long ago
        ("60 -", "- -", True),  # OLD comes in after the calendar
        ("3 -", "- 1", True),  # in period 2 nothing is needed
        ("2 -", "- 1", True),  # before period 2 NEW alone
        ("1 -", "1 -", True),  # nothing is needed in period 0
        ("0 -", "1 -", False),
    ],
)
def test_a_component_is_needed_while_its_bom_row_is_valid(
    old: str, new: str, is_served: bool
) -> None:
    bom = f"item component quantity_per valid_from valid_to\n CAR OLD 1 {old}\n CAR NEW 1 {new}"
    stock = "item location quantity\n NEW P 5"
    cause = reason(periods=4, **MADE, bom=bom, stock=stock)  # type: ignore[arg-type]
    assert cause == (None if is_served else "nothing supplies OLD at P")


def test_each_item_and_location_without_a_source_is_told_once_at_its_first_row() -> None:
    demand = "item location period quantity\n CAR M 0 0\n CAR M 1 5\n CAR M 2 5\n VAN M 0 1"
    assert [(row, column) for _, row, column, _ in told(demand=demand)] == [
        (2, "item"),
        (4, "item"),
    ]


def test_supply_is_followed_only_where_nothing_else_is_wrong() -> None:
    sourcing = "item location supplier lead_time transit_time\n BUS L S 1 2"
    assert told(demand=DEMAND, sourcing=sourcing) == [
        ("sourcing", 1, "transit_time", "is longer than lead_time")
    ]


def test_problems_are_plain_data() -> None:
    [problem] = problems(demand=DEMAND)
    assert dataclasses.asdict(problem) == {
        "table": "demand",
        "message": "no source can serve it at M",
        "remedy": "add stock, production with all its components, sourcing or a lane",
        "row": 1,
        "column": "item",
        "value": "CAR",
    }
