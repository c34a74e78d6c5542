"""The global method: the outcomes of series that looked alike at an earlier origin.

A forest of extremely randomised trees (Geurts, Ernst and Wehenkel 2006) splits pairs of series and
origin by their features, so that the distribution functions of the outcomes differ most: its
outputs are the indicators that an outcome is at most each value of a grid, whose means are the
distribution function (as in the quantile regression forests of Meinshausen 2006). Outcomes are
measured by the level of their series.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.demand.features import features, scales
from forecasts.demand.methods import Paths
from forecasts.demand.panel import Panel
from forecasts.quantiles import Floats

FEW = 3  # observations of a series that has hardly begun
_YOUNG_SHARE = 4  # a pair in so many is seen as if the series had hardly begun
_SMALL = 5_000
_REPEATS = 3  # times that an outcome is learnt from, seen from several origins
_CHUNK = 20_000  # pairs of series and step predicted at once


@dataclass(frozen=True)
class ForestOptions:
    """Size of the forest: ``rows`` pairs to learn from, ``grid`` values of the distribution.

    Trees split by the indicators of ``splits`` values of the grid.
    """

    trees: int = 80
    leaf: int = 50
    rows: int = 60_000
    grid: int = 60
    splits: int = 8
    origins: int = 24
    seed: int = 0


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Features of pairs of series and origin, and their outcomes in units of the series' level."""

    inputs: Floats
    outcomes: Floats


@dataclass(frozen=True, eq=False)
class Forest:
    """What has been learnt from a panel: trees, what is in their leaves, and the grid of values.

    ``shares`` has for each tree nodes x grid; ``centres`` is the mean outcome of each cell of the
    grid, ``unit`` what levels are compared with.
    """

    model: Any
    shares: list[Floats]
    grid: Floats
    centres: Floats
    unit: float

    def paths(self, panel: Panel, horizon: int, levels: Floats) -> Paths:
        """Forecasts for the series of ``panel``, some or all of those learnt from."""
        scale = scales(panel.values, panel.season, panel.granules)
        inputs = features(panel.values, panel.season, scale, self.unit)
        size = max(1, _CHUNK // horizon)
        chunks = [inputs[start : start + size] for start in range(0, panel.series, size)]
        # a chunk a thread: the trees of one chunk are summed in order, so sums are the same always
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            parts = list(threads.map(lambda chunk: self._chunk(chunk, horizon, levels), chunks))
        quantiles, mean = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Paths(quantiles * scale[:, None, None], mean * scale[:, None])

    def _chunk(self, inputs: Floats, horizon: int, levels: Floats) -> tuple[Floats, Floats]:
        """Quantiles, series x steps x levels, and means in units of the level of each series."""
        share = self._distribution(inputs, horizon)
        mean = np.diff(share, axis=1, prepend=0.0) @ self.centres
        quantiles = _inverse(share, self.grid, levels)
        return quantiles.reshape(-1, horizon, len(levels)), mean.reshape(-1, horizon)

    def _distribution(self, inputs: Floats, horizon: int) -> Floats:
        """Share of outcomes at most each value of the grid, (series x steps) x grid, up to 1."""
        if self.model is None:
            return np.ones((len(inputs) * horizon, 1))
        steps = np.tile(np.arange(1.0, horizon + 1.0), len(inputs))
        rows = np.column_stack([np.repeat(inputs, horizon, axis=0), steps]).astype(np.float32)
        total = np.zeros((len(rows), len(self.grid)))
        for tree, share in zip(self.model.estimators_, self.shares, strict=True):
            total += share[tree.tree_.apply(rows)]
        return total / total[:, -1:]


def learn(panel: Panel, horizon: int, options: ForestOptions) -> Forest | None:
    """A forest of the outcomes up to ``horizon`` steps ahead; None where there is none to learn."""
    unit = _unit(panel)
    pairs = _pairs(panel, horizon, unit, options)
    if pairs is None:
        return None
    grid = _grid(pairs.outcomes, options.grid)
    model = _grown(pairs, grid, options) if len(grid) > 1 else None
    shares = [] if model is None else _leaf_shares(model, pairs, grid)
    return Forest(model, shares, grid, _centres(pairs.outcomes, grid), unit)


def _unit(panel: Panel) -> float:
    """What the level of a series is compared with: the common granule, or the mean demand."""
    granule = panel.granules.min(initial=np.inf)
    if 0.0 < granule == panel.granules.max(initial=0.0):
        return float(granule)
    positive = panel.values[panel.values > 0.0]
    return float(positive.mean()) if len(positive) else 1.0


def _pairs(panel: Panel, horizon: int, unit: float, options: ForestOptions) -> _Pairs | None:
    """Pairs drawn at random from the later origins, and from the steps ahead that are known."""
    first = max(1, min(panel.season, panel.periods // 2))
    origins = np.unique(np.linspace(first, panel.periods - 1, options.origins).astype(int))
    origins = origins[origins >= 1]
    random = np.random.default_rng(options.seed)
    inputs, outcomes = [], []
    is_new = few(panel.values)
    # more pairs than this would repeat each outcome from origin to origin
    most = min(options.rows, _REPEATS * int((~np.isnan(panel.values)).sum()))
    for origin in origins:
        steps = min(horizon, panel.periods - origin)
        drawn = max(1, most * steps // max(_steps(origins, panel.periods, horizon), 1))
        known = panel.values[:, :origin]
        views = [(known, drawn)]
        if is_new.any():  # what so few observations tell is learnt from the start of others
            views.append((_begun_late(known, random), drawn // _YOUNG_SHARE + 1))
        for view, size in views:
            rows, step = _draw(random, panel.series, steps, size)
            outcome = panel.values[rows, origin + step - 1]
            recent = view[:, -max(panel.season // 2, 1) :]
            seen = np.asarray((~np.isnan(recent)).any(axis=1))
            kept = ~np.isnan(outcome) & seen[rows]
            rows, step, outcome = rows[kept], step[kept], outcome[kept]
            scale = scales(view, panel.season, panel.granules)
            found = features(view, panel.season, scale, unit)
            inputs.append(np.column_stack([found[rows], step]))
            outcomes.append(outcome / scale[rows])
    if not inputs or not sum(map(len, outcomes)):
        return None
    return _Pairs(np.concatenate(inputs).astype(np.float32), np.concatenate(outcomes))


def few(values: Floats) -> npt.NDArray[np.bool_]:
    """Which series have so few observations that they tell little of their spread."""
    count = (~np.isnan(values)).sum(axis=1)
    return np.asarray((count > 0) & (count <= FEW))


def _begun_late(values: Floats, random: np.random.Generator) -> Floats:
    """Histories of which only the last one to :data:`FEW` periods are known."""
    kept = random.integers(1, FEW + 1, len(values))
    return np.where(np.arange(values.shape[1]) < values.shape[1] - kept[:, None], np.nan, values)


def _steps(origins: npt.NDArray[np.int64], periods: int, horizon: int) -> int:
    return int(np.minimum(horizon, periods - origins).sum())


def _draw(
    random: np.random.Generator, series: int, steps: int, drawn: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Series and steps ahead: all pairs where they are few, else ``drawn`` of them."""
    total = series * steps
    chosen = np.arange(total) if total <= drawn else random.choice(total, drawn, replace=False)
    return chosen // steps, chosen % steps + 1


def _grid(outcomes: Floats, size: int) -> Floats:
    """Values whose distribution is learnt: the quantiles of the positive outcomes, and zero."""
    distinct = np.unique(outcomes)
    if len(distinct) <= size:
        return distinct
    positive = outcomes[outcomes > 0.0]
    return np.unique(np.concatenate([[0.0], np.quantile(positive, np.linspace(0, 1, size))]))


def _centres(outcomes: Floats, grid: Floats) -> Floats:
    """Mean outcome of each cell of the grid: above the value before, up to its own."""
    cell = np.minimum(np.searchsorted(grid, outcomes), len(grid) - 1)
    count = np.bincount(cell, minlength=len(grid))
    total = np.bincount(cell, weights=outcomes, minlength=len(grid))
    return np.where(count > 0, total / np.maximum(count, 1), grid)


def _grown(pairs: _Pairs, grid: Floats, options: ForestOptions) -> Any:
    """Trees that split by the indicators of a few values of the grid: more cost time alone."""
    from sklearn.ensemble import ExtraTreesRegressor

    chosen = np.unique(np.linspace(0, len(grid) - 2, options.splits).astype(int))
    below = (pairs.outcomes[:, None] <= grid[None, chosen]).astype(np.float32)
    leaf = max(1, min(options.leaf, len(below) // 10))
    threads = -1 if len(below) > _SMALL else None  # they cost more than they save for a few pairs
    model = ExtraTreesRegressor(options.trees, min_samples_leaf=leaf, max_features=0.5,
                                random_state=options.seed, n_jobs=threads)  # fmt: skip
    model.fit(pairs.inputs, below if below.shape[1] > 1 else below[:, 0])
    return model.set_params(n_jobs=1)


def _leaf_shares(model: Any, pairs: _Pairs, grid: Floats) -> list[Floats]:
    """By tree and node: the share of the outcomes in a leaf that are at most each grid value."""
    cell = np.minimum(np.searchsorted(grid, pairs.outcomes), len(grid) - 1)
    shares = []
    for tree in model.estimators_:
        place = tree.tree_.apply(pairs.inputs) * len(grid) + cell
        count = np.bincount(place, minlength=tree.tree_.node_count * len(grid))
        upto = np.cumsum(count.reshape(-1, len(grid)), axis=1, dtype=np.float32)
        shares.append(upto / np.maximum(upto[:, -1:], 1.0))
    return shares


def _inverse(share: Floats, grid: Floats, levels: Floats) -> Floats:
    """Quantiles of distribution functions on a grid, on the line between its values."""
    rows = np.arange(len(share))
    found = np.empty((len(share), len(levels)))
    for number, level in enumerate(levels):
        cell = (share >= level - 1e-9).argmax(axis=1)
        before = np.maximum(cell - 1, 0)
        low, high = share[rows, before], share[rows, cell]
        rise = np.where(high > low, high - low, 1.0)
        part = np.where(cell > 0, np.clip((level - low) / rise, 0.0, 1.0), 1.0)
        found[:, number] = grid[before] + part * (grid[cell] - grid[before])
    return found
