"""Samples and whole periods from rows of quantiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from forecasts.lead_time.history import Floats
from supplychain.calendar import Bucket

DAYS_A_PERIOD: dict[Bucket, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12.0}
_WHOLE = 1e-6  # periods; so much above a whole number still counts as whole


def sample_quantiles(
    quantiles: npt.ArrayLike, levels: Sequence[float], uniforms: npt.ArrayLike
) -> Floats:
    """Values at the probabilities ``uniforms``, by the inverse of the distribution function.

    ``quantiles``: (rows, levels), not falling, levels ascending; ``uniforms``: (rows, samples) or
    (samples,), within 0..1; the result is (rows, samples) in the unit of the quantiles. Linear
    between levels and, with the slope of the outermost pair, beyond them; never below 0. One level
    alone gives its quantile always.
    """
    value = np.asarray(quantiles, dtype=np.float64)
    level = np.asarray(levels, dtype=np.float64)
    chance = np.broadcast_to(
        np.asarray(uniforms, dtype=np.float64), (len(value), np.shape(uniforms)[-1])
    )
    if len(level) == 1:
        return np.repeat(value, chance.shape[1], axis=1)
    low = np.clip(np.searchsorted(level, chance, side="right") - 1, 0, len(level) - 2)
    start = np.take_along_axis(value, low, axis=1)
    stop = np.take_along_axis(value, low + 1, axis=1)
    step = (chance - level[low]) / (level[low + 1] - level[low])
    return np.maximum(start + step * (stop - start), 0.0)


def whole_periods(days: Floats, bucket: Bucket) -> Floats:
    """Days in whole periods, rounded up; a month has 365.25 / 12 days."""
    return np.maximum(np.ceil(days / DAYS_A_PERIOD[bucket] - _WHOLE), 0.0)
