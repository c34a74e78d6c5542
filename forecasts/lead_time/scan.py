"""The change of level that stands out most of a series of scores: a step, or a rise up to now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.lead_time.history import Floats, Mask

_FEWEST = 4  # days with orders on either side of a change
_LEAST_INFORMATION = 3.0  # on either side; an order that has come has 1
_SIMPLER = 4.0  # by so much must the squared statistic of a rise exceed that of a step
_STRETCHES = 30
_LATEST = -1.0  # days; what is ordered today has seen all of a rise
_NOTHING = 1e-9


@dataclass(frozen=True)
class Change:
    """What stands out most of a series: a step on the day ``since``, or a rise from then to now.

    ``effect``: scores for information, by so much more for the whole of the change.
    """

    since: float
    is_step: bool
    effect: float
    probability: float

    def part(self, day: Floats) -> Floats:
        """Part of the change that orders of each day have seen, 0 to 1."""
        return _part_seen(self.since, day, self.is_step)


def _part_seen(since: float, day: Floats, is_step: bool) -> Floats:
    if is_step:
        return np.asarray(day >= since, dtype=np.float64)
    return np.asarray(np.maximum(1.0 - day / min(since, _LATEST), 0.0), dtype=np.float64)


def largest_change(day: Floats, score: Floats, information: Floats) -> Change | None:
    """The step or the rise with the largest statistic; None where there is too little to tell.

    ``day``: ascending, before 0, which is now; ``score`` and ``information``: of each day, both
    (days,); under no change scores have the mean 0 and the variance of their information.
    """
    total = float(information.sum())
    before = np.append(0.0, np.cumsum(information)[:-1])
    count = np.arange(len(day))
    enough = np.minimum(before, total - before) >= _LEAST_INFORMATION
    enough &= np.minimum(count, len(day) - count) >= _FEWEST
    if not enough.any():
        return None
    edge = _LEAST_INFORMATION / total
    step, rise = (_largest(enough, day, score, information, is_step) for is_step in (True, False))
    best = rise if rise[1] > step[1] + _SIMPLER else step
    first, square, effect = best
    seen = _part_seen(first, day, best is step)
    centred = seen - float(information @ seen) / total
    rest = score - information * (float(score.sum()) / total + effect * centred)
    statistic = float(np.sqrt(square / _dependence(rest, information)))
    return Change(first, best is step, effect, _scan_probability(statistic, edge))


def _largest(
    enough: Mask, day: Floats, score: Floats, information: Floats, is_step: bool
) -> tuple[float, float, float]:
    """First day of the change of one kind with the largest squared statistic, that, its effect.

    ``enough``: days that may be the first. All days at once, by sums from each day to the last.
    """
    since = np.minimum(day, _LATEST)

    def seen(weight: Floats, power: int = 1) -> Floats:
        """Sums of ``weight`` times the part of the change seen, by first day."""
        total = _from_here(weight)
        if is_step:
            return total
        linear = _from_here(weight * day) / since
        square = _from_here(weight * np.square(day)) / np.square(since)
        return total - linear if power == 1 else total - 2.0 * linear + square

    known, mean = seen(information), float(score.sum() / information.sum())
    departure = seen(score) - mean * known
    weight = seen(information, 2) - np.square(known) / information.sum()
    square = np.where(enough, np.square(departure) / np.maximum(weight, _NOTHING), -1.0)
    best = int(np.argmax(square))
    effect = float(departure[best] / max(float(weight[best]), _NOTHING))
    return float(day[best]), float(square[best]), effect


def _from_here(values: Floats) -> Floats:
    """Sums from each place to the last."""
    return np.asarray(np.cumsum(values[::-1])[::-1])


def _dependence(residual: Floats, information: Floats) -> float:
    """Factor on the variance of a sum of residuals that wander together.

    Over stretches of as many days: their variance against what it is without dependence, and
    their correlation with the stretch before.
    """
    stretch = np.arange(len(residual)) * min(len(residual), _STRETCHES) // len(residual)
    total = np.bincount(stretch, residual)
    squares = float(np.square(total).sum())
    if squares <= 0.0:
        return 1.0
    correlation = float((total[1:] * total[:-1]).sum()) / squares
    correlation = float(np.clip(correlation + 1.0 / len(total), 0.0, 0.9))
    spread = squares / float(information.sum())
    return max(spread * (1.0 + correlation) / (1.0 - correlation), 1.0)


def _scan_probability(statistic: float, edge: float) -> float:
    """Chance that the largest of the statistics over all splits is as large.

    ``edge``: share of the information before the first split looked at.
    """
    if statistic <= 1.0:
        return 1.0
    x = statistic
    search = (x - 1.0 / x) * 2.0 * np.log((1.0 - edge) / edge) + 4.0 / x
    density = float(np.exp(-(x**2) / 2.0)) / np.sqrt(2.0 * np.pi)
    return float(np.clip(density * search, 0.0, 1.0))
