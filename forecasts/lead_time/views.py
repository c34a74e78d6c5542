"""Forecasts of order-to-receipt time from two views of the record, and their average.

The *pooled* view takes the receipts of like options as they are (Kaplan-Meier with weights). The
*scaled* view moves them to the level of the option first: log lead time is a shrunk mean plus a
residual (accelerated failure time); open orders enter the mean with what is expected of them
(Buckley and James 1979, Biometrika 66). Views and half-lives err differently, so the average of
their quantiles beats a choice among them (Bates and Granger 1969; for quantiles Lichtendahl,
Grushka-Cockayne and Winkler 2013, Management Science 59).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from forecasts.lead_time.history import SHORTEST, Floats, History, Ints
from forecasts.lead_time.pooling import (
    Level,
    Prior,
    Sample,
    learn_strengths,
    levels_of,
    narrow_chain,
    pooled_curves,
    pooled_means,
    wide_chain,
)
from forecasts.lead_time.survival import Curves, expected_excess, kaplan_meier

MEAN_LEVELS = tuple((np.arange(50) + 0.5) / 50.0)  # their average stands for the mean
_SPREAD = 2.0  # a distribution takes about twice the receipts of a mean
_SHAPE_STRENGTH = 200.0  # the shape of the residuals is common unless an option has many receipts
_TAIL = 0.3  # log lead time
_IMPUTATIONS = 6
# With one receipt only, lead times are within a factor of 2 of it nine times in ten.
_NOISE = 0.42 * norm.ppf((np.arange(9) + 0.5) / 9.0)


@dataclass(frozen=True)
class View:
    """Curves of log lead time less ``shift``, by target; shift has shape (targets,)."""

    curves: Curves
    shift: Floats

    def quantiles(self, rows: Ints, levels: Sequence[float], floor: Floats) -> Floats:
        """Days (rows, levels); ``floor``: logarithm of the days that the row exceeds already."""
        shift = self.shift[rows]
        return np.exp(self.curves.smooth(rows, levels, floor - shift) + shift[:, None])


def lead_time_views(
    history: History, targets: pd.DataFrame, half_lives: Sequence[float]
) -> list[View]:
    """Both views with every half-life, for ``targets`` (columns as the keys of the history)."""
    wide = levels_of(history.keys, targets, wide_chain(history.keys))
    narrow = levels_of(history.keys, targets, narrow_chain())
    views = []
    for half_life in half_lives:
        views.append(_pooled_view(history, wide, half_life))
        views.append(_scaled_view(history, narrow, half_life))
    return views


def view_quantiles(
    views: Sequence[View], rows: Ints, levels: Sequence[float], beyond: Floats | None = None
) -> Floats:
    """Average of the views' quantiles in days, (rows, levels).

    ``rows``: target of each row; ``beyond``: days that its order is open already, NaN if it is not
    placed yet; quantiles are then of orders still open at that age.
    """
    known = np.full(len(rows), np.nan) if beyond is None else beyond
    asked = np.isfinite(known)
    floor = np.log(np.maximum(known, SHORTEST), out=np.full(len(rows), -np.inf), where=asked)
    found = np.zeros((len(rows), len(levels)))
    for view in views:
        found += view.quantiles(rows, levels, floor) / len(views)
    return np.maximum(found, np.where(asked, known, 0.0)[:, None])


def _pooled_view(history: History, levels: Sequence[Level], half_life: float) -> View:
    sample = _sample(history, history.log_days, half_life)
    strengths = _SPREAD * learn_strengths(history, sample.values, levels, half_life)
    prior = Prior(_center(sample) + _NOISE, 1.0)
    curves = pooled_curves(levels, strengths, sample, prior, _TAIL)
    return View(curves, np.zeros(len(levels[0].targets)))


def _scaled_view(history: History, levels: Sequence[Level], half_life: float) -> View:
    sample = _sample(history, history.log_days, half_life)
    strengths = learn_strengths(history, sample.values, levels, half_life)
    filled = sample
    for _ in range(_IMPUTATIONS):
        fit, _unused = pooled_means(levels, strengths, filled)
        residuals = replace(sample, values=sample.values - fit)
        filled = replace(sample, values=_imputed(residuals) + fit)
    fit, shift = pooled_means(levels, strengths, filled)
    residuals = replace(sample, values=sample.values - fit)
    prior = Prior(_center(residuals) + _NOISE, 1.0)
    shape = np.full(len(strengths), _SHAPE_STRENGTH)
    residuals = replace(residuals, borrowing=np.full(len(history), np.inf))
    return View(pooled_curves(levels, shape, residuals, prior, _TAIL), shift)


def _sample(history: History, values: Floats, half_life: float) -> Sample:
    """``values`` of the rows of a history, weighted by age."""
    return Sample(values, history.received, history.weights(half_life), history.borrowing)


def _imputed(residuals: Sample) -> Floats:
    """Values of the sample, those of open orders replaced by what is expected beyond them."""
    is_open = ~residuals.received
    if not is_open.any():
        return residuals.values
    prior = _center(residuals) + _NOISE
    values = np.concatenate([residuals.values, prior])
    received = np.append(residuals.received, np.ones(len(prior), dtype=np.bool_))
    weights = np.append(residuals.weights, np.full(len(prior), 1.0 / len(prior)))
    support, surviving = kaplan_meier(values, received, weights)
    filled = residuals.values.copy()
    filled[is_open] = expected_excess(support, surviving, residuals.values[is_open])
    return filled


def _center(sample: Sample) -> float:
    """Weighted median of what was received; a tail above the oldest order where nothing was."""
    if not sample.received.any():
        return float(sample.values.max()) + _TAIL
    values, weights = sample.values[sample.received], sample.weights[sample.received]
    order = np.argsort(values)
    mass = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(mass, mass[-1] / 2.0)])
