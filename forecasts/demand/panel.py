"""Demand histories side by side: one row a series, one column a period, gaps as NaN."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.demand.censoring import uncensored
from forecasts.quantiles import Floats
from supplychain.calendar import Bucket, Calendar

KEY = ["item", "location"]
SEASONS: dict[Bucket, int] = {"month": 12, "week": 52, "day": 7}
_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Panel:
    """Histories of many series on one calendar.

    ``keys`` has the columns item and location, a row a series. ``values`` is series x periods:
    units of demand, never negative; NaN where nothing is known: a missing row, or a period before
    the first one of a series. ``bounds`` has what was sold in periods in which a stock-out hid the
    demand, NaN elsewhere; the values there are what the others say of them. ``groups`` names for
    every series the group of alike ones that a launch borrows from. ``granules`` has for every
    series the unit that all its quantities are multiples of, 0 where they have none.
    """

    keys: pd.DataFrame
    values: Floats
    calendar: Calendar
    groups: npt.NDArray[np.object_]
    bounds: Floats
    granules: Floats

    @classmethod
    def of(
        cls, keys: pd.DataFrame, values: Floats, calendar: Calendar,
        groups: npt.NDArray[np.object_] | None = None, bounds: Floats | None = None,
    ) -> Panel:  # fmt: skip
        """A panel of what is known; without ``groups`` all series are alike.

        Cells with a bound are filled by what the others say.
        """
        if groups is None:
            groups = np.full(len(values), "", dtype=object)
        bounds = np.full(values.shape, np.nan) if bounds is None else bounds
        values = uncensored(values, bounds)
        return cls(keys, values, calendar, groups, bounds, granules_of(values))

    @property
    def series(self) -> int:
        """Number of series."""
        return len(self.values)

    @property
    def periods(self) -> int:
        """Number of periods of history."""
        return int(self.values.shape[1])

    @property
    def season(self) -> int:
        """Periods of the natural season: a year of months or weeks, a week of days."""
        return SEASONS[self.calendar.bucket]

    def until(self, periods: int) -> Panel:
        """The panel as it was known after its first ``periods`` periods."""
        calendar = replace(self.calendar, periods=periods)
        return Panel.of(self.keys, self.values[:, :periods], calendar, self.groups,
                        self.bounds[:, :periods])  # fmt: skip

    def outcomes(self, start: int, periods: int) -> Floats:
        """What was seen in so many periods from number ``start`` on; NaN where it was hidden."""
        cells = np.s_[:, start : start + periods]
        return np.where(np.isnan(self.bounds[cells]), self.values[cells], np.nan)

    def part(self, rows: npt.NDArray[np.int64]) -> Panel:
        """The panel of some of its series."""
        keys = self.keys.iloc[rows].reset_index(drop=True)
        return replace(self, keys=keys, values=self.values[rows], groups=self.groups[rows],
                       bounds=self.bounds[rows], granules=self.granules[rows])  # fmt: skip


def granules_of(values: Floats) -> Floats:
    """The granule of every series: that of all, if there is one, else its own.

    Own granules want two different quantities, zero included: one is a multiple of itself.
    """
    common = granule_of(values)
    if common > 0.0:
        return np.full(len(values), common)
    return np.array([granule_of(row) if len(np.unique(row[~np.isnan(row)])) > 1 else 0.0
                     for row in values])  # fmt: skip


def granule_of(values: Floats) -> float:
    """The unit that all positive values are multiples of; 0 where they have none."""
    known = np.unique(values[values > 0.0])
    if not len(known):
        return 0.0
    if _are_whole(known / known[0]):
        return float(known[0])
    whole = _are_whole(known) and known[-1] < 2**53
    return float(np.gcd.reduce(known.astype(np.int64))) if whole else 0.0


def _are_whole(values: Floats) -> bool:
    return bool((np.abs(values - np.round(values)) <= _TOLERANCE * np.maximum(values, 1.0)).all())


def masked_mean(values: Floats, otherwise: Floats | float = 0.0, axis: int = 1) -> Floats:
    """Mean over the known values along an axis; ``otherwise`` where there are none."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), otherwise)
