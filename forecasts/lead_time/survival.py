"""Distributions from times some of which are known only to exceed a bound (right-censored).

Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, JASA 53. With
weights, deaths and numbers at risk are sums of weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from forecasts.lead_time.history import Floats, Ints, Mask, group_sums

_FINEST = 400  # support points; more are merged with their neighbours
_NOTHING = 1e-9  # mass or survival below this is taken for none
_TOO_LITTLE = 0.005  # so little mass beyond a bound has no shape of its own
_TAIL_POINTS = 5
_ROWS_AT_ONCE = 4000
_Quantiles: TypeAlias = Callable[[Ints, Sequence[float], Floats | None], Floats]


def kaplan_meier(
    times: npt.ArrayLike, received: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """The distinct times and the share that survives each of them.

    ``times``: time to the event where ``received`` holds, else a bound that it exceeds.
    ``weights`` are 1 unless given. All of shape (n,).
    """
    values = np.asarray(times, dtype=np.float64)
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    support, place = np.unique(values, return_inverse=True)
    group = np.zeros(len(values), dtype=np.int64)
    deaths, at_risk = life_tables(
        group, 1, place, np.asarray(received, dtype=np.bool_), weight, len(support)
    )
    return support, survival(deaths, at_risk)[0]


def life_tables(
    groups: Ints, count: int, place: Ints, received: Mask, weights: Floats, size: int
) -> tuple[Floats, Floats]:
    """Weight of deaths at, and at risk just before, each of ``size`` times, by group.

    ``groups``: group of each row, below ``count``; ``place``: number of its time. Both results are
    (count, size). What is cut off at a time is at risk at that time.
    """
    cell = groups * size + place
    deaths = group_sums(cell[received], weights[received], count * size).reshape(count, size)
    leaving = group_sums(cell, weights, count * size).reshape(count, size)
    return deaths, np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1]


def survival(deaths: Floats, at_risk: Floats) -> Floats:
    """Share that survives each time, from life tables of shape (groups, times)."""
    hazard = np.divide(deaths, at_risk, out=np.zeros_like(deaths), where=at_risk > _NOTHING)
    return np.asarray(np.cumprod(1.0 - np.clip(hazard, 0.0, 1.0), axis=1), dtype=np.float64)


def support_of(values: Floats, kept: Floats) -> tuple[Floats, Ints]:
    """Points that stand for ``values``, those ``kept`` among them; the nearest point of each."""
    support = np.unique(values)
    if len(support) > _FINEST:
        support = np.quantile(support, np.linspace(0.0, 1.0, _FINEST))
        support = np.union1d(support, kept)
    return support, np.searchsorted((support[1:] + support[:-1]) / 2.0, values)


def expected_excess(values: Floats, surviving: Floats, bounds: Floats) -> Floats:
    """Expected value beyond each bound, under the survival of ascending ``values``.

    What survives the last value sits there; beyond it the bound itself is expected.
    """
    mass = -np.diff(surviving, prepend=1.0)
    mass[-1] += surviving[-1]
    above = np.append(np.cumsum((mass * values)[::-1])[::-1], 0.0)
    share = np.append(np.cumsum(mass[::-1])[::-1], 0.0)
    place = np.searchsorted(values, bounds, side="right")
    mean = np.divide(above[place], share[place], out=bounds.copy(), where=share[place] > _NOTHING)
    return np.asarray(np.maximum(mean, bounds))


@dataclass(frozen=True)
class Curves:
    """Distribution functions of several targets over one support.

    ``support``: ascending, (points,); ``cdf``: (targets, points), the last column 1; ``tail``:
    mean excess over a bound beyond which nothing is on record, in the unit of the support.
    """

    support: Floats
    cdf: Floats
    tail: float

    @classmethod
    def from_survival(cls, support: Floats, surviving: Floats, tail: float) -> Curves:
        """What survives the last time on record falls off exponentially behind it."""
        level = (np.arange(_TAIL_POINTS) + 0.5) / _TAIL_POINTS
        beyond = support[-1] - tail * np.log1p(-level)
        gone = (np.arange(_TAIL_POINTS) + 1.0) / _TAIL_POINTS
        rest = surviving[:, -1:] * (1.0 - gone)
        return cls(np.append(support, beyond), 1.0 - np.hstack([surviving, rest]), tail)

    def with_atom(self, share: Floats) -> Curves:
        """The same with a ``share`` (targets,) of the mass at 0, a point of the support."""
        at_zero = (self.support >= 0.0).astype(np.float64)
        return replace(self, cdf=self.cdf + share[:, None] * (at_zero - self.cdf))

    def smooth(self, rows: Ints, levels: Sequence[float], floor: Floats | None = None) -> Floats:
        """Quantiles (rows, levels), interpolated between the middles of the steps.

        ``rows``: target of each row; ``floor``: what the row is known to exceed, -inf: nothing.
        """
        return self._by_parts(self._smooth, rows, levels, floor)

    def steps(self, rows: Ints, levels: Sequence[float], floor: Floats | None = None) -> Floats:
        """Quantiles (rows, levels) as points of the support: the first that reaches the level.

        So a value that holds much of the mass is met exactly. Arguments as in ``smooth``.
        """
        return self._by_parts(self._steps, rows, levels, floor)

    def _by_parts(
        self, quantiles: _Quantiles, rows: Ints, levels: Sequence[float], floor: Floats | None
    ) -> Floats:
        """A few thousand rows at once: memory stays bounded."""
        found = np.empty((len(rows), len(levels)))
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            part = slice(first, first + _ROWS_AT_ONCE)
            found[part] = quantiles(rows[part], levels, None if floor is None else floor[part])
        return found

    def _smooth(self, rows: Ints, levels: Sequence[float], floor: Floats | None) -> Floats:
        cdf = self.cdf[rows]
        share, certain = self._levels(cdf, levels, floor, _TOO_LITTLE)
        mass = np.diff(cdf, axis=1, prepend=0.0)
        points = np.arange(cdf.shape[1])
        has_mass = mass > _NOTHING
        # points without mass repeat the one before, so that interpolation leaps over them
        source = np.maximum.accumulate(np.where(has_mass, points, 0), axis=1)
        source = np.maximum(source, has_mass.argmax(axis=1)[:, None])
        middle = np.take_along_axis(cdf - mass / 2.0, source, axis=1)
        above = _place(middle, share, "right")
        low, high = np.maximum(above - 1, 0), np.minimum(above, len(points) - 1)
        start, stop = (np.take_along_axis(middle, at, axis=1) for at in (low, high))
        width = stop - start
        step = np.divide(share - start, width, out=np.zeros_like(share), where=width > _NOTHING)
        first, last = (self.support[np.take_along_axis(source, at, axis=1)] for at in (low, high))
        found = first + np.clip(step, 0.0, 1.0) * (last - first)
        return self._floored(found, levels, floor, certain)

    def _steps(self, rows: Ints, levels: Sequence[float], floor: Floats | None) -> Floats:
        cdf = self.cdf[rows]
        share, certain = self._levels(cdf, levels, floor, _NOTHING)
        place = np.minimum(_place(cdf, share - _NOTHING, "left"), cdf.shape[1] - 1)
        return self._floored(self.support[place], levels, floor, certain)

    def _levels(
        self, cdf: Floats, levels: Sequence[float], floor: Floats | None, least: float
    ) -> tuple[Floats, Mask]:
        """Levels within what is left above the floor, and where no more than ``least`` is left."""
        wanted = np.tile(np.asarray(levels, dtype=np.float64), (len(cdf), 1))
        if floor is None:
            return wanted, np.zeros(len(cdf), dtype=np.bool_)
        place = np.searchsorted(self.support, floor, side="right")
        padded = np.hstack([np.zeros((len(cdf), 1)), cdf])
        below = np.take_along_axis(padded, place[:, None], axis=1)
        return below + wanted * (1.0 - below), 1.0 - below[:, 0] <= least

    def _floored(
        self, found: Floats, levels: Sequence[float], floor: Floats | None, beyond: Mask
    ) -> Floats:
        if floor is None:
            return found
        excess = -self.tail * np.log1p(-np.asarray(levels, dtype=np.float64))
        bound = np.where(np.isfinite(floor), floor, 0.0)[:, None]
        found = np.where(beyond[:, None], bound + excess, found)
        return np.maximum(found, floor[:, None])


def _place(ascending: Floats, wanted: Floats, side: Literal["left", "right"]) -> Ints:
    """searchsorted of each row of ``wanted`` in the same row of ``ascending``; both within 0..1."""
    rows, size = ascending.shape
    offset = 2.0 * np.arange(rows)[:, None]
    flat = (ascending + offset).ravel()
    place = np.searchsorted(flat, (wanted + offset).ravel(), side=side).reshape(wanted.shape)
    return np.asarray(np.clip(place - size * np.arange(rows)[:, None], 0, size), dtype=np.int64)
