"""Planning periods: weeks starting on Monday, days, or months, each named by its first date."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Bucket = Literal["day", "week", "month"]
PERIODS_A_YEAR: dict[Bucket, int] = {"day": 365, "week": 52, "month": 12}
_DAYS: dict[Bucket, int] = {"day": 1, "week": 7, "month": 0}
_ISO_WEEK = re.compile(r"^(\d{4})-?W(\d{1,2})$")


def parse_date(text: str) -> dt.date:
    """Parse an ISO date, ISO week (2026-W10: its Monday) or month (2026-03: its first day).

    A time of day is left aside. Raises ValueError where the text is none of these, or has a time
    zone: its date would depend on where it is read.
    """
    text = text.strip()
    if match := _ISO_WEEK.match(text):
        return dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
    if re.fullmatch(r"\d{4}-\d{2}", text):
        return dt.date.fromisoformat(f"{text}-01")
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError("has a time zone")
    return moment.date()


@dataclass(frozen=True)
class Calendar:
    """``periods`` periods of one ``bucket`` from ``start``, numbered 0 to periods - 1."""

    start: dt.date
    periods: int
    bucket: Bucket = "week"

    @cached_property
    def dates(self) -> pd.DatetimeIndex:
        """First dates of the periods."""
        return self.dates_of(np.arange(self.periods))

    def date(self, number: int) -> pd.Timestamp:
        """First date of period ``number``, which may lie outside the calendar."""
        return self.dates_of([number])[0]

    def dates_of(self, numbers: npt.ArrayLike) -> pd.DatetimeIndex:
        """First dates of an array of period numbers."""
        numbers = np.asarray(numbers, dtype=np.int64)
        if self.bucket == "month":
            months = np.datetime64(self.start, "M") + numbers
            return pd.DatetimeIndex(months.astype("datetime64[us]"))
        days = np.datetime64(self.start, "D") + numbers * _DAYS[self.bucket]
        return pd.DatetimeIndex(days.astype("datetime64[us]"))

    def index(self, dates: pd.Series | pd.DatetimeIndex) -> npt.NDArray[np.int64]:
        """Number of the period that contains each date; negative before the start.

        ``dates`` must not be blank.
        """
        values = np.asarray(dates, dtype="datetime64[D]")
        if self.bucket == "month":
            start = np.datetime64(self.start, "M").astype(np.int64)
            return np.asarray(values.astype("datetime64[M]").astype(np.int64) - start)
        days = (values - np.datetime64(self.start, "D")).astype(np.int64)
        return np.asarray(days // _DAYS[self.bucket])

    def number(self, date: dt.date) -> int:
        """Number of the period that contains ``date``."""
        return int(self.index(pd.DatetimeIndex([date]))[0])

    def label(self, number: int) -> str:
        """Name of a period for people: its first date, with the ISO week where it is one."""
        date = self.date(number)
        if self.bucket == "week":
            return f"{date:%Y-%m-%d} (W{date.isocalendar().week:02d})"
        return f"{date:%Y-%m}" if self.bucket == "month" else f"{date:%Y-%m-%d}"

    def first_date(self, date: dt.date) -> dt.date:
        """First date of the week from Monday, the month or the day that ``date`` lies in."""
        if self.bucket == "month":
            return date.replace(day=1)
        return date - dt.timedelta(days=date.weekday() if self.bucket == "week" else 0)
