"""Data rules of the tables for responses: what each forbids and what it lets pass."""

from __future__ import annotations

import pytest

from tests.supplychain.test_checks import told

MADE = {
    "production": "item location\n CAR L",
    "bom": "item component quantity_per\n CAR CHIP 1\n CAR DOOR 4",
}
OPTIONS = "item location supplier mode lead_time"
STEPS = "item location supplier mode step up_to unit_cost"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("CAR L S sea a 10 5\n CAR L S sea b - 6", []),
        ("CAR L S sea b - 6\n CAR L S sea a 10 5", []),  # the order of rows does not count
        ("CAR L S sea a 10 5\n CAR L S air b - 4", []),  # another option
        ("CAR L S sea a 10 5\n CAR L S sea b - 4",
         [(2, "unit_cost", "is below the price of the step before")]),
        ("CAR L S sea a 10 5\n CAR L S sea b 10 6",
         [(2, "up_to", "is where another step of the option ends too")]),
        ("CAR L S sea a - 5\n CAR L S sea b - 6",
         [(2, "up_to", "is where another step of the option ends too")]),
        ("CAR L S sea a 0 5", [(1, "up_to", "is 0")]),
    ],
)  # fmt: skip
def test_price_steps_go_up(rows: str, expected: list[tuple[int, str, str]]) -> None:
    sourcing = f"{OPTIONS}\n CAR * S sea 1\n CAR L S air 1"
    found = told(sourcing=sourcing, price_steps=f"{STEPS}\n {rows}")
    assert found == [("price_steps", *problem) for problem in expected]


def test_an_order_of_no_size_is_no_order_size() -> None:
    rows = f"{OPTIONS} moq lot_size\n CAR L S sea 1 5 2\n CAR L S air 1 0 0"
    assert told(sourcing=rows) == [
        ("sourcing", 2, "moq", "is 0"),
        ("sourcing", 2, "lot_size", "is 0"),
    ]


@pytest.mark.parametrize(
    ("rows", "row", "column", "message"),
    [
        ("CAR L S a 1 0.6 0.5\n CAR L S b 1 - -", 1, "min_share", "is above max_share"),
        ("CAR L S a 1 0.6 -\n CAR L S b 1 0.5 -", 1, "min_share",
         "all min_share of the item at the location add up to 1.1, which is above 1"),
        ("CAR * S a 1 0.6 -\n CAR L S b 1 0.5 -", 2, "min_share",
         "all min_share of the item at the location add up to 1.1, which is above 1"),
        ("CAR L S a 1 - 0.6\n CAR L S b 1 - 0.3", 1, "max_share",
         "all max_share of the item at the location add up to 0.9: nothing can be ordered"),
    ],
)  # fmt: skip
def test_shares_that_no_plan_can_keep(rows: str, row: int, column: str, message: str) -> None:
    sourcing = f"item location supplier mode lead_time min_share max_share\n {rows}"
    assert told(sourcing=sourcing) == [("sourcing", row, column, message)]


@pytest.mark.parametrize(
    "rows",
    [
        "CAR L S a 1 0.5 0.6\n CAR L S b 1 0.5 0.5",
        "CAR L S a 1 - 0.6\n CAR L S b 1 - -",  # b may take the rest
        "CAR * S a 1 0.6 -\n CAR L S a 1 0.5 -",  # the same option: the named row beats the other
        "CAR L S a 1 0.6 -\n CAR K S a 1 0.5 -",  # at different locations
    ],
)
def test_shares_that_a_plan_can_keep(rows: str) -> None:
    sourcing = f"item location supplier mode lead_time min_share max_share\n {rows}"
    assert told(sourcing=sourcing) == []


def test_versions_that_may_not_make_everything_leave_nothing_to_make() -> None:
    rows = "item location version max_share\n CAR L full {}\n CAR L lean 0.3"
    message = "all max_share of the item at the location add up to 0.8: nothing can be built"
    assert told(production=rows.format("-")) == []
    assert told(production=rows.format("0.5")) == [("production", 1, "max_share", message)]


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ("CAR CHIP ASIC L", []),
        ("* CHIP ASIC *", []),
        ("CAR CHIP ASIC L\n CAR ASIC FPGA L", []),  # a chain
        ("VAN CHIP ASIC L", [1]),
        ("CAR WHEEL ASIC L", [1]),
        ("CAR CHIP ASIC K", [1]),  # not made there
        ("CAR CHIP ASIC L\n CAR FPGA ASIC L", [2]),
    ],
)
def test_a_substitute_replaces_a_component_of_what_is_made(rows: str, wrong: list[int]) -> None:
    message = "is in no BOM of the item where it is made at this location"
    found = told(**MADE, substitutes=f"item component substitute location\n {rows}")
    assert found == [("substitutes", row, "component", message) for row in wrong]


@pytest.mark.parametrize(("row", "is_wrong"), [
    ("CAR CHIP L", False), ("CAR CHIP *", False), ("CAR WHEEL L", True), ("CAR CHIP K", True),
])  # fmt: skip
def test_a_short_build_leaves_out_a_component_of_what_is_made(row: str, is_wrong: bool) -> None:
    found = told(**MADE, short_builds=f"item component location\n {row}")
    assert [(table, column) for table, _, column, _ in found] == [
        ("short_builds", "component")
    ] * is_wrong


@pytest.mark.parametrize(
    ("rows", "cycles"),
    [
        ("CAR CHIP ASIC L\n CAR ASIC CHIP L", [(1, "ASIC", "CHIP")]),
        ("* CHIP ASIC L\n CAR ASIC CHIP *", [(1, "ASIC", "CHIP")]),
        ("CAR CHIP ASIC L\n CAR ASIC CHIP K", []),  # at different locations
    ],
)
def test_components_do_not_replace_each_other(
    rows: str, cycles: list[tuple[int, str, str]]
) -> None:
    made = {**MADE, "production": "item location\n CAR L\n CAR K",
            "bom": "item component quantity_per\n CAR CHIP 1\n CAR ASIC 1"}  # fmt: skip
    found = told(**made, substitutes=f"item component substitute location\n {rows}")
    assert found == [
        ("substitutes", row, "substitute", f"is part of a cycle: {first} -> {other} -> {first}")
        for row, first, other in cycles
    ]


def test_overtime_adds_to_a_capacity() -> None:
    resources = "resource location capacity\n LINE L 10\n YARD L -"
    overtime = "resource step capacity\n LINE 1 2\n YARD 1 2"
    assert told(resources=resources, overtime=overtime) == [
        ("overtime", 2, "resource", "has no capacity to add to")
    ]


def test_the_best_class_is_1() -> None:
    demand = "item location period quantity priority\n CAR L 0 1 1\n CAR K 0 1 0"
    stock = "item location quantity\n CAR L 1\n CAR K 1"
    assert told(demand=demand, stock=stock) == [("demand", 2, "priority", "is below 1")]


def test_nothing_can_come_earlier_than_when_it_is_due_or_end_before_it_begins() -> None:
    receipts = "order_id item location quantity due earliest\n P CAR L 1 0 1"
    contracts = (
        "contract item location supplier valid_from valid_to\n C CAR L S 2 1\n D CAR L T - -"
    )
    sourcing = f"{OPTIONS}\n CAR L S sea 1"
    assert told(sourcing=sourcing, scheduled_receipts=receipts, contracts=contracts) == [
        ("contracts", 1, "valid_to", "lies before valid_from"),
        ("scheduled_receipts", 1, "due", "lies before earliest"),
        ("contracts", 2, "item", "is in no row of sourcing with this location, supplier"),
    ]
