"""Rows of random tables, drawn one by one."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd
from hypothesis import strategies as st

from supplychain.calendar import Calendar, parse_date
from tests.support import START

_T = TypeVar("_T")
BLANK = ""


class Sketch:
    """Draws values and collects rows of tables; dates are numbers of periods until the end."""

    def __init__(self, draw: st.DrawFn, receipts_may_wait: bool) -> None:
        self.draw = draw
        self.receipts_may_wait = receipts_may_wait
        self.periods = self.between(3, 6)
        self.calendar = Calendar(parse_date(START), self.periods)
        self.rows: dict[str, list[dict[str, object]]] = {}
        self.components: dict[str, list[str]] = {}

    def between(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def pick(self, *choices: _T) -> _T:
        return self.draw(st.sampled_from(choices))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(1, 100)) > 100 - percent

    def some(self, percent: int, value: _T) -> _T | str:
        return value if self.chance(percent) else BLANK

    def date(self, low: int, high: int) -> str:
        return f"{self.calendar.date(self.between(low, high)):%Y-%m-%d}"

    def capacity(self) -> object:
        return self.pick(BLANK, 0, 3, 5, 7.5, 10, 14)

    def add(self, table: str, **cells: object) -> None:
        self.rows.setdefault(table, []).append(cells)

    def frames(self) -> dict[str, pd.DataFrame]:
        return {name: pd.DataFrame(rows, dtype=object).fillna(BLANK).astype("str")
                for name, rows in self.rows.items()}  # fmt: skip
