"""What is written is read back the same: every table, every format, odd names and numbers."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from supplychain.files import (
    Format,
    read_dataset,
    read_frames,
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
        =1+1,null,,0,500.1,,,1,5,10,true,0001-01-01,9999-12-31
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
        TRUE,*,nan,sea,3,2,0.1,10,5,,G,0.5,1,2025-12-29,,,0.1,1,9999-12-31
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
@settings(deadline=None, max_examples=20)
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
