"""The intermittent family: smoothed sizes and intervals, and smoothing of aggregated demand.

Croston (1972), Operational Research Quarterly 23; the bias-corrected form of Syntetos and Boylan
(2005, SBA), International Journal of Forecasting 21; Teunter, Syntetos and Babai (2011, TSB),
European Journal of Operational Research 214, which forgets what is no longer wanted; and the
aggregate-disaggregate approach of Nikolopoulos et al. (2011, ADIDA), Journal of the Operational
Research Society 62. Each gives the mean demand of a period; counts about it are negative binomial.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from forecasts.demand.methods import Paths
from forecasts.demand.panel import Panel
from forecasts.demand.simple import negative_binomial
from forecasts.quantiles import Floats

Method = Literal["croston", "sba", "tsb", "adida"]
SMOOTHING = 0.1


def intermittent(panel: Panel, horizon: int, levels: Floats, method: Method) -> Paths:
    """Counts about the mean that ``method`` gives for every series."""
    mean = demand_rate(panel.values, method)
    window = panel.values[:, -2 * panel.season :]
    return negative_binomial(mean, window, panel, horizon, levels)


def demand_rate(values: Floats, method: Method, smoothing: float = SMOOTHING) -> Floats:
    """Mean demand of a period by series; ``values`` is series x periods, NaN where unknown.

    A series without positive demand has the rate 0. Unknown periods are left out.
    """
    if method == "adida":
        return _adida(values, smoothing)
    if method == "tsb":
        return _tsb(values, smoothing)
    size, interval = _size_and_interval(values, smoothing)
    rate = np.divide(size, interval, out=np.zeros_like(size), where=interval > 0.0)
    return np.asarray(rate * (1.0 - smoothing / 2.0) if method == "sba" else rate)


def _size_and_interval(values: Floats, smoothing: float) -> tuple[Floats, Floats]:
    """Smoothed size of a demand and interval between demands, after the last period.

    Both start at the first demand: with its size, and the periods up to it.
    """
    size, interval, since = (np.zeros(len(values)) for _ in range(3))
    for value in values.T:
        known = ~np.isnan(value)
        since = since + known
        wanted = known & (np.nan_to_num(value) > 0.0)
        first = wanted & (interval == 0.0)
        step = np.where(first, 1.0, smoothing)
        size = np.where(wanted, size + step * (np.nan_to_num(value) - size), size)
        interval = np.where(wanted, interval + step * (since - interval), interval)
        since = np.where(wanted, 0.0, since)
    return size, interval


def _tsb(values: Floats, smoothing: float) -> Floats:
    """Size times the probability of demand, which falls with every period without one."""
    size, chance = np.zeros(len(values)), np.zeros(len(values))
    begun = np.zeros(len(values), dtype=bool)
    since = np.zeros(len(values))
    for value in values.T:
        known = ~np.isnan(value)
        since = since + known
        wanted = known & (np.nan_to_num(value) > 0.0)
        first = wanted & ~begun
        size = np.where(first, value, np.where(
            wanted, size + smoothing * (np.nan_to_num(value) - size), size))  # fmt: skip
        later = np.where(known & begun, chance + smoothing * (wanted - chance), chance)
        chance = np.where(first, 1.0 / np.maximum(since, 1.0), later)
        begun |= first
    return np.asarray(size * chance)


def _adida(values: Floats, smoothing: float) -> Floats:
    """Simple smoothing of sums over blocks as long as the mean interval, counted from the end."""
    known = ~np.isnan(values)
    wanted = known & (np.nan_to_num(values) > 0.0)
    block = np.ceil(known.sum(axis=1) / np.maximum(wanted.sum(axis=1), 1)).astype(int)
    block = np.clip(block, 1, max(1, values.shape[1] // 2))
    rate = np.zeros(len(values))
    for length in np.unique(block):
        rows = np.flatnonzero(block == length)
        rate[rows] = _smoothed_blocks(values[rows], int(length), smoothing) / length
    return np.where(wanted.any(axis=1), rate, 0.0)


def _smoothed_blocks(values: Floats, length: int, smoothing: float) -> Floats:
    """Smoothed sum of whole blocks; unknown periods count as the mean of the known ones."""
    blocks = values.shape[1] // length
    shaped = values[:, values.shape[1] - blocks * length :].reshape(len(values), blocks, length)
    known = (~np.isnan(shaped)).sum(axis=2)
    sums = np.nansum(shaped, axis=2) * length / np.maximum(known, 1)
    level = np.full(len(values), np.nan)
    for number in range(blocks):
        fresh = np.where(np.isnan(level), sums[:, number], level)
        moved = fresh + smoothing * (sums[:, number] - fresh)
        level = np.where(known[:, number] > 0, moved, level)
    return np.asarray(np.nan_to_num(level))
