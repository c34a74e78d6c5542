"""Excel workbooks with a sheet a table: exact, or refused where Excel would lose something."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from supplychain.cells import cell_text
from supplychain.errors import FileError
from supplychain.frames import ROW

_MOST_ROWS = 1_048_575
_LONGEST_TEXT = 32_767
_FIRST_DATE = pd.Timestamp("1900-03-01")  # Excel counts a 29th of February 1900
_NO_CHARACTERS = "[\ufffe\uffff]"
_REMEDY = "write CSV or Parquet"
_ERROR_CELL = re.compile(
    rb'<c r="([A-Z]+)(\d+)"[^>]*\st="e"[^>]*>(?:<f[^>]*/>|<f[^>]*>.*?</f>)?<v>([^<]*)</v>',
    re.DOTALL,
)
_SHEETS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_workbook(path: Path) -> dict[str, pd.DataFrame]:
    """Read every sheet of the workbook at ``path``, cells unchecked, rows numbered in the index.

    The first row that is not empty names the columns; empty rows are left out. A cell that holds
    an error of Excel is read as its text, such as #N/A. Raises FileError.
    """
    try:
        sheets = _read_sheets(path)
    except Exception as error:  # the library raises its own kinds for each defect of a file
        raise FileError(path, f"is not a valid workbook ({error})", "save it as .xlsx") from None
    return {name: _frame(rows) for name, rows in sheets.items() if rows}


def _read_sheets(path: Path) -> dict[str, list[list[Any]]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    workbook = CalamineWorkbook.from_path(path)
    names = [
        sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet
    ]
    sheets = {name: workbook.get_sheet_by_name(name) for name in names}
    rows = {name: sheet.to_python() for name, sheet in sheets.items()}
    for name, row, column, text in _error_cells(path):
        first_row, first_column = sheets[name].start or (0, 0)
        rows[name][row - first_row][column - first_column] = text
    return rows


def _frame(rows: list[list[Any]]) -> pd.DataFrame:
    filled = [number for number, row in enumerate(rows) if number and any(c != "" for c in row)]
    return pd.DataFrame(
        [rows[number] for number in filled],
        index=pd.Index(filled, name=ROW, dtype="int64"),
        columns=[cell_text(cell) for cell in rows[0]],
        dtype=object,
    )


def _error_cells(path: Path) -> Iterator[tuple[str, int, int, str]]:
    """Sheet, row, column (from 0) and text of each error cell: the reader takes them for blank."""
    with zipfile.ZipFile(path) as parts:
        held = {name: parts.read(name) for name in parts.namelist() if "/worksheets/" in name}
        held = {name: content for name, content in held.items() if b't="e"' in content}
        names = sheet_names(parts) if held else {}
    for part, content in held.items():
        for column, row, text in _ERROR_CELL.findall(content):
            yield names[part], int(row) - 1, _column_number(column.decode()), text.decode()


def sheet_names(parts: zipfile.ZipFile) -> dict[str, str]:
    """Name of the sheet in each part of the file."""
    relations = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): str(relation.get("Target")) for relation in relations}
    sheets = ElementTree.fromstring(parts.read("xl/workbook.xml")).iter(_SHEETS)
    names = {}
    for sheet in sheets:
        target = targets[sheet.get(_RELATION)]
        part = target[1:] if target.startswith("/") else f"xl/{target}"
        names[part] = str(sheet.get("name"))
    return names


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def write_workbook(frames: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write ``frames`` to the workbook ``path``, so that reading gives back the same values.

    Raises FileError where a sheet cannot hold a table.
    """
    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.exceptions import XlsxWriterException  # type: ignore[import-untyped]

    for name, frame in frames.items():
        _check_fit(path, name, frame)
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    try:
        with Workbook(path, options) as book:
            dates = book.add_format({"num_format": "yyyy-mm-dd"})
            for name, frame in frames.items():
                sheet = book.add_worksheet(name, _exact_sheet())
                sheet.freeze_panes(1, 0)
                for column, label in enumerate(frame.columns):
                    sheet.write_string(0, column, str(label))
                    for row, value in enumerate(frame.iloc[:, column].tolist(), 1):
                        _write_cell(sheet, row, column, value, dates)
    except XlsxWriterException as error:
        raise FileError(path, f"cannot hold these tables ({error})", _REMEDY) from None


def _check_fit(path: Path, name: str, frame: pd.DataFrame) -> None:
    if len(frame) > _MOST_ROWS:
        raise FileError(path, f"cannot hold {name}: more rows than a sheet has", _REMEDY)
    for column in frame.columns[frame.dtypes.map(pd.api.types.is_string_dtype)]:
        text = frame[column].astype("str")
        if (text.str.len() > _LONGEST_TEXT).any():
            message = f"cannot hold {name}.{column}: text longer than {_LONGEST_TEXT} characters"
            raise FileError(path, message, _REMEDY)
        if text.str.contains(_NO_CHARACTERS).any():
            message = f"cannot hold {name}.{column}: text with U+FFFE or U+FFFF"
            raise FileError(path, message, _REMEDY)


def _write_cell(sheet: Any, row: int, column: int, value: Any, dates: Any) -> None:
    text = cell_text(value)
    if text == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, pd.Timestamp) and value >= _FIRST_DATE:
        sheet.write_datetime(row, column, value.to_pydatetime(), dates)
    elif isinstance(value, int | float) and abs(value) < float("inf"):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, text)


def _exact_sheet() -> type[Any]:
    """A worksheet that keeps numbers exact: xlsxwriter's own writes 16 digits, a float has 17."""
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

    class ExactSheet(Worksheet):  # type: ignore[misc]
        def _xml_number_element(self, number: float, attributes: Any = ()) -> None:
            given = "".join(f' {key}="{value}"' for key, value in attributes)
            self.fh.write(f"<c{given}><v>{float(number)!r}</v></c>")

    return ExactSheet
