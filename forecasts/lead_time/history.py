"""What was known of past orders at a date, as arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.lead_time.options import KEY, LeadTimeOptions
from supplychain.errors import DataError, Problem

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SHORTEST = 0.5  # days; what comes on the day of its order enters logarithms as this


@dataclass(frozen=True)
class History:
    """Orders placed up to a date, one row each; all times in days.

    ``days``: order to receipt, or, of an open order, its age; ``received``: which of the two.
    ``age``: order to the date. ``promise``: order to promised receipt, NaN without a promise.
    ``trust``: weight by which a change of regime leaves the row; ``borrowing``: the most
    strength with which the row's option borrows from others. ``keys``: what options are alike by.
    """

    keys: pd.DataFrame
    days: Floats
    received: Mask
    age: Floats
    promise: Floats
    trust: Floats
    borrowing: Floats

    def __len__(self) -> int:
        return len(self.days)

    @property
    def log_days(self) -> Floats:
        """Logarithm of ``days``."""
        return np.log(np.maximum(self.days, SHORTEST))

    def weights(self, half_life: float) -> Floats:
        """Weight of each row when a row ``half_life`` days older than the youngest counts half."""
        return np.asarray(self.trust * 0.5 ** ((self.age - self.age.min()) / half_life))

    def take(self, rows: Mask) -> History:
        """The history of some rows."""
        return History(
            self.keys.loc[rows].reset_index(drop=True), self.days[rows], self.received[rows],
            self.age[rows], self.promise[rows], self.trust[rows], self.borrowing[rows],
        )  # fmt: skip

    def rewound(self, back: float) -> History:
        """What was known ``back`` days earlier, with no change of regime found."""
        then = self.take(self.age >= back)
        age = then.age - back
        received = then.received & (then.days <= age)
        days = np.where(received, then.days, age)
        return History(then.keys, days, received, age, then.promise, *_steady(len(age)))

    def following(self, back: float, horizon: float) -> History:
        """Orders placed within ``horizon`` days from ``back`` days ago, as known by now."""
        return self.take((self.age < back) & (self.age >= back - horizon))

    @property
    def span(self) -> float:
        """Days from the first order to the date."""
        return float(self.age.max(initial=0.0))


def days_between(earlier: pd.Series, later: pd.Series) -> Floats:
    """Whole days between dates; NaN where one of them is blank."""
    days = (later - earlier).dt.days.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(days, dtype=np.float64)


def group_numbers(keys: pd.DataFrame, names: Sequence[str]) -> Ints:
    """Number of the group of each row by the columns ``names``, from 0 in order of appearance."""
    number = keys.groupby(list(names), sort=False).ngroup()
    return np.asarray(number, dtype=np.int64)


def group_sums(groups: Ints, weights: Floats, count: int) -> Floats:
    """Sum of the weights of each of ``count`` groups."""
    return np.asarray(np.bincount(groups, weights, count), dtype=np.float64)


def known_history(receipts: pd.DataFrame, as_of: dt.date, options: LeadTimeOptions) -> History:
    """What ``receipts`` (checked) tell at the end of the day ``as_of``.

    Orders placed later are left out, receipts of later count as open; a promise is known from the
    order on. Raises DataError where no order is known.
    """
    moment = pd.Timestamp(as_of)
    known = receipts.loc[receipts["ordered_on"] <= moment].reset_index(drop=True)
    if known.empty:
        message = f"holds no order placed up to {as_of:%Y-%m-%d}"
        remedy = "choose a later as-of date or give older orders"
        raise DataError([Problem("receipt_history", message, remedy)])
    ordered, arrived = known["ordered_on"], known["received_on"]
    age = days_between(ordered, pd.Series(moment, index=known.index))
    received = (arrived <= moment).to_numpy()
    days = np.where(received, days_between(ordered, arrived), age)
    promise = days_between(ordered, known["promised_on"])
    keys = key_frame(known, options)
    return History(keys, days, received, age, promise, *_steady(len(known)))


def _steady(count: int) -> tuple[Floats, Floats]:
    """Trust and borrowing where no regime has changed."""
    return np.ones(count), np.full(count, np.inf)


def key_frame(frame: pd.DataFrame, options: LeadTimeOptions) -> pd.DataFrame:
    """The columns of ``frame`` that options are told apart or compared by; absent ones are "" ."""
    names = [*KEY, *(name for name in options.attributes if name in frame)]
    return pd.DataFrame(
        {n: frame[n].to_numpy() if n in frame else "" for n in names}, index=range(len(frame))
    ).astype("str")
