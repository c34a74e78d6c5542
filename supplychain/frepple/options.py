"""Options and result of an import."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from supplychain.errors import InputError, Problem

HOURS: dict[Literal["day", "week"], float] = {"day": 24.0, "week": 168.0}


@dataclass(frozen=True)
class FreppleOptions:
    """How to read a frePPLe dump.

    bucket: length of a period. start: first period (the one that contains this date); None: the
    parameter ``currentdate`` if it is a date, else the earliest open demand or order. periods:
    None: to the last open demand, plus the longest lead time and some slack. revenue_factor:
    unit_revenue is this many times the item's cost, for frePPLe knows no price. backorder_rate:
    cost of a unit waiting one week, as a share of its revenue (a seventh of it a day). currency:
    None: the parameter ``currency``. unsupplied: what happens to item-locations which the demand
    needs and nothing replenishes: ``stand-in`` buys them from an ``Unknown supplier``, which is
    what frePPLe does; ``leave out`` drops the demand; None: what the dump's parameter
    ``plan.fixBrokenSupplyPath`` says, which is true where it is missing.
    """

    bucket: Literal["day", "week"] = "week"
    start: dt.date | None = None
    periods: int | None = None
    revenue_factor: float = 2.0
    backorder_rate: float = 0.01
    currency: str | None = None
    unsupplied: Literal["stand-in", "leave out"] | None = None

    def __post_init__(self) -> None:
        """Raise InputError for values that make no sense."""
        wrong = [
            (self.bucket not in HOURS, "bucket", "is not day or week", "write day or week"),
            (
                self.periods is not None and not 1 <= self.periods <= 1000,
                "periods",
                "is not between 1 and 1000",
                "write a number from 1 to 1000",
            ),
            (
                not self.revenue_factor >= 0,
                "revenue_factor",
                "is negative",
                "write a number from 0 up",
            ),
            (
                not self.backorder_rate >= 0,
                "backorder_rate",
                "is negative",
                "write a number from 0 up",
            ),
        ]
        problems = [
            Problem("options", message, remedy, column=name, value=str(getattr(self, name)))
            for is_wrong, name, message, remedy in wrong
            if is_wrong
        ]
        if problems:
            raise InputError(problems)


@dataclass(frozen=True)
class FreppleImport:
    """Tables of the data contract by name, and one line for all that has no counterpart."""

    frames: dict[str, pd.DataFrame]
    notes: tuple[str, ...]
