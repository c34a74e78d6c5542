"""Methods of one line, printed beside every result, and the empirical and count distributions."""

from __future__ import annotations

import numpy as np

from forecasts.demand.methods import Paths, normal_paths
from forecasts.demand.panel import Panel, masked_mean
from forecasts.quantiles import Floats

PRIOR = 2.0  # periods that the mean of all series counts for in a count distribution
_MOST_COUNTED = 10_000.0  # counts, above which they are as good as measured
_UNTOLD = 0.25  # squared variation of demand, where no history tells any
_MEMORY = 2  # seasons that the empirical distribution looks back


def zero(panel: Panel, horizon: int, levels: Floats) -> Paths:
    """No demand at all."""
    return Paths(np.zeros((panel.series, horizon, len(levels))), np.zeros((panel.series, horizon)))


def seasonal_naive(panel: Panel, horizon: int, levels: Floats) -> Paths:
    """The value of a season ago, with the spread of its errors in the past, cut at zero.

    Normal intervals that widen with every season ahead (Hyndman and Athanasopoulos, Forecasting:
    principles and practice, section 5.5). With less than a season of history, the last value.
    """
    values = _carried_forward(panel.values)
    season = panel.season if panel.periods >= panel.season else 1
    steps = np.arange(horizon)
    mean = values[:, panel.periods - season + steps % season]
    errors = panel.values[:, season:] - panel.values[:, :-season]
    known = np.maximum((~np.isnan(errors)).sum(axis=1), 1)
    deviation = np.sqrt(np.nansum(errors**2, axis=1) / known)
    return normal_paths(mean, deviation[:, None] * np.sqrt(steps // season + 1.0), levels)


def empirical(panel: Panel, horizon: int, levels: Floats) -> Paths:
    """The distribution of the demand of the last two seasons, the same for every step."""
    window = panel.values[:, -_MEMORY * panel.season :]
    blank = np.asarray(np.isnan(window).all(axis=1))
    window = np.where(blank[:, None], 0.0, window)
    quantiles = np.nanquantile(window, levels, axis=1).T
    return _repeated(quantiles, masked_mean(window), horizon)


def counts(panel: Panel, horizon: int, levels: Floats) -> Paths:
    """Negative binomial counts: the rate of a Poisson demand is itself uncertain (Gamma).

    Mean of the last two seasons, shrunk to that of all series as if by two periods; so is the
    variance over the mean, at least 1. Counts are in granules.
    """
    window = panel.values[:, -_MEMORY * panel.season :]
    mean = masked_mean(window)
    return negative_binomial(shrunk(window, mean), window, panel, horizon, levels)


def shrunk(window: Floats, mean: Floats) -> Floats:
    """Means that series of few observations share with all."""
    count = (~np.isnan(window)).sum(axis=1)
    usual = float(np.average(mean, weights=count)) if count.sum() else 0.0
    pull = PRIOR * np.minimum(usual, np.maximum(mean, usual / 10.0))
    return np.asarray((count * mean + pull) / (count + PRIOR))


def negative_binomial(
    mean: Floats, window: Floats, panel: Panel, horizon: int, levels: Floats
) -> Paths:
    """Counts about a mean for each series with the dispersion of ``window``, for every step.

    Gamma quantities where a series has no granule, or where counts are many.
    """
    unit = np.where(panel.granules > 0.0, panel.granules, 1.0)
    usual = float(mean.mean()) if len(mean) else 0.0
    rate = np.maximum(mean, 1e-6 * usual) / unit
    centre = masked_mean(window)
    squares = masked_mean((window - centre[:, None]) ** 2)
    ratio = _dispersion(squares, centre, window) / unit
    is_count = (panel.granules > 0.0) & (rate <= _MOST_COUNTED) & (ratio <= _MOST_COUNTED)
    quantiles = np.empty((len(rate), len(levels)))
    quantiles[is_count] = _counted(rate[is_count], np.maximum(ratio[is_count], 1.01), levels)
    measured = ~is_count
    quantiles[measured] = _measured(rate[measured], ratio[measured], levels)
    return _repeated(quantiles * unit[:, None], mean, horizon)


def _dispersion(squares: Floats, mean: Floats, window: Floats) -> Floats:
    """Variance over mean of each series, in which few observations count with what is usual.

    Usual is the median squared variation of the series with two observations or more, as if by
    :data:`PRIOR` periods; :data:`_UNTOLD` where there are none.
    """
    count = (~np.isnan(window)).sum(axis=1)
    variation = np.divide(squares, mean**2, out=np.zeros_like(mean), where=mean > 0.0)
    told = variation[(count > 1) & (mean > 0.0)]
    usual = float(np.median(told)) if len(told) else _UNTOLD
    return np.asarray(mean * (count * variation + PRIOR * usual) / (count + PRIOR))


def _counted(rate: Floats, ratio: Floats, levels: Floats) -> Floats:
    """Negative binomial quantiles of a mean and a variance over it, at least 1."""
    from scipy.stats import nbinom

    size, chance = rate / (ratio - 1.0), 1.0 / ratio
    return np.nan_to_num(nbinom.ppf(levels[None, :], size[:, None], chance[:, None]))


def _measured(rate: Floats, ratio: Floats, levels: Floats) -> Floats:
    """Gamma quantiles of a mean and a variance over it: where counts are too many, or are none."""
    from scipy.special import gammaincinv

    spread = np.maximum(ratio, 1e-6 * rate)
    shape = np.divide(rate, spread, out=np.ones_like(rate), where=spread > 0.0)
    return np.asarray(np.nan_to_num(gammaincinv(shape[:, None], levels[None, :]) * spread[:, None]))


def _repeated(quantiles: Floats, mean: Floats, horizon: int) -> Paths:
    return Paths(np.repeat(quantiles[:, None, :], horizon, axis=1),
                 np.repeat(mean[:, None], horizon, axis=1))  # fmt: skip


def _carried_forward(values: Floats) -> Floats:
    """Values with gaps filled by the value before; zero before the first."""
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(values.shape[1]), -1), axis=1)
    filled = np.take_along_axis(np.nan_to_num(values), np.maximum(last, 0), axis=1)
    return np.where(last >= 0, filled, 0.0)
