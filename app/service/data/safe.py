"""Texts that no database, terminal or page should be given: what is wrong with each cell."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from app.store.contract import row_keys
from supplychain.cells import row_problems
from supplychain.errors import Problem
from supplychain.schema import TABLES

LONGEST_TEXT = 10_000  # characters of a cell
_LONGEST_KEY = 500  # characters: an index of PostgreSQL holds 2,700 bytes, the dataset included
_NOT_TEXT = re.compile("[\x00\ufffe\uffff]")
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RULES: tuple[tuple[Callable[[str], object], str, str], ...] = (
    (_NOT_TEXT.search, "holds a character that is no text, such as NUL", "remove it"),
    (_TURNS.search, "holds a character that turns the direction of text", "remove it"),
    (lambda cell: len(cell) > LONGEST_TEXT, f"is longer than {LONGEST_TEXT:,} characters",
     "shorten it"),
)  # fmt: skip


def unsafe_cells(table: str, rows: pd.DataFrame) -> list[Problem]:
    """What is wrong with the texts of ``rows``, a typed frame of ``table``."""
    problems = []
    for column in TABLES[table].columns:
        if column.type == "text":
            cells = rows[column.name]
            distinct = cells.unique().tolist()  # names repeat: look at each of them once
            for is_wrong, message, remedy in _RULES:
                wrong = [cell for cell in distinct if is_wrong(cell)]
                if wrong:
                    problems += row_problems(
                        table, rows, cells.isin(wrong), column.name, message, remedy
                    )
    return problems + _long_keys(table, rows)


def _long_keys(table: str, rows: pd.DataFrame) -> list[Problem]:
    wrong = row_keys(table, rows).str.len() > _LONGEST_KEY
    message, remedy = f"has a key longer than {_LONGEST_KEY} characters", "shorten its names"
    return row_problems(table, rows, wrong, TABLES[table].key[0], message, remedy)
