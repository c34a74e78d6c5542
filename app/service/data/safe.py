"""Texts that no database, terminal or page should be given: what is wrong with each cell."""

from __future__ import annotations

import re

import pandas as pd

from app.store.contract import row_keys
from supplychain.cells import Mask, row_problems
from supplychain.errors import Problem
from supplychain.schema import TABLES

LONGEST_TEXT = 10_000  # characters of a cell
_LONGEST_KEY = 2_000  # bytes: what an index of PostgreSQL can hold, with room for the dataset
_NOT_TEXT = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RULES = (
    (_NOT_TEXT, "holds a character that is no text (NUL, a half of a pair)", "remove it"),
    (_TURNS, "holds a character that turns the direction of text", "remove it"),
)


def unsafe_cells(table: str, rows: pd.DataFrame) -> list[Problem]:
    """What is wrong with the texts of ``rows``, a typed frame of ``table``."""
    problems = []
    for column in TABLES[table].columns:
        if column.type == "text":
            cells = rows[column.name]
            for pattern, message, remedy in _RULES:
                wrong = cells.map(lambda cell, rule=pattern: rule.search(cell) is not None)
                problems += row_problems(table, rows, wrong, column.name, message, remedy)
            problems += row_problems(
                table, rows, cells.str.len() > LONGEST_TEXT, column.name,
                f"is longer than {LONGEST_TEXT:,} characters", "shorten it",
            )  # fmt: skip
    return problems + _long_keys(table, rows)


def _long_keys(table: str, rows: pd.DataFrame) -> list[Problem]:
    keys = row_keys(table, rows)
    wrong: Mask = keys.map(lambda key: len(key.encode(errors="replace")) > _LONGEST_KEY).to_numpy(
        dtype=bool
    )
    message, remedy = f"has a key longer than {_LONGEST_KEY:,} bytes", "shorten its names"
    return row_problems(table, rows, wrong, TABLES[table].key[0], message, remedy)
