"""From a table of past demand to a panel: what is checked, summed into periods, and mended.

What becomes of odd entries: negative quantities are returns and count as no demand; a blank
quantity is missing like a missing row; a stock-out (``in_stock`` false) hides demand, so its
quantity is a lower bound (see ``censoring``); a first or last period that finer dates cover in
part is left out. Errors, all told at once: quantities or dates that cannot be read or are
infinite, rows without item or period, a key given twice, dates with a time zone, dates that fit no
frequency.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.demand.panel import KEY, Panel
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
        replace(column, required=column.name in ("item", "period"), references="")
        for column in declared.columns
    )
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

    Without ``frequency`` it is that of the dates, see :func:`infer_frequency`. ``groups`` maps an
    item to the group of alike ones (index item). Raises DataError.
    """
    found = infer_frequency(history["period"])
    bucket = frequency or found
    if bucket is None:
        problem = Problem("demand_history", "mixes dates of several frequencies", _REMEDY,
                          column="period")  # fmt: skip
        raise DataError([problem])
    if found is not None and is_coarser(found, bucket):
        problem = Problem("demand_history", f"is given by {found}, which is coarser than {bucket}",
                          f"use --frequency {found}", column="period")  # fmt: skip
        raise DataError([problem])
    calendar = _calendar(history["period"], bucket)
    if found != bucket:
        history = _whole_periods(history, calendar)
        calendar = _calendar(history["period"], bucket)
    return _filled(history, calendar, groups)


def is_coarser(one: Bucket, other: Bucket) -> bool:
    """Whether periods of ``one`` are longer than those of ``other``."""
    return _ORDER[one] > _ORDER[other]


def infer_frequency(dates: pd.Series) -> Bucket | None:
    """Month, week or day, whichever the dates are.

    Months where all are firsts or all are lasts of a month; weeks where all fall on one weekday;
    months where no month has two of them, whatever their days; days where most follow each other
    within three; None where they are none of these.
    """
    distinct = pd.DatetimeIndex(dates.unique()).sort_values()
    if (distinct.day == 1).all() or distinct.is_month_end.all():
        return "month"
    if (distinct.day_of_week == distinct[0].day_of_week).all():
        return "week"
    if distinct.to_period("M").is_unique:
        return "month"
    return "day" if np.median(_gaps(distinct)) <= 3 else None


def _gaps(distinct: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    """Days between dates in order."""
    return np.diff(distinct.to_numpy()).astype("timedelta64[D]").astype(np.int64)


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
    """The history without periods that its finer dates cover in part.

    These are the last one, and the first of each series that has more: dates begin later or end
    earlier in them than the usual gap between dates (nine in ten are no longer) can explain.
    """
    dates = history["period"]
    gaps = _gaps(pd.DatetimeIndex(dates.unique()).sort_values())
    usual = pd.Timedelta(days=int(np.quantile(gaps, 0.9)) - 1 if len(gaps) else 0)
    number = pd.Series(calendar.index(dates), index=history.index)
    series = [history["item"], history["location"]]
    first, last = (number.groupby(series).transform(which) for which in ("min", "max"))
    begun = dates.groupby(series).transform("min")
    starts = pd.Series(calendar.dates_of(first), index=history.index)
    is_part = (number == first) & (first < last) & (begun - starts > usual)
    end = calendar.date(calendar.periods) - pd.Timedelta(days=1)
    if calendar.periods > 1 and end - dates.max() > usual:
        is_part |= number == calendar.periods - 1
    return history if is_part.all() else history[~is_part]


def _filled(history: pd.DataFrame, calendar: Calendar, groups: pd.Series | None) -> Panel:
    number = pd.Series(calendar.index(history["period"]), index=history.index, name="number")
    shown = history.assign(quantity=history["quantity"].clip(lower=0.0))
    keyed = shown.groupby([*KEY, number], sort=True)
    cells = keyed.agg(quantity=("quantity", "sum"), known=("quantity", "count"),
                      in_stock=("in_stock", "all")).reset_index()  # fmt: skip
    cells.loc[cells["known"] == 0, "quantity"] = np.nan
    keys = cells[KEY].drop_duplicates().reset_index(drop=True)
    rows = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(cells[KEY]))
    values, bounds = (np.full((len(keys), calendar.periods), np.nan) for _ in range(2))
    quantity, columns = cells["quantity"].to_numpy(), cells["number"].to_numpy()
    values[rows, columns] = quantity
    bounds[rows, columns] = np.where(cells["in_stock"], np.nan, quantity)
    named = keys["item"].map(groups) if groups is not None else pd.Series("", index=keys.index)
    return Panel.of(keys, values, calendar, named.fillna("").to_numpy(dtype=object), bounds)
