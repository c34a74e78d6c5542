"""One table: its columns and cells in their types, and every fault of them told."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.cells import cell_text, is_among, shown
from supplychain.errors import Problem
from supplychain.frames import empty_frame, misspelled, near, typed_frame
from supplychain.schema import TABLES

NUMBER = "is not a number"
DATE = "is not a date"


def typed(table: str, **columns: list[Any]) -> pd.DataFrame:
    """The typed frame of a table without a fault."""
    frame, problems = typed_frame(TABLES[table], pd.DataFrame(columns))
    assert problems == []
    return frame


def told(table: str, **columns: list[Any]) -> list[tuple[int | None, str, str, str]]:
    """Row, column, value and message of every problem."""
    _, problems = typed_frame(TABLES[table], pd.DataFrame(columns))
    assert all(problem.table == table and problem.remedy for problem in problems)
    return [(p.row, p.column, p.value, p.message) for p in problems]


def bom(**columns: list[Any]) -> dict[str, list[Any]]:
    """One valid row of the bom, with other columns."""
    return {"item": ["A"], "component": ["B"], "quantity_per": ["1"], **columns}


# --- types and defaults ------------------------------------------------------------------------


def test_text_cells_become_the_types_of_the_contract() -> None:
    frame = typed(
        "sourcing",
        item=["A"], location=["L"], supplier=["S"], mode=["sea"], lead_time=["3"],
        unit_cost=["0.1"], capacity=["1e6"], routine=["no"], qualified_from=["2026-W10"],
    )  # fmt: skip
    row = frame.iloc[0]
    assert (row["lead_time"], row["unit_cost"], row["capacity"]) == (3.0, 0.1, 1e6)
    assert row["routine"] is np.False_
    assert row["qualified_from"] == pd.Timestamp("2026-03-02")
    assert [str(t) for t in frame.dtypes] == [
        str(t) for t in empty_frame(TABLES["sourcing"]).dtypes
    ]


def test_blank_cells_and_missing_columns_have_the_defaults() -> None:
    required: dict[str, list[Any]] = {
        "item": ["A"], "location": ["L"], "supplier": ["S"], "lead_time": ["1"]
    }  # fmt: skip
    blank = typed(
        "sourcing", **required, mode=[""], unit_cost=[" "], routine=[""], group_per_unit=[None]
    )
    absent = typed("sourcing", **required)
    pd.testing.assert_frame_equal(blank, absent)
    row = absent.iloc[0]
    assert (row["mode"], row["unit_cost"], row["group_per_unit"]) == ("standard", 0.0, 1.0)
    assert row["routine"] is np.True_
    assert row["group"] == ""
    assert np.isnan(row["capacity"])
    assert row["available_to"] is pd.NaT


def test_cells_in_types_already_are_kept() -> None:
    dates = pd.to_datetime(["2026-01-05T13:00"])
    frame = typed("bom", **bom(quantity_per=[0.1], valid_from=list(dates)))
    again, problems = typed_frame(TABLES["bom"], frame)
    assert problems == []
    pd.testing.assert_frame_equal(again, frame)
    assert frame["valid_from"].iloc[0] == pd.Timestamp("2026-01-05")  # the time of day has no say


def test_the_frame_that_is_given_stays_as_it_is() -> None:
    raw = pd.DataFrame(bom(), index=[7])
    before = raw.copy()
    frame, _ = typed_frame(TABLES["bom"], raw)
    frame["item"] = "Z"
    pd.testing.assert_frame_equal(raw, before)


def test_a_table_without_rows_has_no_faults() -> None:
    empty = pd.DataFrame(columns=["item", "component", "quantity_per"])
    frame, problems = typed_frame(TABLES["bom"], empty)
    assert problems == []
    assert [str(t) for t in frame.dtypes] == [str(t) for t in empty_frame(TABLES["bom"]).dtypes]


# --- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0", 0.0), ("007", 7.0), ("+5", 5.0), (" 7 ", 7.0), (".5", 0.5), ("5.", 5.0),
        ("1e-9", 1e-9), ("1E3", 1000.0), ("0.30000000000000004", 0.30000000000000004),
        ("123456789012.5", 123456789012.5), ("-0", 0.0), (3, 3.0), (0.1, 0.1), (True, None),
        (decimal.Decimal("2.50"), 2.5), (np.float32(0.5), 0.5),
    ],
)  # fmt: skip
def test_a_number_is_read_exactly(cell: object, number: float | None) -> None:
    frame, problems = typed_frame(TABLES["bom"], pd.DataFrame(bom(quantity_per=[cell])))
    if number is None:
        assert [problem.message for problem in problems] == [NUMBER]
    else:
        assert (frame["quantity_per"].tolist(), problems) == ([number], [])


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("one", NUMBER), ("1,5", NUMBER), ("1 000", NUMBER), ("1_000", NUMBER), ("0x10", NUMBER),
        ("10%", NUMBER), ("€5", NUMBER), ("nan", NUMBER), ("NaN", NUMBER), ("NULL", NUMBER),
        ("N/A", NUMBER), ("-", NUMBER), ("1e", NUMBER), ("TRUE", NUMBER), ("2026-01-05", NUMBER),
        ("inf", "is not finite"), ("-Infinity", "is not finite"), ("1e400", "is not finite"),
        ("1e308", "is beyond 1e+15"), ("-1e16", "is beyond 1e+15"), ("-0.1", "is negative"),
        ("", "is blank"), (" ", "is blank"), (None, "is blank"), (float("nan"), "is blank"),
        (float("inf"), "is not finite"), (dt.date(2026, 1, 5), NUMBER), (dt.time(8), NUMBER),
    ],
)  # fmt: skip
def test_what_is_no_number_is_told_once(cell: object, message: str) -> None:
    found = told("bom", **bom(quantity_per=[cell]))
    assert [(row, column, what) for row, column, _, what in found] == [(1, "quantity_per", message)]


def test_numbers_have_their_bounds() -> None:
    assert told("locations", location=["A", "B"], latitude=["-90.5", "90"]) == [
        (1, "latitude", "-90.5", "is below -90")
    ]
    assert told("floors", brand=["A"], share=["1.01"]) == [(1, "share", "1.01", "is above 1")]
    assert told("demand_history", item=["A"], location=["L"], period=["2026-W02"],
                quantity=["-3"]) == []  # fmt: skip


@pytest.mark.parametrize("cell", ["1.5", "0.999999999", 2.25])
def test_lead_times_are_whole_periods(cell: object) -> None:
    columns = {"item": ["A"], "origin": ["K"], "destination": ["L"], "lead_time": [cell]}
    assert told("lanes", **columns) == [(1, "lead_time", str(cell), "is not a whole number")]
    assert typed("lanes", **{**columns, "lead_time": ["2.0"]})["lead_time"].iloc[0] == 2


# --- flags, dates, text ------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["true", "TRUE", "Yes", "1", "y", "T", True, 1, 1.0, np.True_])
def test_ways_to_say_true(cell: object) -> None:
    assert typed("demand", **demand(firm=[cell]))["firm"].tolist() == [True]


@pytest.mark.parametrize("cell", ["false", "FALSE", "No", "0", "n", "F", False, 0, 0.0])
def test_ways_to_say_false(cell: object) -> None:
    assert typed("demand", **demand(firm=[cell]))["firm"].tolist() == [False]


@pytest.mark.parametrize("cell", ["2", "maybe", "-1", "yess", 0.5, dt.date(2026, 1, 5)])
def test_what_is_neither_true_nor_false_is_told(cell: object) -> None:
    assert told("demand", **demand(firm=[cell])) == [(1, "firm", str(cell), "is not true or false")]


def demand(**columns: list[Any]) -> dict[str, list[Any]]:
    row = {"item": ["A"], "location": ["L"], "period": ["2026-W02"], "quantity": ["1"]}
    return {**row, **columns}


@pytest.mark.parametrize(
    "cell",
    ["2026-01-05", "2026-W02", "20260105", "2026-01-05 08:30", dt.date(2026, 1, 5),
     dt.datetime(2026, 1, 5, 8, 30), pd.Timestamp("2026-01-05"), np.datetime64("2026-01-05"),
     20260105, 20260105.0],
)  # fmt: skip
def test_ways_to_write_a_date(cell: object) -> None:
    frame = typed("demand", **demand(period=[cell]))
    assert frame["period"].tolist() == [pd.Timestamp("2026-01-05")]


@pytest.mark.parametrize(
    "cell",
    ["05.01.2026", "2026-02-30", "2026-W60", "46027", 46027.0, "2026-01-05T00:00Z",
     pd.Timestamp("2026-01-05", tz="Europe/Berlin"), dt.time(8, 30), True, "nan"],
)  # fmt: skip
def test_what_is_no_date_is_told(cell: object) -> None:
    assert [
        (row, column, what) for row, column, _, what in told("demand", **demand(period=[cell]))
    ] == [(1, "period", DATE)]


def test_dates_to_the_end_of_time_are_accepted() -> None:
    frame = typed("bom", **bom(valid_from=["0001-01-01"], valid_to=["9999-12-31"]))
    assert frame["valid_to"].iloc[0] == pd.Timestamp("9999-12-31")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("007", "007"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (1e15, "1000000000000000.0"),
        (True, "TRUE"), (dt.date(2026, 1, 5), "2026-01-05"), ("NA", "NA"), ("nan", "nan"),
        (dt.datetime(2026, 1, 5, 8, 30), "2026-01-05 08:30:00"), (b"caf\xc3\xa9", "café"),
        (2**63, "9223372036854775808"),
    ],
)  # fmt: skip
def test_any_cell_can_be_a_name(cell: object, text: str) -> None:
    raw = pd.DataFrame({"item": pd.Series([cell], dtype=object)})
    frame, problems = typed_frame(TABLES["items"], raw)
    assert (frame["item"].tolist(), problems) == ([text], [])


@pytest.mark.parametrize("cell", ["", None, float("nan"), pd.NaT, pd.NA])
def test_a_name_must_not_be_blank(cell: object) -> None:
    raw = pd.DataFrame({"item": pd.Series([cell], dtype=object)})
    _, problems = typed_frame(TABLES["items"], raw)
    assert [(p.row, p.column, p.message) for p in problems] == [(1, "item", "is blank")]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (" A", "has spaces around it"),
        ("A\xa0", "has spaces around it"),
        ("A\tB", "holds a line break or control character"),
        ("A|B", "contains |, which joins keys"),
        ("*", "* means any, which it cannot mean here"),
    ],
)
def test_names_are_free_of_what_would_be_misread(name: str, message: str) -> None:
    assert told("items", item=[name]) == [(1, "item", name, message)]


def test_names_may_hold_all_other_characters() -> None:
    names = ["A*B", "=1+1", "*A", "a/b\\c", "名前", "-", "'", '"', ",", ";"]
    assert typed("items", item=names)["item"].tolist() == names


def test_a_star_stands_only_where_it_can_mean_any() -> None:
    found = told("sourcing", item=["*"], location=["*"], supplier=["*"], mode=["*"], lead_time=[1])
    assert [column for _, column, _, _ in found] == ["supplier", "mode"]


def test_descriptions_and_settings_are_free_text() -> None:
    assert typed("items", item=["A"], description=[" a|b\n* "])["description"].iloc[0] == " a|b\n* "
    assert told("settings", name=["note"], value=[" * | "]) == []


def test_choices_are_closed() -> None:
    assert told("items", item=["A", "B"], kind=["Product", ""]) == [
        (1, "kind", "Product", "is not a known kind")
    ]


# --- columns and rows --------------------------------------------------------------------------


def test_unknown_columns_are_kept_as_text_behind_the_others_by_name() -> None:
    frame = typed("items", zone=[1.0], item=["A"], owner=["x"], Alpha=[None])
    assert list(frame.columns[-3:]) == ["Alpha", "owner", "zone"]
    assert frame[["Alpha", "owner", "zone"]].iloc[0].tolist() == ["", "x", "1"]


def test_column_names_may_have_spaces_around_them() -> None:
    assert typed("items", **{" item ": ["A"]})["item"].tolist() == ["A"]


@pytest.mark.parametrize("name", ["descripton", "Description", "unit cost", "Unit-Cost", "BRAND"])
def test_a_column_that_looks_like_an_absent_one_is_a_misspelling(name: str) -> None:
    [(row, column, _, message)] = told("items", item=["A"], **{name: ["x"]})
    assert (row, column, message) == (None, name, "unknown column")


def test_a_column_like_one_that_is_there_is_only_unknown() -> None:
    assert told("items", item=["A"], brand=["x"], brands=["y"]) == []


def test_a_missing_required_column_is_told_once_not_for_every_row() -> None:
    columns = {"item": ["A", "A"], "quantity": ["1", "2"], "period": ["2026-W02", "2026-W02"]}
    assert told("demand", **columns) == [(None, "location", "", "required column is missing")]


def test_a_column_given_twice_is_told() -> None:
    raw = pd.DataFrame([["A", "x", "y"]], columns=["item", "brand", "brand"])
    _, problems = typed_frame(TABLES["items"], raw)
    assert [(p.column, p.message) for p in problems] == [("brand", "column is given twice")]


def test_columns_without_a_name_may_be_empty_but_hold_nothing() -> None:
    raw = pd.DataFrame([["A", "", None], ["B", "x", ""]], columns=["item", "", ""])
    _, problems = typed_frame(TABLES["items"], raw)
    assert [(p.row, p.column, p.message) for p in problems] == [
        (2, "(unnamed)", "cell without a column name")
    ]


def test_keys_are_equal_after_defaults_and_ways_of_writing() -> None:
    columns: dict[str, list[Any]] = {
        "item": ["A", "A", "A"], "location": ["L"] * 3, "customer": ["", None, "x"],
        "period": ["2026-W02", dt.date(2026, 1, 5), "2026-01-05"], "quantity": [1, 2, 3],
    }  # fmt: skip
    assert told("demand", **columns) == [
        (2, "item, location, period, customer", "A|L|2026-01-05|", "repeats the key of row 1")
    ]


def test_every_repetition_names_the_first_row() -> None:
    found = told("items", item=["A", "B", "A", "A", "B"])
    assert [(row, message) for row, _, _, message in found] == [
        (3, "repeats the key of row 1"),
        (4, "repeats the key of row 1"),
        (5, "repeats the key of row 2"),
    ]


def test_rows_whose_key_cannot_be_read_repeat_nothing() -> None:
    found = told("demand", **{n: c * 2 for n, c in demand(period=["soon"]).items()})
    assert [(row, message) for row, _, _, message in found] == [(1, DATE), (2, DATE)]


def test_rows_keep_the_numbers_of_their_file() -> None:
    raw = pd.DataFrame({"item": ["A", ""]}, index=pd.Index([4, 9], name="row"))
    frame, [problem] = typed_frame(TABLES["items"], raw)
    assert (frame.index.tolist(), problem.row) == ([4, 9], 9)


def test_problems_come_in_the_order_of_rows_and_all_at_once() -> None:
    found = told(
        "bom", item=["A", "", "C"], component=["B", "B", "*"], quantity_per=["x", "-1", ""]
    )
    assert [(row, column) for row, column, _, _ in found] == [
        (1, "quantity_per"),
        (2, "item"),
        (2, "quantity_per"),
        (3, "component"),
        (3, "quantity_per"),
    ]


_CELLS = (
    st.text(max_size=12)
    | st.sampled_from(["", "*", "|", "nan", "inf", "1e309", "2026-W10", "9999-12-31", "true", "0"])
    | st.floats() | st.integers() | st.booleans() | st.dates() | st.datetimes() | st.times()
    | st.none() | st.binary(max_size=3) | st.decimals() | st.timedeltas()
)  # fmt: skip


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_no_cell_raises_anything_and_what_is_typed_stays(table: Any, data: st.DataObject) -> None:
    rows = data.draw(st.integers(0, 3))
    raw = pd.DataFrame(
        {
            column.name: pd.Series(
                data.draw(st.lists(_CELLS, min_size=rows, max_size=rows)), dtype=object
            )
            for column in table.columns
        }
    )
    frame, problems = typed_frame(table, raw)
    assert [str(t) for t in frame.dtypes] == [str(t) for t in empty_frame(table).dtypes]
    assert all(problem.row and problem.message and problem.remedy for problem in problems)
    assert len({(p.row, p.column) for p in problems}) == len(problems)
    if not problems:
        again, found = typed_frame(table, frame)
        assert found == []
        pd.testing.assert_frame_equal(again, frame)


@settings(deadline=None, max_examples=100)
@given(cells=st.lists(st.text(), max_size=4))
def test_text_of_any_kind_is_read_or_told(cells: list[str]) -> None:
    raw = pd.DataFrame(dict.fromkeys(TABLES["bom"].column_names, cells), dtype="str")
    frame, _ = typed_frame(TABLES["bom"], raw)
    assert len(frame) == len(cells)


# --- words -------------------------------------------------------------------------------------


def test_a_problem_says_where_what_and_how_to_mend_it() -> None:
    problem = Problem("stock", "is negative", "write a number from 0 up", 3, "quantity", "-1")
    assert str(problem) == (
        "stock row 3 column quantity value '-1': is negative; write a number from 0 up"
    )
    assert problem.as_dict()["row"] == 3


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.1, "0.1"), (1e308, "1e+308"), (float("nan"), ""), (None, ""), (pd.NaT, ""),
     ("x" * 90, "x" * 77 + "..."), (pd.Timestamp("0900-01-01"), "0900-01-01")],
)  # fmt: skip
def test_values_are_shown_briefly(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_cell_as_text_is_not_cut() -> None:
    assert cell_text("x" * 90) == "x" * 90


def test_misspelled_names_are_found_among_the_absent_ones() -> None:
    assert misspelled("Lead Time", ["lead_time", "unit_cost"]) == "lead_time"
    assert misspelled("remark", ["lead_time", "unit_cost"]) == ""
    assert near("PLNAT", ["PLANT", "FAB"]) == ", did you mean PLANT?"
    assert near("X", ["PLANT", "FAB"]) == ""


def test_texts_are_looked_up_among_known_ones() -> None:
    values = pd.Series(["a", "b", "a", ""], dtype="str")
    assert is_among(values, {"a", ""}).tolist() == [True, False, True, True]
    assert is_among(values[:0], {"a"}).tolist() == []
