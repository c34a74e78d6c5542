"""Effects of known causes on demand: promotions, incentives, signals from connected vehicles.

A driver multiplies the demand of its item and location by 1 + effect x (value - its usual value).
The effect is common to all series that have the driver: the slope of demand over its usual level
on the value, shrunk by its own uncertainty. A driver that is known ahead acts in its period; one
that is not may lead the demand by up to :data:`LONGEST_LEAD` periods, at the lead at which it
tells most, and its last known value is carried forward where it must be.

What is not given: a driver that is given for less than half of the periods from its first to its
last, and never as 0, is a list of events, such as promotions: elsewhere it is 0. Any other is a
signal, such as a price: where it is not given it is unknown, and demand is as usual.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.demand.panel import Panel, masked_mean
from forecasts.quantiles import Floats
from supplychain.schema import WILDCARD

LONGEST_LEAD = 12
_AROUND = 6  # periods on either side that tell the usual level
_LEAST, _MOST = 0.1, 10.0
_SURE = 3.0  # standard errors: the best of several leads is chosen


def driver_factors(panel: Panel, drivers: pd.DataFrame, horizon: int) -> Floats:
    """Factors of history and forecast, series x (periods + horizon); 1 where nothing acts.

    ``drivers`` is the table of the data contract. Values of the steps ahead are used only where
    they are known ahead, later ones of other drivers not at all.
    """
    factors = np.ones((panel.series, panel.periods + horizon))
    if not len(drivers):
        return factors
    ratio = _ratio(panel)
    for _, rows in drivers.groupby("driver", sort=True):
        known_ahead = bool(rows["known_ahead"].all())
        values = driver_values(panel, rows, horizon, known_ahead)
        fresh = _factor(values, ratio, known_ahead)
        factors *= fresh
        ratio = ratio / np.maximum(fresh[:, : panel.periods], _LEAST)  # what others have not told
    return np.clip(factors, _LEAST, _MOST)


def _ratio(panel: Panel) -> Floats:
    """Demand by the median of the periods around it; NaN where there is no such level."""
    values = panel.values
    level = np.stack([np.nanmedian(_around(values, t), axis=1) for t in range(panel.periods)], 1)
    return np.asarray(values / np.where(level > 0.0, level, np.nan))


def _around(values: Floats, period: int) -> Floats:
    window = values[:, max(0, period - _AROUND) : period + _AROUND + 1]
    return np.where(np.isnan(window).all(axis=1, keepdims=True), 0.0, window)


def driver_values(panel: Panel, rows: pd.DataFrame, horizon: int, known_ahead: bool) -> Floats:
    """Values of one driver, series x (periods + horizon); NaN where they are not known.

    ``rows`` are those of the driver; a series that no row names has none.
    """
    width = panel.periods + horizon
    number = panel.calendar.index(rows["period"])
    last = width if known_ahead else panel.periods
    inside = (number >= 0) & (number < last)
    rows, number = rows[inside], number[inside]
    values = np.full((panel.series, width), np.nan)
    for (item, location), part in rows.assign(number=number).groupby(["item", "location"]):
        mine = np.ones(panel.series, dtype=bool)
        if item != WILDCARD:
            mine &= (panel.keys["item"] == item).to_numpy()
        if location != WILDCARD:
            mine &= (panel.keys["location"] == location).to_numpy()
        values[np.ix_(np.flatnonzero(mine), part["number"].to_numpy())] = part["value"].to_numpy()
    events = _are_events(values)
    values[events] = np.nan_to_num(values[events])
    if not known_ahead:
        values[:, panel.periods :] = _last_known(values[:, : panel.periods])[:, None]
    return values


def _are_events(values: Floats) -> npt.NDArray[np.bool_]:
    """Which series have a list of events, not a signal that is given in most periods."""
    given = ~np.isnan(values)
    first = given.argmax(axis=1)
    last = values.shape[1] - 1 - given[:, ::-1].argmax(axis=1)
    sparse = 2 * given.sum(axis=1) < last - first + 1
    single = given.sum(axis=1) == 1
    return np.asarray((sparse | single) & ~(values == 0.0).any(axis=1))


def _last_known(values: Floats) -> Floats:
    """The last value that is known of each series, NaN where none is."""
    known = ~np.isnan(values)
    last = values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    return np.asarray(values[np.arange(len(values)), last])


def not_given_ahead(panel: Panel, drivers: pd.DataFrame, horizon: int) -> list[str]:
    """Signals known ahead that are not given for all of the periods forecast, in words."""
    told = []
    ahead = drivers[drivers["known_ahead"]] if len(drivers) else drivers
    for name, rows in ahead.groupby("driver", sort=True) if len(ahead) else ():
        missing = np.isnan(driver_values(panel, rows, horizon, True)[:, panel.periods :])
        has = ~missing.all(axis=1) | _has_past(panel, rows)
        count = int(missing[has].any(axis=0).sum())
        if count:
            told.append(f"driver {name} is not given for {count} of {horizon} periods ahead: "
                        "demand there is as usual")  # fmt: skip
    return told


def _has_past(panel: Panel, rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    past = driver_values(panel, rows, 0, True)
    return np.asarray((~np.isnan(past)).any(axis=1))


def _factor(values: Floats, ratio: Floats, known_ahead: bool) -> Floats:
    periods = ratio.shape[1]
    usual = masked_mean(values[:, :periods])
    gap = np.nan_to_num(values - usual[:, None])
    leads = [0] if known_ahead else range(min(LONGEST_LEAD, periods // 4) + 1)
    fits = [(*_slope(_led(gap, lead)[:, :periods], ratio), lead) for lead in leads]
    slope, sure, lead = max(fits, key=lambda fit: fit[1])
    if sure < _SURE:
        return np.ones(values.shape)
    return np.asarray(1.0 + slope * _led(gap, lead))


def _led(gap: Floats, lead: int) -> Floats:
    """Values as they act ``lead`` periods later; the last known one goes on."""
    if lead == 0:
        return gap
    return np.concatenate([np.zeros((len(gap), lead)), gap[:, :-lead]], axis=1)


def _slope(gap: Floats, ratio: Floats) -> tuple[float, float]:
    """Shrunk slope of the ratio on the values, and how many standard errors it is from zero."""
    known = ~np.isnan(ratio) & (gap != 0.0)
    if known.sum() < 3:
        return 0.0, 0.0
    x, y = gap[known], np.clip(ratio[known], 0.0, _MOST) - 1.0
    square = float((x**2).sum())
    slope = float((x * y).sum()) / square
    error = float(((y - slope * x) ** 2).mean()) / square
    shrink = max(0.0, 1.0 - error / slope**2) if slope else 0.0
    return slope * shrink, abs(slope) / np.sqrt(error) if error > 0.0 else np.inf
