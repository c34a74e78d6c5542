"""Changes of regime: since when an option's lead times are at another level.

A scan over order dates for the split with the largest t statistic of log lead times, cut off at
three robust deviations, in the manner of Pettitt (1979) and Hawkins (1977), JASA 72. Open orders
enter with what is expected beyond their age: so an order that is quick to arrive does not pass for
a new level (the score of a censored observation, Prentice 1978, Biometrika 65). The level of
significance allows for the search over dates (Siegmund 1985, Sequential Analysis), for dependence
of successive orders (variance times (1 + r) / (1 - r)), and for the number of series looked at
(Benjamini and Hochberg 1995). Suppliers are looked at first, every option less its own level, then
options alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from forecasts.lead_time.history import SHORTEST, Floats, History, Ints, Mask, group_numbers
from forecasts.lead_time.options import KEY, LeadTimeOptions
from forecasts.lead_time.survival import expected_excess, kaplan_meier

_FEWEST = 4  # days with orders on either side of a change
_MOST_OPEN = 0.5  # share of like orders that may still be open at an order's age
_CUT = 3.0  # robust deviations
_LEAST_SPREAD = 0.02  # of log lead time: dates are whole days
_OLD_TRUST = 0.01  # weight left to orders of an earlier regime
_ALONE = 0.5  # strength with which an option that changed by itself still borrows
_NORMAL_MAD = 1.4826


@dataclass(frozen=True)
class _Series:
    """Log lead times less the level of their option, one value for each day with orders."""

    day: Floats
    value: Floats
    level: Floats  # the same, not cut off


@dataclass(frozen=True)
class _Change:
    """The split of a series that stands out most: ``since`` is the first day behind it."""

    since: float
    size: float
    probability: float


def detect_regimes(history: History, options: LeadTimeOptions) -> tuple[History, Floats]:
    """``history`` with the trust that regimes leave, and the age of each row's current regime.

    The age is in days before the date of the history, NaN where no change was found.
    """
    age = np.full(len(history), np.nan)
    borrowing = np.full(len(history), np.inf)
    if options.false_alarm <= 0.0 or not history.received.any():
        return history, age
    option = group_numbers(history.keys, KEY)
    supplier = group_numbers(history.keys, ["supplier"])
    values, usable = _levelled(history, option)
    for rows, change in _changes(history, values, supplier, usable, options):
        followers = _followers(history, values, option, rows, change)
        age[np.isin(option, followers)] = -change.since
    for rows, change in _changes(history, values, option, usable, options):
        changed = option == option[rows[0]]
        age[changed], borrowing[changed] = -change.since, _ALONE
    trust = np.where(history.age > age, _OLD_TRUST, 1.0)  # nothing is older than NaN
    return replace(history, trust=trust, borrowing=borrowing), age


def _levelled(history: History, option: Ints) -> tuple[Floats, Mask]:
    """Log lead times less the median of their option, open ones filled; rows that tell something.

    Orders so young that most would still be open tell nothing yet, whether or not they have come.
    """
    values = pd.Series(history.log_days)
    median = values.where(history.received).groupby(option).transform("median").to_numpy()
    residual = values.to_numpy() - median
    usable = np.isfinite(residual)
    support, surviving = kaplan_meier(residual[usable], history.received[usable])
    bound = np.log(np.maximum(history.age, SHORTEST)) - median
    still_open = np.append(1.0, surviving)[np.searchsorted(support, bound, side="right")]
    is_open = usable & ~history.received
    residual[is_open] = expected_excess(support, surviving, residual[is_open])
    return residual, usable & (still_open <= _MOST_OPEN)


def _changes(
    history: History, values: Floats, group: Ints, usable: Mask, options: LeadTimeOptions
) -> list[tuple[Ints, _Change]]:
    """Rows and latest change of every group that has one, controlling the rate of false ones."""
    rows = np.flatnonzero(usable)
    order = rows[np.lexsort((-history.age[rows], group[rows]))]
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(order) else []
    found = []
    for part in parts:
        series = _series(history, values, part)
        if len(series.day) >= 2 * _FEWEST and (change := _split(series)) is not None:
            found.append((part, series, change))
    if not found:
        return []
    limit = _step_up([change.probability for *_, change in found], options.false_alarm)
    least = np.log1p(options.smallest_change)
    return [
        (part, _latest(series, change, limit, least))
        for part, series, change in found
        if change.probability <= limit and abs(change.size) >= least
    ]


def _series(history: History, values: Floats, rows: Ints) -> _Series:
    """Means by order date, outliers cut off; orders of one day share their fate and count once."""
    day, position = np.unique(-history.age[rows], return_inverse=True)
    level = np.bincount(position, values[rows]) / np.bincount(position)
    middle = np.median(level)
    # successive differences tell the noise apart from changes of level
    steps = np.abs(np.diff(level)) / np.sqrt(2.0)
    spread = max(_NORMAL_MAD * float(np.median(steps)) if len(steps) else 0.0, _LEAST_SPREAD)
    spread = max(spread, float(np.median(np.abs(level - middle))))
    return _Series(day, np.clip(level, middle - _CUT * spread, middle + _CUT * spread), level)


def _split(series: _Series) -> _Change | None:
    """The split with the largest t statistic; None where values do not vary."""
    value, count = series.value, len(series.value)
    total = value - value.mean()
    squares = float(np.square(total).sum())
    if squares <= count * 1e-12:
        return None
    before = np.arange(_FEWEST, count - _FEWEST + 1)
    between = np.square(np.cumsum(total)[before - 1]) * count / (before * (count - before))
    best = int(between.argmax())
    at = int(before[best])
    left, right = value[:at], value[at:]
    within = max(squares - float(between[best]), (count - 2) * _LEAST_SPREAD**2)
    residual = np.concatenate([left - left.mean(), right - right.mean()])
    statistic = np.sqrt((count - 2) * between[best] / (within * _dependence(residual)))
    size = float(np.median(series.level[at:]) - np.median(series.level[:at]))
    return _Change(float(series.day[at]), size, _scan_probability(float(statistic), count))


def _dependence(residual: Floats) -> float:
    """Factor on the variance of a mean of successive residuals with their correlation."""
    squares = float(np.square(residual).sum())
    if squares <= 0.0:
        return 1.0
    correlation = float((residual[1:] * residual[:-1]).sum()) / squares
    correlation = float(np.clip(correlation + 1.0 / len(residual), 0.0, 0.9))
    return (1.0 + correlation) / (1.0 - correlation)


def _scan_probability(statistic: float, count: int) -> float:
    """Chance that the largest t statistic over all splits of ``count`` values is as large."""
    x = max(float(norm.isf(t.sf(statistic, count - 2))), 1e-3)
    if not np.isfinite(x):
        return 0.0
    edge = _FEWEST / count
    search = (x - 1.0 / x) * 2.0 * np.log((1.0 - edge) / edge) + 4.0 / x
    return float(np.clip(norm.pdf(x) * search, 0.0, 1.0)) if x > 1.0 else 1.0


def _step_up(probabilities: Sequence[float], rate: float) -> float:
    """The largest probability that is taken for a change (Benjamini and Hochberg)."""
    ranked = np.sort(probabilities)
    passed = ranked <= rate * np.arange(1, len(ranked) + 1) / len(ranked)
    return float(ranked[passed].max()) if passed.any() else -1.0


def _latest(series: _Series, change: _Change, limit: float, least: float) -> _Change:
    """The last change of the series: what lies behind one is looked at again."""
    while True:
        behind = series.day >= change.since
        rest = _Series(series.day[behind], series.value[behind], series.level[behind])
        if len(rest.day) < 2 * _FEWEST:
            return change
        later = _split(rest)
        if later is None or later.probability > limit or abs(later.size) < least:
            return change
        change, series = later, rest


def _followers(history: History, values: Floats, option: Ints, rows: Ints, change: _Change) -> Ints:
    """Options of the group that change with it: all but those whose own orders speak against it.

    None where most of the options that have orders on both sides speak against it.
    """
    number, options = pd.factorize(option[rows])
    after = -history.age[rows] >= change.since
    count = np.array([np.bincount(number, side, len(options)) for side in (~after, after)])
    total = np.array([
        np.bincount(number, values[rows] * side, len(options)) for side in (~after, after)
    ])  # fmt: skip
    both = (count >= 2).all(axis=0)
    mean = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    against = both & ((mean[1] - mean[0]) * np.sign(change.size) < abs(change.size) / 3.0)
    if 2 * against.sum() > both.sum():
        return np.empty(0, dtype=np.int64)
    return np.asarray(np.asarray(options)[~against], dtype=np.int64)
