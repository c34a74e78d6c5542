"""Demand forecasts: the methods of a portfolio, chosen and weighted by class of demand.

For each class (smooth, erratic, intermittent, lumpy) the methods are judged by quantile loss at
origins before the present one, and combined. The slow classical methods are tried on a few series
of the classes that they are made for, and run for the others only where they pay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.demand.classes import CLASSES, demand_classes
from forecasts.demand.combine import in_granules, pays, select, series_losses, stakes, weighted
from forecasts.demand.drivers import not_given_ahead
from forecasts.demand.features import scales
from forecasts.demand.forest import ForestOptions, few
from forecasts.demand.launches import borrow, with_predecessors
from forecasts.demand.methods import Paths
from forecasts.demand.outliers import without_absurd
from forecasts.demand.panel import Panel, masked_mean
from forecasts.demand.workshop import (
    ADJUSTMENTS,
    QUICK,
    REFERENCES,
    SLOW,
    Rows,
    Workshop,
    named,
    parsed,
)
from forecasts.executors import InProcess
from forecasts.quantiles import DEFAULT_LEVELS, Floats, columns, ordered

Weights = dict[str, float]
Progress = Callable[[str], None]
_PATIENCE = 0.01  # of the loss that known causes may cost before they are left out
_PROBED_FROM = 24  # periods of history below which a fit of a model is judged by its noise
_REGULAR = ("smooth", "erratic")  # classes that the classical methods are made for


@dataclass(frozen=True)
class DemandOptions:
    """How a forecast is made.

    ``origins`` is the number of earlier origins at which methods are judged, on at most ``judged``
    series of each class; the classical methods are tried on ``probed`` and run for at most
    ``slow_series`` of the largest. Equal options, equal forecast.
    """

    levels: tuple[float, ...] = DEFAULT_LEVELS
    origins: int = 2
    judged: int = 1_000
    probed: int = 24
    slow_series: int = 2_000
    forest: ForestOptions = field(default_factory=ForestOptions)
    judging_forest: ForestOptions = field(
        default_factory=lambda: ForestOptions(trees=40, rows=30_000)
    )


QUICK_OPTIONS = DemandOptions(
    origins=1,
    judged=300,
    probed=0,
    forest=ForestOptions(trees=40, rows=20_000, grid=40),
    judging_forest=ForestOptions(trees=20, leaf=20, rows=8_000, grid=24),
)  # fmt: skip  for plans, which wait for their forecast: without the slow methods


@dataclass(frozen=True, eq=False)
class DemandForecast:
    """Forecast of every series of ``panel`` for the ``horizon`` periods after it.

    ``paths`` has quantiles series x horizon x levels and means series x horizon; ``classes`` the
    class of each series, ``weights`` the weights of methods by class, and ``notes`` what the user
    should know of how it was made.
    """

    panel: Panel
    horizon: int
    levels: tuple[float, ...]
    paths: Paths
    classes: npt.NDArray[np.object_]
    weights: dict[str, Weights]
    notes: tuple[str, ...] = ()

    def first(self, periods: int) -> DemandForecast:
        """The forecast of its first periods alone."""
        paths = Paths(self.paths.quantiles[:, :periods], self.paths.mean[:, :periods])
        return replace(self, horizon=periods, paths=paths)

    @property
    def table(self) -> pd.DataFrame:
        """Item, location, period, available_at, mean and a quantile column a level, row by row.

        ``available_at`` is the first date on which the history was complete.
        """
        calendar, horizon = self.panel.calendar, self.horizon
        periods = calendar.dates_of(self.panel.periods + np.arange(horizon))
        keys = self.panel.keys.loc[self.panel.keys.index.repeat(horizon)].reset_index(drop=True)
        table = keys.assign(period=np.tile(periods.to_numpy(), self.panel.series),
                            available_at=calendar.date(self.panel.periods),
                            mean=self.paths.mean.ravel())  # fmt: skip
        table["available_at"] = table["available_at"].astype("datetime64[us]")
        quantiles = self.paths.quantiles.reshape(-1, len(self.levels))
        return pd.concat([table, pd.DataFrame(quantiles, columns=columns(self.levels))], axis=1)


def forecast_demand(
    panel: Panel,
    horizon: int,
    options: DemandOptions | None = None,
    drivers: pd.DataFrame | None = None,
    predecessors: pd.DataFrame | None = None,
    executor: Executor | None = None,
    progress: Progress = lambda text: None,
) -> DemandForecast:
    """Forecast every series of ``panel`` for ``horizon`` periods.

    ``drivers`` and ``predecessors`` are tables of the data contract. ``executor`` runs the slow
    methods: this process unless given. Finite, non-negative and ordered for every series; names
    and order of the series do not matter.
    """
    options = options or DemandOptions()
    executor = executor or InProcess()
    lent = pd.DataFrame() if predecessors is None else predecessors
    causes = pd.DataFrame() if drivers is None else drivers
    panel = with_predecessors(panel, lent)
    sane = replace(panel, values=without_absurd(panel.values))
    order = _by_content(sane)
    made = _forecast(sane.part(order), horizon, options, causes, executor, progress)
    back = np.argsort(order)
    paths = Paths(made.paths.quantiles[back], made.paths.mean[back])
    notes = tuple(not_given_ahead(panel, causes, horizon))
    return replace(made, panel=panel, paths=paths, classes=made.classes[back], notes=notes)


def _by_content(panel: Panel) -> Rows:
    """An order of the series that does not follow their names, so that nothing drawn does."""
    cells = np.nan_to_num(panel.values, nan=-1.0)
    return np.asarray(np.lexsort((panel.groups.astype(str), *cells.T[::-1])))


def _forecast(
    panel: Panel, horizon: int, options: DemandOptions, causes: pd.DataFrame, executor: Executor,
    progress: Progress,
) -> DemandForecast:  # fmt: skip
    """The forecast of a panel whose series come in an order of their own."""
    levels = np.asarray(options.levels)
    classes = demand_classes(panel.values[:, -2 * panel.season :])
    judge = _Judge(panel, horizon, options, causes, executor, progress)
    shop = Workshop(panel, horizon, levels, options.forest, executor, causes)
    is_new = few(panel.values)
    weights: dict[str, Weights] = {}
    quantiles = np.zeros((panel.series, horizon, len(levels)))
    mean = np.zeros((panel.series, horizon))
    for name in CLASSES:
        rows = np.flatnonzero((classes == name) & ~is_new)
        if not len(rows):
            continue
        progress(f"judge methods: {name}")
        weights[name] = judge.weights(name, rows)
        progress(f"forecast: {name}")
        quantiles[rows], mean[rows] = _made(shop, weights[name], rows, options.slow_series)
    new = np.flatnonzero(is_new)
    quantiles[new], mean[new] = _combined(shop, {"forest": 1.0}, new)
    paths = borrow(panel, Paths(quantiles, mean), levels)
    finished = ordered(in_granules(np.nan_to_num(paths.quantiles), panel.granules))
    paths = Paths(finished, np.maximum(np.nan_to_num(paths.mean), 0.0))
    return DemandForecast(panel, horizon, options.levels, paths, classes, weights)


def _made(shop: Workshop, weights: Weights, rows: Rows, slow_series: int) -> Paths:
    """The combined forecast of ``rows``; the slow methods only for the largest of them."""
    quick = {name: weight for name, weight in weights.items() if parsed(name)[1] not in SLOW}
    if len(quick) == len(weights):
        return _combined(shop, weights, rows)
    volume = masked_mean(shop.panel.values[rows])
    is_large = np.zeros(len(rows), dtype=bool)
    is_large[np.argsort(-volume, kind="stable")[:slow_series]] = True
    large = _combined(shop, weights, rows[is_large])
    quantiles = np.empty((len(rows), *large.quantiles.shape[1:]))
    mean = np.empty((len(rows), large.mean.shape[1]))
    quantiles[is_large], mean[is_large] = large
    if not is_large.all():
        total = sum(quick.values())
        rest = {name: weight / total for name, weight in quick.items()} or {"empirical": 1.0}
        quantiles[~is_large], mean[~is_large] = _combined(shop, rest, rows[~is_large])
    return Paths(quantiles, mean)


def _combined(shop: Workshop, weights: Weights, rows: Rows) -> Paths:
    made = {name: paths for name in weights if (paths := shop.paths(name, rows)) is not None}
    if not made:
        return shop.paths("counts", rows)  # type: ignore[return-value]
    total = sum(weights[name] for name in made)
    return weighted(made, {name: weights[name] / total for name in made})


@dataclass(eq=False)
class _Judge:
    """Judges the methods on one panel at its earlier origins."""

    panel: Panel
    horizon: int
    options: DemandOptions
    drivers: pd.DataFrame
    executor: Executor
    progress: Progress
    _shops: list[tuple[Workshop, Floats]] = field(default_factory=list)

    def weights(self, name: str, rows: Rows) -> Weights:
        """Weights of the methods for the series ``rows``, all of class ``name``."""
        shops = self._origins()
        if not shops:
            return self._unjudged(name)
        rows = _sample(rows, self.options.judged)
        adjustment, chosen = self._quick(name, rows, shops)
        is_long = min(shop.panel.periods for shop, _ in shops) >= _PROBED_FROM
        if name in _REGULAR and self.options.probed and is_long:
            chosen = self._with_slow(adjustment, chosen, rows, shops)
        return chosen

    def _unjudged(self, name: str) -> Weights:
        """Where the history is too short to judge by: the forest, of what repeats each season."""
        seasonal = name in _REGULAR and self.panel.periods >= 2 * self.panel.season
        return {"seasonal forest": 0.5, "forest": 0.5} if seasonal else {"forest": 1.0}

    def _quick(
        self, name: str, rows: Rows, shops: Sequence[tuple[Workshop, Floats]]
    ) -> tuple[str, Weights]:
        """The best adjustment of histories, and the weights of the quick methods with it."""
        actuals = [actual[rows] for _, actual in shops]
        levels, granules = shops[0][0].levels, self.panel.granules[rows]
        stake = self._stake[rows]
        forests = [named(adjustment, "forest") for adjustment in ("", *ADJUSTMENTS)]
        tried = [_quantiles(shop, forests, rows) for shop, _ in shops]
        common = [name for name in forests if all(name in one for one in tried)]
        adjustment = ""
        if common:
            losses = [(stake * series_losses(actuals, [one[f] for one in tried], levels, granules))
                      .sum() for f in common]  # fmt: skip
            # the judged periods may hold no promotion: effects that are sure stay where they do
            # not harm
            harm = [1.0 if "driven" in f else 1.0 + _PATIENCE for f in common]
            adjustment = parsed(common[int(np.argmin(np.multiply(losses, harm)))])[0]
        others = ["seasonal naive", *(named(adjustment, method) for method in QUICK)]
        tried = [{**one, **_quantiles(shop, others, rows)}
                 for one, (shop, _) in zip(tried, shops, strict=True)]  # fmt: skip
        chosen = select(actuals, tried, levels, granules, stake, named(adjustment, "forest"))
        unseen = named("seasonal", "forest") not in common
        if unseen and name in _REGULAR and self.panel.periods >= 2 * self.panel.season:
            # the season could not be judged, but its indices are shrunk to what repeats: half
            plain = {one: weight / 2.0 for one, weight in chosen.items()}
            chosen = dict(plain)
            for one, weight in plain.items():
                seasonal = one if one in REFERENCES else named("seasonal", one)
                chosen[seasonal] = chosen.get(seasonal, 0.0) + weight
        return adjustment, chosen

    def _with_slow(
        self, adjustment: str, chosen: Weights, rows: Rows,
        shops: Sequence[tuple[Workshop, Floats]],
    ) -> Weights:  # fmt: skip
        """The weights with those slow methods that pay on a probe of the series."""
        probe = _sample(rows, self.options.probed)
        actuals = [actual[probe] for _, actual in shops]
        levels = shops[0][0].levels
        combined = [_combined(shop, chosen, probe).quantiles for shop, _ in shops]
        for method in SLOW:
            self.progress(f"try {method}")
            name = named(adjustment, method)
            rival = [_quantiles(shop, [name], probe)[name] for shop, _ in shops]
            weight = pays(actuals, combined, rival, levels, self.panel.granules[probe],
                          self._stake[probe])  # fmt: skip
            if weight > 0.0:
                chosen = {one: w * (1.0 - weight) for one, w in chosen.items() if weight < 1.0}
                chosen[name] = weight
                combined = [(1.0 - weight) * a + weight * b
                            for a, b in zip(combined, rival, strict=True)]  # fmt: skip
        return chosen

    @cached_property
    def _stake(self) -> Floats:
        return stakes(scales(self.panel.values, self.panel.season, self.panel.granules))

    def _origins(self) -> list[tuple[Workshop, Floats]]:
        """Workshops at earlier origins, with what followed them."""
        if not self._shops:
            panel, count = self.panel, self.options.origins
            for origin in judged_origins(panel.periods, self.horizon, count, panel.season):
                actual = self.panel.outcomes(origin, self.horizon)
                shop = Workshop(self.panel.until(origin), actual.shape[1],
                                np.asarray(self.options.levels), self.options.judging_forest,
                                self.executor, self.drivers)  # fmt: skip
                self._shops.append((shop, actual))
        return self._shops


def judged_origins(periods: int, horizon: int, count: int, season: int) -> list[int]:
    """At most ``count`` origins with a whole horizon after them, half a horizon apart, late first.

    All with two seasons before them where one can have that. Where the history is too short for
    any, one origin at two thirds of it; none below 6 periods.
    """
    seasonal = periods - horizon >= 2 * season
    least = 2 * season if seasonal else max(4, horizon // 2)
    step = max(1, horizon // 2)
    found = [periods - horizon - number * step for number in range(count)]
    found = [origin for origin in found if origin >= least]
    if found or periods < 6:
        return found
    return [2 * periods // 3]


def _quantiles(shop: Workshop, names: Sequence[str], rows: Rows) -> dict[str, Floats]:
    made = {name: shop.paths(name, rows) for name in names}
    return {name: paths.quantiles for name, paths in made.items() if paths is not None}


def _sample(rows: Rows, most: int) -> Rows:
    """At most so many of the rows, evenly spread."""
    if len(rows) <= most:
        return rows
    return np.asarray(rows[np.linspace(0, len(rows) - 1, most).astype(int)])
