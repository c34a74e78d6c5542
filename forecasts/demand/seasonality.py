"""Seasonal indices: what share of the level a period of the season has, shrunk to what is sure.

Ratios to the level by phase of the season, averaged over the years. The average of all series is
taken as far as it repeats from year to year; a series leaves it as far as its own ratios repeat
(James-Stein shrinkage by the estimated share of signal in the variance). A series without a
season keeps indices of 1.
"""

from __future__ import annotations

import numpy as np

from forecasts.demand.panel import Panel, masked_mean
from forecasts.quantiles import Floats

_MOST_SEASONS = 4
_SMOOTH = 5  # width of the window over the phases of a long season
_LONG = 20  # phases from which a season is long: weeks, not months
_LEAST, _MOST = 0.1, 10.0


def seasonal_indices(panel: Panel) -> Floats:
    """Indices by series and phase, series x season, mean 1; phase 0 is the first period.

    All 1 where there are less than two whole seasons.
    """
    season, periods = panel.season, panel.periods
    years = min(periods // season, _MOST_SEASONS)
    if years < 2:
        return np.ones((panel.series, season))
    ratios = _ratios(panel.values[:, periods - years * season :], season)
    phased = ratios.reshape(panel.series, years, season)
    weights = masked_mean(panel.values)
    pooled = _pooled(phased, weights)
    own = masked_mean(phased, pooled)
    noise = _noise(phased)
    gap = _smoothed(own - pooled, season)
    narrow = _SMOOTH if season > _LONG else 1
    spread = (gap**2).mean(axis=1)
    signal = np.maximum(spread - noise / narrow, 0.0)
    weight = np.divide(signal, spread, out=np.zeros_like(signal), where=spread > 0.0)
    indices = np.clip(pooled + weight[:, None] * gap, _LEAST, _MOST)
    indices = indices / indices.mean(axis=1, keepdims=True)
    return np.roll(indices, (periods - years * season) % season, axis=1)


def spread(indices: Floats, first: int, periods: int) -> Floats:
    """Indices of ``periods`` periods from number ``first`` on, series x periods."""
    season = indices.shape[1]
    return np.asarray(indices[:, (first + np.arange(periods)) % season])


def _ratios(values: Floats, season: int) -> Floats:
    """Values by the level of each season, which follows a line through it; NaN where unknown."""
    periods = values.shape[1]
    level = np.stack([masked_mean(values[:, max(0, t - season // 2) : t + season // 2 + 1])
                      for t in range(periods)], axis=1)  # fmt: skip
    level = np.where(level > 0.0, level, np.nan)
    return np.asarray(values / level)


def _pooled(phased: Floats, weights: Floats) -> Floats:
    """The indices that all series share, as far as they repeat over the years."""
    weight = np.where(np.isnan(phased), 0.0, weights[:, None, None])
    total = weight.sum(axis=0)
    by_year = (np.nan_to_num(phased) * weight).sum(axis=0) / np.where(total > 0.0, total, 1.0)
    by_year = np.where(total > 0.0, by_year, 1.0)
    mean = _smoothed(by_year.mean(axis=0)[None], by_year.shape[1])[0]
    noise = by_year.var(axis=0, ddof=1).mean() / len(by_year)
    spread = ((mean - 1.0) ** 2).mean()
    share = max(spread - noise, 0.0) / spread if spread > 0.0 else 0.0
    return np.asarray(1.0 + share * (mean - 1.0))


def _noise(phased: Floats) -> Floats:
    """Variance of the mean over the years, averaged over the phases, by series."""
    years = (~np.isnan(phased)).sum(axis=1)
    squares = np.nansum((phased - masked_mean(phased)[:, None]) ** 2, axis=1)
    variance = squares / np.maximum(years - 1, 1) / np.maximum(years, 1)
    known = years > 1
    total = np.where(known, variance, 0.0).sum(axis=1)
    count = known.sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.inf)


def _smoothed(indices: Floats, season: int) -> Floats:
    """A moving average around the circle of phases, for seasons that are long."""
    if season <= _LONG:
        return indices
    half = _SMOOTH // 2
    turned = [np.roll(indices, shift, axis=1) for shift in range(-half, half + 1)]
    return np.asarray(np.mean(turned, axis=0))
