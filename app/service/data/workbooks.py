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

from app.service.data.archives import open_archive, unpacked
from app.service.faults import TooLarge, Unreadable
from supplychain.errors import InputError, Problem
from supplychain.workbooks import sheet_names

MOST_SHEETS = 100
_XML = (".xml", ".rels")
_TOLD = 20  # formulas of a sheet that are listed
_OVERLAP = 1_000  # bytes that are looked at twice, so that nothing is missed between two pieces
_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?:[^>]{0,300}?\s)?r=[\"']([A-Z]{1,9})(\d{1,9})[\"']"
    rb"([^>]{0,300}>\s{0,9}<(?:\w+:)?f[\s/>])?"
)
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ANY_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]{0,300}?ref=[\"']([A-Z]{1,9})(\d{1,9}):")
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)|\x00")
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
        raise Unreadable(f"is not a valid workbook ({error})", "save it as .xlsx") from None
    if not set(names) <= set(archive.namelist()):
        raise Unreadable("is not a valid workbook (a sheet is missing)", "save it as .xlsx")
    if len(names) > MOST_SHEETS:
        raise TooLarge(f"the workbook has {len(names):,} sheets", f"at most {MOST_SHEETS}")
    return names


def _look(pieces: Iterable[bytes], is_xml: bool) -> _Sheet:
    """Go through a part to its end; pictures and the like only count by their size."""
    found, end = _Sheet(), b""
    for piece in pieces:
        if is_xml:
            found.look(end + piece)
            end = (end + piece)[-_OVERLAP:]
    return found


def _check_cells(name: str, found: _Sheet, cells: int, limit: int) -> None:
    if cells > limit:
        message = f"{name} reaches to row {found.rows:,}, column {found.columns:,}"
        remedy = f"clear what is not needed: at most {limit:,} cells, blank ones within included"
        raise TooLarge(message, remedy)


@dataclass
class _Sheet:
    """What a look through one part found."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    formulas: int = 0
    places: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)

    def look(self, content: bytes) -> None:
        """Note what ``content`` holds, of which the begin may have been seen already."""
        if _FORBIDDEN.search(content):
            raise Unreadable("is not a valid workbook (it defines entities)", "save it as .xlsx")
        self.cells += len(_ANY_CELL.findall(content))
        self.formulas += len(_ANY_FORMULA.findall(content))
        for match in _CELL.finditer(content):
            self.rows = max(self.rows, int(match[2]))
            self.columns = max(self.columns, _number(match[1]))
            if match[3]:
                self._note(match, _FORMULA)
        for match in _MERGED.finditer(content):
            self._note(match, _MERGE)

    def _note(self, match: re.Match[bytes], what: tuple[str, str]) -> None:
        if len(self.places) < _TOLD:
            self.places[match[1].decode(), int(match[2])] = what

    @property
    def area(self) -> int:
        """Cells of the grid that the reader would make."""
        return max(self.rows * self.columns, self.cells)

    def problems(self, name: str) -> list[Problem]:
        """The formulas and merged cells of the sheet called ``name``."""
        found = [Problem(name, message, remedy, max(row - 1, 0), value=f"cell {column}{row}")
                 for (column, row), (message, remedy) in self.places.items()]  # fmt: skip
        if self.formulas and not found:
            found.append(Problem(name, "holds a formula", _FORMULA[1]))
        return found


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
