"""Workbooks from strangers: looked through before a reader makes cells of them.

The reader makes a full grid of a sheet, so that one cell in the last corner would take hundreds of
gigabytes; it gives a formula's last result for a value, and the first of merged cells alone.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from app.service.data.archives import open_archive, unpacked
from app.service.faults import TooLarge, Unreadable
from supplychain.errors import InputError, Problem
from supplychain.workbooks import sheet_names

MOST_SHEETS = 100
_XML = (".xml", ".rels")
_TOLD = 20  # formulas and merges of a sheet that are listed
_PLACE = re.compile(r"([A-Z]{1,9})([0-9]{1,9})")
_FORMULA = ("is a formula", "save the workbook with values: copy, paste special, values")
_MERGE = ("begins a merge of cells", "unmerge them and write each cell")


def check_workbook(content: bytes, unpacked_limit: int, cell_limit: int) -> None:
    """Refuse a workbook that would take too much memory or whose cells are not what they show.

    Raises Unreadable, TooLarge, or InputError with the formulas and merged cells of its sheets.
    """
    problems: list[Problem] = []
    cells = 0
    with open_archive(content, unpacked_limit) as archive:
        names = _names(archive)
        for part in archive.infolist():
            name = names.get(part.filename, part.filename)
            found = _look(unpacked(content, part), part.filename.endswith(_XML))
            cells += found.area
            _check_cells(name, found, cells, cell_limit)
            if part.filename in names or "/worksheets/" in part.filename:
                problems += found.problems(name)
    if problems:
        raise InputError(problems)


def _names(archive: zipfile.ZipFile) -> dict[str, str]:
    """The name of the sheet in each part."""
    try:
        names = sheet_names(archive)
    except (KeyError, ValueError, OSError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise _unreadable(str(error)) from None
    if not set(names) <= set(archive.namelist()):
        raise _unreadable("a sheet is missing")
    if len(names) > MOST_SHEETS:
        raise TooLarge(f"the workbook has {len(names):,} sheets", f"at most {MOST_SHEETS}")
    return names


def _look(pieces: Iterable[bytes], is_xml: bool) -> _Sheet:
    """Go through a part to its end; pictures and the like only count by their size."""
    found = _Sheet()
    parser = expat.ParserCreate()
    parser.StartElementHandler = found.start
    parser.StartDoctypeDeclHandler = _refuse_definitions
    try:
        for piece in pieces:
            if is_xml:
                parser.Parse(piece)
        if is_xml:
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise _unreadable(expat.ErrorString(error.code)) from None
    return found


def _refuse_definitions(*_: object) -> None:
    raise _unreadable("it defines entities")


def _unreadable(reason: str) -> Unreadable:
    return Unreadable(f"is not a valid workbook ({reason})", "save it as .xlsx")


def _check_cells(name: str, found: _Sheet, cells: int, limit: int) -> None:
    if cells > limit:
        message = f"{name} reaches to row {found.rows:,}, column {found.columns:,}"
        remedy = f"clear what is not needed: at most {limit:,} cells, blank ones within included"
        raise TooLarge(message, remedy)


@dataclass
class _Sheet:
    """What a look through one part found; ``row`` and ``column`` are where it stands."""

    row: int = 0
    column: int = 0
    rows: int = 0
    columns: int = 0
    places: list[tuple[int, int, tuple[str, str]]] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note an element; rows and cells without a place follow the one before."""
        element = name.rpartition(":")[2]
        if element == "row":
            self.row, self.column = _row(attributes.get("r"), self.row + 1), 0
        elif element == "c":
            place = attributes.get("r")
            self.column, self.row = _cell(place) if place else (self.column + 1, self.row)
            self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)
        elif element == "f":
            self._note(self.column, self.row, _FORMULA)
        elif element == "mergeCell":
            self._note(*_cell(attributes.get("ref", "").partition(":")[0]), _MERGE)

    def _note(self, column: int, row: int, what: tuple[str, str]) -> None:
        if len(self.places) < _TOLD:
            self.places.append((column, row, what))

    @property
    def area(self) -> int:
        """Cells of the grid that the reader would make."""
        return self.rows * self.columns

    def problems(self, name: str) -> list[Problem]:
        """The formulas and merged cells of the sheet called ``name``."""
        return [Problem(name, message, remedy, max(row - 1, 0), value=f"column {column}")
                for column, row, (message, remedy) in self.places]  # fmt: skip


def _row(number: str | None, following: int) -> int:
    if number is None:
        return following
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise _unreadable("a row has no number")
    return int(number)


def _cell(place: str) -> tuple[int, int]:
    """Column and row of a place such as B7."""
    match = _PLACE.fullmatch(place)
    if match is None:
        raise _unreadable("a cell has no place")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column, int(match[2])
