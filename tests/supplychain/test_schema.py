"""The data contract: that the declaration is sound, and that it is the one of the design."""

from __future__ import annotations

import dataclasses

import pytest

from supplychain.frames import empty_frame
from supplychain.schema import TABLES, WILDCARD, Column, Table, iterate_columns

ALL = list(iterate_columns())
NAMES = [f"{table.name}.{column.name}" for table, column in ALL]

# table | key | further columns, as the design states them (section 3)
DESIGN = """
items | item | description kind unit unit_cost commodity brand
locations | location | kind company country region latitude longitude time_to_recover
bom | item version component | quantity_per valid_from valid_to
production | item location version | lead_time unit_cost group group_per_unit max_share \
price_reduction min_run routine valid_from valid_to
production_resources | item location version resource | per_unit
resources | resource | location capacity
overtime | resource step | capacity unit_cost
substitutes | item component substitute location | ratio extra_cost approved_from
short_builds | item component location | places weekly_cost retrofit_cost lead_time
sourcing | item location supplier mode | lead_time transit_time unit_cost moq lot_size capacity \
group group_per_unit routine qualified_from qualification_time qualification_cost min_share \
max_share available_to
price_steps | item location supplier mode step | up_to unit_cost
contracts | contract | item location supplier valid_from valid_to quantity penalty
supplier_capacity | supplier group | capacity
lanes | item origin destination mode | lead_time unit_cost capacity routine
capacities | kind owner valid_from | valid_to capacity
lead_times | kind owner valid_from | valid_to lead_time
unit_costs | kind owner valid_from | valid_to unit_cost
stock | item location | quantity as_of
scheduled_receipts | order_id line | item location origin quantity due expedite_cost earliest \
cancel_cost
demand | item location period customer | quantity unit_revenue backorder_cost lost_after \
lost_cost priority firm
floors | brand customer location | share
demand_history | item location period | quantity in_stock
drivers | item location driver period | value known_ahead
predecessors | item predecessor | share
receipt_history | order_id line | item location supplier mode quantity ordered_on promised_on \
received_on
settings | name | value
"""


def test_the_tables_keys_and_columns_are_those_of_the_design() -> None:
    stated = {}
    for line in DESIGN.strip().splitlines():
        name, key, others = (part.strip() for part in line.split("|"))
        stated[name] = (tuple(key.split()), (*key.split(), *others.split()))
    assert {n: (t.key, t.column_names) for n, t in TABLES.items()} == stated


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_key_columns_come_first_and_no_column_comes_twice(table: Table) -> None:
    assert table.column_names[: len(table.key)] == table.key
    assert len(set(table.column_names)) == len(table.column_names)
    assert table.meaning


@pytest.mark.parametrize(("table", "column"), ALL, ids=NAMES)
def test_a_key_column_is_required_or_has_a_default_that_names_it(
    table: Table, column: Column
) -> None:
    if column.name in table.key and not column.required:
        assert column.default or column.name == "customer"


@pytest.mark.parametrize(("table", "column"), ALL, ids=NAMES)
def test_a_column_says_what_it_means_and_its_default_has_its_type(
    table: Table, column: Column
) -> None:
    types = {"text": str, "number": float, "integer": float, "flag": bool}
    assert column.meaning
    assert column.default is None or type(column.default) is types[column.type]
    assert column.type != "flag" or column.default is not None
    if column.required:
        assert column.default in (None, "")
    if column.minimum is not None and isinstance(column.default, float):
        assert column.default >= column.minimum


@pytest.mark.parametrize(("table", "column"), ALL, ids=NAMES)
def test_a_reference_leads_to_a_table_with_one_key_column(table: Table, column: Column) -> None:
    if column.references:
        assert len(TABLES[column.references].key) == 1
        assert column.type == "text"
    if column.wildcard:
        assert column.type == "text"
        assert column.default in ("", WILDCARD, "standard")


def test_every_table_has_an_empty_frame_in_its_types() -> None:
    kinds = {"text": "str", "number": "float64", "integer": "float64", "flag": "bool",
             "date": "datetime64[us]", "period": "datetime64[us]"}  # fmt: skip
    for table in TABLES.values():
        frame = empty_frame(table)
        assert len(frame) == 0
        assert [str(t) for t in frame.dtypes] == [kinds[c.type] for c in table.columns]


def test_a_column_is_found_by_its_name() -> None:
    assert TABLES["bom"].column("quantity_per").required
    with pytest.raises(KeyError):
        TABLES["bom"].column("quantity")


def test_the_contract_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TABLES["bom"].name = "boms"  # type: ignore[misc]
