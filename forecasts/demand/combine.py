"""Which methods forecast a class of series, and with what weight: judged at earlier origins.

Forecasts of several methods are combined by averaging their quantiles (Vincentization). Weights
come from forward selection with replacement (Caruana et al. 2004) by the quantile loss at origins
before the present one, so that no outcome that is judged was seen by any method.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from forecasts.demand.methods import Paths
from forecasts.quantiles import Floats, pinball

ROUNDS = 6
HEAD_START = 2  # places of the method that is in from the start
LEAST_GAIN = 0.002  # of the loss, below which a further method is not worth its noise


def in_granules(quantiles: Floats, granules: Floats) -> Floats:
    """Quantiles of counts are counts: the nearest multiple of the granule, where there is one.

    ``quantiles`` are series x steps x levels, ``granules`` those of the series.
    """
    unit = np.where(granules > 0.0, granules, 1.0)[:, None, None]
    return np.where(granules[:, None, None] > 0.0, np.round(quantiles / unit) * unit, quantiles)


def stakes(scale: Floats) -> Floats:
    """What a unit of loss of each series counts, from the level of its demand.

    Half by unit (the weighted loss, which the largest series decide), half by the level of the
    series (the scaled loss, in which all count alike).
    """
    return np.asarray(0.5 / scale.mean() + 0.5 / scale)


def select(
    actuals: Sequence[Floats], candidates: Sequence[Mapping[str, Floats]], levels: Floats,
    granules: Floats, stake: Floats, first: str = "",
) -> dict[str, float]:  # fmt: skip
    """Weights of the methods that together have the least loss over all origins.

    ``stake`` is what the loss of each series counts. The method ``first``, if any, is in from the
    start: what was judged on a part of the history alone should not be left for a small gain.

    ``actuals`` and the quantiles of ``candidates`` have a member an origin: series x steps, and
    series x steps x levels by method. A method must be a candidate at every origin.
    """
    names = [name for name in candidates[0] if all(name in one for one in candidates)]

    def losses(bag: Counter[str]) -> Floats:
        total = sum(bag.values())
        mixed = [np.asarray(sum(n / total * one[name] for name, n in bag.items()))
                 for one in candidates]  # fmt: skip
        return stake * series_losses(actuals, mixed, levels, granules)

    first = first if first in names else min(names, key=lambda name: losses(Counter([name])).sum())
    best = Counter({first: HEAD_START})
    least = losses(best)
    for _ in range(ROUNDS):
        tried = {name: losses(best + Counter([name])) for name in names}
        name = min(names, key=lambda name: float(tried[name].sum()))
        if not _is_sure(least - tried[name], LEAST_GAIN * float(least.sum()), 1.0):
            break
        best, least = best + Counter([name]), tried[name]
    total = sum(best.values())
    return {name: count / total for name, count in best.items()}


def _is_sure(gain: Floats, least: float, errors: float) -> bool:
    """Whether the summed gain of the series is above ``least`` and so many standard errors."""
    noise = float(gain.std()) * np.sqrt(len(gain))
    return bool(gain.sum() > max(least, errors * noise))


def pays(
    actuals: Sequence[Floats], combined: Sequence[Floats], rival: Sequence[Floats], levels: Floats,
    granules: Floats, stake: Floats,
) -> float:  # fmt: skip
    """The weight, 0 to 1, at which ``rival`` surely improves on ``combined``; 0 where it does not.

    Surely: the gain over the series is more than two standard errors, and over one percent.
    """
    base = stake * series_losses(actuals, combined, levels, granules)
    best, most = 0.0, 0.01 * float(base.sum())
    for weight in (0.25, 0.5, 0.75, 1.0):
        mixed = [(1.0 - weight) * a + weight * b for a, b in zip(combined, rival, strict=True)]
        gain = base - stake * series_losses(actuals, mixed, levels, granules)
        if _is_sure(gain, most, 2.0):
            best, most = weight, float(gain.sum())
    return best


def series_losses(
    actuals: Sequence[Floats], quantiles: Sequence[Floats], levels: Floats, granules: Floats
) -> Floats:
    """Quantile loss of each series summed over all origins and steps, averaged over the levels."""
    total = np.zeros(len(actuals[0]))
    for actual, forecast in zip(actuals, quantiles, strict=True):
        losses = pinball(actual, in_granules(forecast, granules), levels).mean(axis=-1)
        total += np.nansum(losses, axis=1)
    return total


def weighted(paths: Mapping[str, Paths], weights: Mapping[str, float]) -> Paths:
    """The forecasts of several methods averaged with ``weights``, which sum to 1."""
    quantiles = sum(weight * paths[name].quantiles for name, weight in weights.items())
    mean = sum(weight * paths[name].mean for name, weight in weights.items())
    return Paths(np.asarray(quantiles), np.asarray(mean))
