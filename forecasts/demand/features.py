"""What a history looks like at an origin: the features by which series are found alike."""

from __future__ import annotations

import numpy as np

from forecasts.demand.panel import masked_mean
from forecasts.quantiles import Floats

_WINDOWS = (1, 2, 3, 6, 12, 24, 48, 96)
_LEAST = 0.05  # of the scale, so that a level of zero has a logarithm
FLOOR = 2.0  # granules: series of less than so many a period count alike, piece by piece


def scales(values: Floats, season: int, granules: Floats) -> Floats:
    """Level of each series that its outcomes are measured by: half recent, half of two seasons.

    At least :data:`FLOOR` granules, so that outcomes of slow series compare piece by piece.
    """
    window = values[:, -2 * season :]
    usual = masked_mean(window)
    recent = masked_mean(values[:, -max(season // 2, 1) :], usual)
    level = np.maximum(0.5 * usual + 0.5 * recent, FLOOR * granules)
    positive = level[level > 0.0]
    return np.where(level > 0.0, level, positive.mean() if len(positive) else 1.0)


def features(values: Floats, season: int, scale: Floats, unit: float) -> Floats:
    """Features of each series, series x features; ``values`` ends at the origin.

    Levels over windows of rising length, the size, spread and share of positive demand, how long
    ago the last one was, and how long the series is known. Levels are in units of ``scale``.
    """
    values = values[:, -2 * season :]
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    count = np.maximum(known.sum(axis=1), 1)
    mean = filled.sum(axis=1) / count
    positive = filled > 0.0
    times = np.maximum(positive.sum(axis=1), 1)
    size = filled.sum(axis=1) / times
    spread = np.sqrt(np.maximum((filled**2).sum(axis=1) / times - size**2, 0.0))

    def relative(level: Floats) -> Floats:
        return np.asarray(np.log(level / scale + _LEAST))

    half = max(season // 2, 1)
    columns = [relative(masked_mean(values[:, -window:], mean)) for window in _windows(season)]
    columns += [
        np.log(scale / unit), relative(mean), relative(size), relative(filled.max(axis=1)),
        positive.sum(axis=1) / count, masked_mean(np.where(known, positive, np.nan)[:, -half:]),
        spread / np.maximum(size, 1e-12), _since_last(positive), _since_first(known),
        _since_last(known),
    ]  # fmt: skip
    return np.asarray(np.column_stack(columns))


def _windows(season: int) -> list[int]:
    return [window for window in _WINDOWS if window <= 2 * season]


def _since_last(flags: np.ndarray) -> Floats:
    """Periods since the last flag of each row; the width where there is none."""
    width = flags.shape[1]
    return np.where(flags.any(axis=1), np.argmax(flags[:, ::-1], axis=1), float(width))


def _since_first(flags: np.ndarray) -> Floats:
    """Periods since the first flag of each row, itself included; 0 where there is none."""
    width = flags.shape[1]
    return np.where(flags.any(axis=1), width - np.argmax(flags, axis=1), 0.0)
