"""Classes of demand: smooth, erratic, intermittent, lumpy.

Syntetos, Boylan and Croston (2005), Journal of the Operational Research Society 56: by the mean
interval between demands (1.32 periods) and the squared coefficient of variation of their sizes
(0.49). A series with less than two demands is called intermittent, whatever its size.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecasts.quantiles import Floats

CLASSES = ("smooth", "erratic", "intermittent", "lumpy")
INTERVAL = 1.32
VARIATION = 0.49


def interval_and_variation(values: Floats) -> tuple[Floats, Floats]:
    """Mean interval between demands and squared variation of their sizes, by series."""
    known = ~np.isnan(values)
    wanted = known & (np.nan_to_num(values) > 0.0)
    times = wanted.sum(axis=1)
    interval = np.where(times > 0, known.sum(axis=1) / np.maximum(times, 1), np.inf)
    filled = np.where(wanted, values, 0.0)
    mean = filled.sum(axis=1) / np.maximum(times, 1)
    squares = (np.where(wanted, filled - mean[:, None], 0.0) ** 2).sum(axis=1)
    variance = squares / np.maximum(times - 1, 1)
    square = np.where(mean > 0.0, mean, 1.0) ** 2
    return interval, variance / square


def demand_classes(values: Floats) -> npt.NDArray[np.object_]:
    """Class of each series; ``values`` is series x periods, NaN where unknown."""
    interval, variation = interval_and_variation(values)
    frequent, steady = interval < INTERVAL, variation < VARIATION
    number = np.select([frequent & steady, frequent, steady], [0, 1, 2], 3)
    return np.asarray(np.array(CLASSES, dtype=object)[number])
