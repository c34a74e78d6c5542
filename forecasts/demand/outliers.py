"""Quantities that cannot be: too far beyond all others of their series."""

from __future__ import annotations

import numpy as np

from forecasts.quantiles import Floats

ABSURD = 20.0  # times the upper quartile of the positive demand of a series
_LEAST = 5  # positive demands that tell what is usual


def without_absurd(values: Floats) -> Floats:
    """``values`` in which absurd ones are the largest of the others; series x periods.

    Absurd is what is more than :data:`ABSURD` times the upper quartile of the positive demand.
    Lumpy demand hardly ever is (3 of 54,000 months of the AUTO set, none of 76,000 of the car
    parts), and a new level so high is no longer once it has lasted for a quarter of the demands.
    """
    positive = np.where(values > 0.0, values, np.nan)
    tried = np.flatnonzero((~np.isnan(positive)).sum(axis=1) >= _LEAST)
    limit = np.full((len(values), 1), np.inf)
    limit[tried, 0] = ABSURD * np.nanquantile(positive[tried], 0.75, axis=1)
    absurd = positive > limit
    if not absurd.any():
        return values
    largest = np.nanmax(np.where(absurd, 0.0, np.nan_to_num(values)), axis=1, keepdims=True)
    return np.where(absurd, largest, values)
