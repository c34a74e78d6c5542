"""The growth of launches: a young series rises on as it has begun, and less so with every step.

A line through the known periods, its slope shrunk by its own uncertainty, damped ahead (Gardner
and McKenzie 1985, Management Science 31). It is for the few launches of a panel: where many series
are young or rose before, what follows a rise is learnt from them, which is better.
"""

from __future__ import annotations

import numpy as np

from forecasts.demand.panel import Panel, masked_mean
from forecasts.quantiles import Floats

_FROM, _TO = 5, 12  # known periods of a series that is young
_MOST = 10  # young series, above which they are learnt from
_SURE = 3.0  # standard errors of the slope
_DAMPING = 0.85
_LEAST = 0.1  # of the level at the end


def growth_factors(panel: Panel, horizon: int) -> Floats:
    """Level of each period by that at the end of history, series x (periods + horizon).

    1 where a series is not young or its slope is less than three standard errors above zero.
    """
    known = ~np.isnan(panel.values)
    count = known.sum(axis=1)
    factors = np.ones((panel.series, panel.periods + horizon))
    young = np.flatnonzero((count >= _FROM) & (count <= _TO))
    if 0 < len(young) <= _MOST:
        level, slope = _line(panel.values[young])
        ahead = np.cumsum(_DAMPING ** np.arange(1, horizon + 1))
        time = np.concatenate([np.arange(1.0 - panel.periods, 1.0), ahead])
        by_level = np.divide(slope, level, out=np.zeros_like(slope), where=level > 0.0)
        factors[young] = np.maximum(1.0 + by_level[:, None] * time, _LEAST)
    return factors


def _line(values: Floats) -> tuple[Floats, Floats]:
    """Level at the last period and shrunk slope of the least-squares line of each series."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    time = np.where(known, np.arange(1.0 - values.shape[1], 1.0), np.nan)
    middle, mean = masked_mean(time), masked_mean(values)
    gap, rise = time - middle[:, None], values - mean[:, None]
    square = np.nansum(gap**2, axis=1)
    slope = np.nansum(gap * rise, axis=1) / square
    error = np.nansum((rise - slope[:, None] * gap) ** 2, axis=1) / (count - 2) / square
    ratio = np.divide(error, slope**2, out=np.ones_like(slope), where=slope > 0.0)
    slope = np.where(ratio < 1.0 / _SURE**2, slope * (1.0 - ratio), 0.0)
    return mean - slope * middle, slope
