"""From a table of past demand to a panel: what is checked, summed into periods, and mended.

What becomes of odd entries: negative quantities are returns and count as no demand; a blank
quantity is missing like a missing row; a stock-out (``in_stock`` false) hides demand, so its
quantity is missing too, unless it is above the median before it: so much was wanted at least.
Errors, all told at once: quantities or dates that cannot be read or are infinite, rows without
item or period, a key given twice, dates with a time zone, dates that fit no frequency.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd

from forecasts.demand.panel import KEY, Panel
from forecasts.quantiles import Floats
from supplychain.calendar import Bucket, Calendar
from supplychain.errors import DataError, Problem
from supplychain.frames import typed_frame
from supplychain.schema import TABLES, Table

_ORDER: dict[Bucket, int] = {"day": 0, "week": 1, "month": 2}
_MOST_PERIODS = 20_000
_REMEDY = "name the bucket to sum it into: --frequency day, week or month"


def history_table() -> Table:
    """The table that a history file holds: demand_history, location and quantity optional."""
    declared = TABLES["demand_history"]
    optional = tuple(
        replace(column, type="date", references="") if column.name == "period"
        else replace(column, required=column.name == "item", references="")
        for column in declared.columns
    )  # fmt: skip
    return replace(declared, columns=optional)


def read_history(raw: pd.DataFrame) -> pd.DataFrame:
    """A checked history from a raw frame of ``item, location, period, quantity, in_stock``.

    Location and in_stock may be absent. Raises DataError with every problem.
    """
    frame, problems = typed_frame(history_table(), raw)
    if "quantity" not in raw:
        problems.append(Problem("demand_history", "required column is missing", "add the column",
                                column="quantity"))  # fmt: skip
    if not len(frame) and not problems:
        problems.append(Problem("demand_history", "has no rows", "give the past demand"))
    if problems:
        raise DataError(problems)
    return frame[[*KEY, "period", "quantity", "in_stock"]].reset_index(drop=True)


def make_panel(
    history: pd.DataFrame, frequency: Bucket | None = None, groups: pd.Series | None = None
) -> Panel:
    """The panel of a checked history; sums it into periods of ``frequency`` where it is finer.

    Without ``frequency`` the dates must all be months, weeks from one weekday, or days. ``groups``
    maps an item to the group of alike ones (index item). Raises DataError.
    """
    found = infer_frequency(history["period"])
    bucket = frequency or found
    if bucket is None:
        problem = Problem("demand_history", "mixes dates of several frequencies", _REMEDY,
                          column="period")  # fmt: skip
        raise DataError([problem])
    if found is not None and _ORDER[found] > _ORDER[bucket]:
        problem = Problem("demand_history", f"is given by {found}, which is coarser than {bucket}",
                          f"use --frequency {found}", column="period")  # fmt: skip
        raise DataError([problem])
    calendar = _calendar(history["period"], bucket)
    history = history if found in (None, bucket) else _whole_periods(history, calendar)
    calendar = _calendar(history["period"], bucket)
    return _filled(history, calendar, groups)


def infer_frequency(dates: pd.Series) -> Bucket | None:
    """Month where all dates are firsts of a month, week where all fall on one weekday, else day.

    None where dates are neither days in a row nor of one weekday nor firsts of a month.
    """
    distinct = pd.DatetimeIndex(dates.unique()).sort_values()
    if (distinct.day == 1).all():
        return "month"
    if (distinct.day_of_week == distinct[0].day_of_week).all():
        return "week"
    steps = np.diff(distinct.to_numpy()).astype("timedelta64[D]").astype(int)
    return "day" if np.median(steps) <= 3 else None


def _calendar(dates: pd.Series, bucket: Bucket) -> Calendar:
    """Periods of ``bucket`` from the first date to the last; weeks keep their weekday."""
    first: dt.date = dates.min().date()
    if bucket == "month":
        first = first.replace(day=1)
    elif bucket == "week" and dates.dt.day_of_week.nunique() > 1:
        first -= dt.timedelta(days=first.weekday())
    periods = Calendar(first, 1, bucket).number(dates.max().date()) + 1
    if periods > _MOST_PERIODS:
        message = f"spans {periods} periods from {first} to {dates.max().date()}"
        raise DataError([Problem("demand_history", message, "check the dates", column="period")])
    return Calendar(first, periods, bucket)


def _whole_periods(history: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """The history without a last period that its finer dates do not reach the end of."""
    last = history["period"].max()
    end = calendar.date(calendar.periods) - pd.Timedelta(days=1)
    step = pd.Timedelta(days=6 if infer_frequency(history["period"]) == "week" else 0)
    if last + step >= end or calendar.periods == 1:
        return history
    return history[calendar.index(history["period"]) < calendar.periods - 1]


def _filled(history: pd.DataFrame, calendar: Calendar, groups: pd.Series | None) -> Panel:
    number = pd.Series(calendar.index(history["period"]), index=history.index, name="number")
    shown = history.assign(quantity=history["quantity"].clip(lower=0.0))
    keyed = shown.groupby([*KEY, number], sort=True)
    cells = keyed.agg(quantity=("quantity", "sum"), known=("quantity", "count"),
                      in_stock=("in_stock", "all")).reset_index()  # fmt: skip
    cells.loc[cells["known"] == 0, "quantity"] = np.nan
    keys = cells[KEY].drop_duplicates().reset_index(drop=True)
    rows = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(cells[KEY]))
    values = np.full((len(keys), calendar.periods), np.nan)
    columns = cells["number"].to_numpy()
    values[rows, columns] = cells["quantity"]
    cut = np.zeros(values.shape, dtype=bool)
    cut[rows, columns] = ~cells["in_stock"].to_numpy()
    named = keys["item"].map(groups) if groups is not None else pd.Series("", index=keys.index)
    return Panel.of(keys, _uncensored(values, cut), calendar,
                    named.fillna("").to_numpy(dtype=object))  # fmt: skip


def _uncensored(values: Floats, cut: np.ndarray) -> Floats:
    """Values without those that a stock-out cut, unless they are above the median before them."""
    if not cut.any():
        return values
    free = np.where(cut, np.nan, values)
    kept = values.copy()
    for row, period in zip(*np.nonzero(cut), strict=True):
        before = free[row, :period]  # what came later must not say what was seen
        before = before[~np.isnan(before)]
        if not (len(before) and values[row, period] > np.median(before)):
            kept[row, period] = np.nan
    return kept
