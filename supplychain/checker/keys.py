"""Rows of a table numbered from 0 and found again by their key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from supplychain.calendar import Calendar
from supplychain.checker.report import BoolArray, FloatArray, IntArray
from supplychain.schema import KEY_SEPARATOR

NEVER = -(10**9)
"""Period number of a blank date."""
UNKNOWN = -1


class Keys:
    """Unique keys, numbered in the order of ``frame``."""

    def __init__(self, frame: pd.DataFrame, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self.frame = frame[self.columns].reset_index(drop=True)

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def _number(self) -> dict[tuple[Any, ...], int]:
        return {key: number for number, key in enumerate(_tuples(self.frame, self.columns))}

    def find(self, frame: pd.DataFrame, columns: Sequence[str] | None = None) -> IntArray:
        """Number of the key in each row of ``frame``, UNKNOWN (-1) where there is none."""
        if not len(self) or not len(frame):
            return np.full(len(frame), UNKNOWN)
        wanted = _tuples(frame, columns or self.columns)
        found = (self._number.get(key, UNKNOWN) for key in wanted)
        return np.fromiter(found, np.int64, len(frame))

    def joined(self) -> pd.DataFrame:
        """The keys as one text column ``owner``, joined by ``|``."""
        text = pd.Series("", index=self.frame.index, dtype="str")
        for number, column in enumerate(self.columns):
            text = text + (KEY_SEPARATOR if number else "") + self.frame[column]
        return pd.DataFrame({"owner": text})


def _tuples(frame: pd.DataFrame, columns: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    return zip(*(frame[name].tolist() for name in columns), strict=True)


def numbers_of(calendar: Calendar, dates: pd.Series, blank: int = NEVER) -> IntArray:
    """Period numbers of ``dates``, ``blank`` where there is none."""
    missing = dates.isna().to_numpy()
    filled = dates.fillna(pd.Timestamp(calendar.start))
    return np.where(missing, blank, calendar.index(filled))


def scatter(
    shape: tuple[int, int], rows: IntArray, periods: IntArray, amounts: FloatArray
) -> FloatArray:
    """Sum of ``amounts`` at (row, period); what lies outside of the matrix is left out."""
    total = np.zeros(shape)
    inside = within(rows, shape[0]) & within(periods, shape[1])
    np.add.at(total, (rows[inside], periods[inside]), amounts[inside])
    return total


def within(numbers: IntArray, count: int) -> BoolArray:
    """Which ``numbers`` are in 0 .. count - 1."""
    return np.asarray((numbers >= 0) & (numbers < count))


def tally(rows: IntArray, amounts: FloatArray, count: int) -> FloatArray:
    """Sum of ``amounts`` by row number 0 .. count - 1; float also where there are none."""
    return np.bincount(rows, amounts, count).astype(np.float64)
