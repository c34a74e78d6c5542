"""Datasets on disk: what is read, what is refused, and that nothing is lost on the way out."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from supplychain.errors import DataError, FileError
from supplychain.files import (
    read_dataset,
    read_frames,
    read_tables,
    whole_or_nothing,
    write_tables,
)


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


_ODD = "\r\n\0\x0b\x1c\x85\u2028\"'_x0041_,;\t \x1bä\ufeff="
_TEXT = st.text(st.characters(exclude_characters="\ufffe\uffff", exclude_categories=["Cs"]))
_NUMBER = st.floats(-1e15, 1e15, allow_nan=False) | st.integers(-(10**15), 10**15).map(float)
_DATE = st.dates() | st.none()


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


# --- Excel -------------------------------------------------------------------------------------


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
    assert "not in the data contract, left aside: visits" in read_dataset(path).notices


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
