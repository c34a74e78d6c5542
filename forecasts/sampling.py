"""Futures drawn from forecasts: the inverse of the distribution that the quantiles describe."""

from __future__ import annotations

import numpy as np

from forecasts.demand.forecast import DemandForecast
from forecasts.lead_time import sample_quantiles
from forecasts.quantiles import Floats

PERSISTENCE = 0.5  # correlation of the ranks of one series in the long run


def sample_paths(made: DemandForecast, samples: int, random: np.random.Generator) -> Floats:
    """Demand of every series, series x horizon x samples, from its quantiles.

    The ranks of one series share a common part over all its periods (Gaussian copula, correlation
    :data:`PERSISTENCE`): a product that sells better than thought does so for longer than a week.
    """
    shape = (made.panel.series, made.horizon)
    uniforms = correlated_uniforms(shape, samples, random)
    flat = made.paths.quantiles.reshape(-1, len(made.levels))
    drawn = sample_quantiles(flat, made.levels, uniforms.reshape(-1, samples))
    return np.asarray(drawn).reshape(*shape, samples)


def correlated_uniforms(
    shape: tuple[int, int], samples: int, random: np.random.Generator
) -> Floats:
    """Uniform ranks, rows x steps x samples, with one common part for the steps of a row."""
    from scipy.special import ndtr

    rows, steps = shape
    common = random.standard_normal((rows, 1, samples))
    own = random.standard_normal((rows, steps, samples))
    return np.asarray(ndtr(np.sqrt(PERSISTENCE) * common + np.sqrt(1.0 - PERSISTENCE) * own))
