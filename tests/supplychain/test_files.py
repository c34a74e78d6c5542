"""Datasets on disk: what is read, what is refused, and that nothing is lost on the way out."""

from __future__ import annotations

import datetime as dt
import decimal
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from supplychain.errors import DataError, FileError
from supplychain.files import (
    Format,
    read_dataset,
    read_frames,
    read_tables,
    whole_or_nothing,
    write_dataset,
    write_tables,
)
from supplychain.frames import typed_frame
from supplychain.network import Network
from supplychain.schema import TABLES

FORMATS: tuple[Format, ...] = ("csv", "parquet", "xlsx")
SUFFIX = {"csv": "", "parquet": ".parquet", "xlsx": ".xlsx"}

# every table of the contract, with names and values that files tend to change
FULL = {
    "items": """item,description,kind,unit,unit_cost,commodity,brand,remark
        =1+1,"a ""compact"" car, red",product,piece,0.30000000000000004,,Über,007
        NA,line 1 of two,product,piece,123456789012.5,,null,
        007,01/02/2026,assembly,m²,1e-9,semiconductor,,x
        TRUE,nan,component,piece,,半導体,,
        1e5,None,component,piece,0,,,
    """,
    "locations": """location,kind,company,country,region,latitude,longitude,time_to_recover
        null,plant,"A, B & Co",NO,Europe,48.137154,-120.99999999999999,4
        nan,supplier,@SUM(A1),,,,,
        -,market,'quoted',,,-90,180,
    """,
    "bom": """item,version,component,quantity_per,valid_from,valid_to
        =1+1,,007,0.1,2026-01-05,9999-12-31
        NA,*,007,1,,
        007,standard,TRUE,2,1899-12-31,
        007,standard,1e5,0.333333333333333,,
    """,
    "production": """item,location,version,lead_time,unit_cost,group,group_per_unit,max_share,\
price_reduction,min_run,routine,valid_from,valid_to
        =1+1,null,,0,500.1,,,0.6,5,10,true,0001-01-01,9999-12-31
        NA,null,,1,,G 1,0.1,,,,false,,
        007,null,standard,2,,,,,,,yes,,
    """,
    "production_resources": """item,location,version,resource,per_unit
        =1+1,*,*,1.0,1e-9
    """,
    "resources": """resource,location,capacity
        1.0,null,120.7
    """,
    "overtime": """resource,step,capacity,unit_cost
        1.0,01,10,300.00000000000006
    """,
    "substitutes": """item,component,substitute,location,ratio,extra_cost,approved_from
        007,TRUE,1e5,*,1.1,0.2,2026-01-12
    """,
    "short_builds": """item,component,location,places,weekly_cost,retrofit_cost,lead_time
        =1+1,007,null,50,3.5,200,1
    """,
    "sourcing": """item,location,supplier,mode,lead_time,transit_time,unit_cost,moq,lot_size,\
capacity,group,group_per_unit,routine,qualified_from,qualification_time,qualification_cost,\
min_share,max_share,available_to
        TRUE,*,nan,sea,3,2,0.1,10,5,,G,0.5,1,2025-12-29,,,0.1,0.9,9999-12-31
        1e5,null,nan,,1,,2.5,,,1000000.25,,,0,,4,100,,,
    """,
    "price_steps": """item,location,supplier,mode,step,up_to,unit_cost
        1e5,null,nan,standard,1,1000,2.4000000000000004
        1e5,null,nan,standard,2,,3
    """,
    "contracts": """contract,item,location,supplier,valid_from,valid_to,quantity,penalty
        0001,TRUE,*,nan,2026-01-05,2026-06-29,130000,0.5
    """,
    "supplier_capacity": """supplier,group,capacity
        nan,G,1000.1
        null,G 1,
    """,
    "lanes": """item,origin,destination,mode,lead_time,unit_cost,capacity,routine
        =1+1,null,-,,1,,,
        *,null,-,air,0,9.99,40.5,false
    """,
    "capacities": """kind,owner,valid_from,valid_to,capacity
        sourcing,TRUE|*|nan|sea,2026-01-05,2026-01-11,0.1
        sourcing,TRUE|*|nan|sea,2026-01-12,,80
        resources,1.0,2026-01-12,9999-12-31,0
    """,
    "lead_times": """kind,owner,valid_from,valid_to,lead_time
        lanes,=1+1|null|-|standard,2026-01-12,,5
    """,
    "unit_costs": """kind,owner,valid_from,valid_to,unit_cost
        production,=1+1|null|standard,2026-01-12,,510.2
    """,
    "stock": """item,location,quantity,as_of
        TRUE,null,12.5,2025-12-31
    """,
    "scheduled_receipts": """order_id,line,item,location,origin,quantity,due,expedite_cost,\
earliest,cancel_cost
        00012,01,TRUE,null,nan,1000.1,2026-01-14,0.1,2026-01-07,3
        00012,,1e5,null,,5,2026-01-14,,,
    """,
    "demand": """item,location,period,customer,quantity,unit_revenue,backorder_cost,lost_after,\
lost_cost,priority,firm
        =1+1,-,2026-W02,N/A,10.5,20000.1,3.3,2,0.7,1,true
        =1+1,-,2026-01-12,,10,20000,,,,,no
    """,
    "floors": """brand,customer,location,share
        Über,N/A,*,0.8
        *,,,0.1
    """,
    "demand_history": """item,location,period,quantity,in_stock
        =1+1,-,2023-01-09,-2.5,false
        =1+1,-,2023-01-16,,
    """,
    "drivers": """item,location,driver,period,value,known_ahead
        *,-,a price,2026-01-05,-0.1,true
    """,
    "predecessors": """item,predecessor,share
        NA,=1+1,0.9
    """,
    "receipt_history": """order_id,line,item,location,supplier,mode,quantity,ordered_on,\
promised_on,received_on
        0009,02,TRUE,null,nan,sea,7.7,2023-02-27,2023-03-20,
    """,
    "settings": """name,value
        start,2026-01-05
        periods,8
        holding_rate,0.1
        currency,=EUR
        note,"two, words"
    """,
}


def full_frames() -> dict[str, pd.DataFrame]:
    frames = {}
    for name, text in FULL.items():
        lines = "\n".join(line.strip() for line in text.strip().splitlines())
        frames[name] = pd.read_csv(io.StringIO(lines), dtype="str", keep_default_na=False)
    description = frames["items"]["description"]
    frames["items"]["description"] = description.mask(
        description.str.startswith("line"), " line 1\nline 2\r\nline 3\rline 4\t_x0041_ "
    )
    return frames


@pytest.fixture(scope="module")
def full() -> Network:
    return Network.from_frames(full_frames())


def written(path: Path, **tables: str) -> Path:
    """A folder of CSV files with items, locations and the given tables."""
    path.mkdir(exist_ok=True)
    for name, text in {"items": "item\nA\nB\n", "locations": "location\nL\n", **tables}.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_dataset(path)
    return [str(problem) for problem in caught.value.problems]


# --- round trips -------------------------------------------------------------------------------


def test_the_full_dataset_uses_every_table_and_column() -> None:
    for name, table in TABLES.items():
        header = FULL[name].splitlines()[0].split(",")
        assert set(table.column_names) <= set(header), name


@pytest.mark.parametrize("form", FORMATS)
def test_every_table_comes_back_as_it_was_written(
    form: Format, full: Network, tmp_path: Path
) -> None:
    path = tmp_path / f"data{SUFFIX[form]}"
    write_dataset(full.tables, path)
    back = read_dataset(path)
    for name in TABLES:
        assert_frame_equal(back.tables[name], full.tables[name], check_exact=True)
    assert back.settings == full.settings
    assert back.notices == full.notices
    assert back.input_hash == full.input_hash


@pytest.mark.parametrize("form", FORMATS)
def test_names_that_look_like_something_else_stay_names(
    form: Format, full: Network, tmp_path: Path
) -> None:
    path = tmp_path / f"data{SUFFIX[form]}"
    write_dataset(full.tables, path)
    items = read_dataset(path).table("items")
    assert list(items["item"]) == ["007", "1e5", "=1+1", "NA", "TRUE"]
    assert list(items["description"])[3] == " line 1\nline 2\r\nline 3\rline 4\t_x0041_ "
    assert list(items["remark"]) == ["x", "", "007", "", ""]


def test_a_dataset_that_goes_through_all_formats_is_the_same(full: Network, tmp_path: Path) -> None:
    tables = full.tables
    for form in ("xlsx", "parquet", "csv"):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}{SUFFIX[form]}"
        write_dataset(tables, path)
        tables = read_dataset(path).tables
    assert Network.from_frames(tables).input_hash == full.input_hash


def test_a_written_csv_reads_well_and_gives_shortest_exact_numbers(tmp_path: Path) -> None:
    frame, _ = typed_frame(
        TABLES["lanes"],
        pd.DataFrame(
            {"item": ["A"], "origin": ["K"], "destination": ["L"],
             "lead_time": [2], "unit_cost": [0.1], "routine": [False]}
        ),
    )  # fmt: skip
    write_tables({"lanes": frame}, tmp_path / "data", "csv")
    assert (tmp_path / "data" / "lanes.csv").read_text() == (
        "item,origin,destination,mode,lead_time,unit_cost,capacity,routine\n"
        "A,K,L,standard,2,0.1,,false\n"
    )


_ODD = "\r\n\0\x0b\x1c\x85\u2028\"'_x0041_,;\t \x1bä\ufeff="
_TEXT = st.text(st.characters(exclude_characters="\ufffe\uffff", exclude_categories=["Cs"]))
_NUMBER = st.floats(-1e15, 1e15, allow_nan=False) | st.integers(-(10**15), 10**15).map(float)
_DATE = st.dates() | st.none()


@pytest.mark.parametrize("form", FORMATS)
@settings(deadline=None, max_examples=40)
@given(
    rows=st.lists(
        st.tuples(_TEXT | st.text(_ODD, max_size=6), _NUMBER, _DATE), min_size=1, max_size=4
    )
)
def test_any_text_number_and_date_comes_back(
    form: Format, rows: list[tuple[str, float, dt.date | None]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    texts, numbers, dates = zip(*rows, strict=True)
    frame = pd.DataFrame(
        {
            "text": pd.Series(texts, dtype="str"),
            "number": pd.Series(numbers, dtype="float64"),
            "date": pd.Series([np.datetime64(d or "NaT", "us") for d in dates]),
        }
    )
    path = tmp_path_factory.mktemp("any") / f"data{SUFFIX[form]}"
    columns = {"item": [f"A{n}" for n in range(len(rows))], "component": "B", "quantity_per": 1}
    bom = pd.DataFrame(columns).assign(valid_from=frame["date"])
    items = pd.DataFrame({"item": columns["item"], "description": frame["text"]})
    history = pd.DataFrame({"item": columns["item"], "location": "L", "period": "2026-01-05"})
    history = history.assign(quantity=frame["number"])
    given_tables = {"bom": bom, "items": items, "demand_history": history}
    typed = {n: typed_frame(TABLES[n], raw)[0] for n, raw in given_tables.items()}
    write_tables(typed, path, form)
    for name, raw in read_frames(path).items():
        back, found = typed_frame(TABLES[name], raw)
        assert found == []
        assert_frame_equal(
            back.reset_index(drop=True), typed[name].reset_index(drop=True), check_exact=True
        )


# --- CSV ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"item,description\nA,x y\nB,\n",
        b"\xef\xbb\xbfitem,description\nA,x y\nB,\n",
        b"item,description\r\nA,x y\r\nB,\r\n",
        b'"item","description"\n"A","x y"\n"B",""',
        b"\n\nitem,description\nA,x y\n\nB,\n\n",
        b"item , description\nA,x y\nB,\n,\n",
        b"item,description,,\nA,x y,,\nB,\n",
        b"item,description\nA,x y,,\nB,,,\n",
        b"description,item\nx y,A\n,B\n",
    ],
    ids=[
        "plain", "byte order mark", "CRLF", "quoted", "blank lines", "spaces and empty rows",
        "unnamed empty columns", "trailing commas", "other order",
    ],
)  # fmt: skip
def test_a_csv_file_is_read_however_it_was_saved(content: bytes, tmp_path: Path) -> None:
    path = written(tmp_path / "data")
    (path / "items.csv").write_bytes(content)
    items = read_dataset(path).table("items")
    assert items[["item", "description"]].to_numpy().tolist() == [["A", "x y"], ["B", ""]]


def test_a_quoted_cell_may_hold_lines_commas_and_quotes(tmp_path: Path) -> None:
    path = written(tmp_path / "data", items='item,description\nA,"one\ntwo, ""three"" four"\nB,\n')
    assert read_dataset(path).table("items")["description"][0] == 'one\ntwo, "three" four'


def test_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    stock = 'item,location,quantity\n\n"A",L,1\n,,\nB,L,many\n'
    path = written(tmp_path / "data", stock=stock)
    assert problems(path)[0].startswith("stock row 4 column quantity value 'many': is not a number")


def test_a_week_and_its_monday_are_the_same_and_so_are_ways_to_write_a_number(
    tmp_path: Path,
) -> None:
    ways = [
        "2026-01-12,10,true",
        "2026-W03,1e1,1",
        "2026W03, 10.0 ,YES",
        "20260112,+10,T",
        "2026-01-12 00:00:00,010,True",
        "2026-W03,10.,y",
    ]
    hashes = set()
    for number, way in enumerate(ways):
        demand = f"item,location,period,quantity,firm\nA,L,{way}\n"
        stock = "item,location,quantity\nA,L,10\n"
        path = written(tmp_path / str(number), demand=demand, stock=stock)
        hashes.add(read_dataset(path).input_hash)
    assert len(hashes) == 1


def test_the_input_hash_does_not_follow_the_order_of_rows_columns_or_tables(
    full: Network,
) -> None:
    frames = full_frames()
    turned = {n: frames[n].iloc[::-1, ::-1] for n in reversed(list(frames))}
    assert Network.from_frames(turned).input_hash == full.input_hash


def test_the_input_hash_follows_every_cell(full: Network) -> None:
    for name, frame in full_frames().items():
        if name != "settings" and len(frame) > 1:
            fewer = {**full.tables, name: full.tables[name].iloc[1:]}
            assert Network(fewer, full.settings).input_hash != full.input_hash, name


# --- Excel -------------------------------------------------------------------------------------

Sheets = dict[str, list[list[Any]]]
VALID: Sheets = {"items": [["item"], ["A"], ["B"]], "locations": [["location"], ["L"]]}


def workbook(path: Path, sheets: Sheets, fill: Callable[[Any], None] = lambda book: None) -> Path:
    """A workbook as other programs write it."""
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("#"):
                    sheet.write_formula(number, column, "=NA()", None, cell)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                else:
                    sheet.write(number, column, cell)
    fill(book)
    book.close()
    return path


def test_a_workbook_is_read_with_the_cells_that_people_make(tmp_path: Path) -> None:
    demand = [
        ["item", "location", "period", "customer", "quantity", "lost_after", "firm"],
        ["A", "L", dt.date(2026, 1, 5), 4711, "10.5", 2, True],
        [],
        ["A", "L", "2026-W03", "007", 3, "", "no"],
        ["A", "L", dt.datetime(2026, 1, 19, 8, 30), True, 0.1, None, 1],
    ]
    settings_sheet = [["name", "value"], ["start", dt.date(2026, 1, 5)], ["periods", 4]]
    stock = [["item", "location", "quantity"], ["A", "L", 5]]
    sheets = {**VALID, "demand": demand, "settings": settings_sheet, "stock": stock}
    network = read_dataset(workbook(tmp_path / "data.xlsx", sheets))
    assert network.settings.start == dt.date(2026, 1, 5)
    assert network.settings.periods == 4
    rows = network.table("demand")[["period", "customer", "quantity", "lost_after", "firm"]]
    assert rows.astype(object).to_numpy().tolist()[:2] == [
        [pd.Timestamp("2026-01-05"), "4711", 10.5, 2.0, True],
        [pd.Timestamp("2026-01-12"), "007", 3.0, pytest.approx(np.nan, nan_ok=True), False],
    ]
    assert rows.iloc[2, 0] == pd.Timestamp("2026-01-19")
    assert rows.iloc[2, 1] == "TRUE"


def test_a_row_of_a_sheet_is_counted_below_its_header_wherever_that_is(tmp_path: Path) -> None:
    stock = [[], [None], [None, "item", "location", "quantity"], [], [None, "A", "L", "many"]]
    path = workbook(tmp_path / "data.xlsx", {**VALID, "stock": stock})
    assert problems(path)[0].startswith("stock row 2 column quantity value 'many': is not a number")


def test_an_error_of_excel_is_not_taken_for_a_blank(tmp_path: Path) -> None:
    resources = [["resource", "location", "capacity"], ["R", "L", 5], ["S", "L", "#N/A"]]
    stock = [[], ["", "item", "location", "quantity"], ["", "A", "L", "#DIV/0!"]]
    path = workbook(tmp_path / "data.xlsx", {**VALID, "resources": resources, "stock": stock})
    assert [line.partition(";")[0] for line in problems(path)] == [
        "resources row 2 column capacity value '#N/A': is not a number",
        "stock row 1 column quantity value '#DIV/0!': is not a number",
    ]


def test_other_sheets_are_told_and_charts_and_empty_sheets_are_not(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=items!$A$1:$A$2"})
        book.add_chartsheet("Chart").set_chart(chart)
        book.add_worksheet("Sheet3")

    path = workbook(tmp_path / "data.xlsx", {**VALID, "Notes": [["to do"], ["all"]]}, fill)
    assert read_dataset(path).notices == ("not in the data contract, left aside: Notes",)


def test_a_sheet_whose_name_is_a_table_in_other_letters_is_a_problem(tmp_path: Path) -> None:
    sheets = {**VALID, "Scheduled Receipts": [["order_id"], ["1"]]}
    path = workbook(tmp_path / "data.xlsx", sheets)
    assert problems(path) == [
        "Scheduled Receipts: unknown table; did you mean scheduled_receipts? rename it"
    ]


def test_a_date_where_a_number_belongs_is_a_problem(tmp_path: Path) -> None:
    stock = [["item", "location", "quantity"], ["A", "L", dt.date(2026, 1, 5)]]
    path = workbook(tmp_path / "data.xlsx", {**VALID, "stock": stock})
    assert problems(path)[0].startswith(
        "stock row 1 column quantity value '2026-01-05': is not a number"
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"item\nA\n"])
def test_a_broken_workbook_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "data.xlsx"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"data.xlsx: is not a valid workbook .*; save it as .xlsx"):
        read_dataset(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" * 32_768, "items.description: text longer than 32767 characters"),
        ("\ufffe", "items.description: text with U\\+FFFE or U\\+FFFF"),
    ],
)
def test_what_a_workbook_cannot_hold_is_refused_not_cut(
    text: str, message: str, tmp_path: Path
) -> None:
    frames = {"items": pd.DataFrame({"item": ["A"], "description": [text]})}
    with pytest.raises(FileError, match=f"cannot hold {message}; write CSV or Parquet"):
        write_dataset(frames, tmp_path / "data.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_table_name_that_no_sheet_can_have_is_refused(tmp_path: Path) -> None:
    frames = {"a name of more than thirty-one letters": pd.DataFrame({"x": ["1"]})}
    with pytest.raises(FileError, match="cannot hold these tables"):
        write_dataset(frames, tmp_path / "data.xlsx")
    assert list(tmp_path.iterdir()) == []


# --- Parquet -----------------------------------------------------------------------------------


def parquet(path: Path, **tables: pd.DataFrame) -> Path:
    path.mkdir()
    frames = {"items": pd.DataFrame({"item": ["A", "B"]}),
              "locations": pd.DataFrame({"location": ["L"]}), **tables}  # fmt: skip
    for name, frame in frames.items():
        frame.to_parquet(path / f"{name}.parquet")
    return path


def test_typed_parquet_columns_are_read_by_what_they_hold(tmp_path: Path) -> None:
    demand = pd.DataFrame(
        {
            "item": pd.Categorical(["A", "A", "A"]),
            "location": [b"L", b"L", b"L"],
            "period": [dt.date(2026, 1, 5), dt.date(2026, 1, 12), dt.date(2026, 1, 19)],
            "customer": pd.array([2**53 + 1, None, 7], dtype="Int64"),
            "quantity": [decimal.Decimal("10.50"), decimal.Decimal("3"), decimal.Decimal("0.1")],
            "lost_after": pd.array([1, None, 3], dtype="Int64"),
            "unit_revenue": np.array([1, 2, 3], dtype="int16"),
            "firm": pd.array([True, None, False], dtype="boolean"),
        }
    )
    stock = pd.DataFrame(
        {
            "location": ["L"],
            "quantity": [5],
            "as_of": pd.to_datetime(["2026-01-05T13:45:00"]).astype("datetime64[ns]"),
        },
        index=pd.Index(["A"], name="item"),
    )
    network = read_dataset(parquet(tmp_path / "data", demand=demand, stock=stock))
    rows = network.table("demand")
    assert list(rows["period"]) == list(pd.to_datetime(["2026-01-05", "2026-01-12", "2026-01-19"]))
    assert list(rows["customer"]) == ["9007199254740993", "", "7"]
    assert list(rows["quantity"]) == [10.5, 3, 0.1]
    assert list(rows["lost_after"].fillna(-1)) == [1, -1, 3]
    assert list(rows["firm"]) == [True, True, False]
    assert network.table("stock")["as_of"][0] == pd.Timestamp("2026-01-05")


def test_times_with_a_zone_and_dates_beyond_the_calendar_are_problems(tmp_path: Path) -> None:
    zoned = pd.to_datetime(["2026-01-05T00:00+01:00"])
    far = pd.Series([np.datetime64("12026-01-05", "us")])
    stock = pd.DataFrame({"item": ["A"], "location": ["L"], "quantity": [1], "as_of": far})
    receipts = pd.DataFrame(
        {"order_id": ["1"], "item": ["A"], "location": ["L"], "quantity": [1], "due": zoned}
    )
    path = parquet(tmp_path / "data", stock=stock, scheduled_receipts=receipts)
    assert [line.partition(":00")[0].partition(" value")[0] for line in problems(path)] == [
        "stock row 1 column as_of",
        "scheduled_receipts row 1 column due",
    ]


@pytest.mark.parametrize("content", [b"", b"PAR1 torn", b"item\nA\n"])
def test_a_broken_parquet_file_is_a_problem_among_others(content: bytes, tmp_path: Path) -> None:
    path = written(tmp_path / "data", locations="location,latitude\nL,100\n")
    (path / "stock.parquet").write_bytes(content)
    assert problems(path) == [
        "stock: is not valid Parquet (ArrowInvalid); write it again",
        "locations row 1 column latitude value '100': is above 90; write a number from -90 to 90",
    ]


def test_a_sheet_of_mixed_cells_can_be_written_as_parquet(tmp_path: Path) -> None:
    notes = pd.DataFrame({"x": [1.0, "two", dt.date(2026, 1, 5), None]}, dtype=object)
    write_tables({"Notes": notes}, tmp_path / "data", "parquet")
    assert list(read_frames(tmp_path / "data")["Notes"]["x"]) == ["1", "two", "2026-01-05", ""]


# --- paths -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "does not exist; name a folder of CSV or Parquet files or an .xlsx"),
        (lambda path: path.write_text("item\n"), "is not a dataset; name a folder or an .xlsx"),
        (lambda path: path.mkdir(), "holds no CSV or Parquet file; name the folder with the tab"),
        (lambda path: path.symlink_to("nowhere"), "does not exist"),
    ],
    ids=["nothing", "a file", "an empty folder", "a dangling link"],
)
def test_what_is_no_dataset_is_refused(
    make: Callable[[Path], Any], message: str, tmp_path: Path
) -> None:
    make(tmp_path / "data.csv")
    with pytest.raises(FileError) as caught:
        read_dataset(tmp_path / "data.csv")
    assert str(caught.value).startswith(f"{tmp_path / 'data.csv'}: {message}")


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_path_that_no_file_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileError):
        read_dataset(tmp_path / name)


def test_a_folder_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(FileError, match=r"cannot be read \(Permission denied\); check the path"):
        read_dataset(tmp_path)


def test_files_that_cannot_be_read_are_told_with_the_other_problems(tmp_path: Path) -> None:
    path = written(tmp_path / "data", locations="location,latitude\nL,100\n")
    (path / "stock.csv").mkdir()
    (path / "bom.csv").symlink_to("nowhere")
    (path / "demand.xlsx").write_bytes(b"")
    (path / "lanes.csv").write_text("item,origin,destination\n")
    (path / "lanes.parquet").write_bytes(b"")
    assert problems(path) == [
        "demand: is not read from demand.xlsx; save it as CSV or Parquet",
        "bom: cannot be read from bom.csv (No such file or directory); check the file",
        "lanes: is given by lanes.csv and another file; keep one of .csv and .parquet",
        "lanes: is given by lanes.parquet and another file; keep one of .csv and .parquet",
        "stock: cannot be read from stock.csv (Is a directory); check the file",
        "locations row 1 column latitude value '100': is above 90; write a number from -90 to 90",
    ]


def test_hidden_files_folders_and_other_files_are_left_aside(tmp_path: Path) -> None:
    path = written(tmp_path / "data", visits="when\nnever\n")
    (path / "._items.csv").write_bytes(b"\x00\xff")
    (path / ".~lock.items.csv#").write_text("me")
    (path / "README.md").write_text("about")
    (path / "scenarios").mkdir()
    assert read_dataset(path).notices == ("not in the data contract, left aside: visits",)


def test_tables_can_be_had_together_with_the_problems_of_their_files(tmp_path: Path) -> None:
    path = written(tmp_path / "data", stock="item,location,quantity\nA,L\n", bom="")
    frames, found = read_tables(path)
    assert [str(problem).partition(";")[0] for problem in found] == [
        "bom: is empty, without a header",
        "stock row 1: has 2 cells, the header 3",
    ]
    assert sorted(frames) == ["items", "locations", "stock"]
    with pytest.raises(DataError):
        read_frames(path)


# --- whole or nothing --------------------------------------------------------------------------


def test_a_target_appears_whole_with_the_folders_above_it(tmp_path: Path) -> None:
    with whole_or_nothing(tmp_path / "a" / "b" / "out") as path:
        assert not (tmp_path / "a" / "b" / "out").exists()
        path.mkdir()
        (path / "x").write_text("1")
    assert [p.name for p in (tmp_path / "a" / "b").iterdir()] == ["out"]
    assert (tmp_path / "a" / "b" / "out" / "x").read_text() == "1"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_where_the_work_breaks_off(
    error: type[BaseException], tmp_path: Path
) -> None:
    def work(path: Path) -> None:
        path.mkdir()
        (path / "x").write_text("1")
        raise error

    with pytest.raises(error), whole_or_nothing(tmp_path / "a" / "b" / "out") as path:
        work(path)
    assert list(tmp_path.iterdir()) == []


def test_folders_that_were_there_before_stay_where_the_work_breaks_off(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine").write_text("1")
    with pytest.raises(ValueError, match="no"), whole_or_nothing(tmp_path / "a" / "b" / "out"):
        raise ValueError("no")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "make", [lambda p: p.write_text("1"), lambda p: (p / "x").mkdir(parents=True),
             lambda p: p.symlink_to("nowhere")], ids=["a file", "a full folder", "a link"]
)  # fmt: skip
def test_a_target_that_exists_is_not_touched(make: Callable[[Path], Any], tmp_path: Path) -> None:
    make(tmp_path / "out")
    with (
        pytest.raises(FileError, match="exists already; name a new path or remove it first"),
        whole_or_nothing(tmp_path / "out"),
    ):
        raise AssertionError("not reached")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_may_be_the_target(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with whole_or_nothing(tmp_path / "out") as path:
        path.write_text("1")
    assert (tmp_path / "out").read_text() == "1"


def test_a_target_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("1")
    with (
        pytest.raises(FileError, match=r"cannot be written \(.*\); choose another place"),
        whole_or_nothing(tmp_path / "file" / "out"),
    ):
        raise AssertionError("not reached")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
