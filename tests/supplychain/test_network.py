"""The network: a bundle that is valid, never changes, and knows its calendar, hash and notices."""

from __future__ import annotations

import datetime as dt
import pickle
from dataclasses import FrozenInstanceError, fields
from typing import Any

import numpy as np
import pandas as pd
import pytest

from supplychain.errors import DataError
from supplychain.network import Network
from supplychain.schema import TABLES
from supplychain.settings import _PARSERS, Settings

ITEMS = {"item": ["CAR", "CHIP"]}
LOCATIONS = {"location": ["MARKET", "PLANT"]}
DEMAND = {
    "item": ["CAR", "CAR"],
    "location": ["MARKET", "MARKET"],
    "period": ["2026-01-19", "2026-01-12"],
    "quantity": ["5", "7"],
}
STOCK = {"item": ["CAR"], "location": ["MARKET"], "quantity": ["1"]}


def frames(**tables: dict[str, list[Any]]) -> dict[str, pd.DataFrame]:
    given = {"items": ITEMS, "locations": LOCATIONS, "demand": DEMAND, "stock": STOCK, **tables}
    return {name: pd.DataFrame(columns) for name, columns in given.items()}


def network(**tables: dict[str, list[Any]]) -> Network:
    return Network.from_frames(frames(**tables))


def with_settings(**values: str) -> Network:
    return network(settings={"name": list(values), "value": list(values.values())})


def told(**values: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        with_settings(**values)
    return [str(problem).removeprefix("settings ") for problem in caught.value.problems]


# --- the bundle --------------------------------------------------------------------------------


def test_every_table_is_there_with_all_columns_in_its_types_sorted_by_key() -> None:
    found = network()
    assert list(found.tables) == list(TABLES)
    for name, table in TABLES.items():
        assert tuple(found.tables[name].columns) == table.column_names
    assert found.table("demand")["quantity"].tolist() == [7, 5]
    assert found.table("demand").index.tolist() == [0, 1]
    assert len(found.table("bom")) == 0


def test_a_table_that_is_handed_out_may_be_changed_and_the_network_stays() -> None:
    found = network()
    before = found.input_hash
    table = found.table("demand")
    table["quantity"] = 0.0
    table.loc[0, "item"] = "CHIP"
    del table["location"]
    another = found.table("demand")
    another["new"] = 1
    assert found.table("demand")["quantity"].tolist() == [7, 5]
    assert "new" not in found.tables["demand"]
    assert Network(found.tables, found.settings).input_hash == before


def test_the_frames_that_were_given_may_change_and_the_network_stays() -> None:
    given = frames()
    given["stock"] = given["stock"].assign(quantity=[1.0])
    found = Network.from_frames(given)
    given["stock"].loc[0, "quantity"] = 99.0
    given["items"].loc[0, "item"] = "VAN"
    assert found.table("stock")["quantity"].tolist() == [1]
    assert found.table("items")["item"].tolist() == ["CAR", "CHIP"]


def test_replace_gives_a_new_network_sorted_by_key() -> None:
    found = network()
    stock = pd.concat([found.table("stock").assign(item="CHIP"), found.table("stock")])
    changed = found.replace(stock=stock)
    assert changed.table("stock")["item"].tolist() == ["CAR", "CHIP"]
    assert found.table("stock")["item"].tolist() == ["CAR"]
    assert changed.tables["demand"] is found.tables["demand"]
    assert changed.settings is found.settings
    assert changed.input_hash != found.input_hash


def test_replace_takes_tables_of_the_contract_only() -> None:
    with pytest.raises(KeyError, match=r"not tables of the contract: \['stocks'\]"):
        network().replace(stocks=pd.DataFrame())


def test_a_network_is_frozen_and_can_be_sent_to_another_process() -> None:
    found = network()
    with pytest.raises(FrozenInstanceError):
        found.settings = None  # type: ignore[assignment, misc]
    copy = pickle.loads(pickle.dumps(found))
    assert copy.input_hash == found.input_hash
    assert copy.calendar == found.calendar


def test_equal_content_has_an_equal_hash_whatever_its_form() -> None:
    turned = {name: frame.iloc[::-1, ::-1] for name, frame in reversed(frames().items())}
    typed = network().tables
    for other in (turned, typed, {**frames(), "bom": pd.DataFrame()}):
        assert Network.from_frames(other).input_hash == network().input_hash


def test_unknown_columns_are_part_of_the_hash_in_any_order() -> None:
    one = network(stock={**STOCK, "x": ["1"], "y": ["2"]}).input_hash
    assert one == network(stock={"y": ["2"], **STOCK, "x": ["1"]}).input_hash
    assert one != network(stock={**STOCK, "x": ["2"], "y": ["1"]}).input_hash
    assert one != network().input_hash


def test_problems_of_all_tables_are_told_at_once() -> None:
    with pytest.raises(DataError) as caught:
        network(
            items={"item": ["CAR", "CAR"]},
            stock={**STOCK, "quantity": ["-1"]},
            demand={**DEMAND, "item": ["CAR", "VAN"]},
            settings={"name": ["period"], "value": ["8"]},
        )
    assert [(p.table, p.row, p.column) for p in caught.value.problems] == [
        ("items", 2, "item"),
        ("stock", 1, "quantity"),
        ("settings", 1, "name"),
        ("demand", 2, "item"),
    ]


# --- settings ----------------------------------------------------------------------------------


def test_settings_are_read_in_their_types() -> None:
    found = with_settings(
        start="2026-W02", periods="8", bucket="week", currency="USD", holding_rate="0.2",
        closing_target="1.5", frozen_periods="2", change_cost="3", lead_time_quantile="0.9",
        seed="7", note="a, b",
    ).settings  # fmt: skip
    assert found == Settings(
        dt.date(2026, 1, 5), 8, "week", "USD", 0.2, 1.5, 2, 3.0, 0.9, 7, "a, b"
    )


def test_the_calendar_follows_the_demand_where_no_settings_are_given() -> None:
    found = network()
    assert found.settings == Settings(dt.date(2026, 1, 12), 2)
    assert found.calendar.dates.tolist() == [pd.Timestamp("2026-01-12"), pd.Timestamp("2026-01-19")]
    assert with_settings(start="2026-01-05").settings.periods == 3
    assert with_settings(periods="5").settings == Settings(dt.date(2026, 1, 12), 5)
    monthly = {**DEMAND, "period": ["2026-03", "2026-01-01"]}
    by_month = network(demand=monthly, settings={"name": ["bucket"], "value": ["month"]})
    assert by_month.settings == Settings(dt.date(2026, 1, 1), 3, "month")


def test_without_demand_there_is_one_period() -> None:
    given = frames()
    del given["demand"]
    assert Network.from_frames(given).settings.periods == 1


def test_demand_before_the_start_is_accepted() -> None:
    assert with_settings(start="2026-01-19", periods="4").calendar.index(
        network().table("demand")["period"]
    ).tolist() == [-1, 0]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("start", "soon", "start is not a date; write a date such as 2026-03-02 or a week"),
        ("start", "2026-01-06", "start is not the first date of a week; name the first date of "),
        ("start", "1066-10-14", "start is not a date to plan from; write one from 1900-01-01 to"),
        ("start", "2026-01-05T00:00Z", "start is not a date; write a date such as 2026-03-02"),
        ("periods", "0", "periods is not a whole number from 1 to 1000; write a whole number"),
        ("periods", "8.5", "periods is not a whole number from 1 to 1000; write a whole number"),
        ("periods", "1e2", "periods is not a whole number from 1 to 1000; write a whole number"),
        ("periods", "1001", "periods is not a whole number from 1 to 1000; write a whole number"),
        ("bucket", "weekly", "bucket is not day, week or month; write one of them"),
        ("holding_rate", "20%", "holding_rate is not a number from 0 to 100; write a number from"),
        ("holding_rate", "nan", "holding_rate is not a number from 0 to 100; write a number from"),
        ("holding_rate", "inf", "holding_rate is not a number from 0 to 100; write a number from"),
        ("closing_target", "-1", "closing_target is not a number from 0 to 1e+06; write a number"),
        ("lead_time_quantile", "90", "lead_time_quantile is not a number from 0 to 1; write a num"),
        ("seed", "-3", "seed is not a whole number from 0 to 9223372036854775807; write a whole n"),
    ],
)  # fmt: skip
def test_a_setting_that_is_not_valid_is_one_problem(name: str, value: str, message: str) -> None:
    [problem] = told(**{name: value})
    assert problem.startswith(f"row 1 column value value {value!r}: {message}")


def test_settings_that_nobody_knows_are_blank_or_twice_are_told() -> None:
    assert told(perods="8") == [
        "row 1 column name value 'perods': unknown setting; remove it, did you mean periods?"
    ]
    assert told(start="") == ["row 1 column value: is blank; fill it in"]
    with pytest.raises(DataError, match="repeats the key of row 1"):
        network(settings={"name": ["periods", "periods"], "value": ["8", "9"]})


def test_a_calendar_that_no_demand_can_mean_is_refused() -> None:
    late = {**DEMAND, "period": ["2026-01-12", "9999-12-27"]}
    with pytest.raises(DataError) as caught:
        network(demand=late)
    [problem] = caught.value.problems
    assert problem.message == "periods is not given, and the demand spans 416062 weeks"
    early = {**DEMAND, "period": ["0001-01-01", "2026-01-12"]}
    with pytest.raises(DataError, match="start is not given, and the demand begins on 0001-01-01"):
        network(demand=early)


def test_every_setting_can_be_given() -> None:
    assert set(_PARSERS) == {field.name for field in fields(Settings)}


# --- notices -----------------------------------------------------------------------------------


def test_what_is_not_planned_yet_is_told_in_one_line() -> None:
    found = network(
        items={**ITEMS, "colour": ["red", ""]},
        demand={**DEMAND, "priority": ["1", ""]},
        floors={"brand": ["*"], "share": ["0.5"]},
        settings={"name": ["frozen_periods", "seed"], "value": ["2", "0"]},
        visits={"when": ["never"]},
    )
    assert found.notices == (
        "not planned yet: demand.priority, floors, settings.frozen_periods",
        "not in the data contract, left aside: visits, items.colour",
    )


def test_levers_that_say_nothing_give_no_notice() -> None:
    found = network(demand={**DEMAND, "priority": ["", "0"]}, visits={})
    assert found.notices == ("not in the data contract, left aside: visits",)
    assert network().notices == ()


def test_numbers_not_given_stay_not_given() -> None:
    found = network(resources={"resource": ["LINE"], "location": ["PLANT"]})
    assert np.isnan(found.table("resources")["capacity"][0])
