"""Shifts of level: what was known before a lasting step says nothing of what comes.

For each series the mean of its last periods, over windows of rising length, is compared with the
periods before (a t-scan; Hawkins 1977, Journal of the American Statistical Association 72). A step
counts where it is far beyond chance and the level is less than half or more than twice what it
was, in series that were wanted in most periods. Trends and seasons do not pass that, or lose
little.
"""

from __future__ import annotations

import numpy as np

from forecasts.demand.classes import INTERVAL
from forecasts.demand.panel import masked_mean
from forecasts.quantiles import Floats

_SHORTEST = 3  # periods that a new level must have lasted
_SURE = 6.0  # standard errors
_STEP = 2.0  # ratio of the levels
_EVER = 2.0  # standard deviations by which every period of the new level lies beyond the old


def without_past(values: Floats, season: int) -> Floats:
    """Values with the periods before the latest step of each series made unknown.

    ``values`` is series x periods without seasons. Steps of the last half season are looked for,
    with at least two such windows before them.
    """
    periods = values.shape[1]
    longest = min(max(season // 2, _SHORTEST), periods // 3)
    found = np.zeros(len(values))
    strongest = np.full(len(values), _SURE)
    for window in range(_SHORTEST, longest + 1):
        strength = _strength(values[:, :-window], values[:, -window:])
        better = strength > strongest
        found[better] = window
        strongest[better] = strength[better]
    old = np.arange(periods) < periods - found[:, None]
    return np.where(old & (found[:, None] > 0), np.nan, values)


def _strength(before: Floats, after: Floats) -> Floats:
    """Standard errors of the step of each series; 0 where it is too small or not lasting."""
    count = (~np.isnan(before)).sum(axis=1)
    usual, now = masked_mean(before), masked_mean(after)
    squares = np.nansum((before - usual[:, None]) ** 2, axis=1)
    deviation = np.sqrt(squares / np.maximum(count - 1, 1))
    frequent = (np.nan_to_num(before) > 0.0).sum(axis=1) * INTERVAL >= count
    complete = frequent & ~np.isnan(after).any(axis=1) & (count >= 2 * after.shape[1])
    apart = np.abs(after - usual[:, None]).min(axis=1) > _EVER * deviation
    stepped = (now > _STEP * usual) | (now < usual / _STEP)
    error = deviation * np.sqrt(1.0 / after.shape[1] + 1.0 / np.maximum(count, 1))
    error = np.where(error > 0.0, error, 1e-12 + 1e-6 * np.abs(usual))
    return np.where(complete & apart & stepped, np.abs(now - usual) / error, 0.0)
