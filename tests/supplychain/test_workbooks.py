"""Excel workbooks: cells as people make them, errors that are no blanks, limits of a sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from supplychain.errors import DataError, FileError
from supplychain.files import (
    read_dataset,
    write_dataset,
)

Sheets = dict[str, list[list[Any]]]
VALID: Sheets = {"items": [["item"], ["A"], ["B"]], "locations": [["location"], ["L"]]}


def problems(path: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_dataset(path)
    return [str(problem) for problem in caught.value.problems]


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
    assert "not in the data contract, left aside: Notes" in read_dataset(path).notices


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
