"""What a forecasting method gives, whichever it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecasts.quantiles import Floats


class Paths(NamedTuple):
    """Forecasts of many series: ``quantiles`` series x steps x levels, ``mean`` series x steps."""

    quantiles: Floats
    mean: Floats

    def times(self, factor: Floats) -> Paths:
        """The forecasts multiplied by a factor, series x steps."""
        return Paths(self.quantiles * factor[:, :, None], self.mean * factor)


def normal_paths(mean: Floats, deviation: Floats, levels: Floats) -> Paths:
    """Normal forecasts of a mean and a standard deviation, series x steps, cut at zero."""
    from scipy.special import ndtri

    quantiles = mean[:, :, None] + deviation[:, :, None] * ndtri(levels)
    return Paths(np.maximum(quantiles, 0.0), np.maximum(mean, 0.0))
