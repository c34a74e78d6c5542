"""How good every method was: rolling origins, by method and by class of demand.

At each origin all methods see only what was known then. Measures, over all series of a class,
steps and origins: weighted quantile loss (quantile loss by demand), scaled quantile loss (by the
mean absolute error of the seasonal naive in the history), coverage of the central 80 and 95 % and
of P90 with ties randomised (probability integral transform), bias of the mean and root mean
squared scaled error (RMSSE), both against the history's own errors of one step.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.demand.classes import CLASSES, demand_classes
from forecasts.demand.combine import in_granules
from forecasts.demand.forecast import DemandForecast, DemandOptions, forecast_demand
from forecasts.demand.panel import Panel, masked_mean
from forecasts.demand.workshop import QUICK, REFERENCES, SLOW, Rows, Workshop, named, parsed
from forecasts.executors import InProcess
from forecasts.quantiles import DECILES, Floats, ordered, pinball

LEVELS = (0.025, *DECILES, 0.95, 0.975)
COMBINED = "combined"
_MOST_SLOW = 60  # series of a class that a slow method is judged on
_SEED = 0


@dataclass(frozen=True, eq=False)
class Backtest:
    """Measures by method and class, and what the charts show.

    ``table`` has method, class, series, weighted_quantile_loss, scaled_quantile_loss,
    coverage_80, coverage_95, coverage_P90, coverage_P95, bias, rmsse and seconds. ``transform``
    holds the probability integral transforms of the combined forecast, ``last`` its forecast at
    the last origin and ``actual`` what followed, series x steps.
    """

    table: pd.DataFrame
    origins_done: int
    transform: Floats
    last: DemandForecast | None
    actual: Floats


@dataclass(eq=False)
class _Score:
    """Sums over origins for one method and class."""

    series: int = 0
    loss: float = 0.0
    demand: float = 0.0
    scaled: list[float] = field(default_factory=list)
    squares: list[float] = field(default_factory=list)
    error: float = 0.0
    transforms: list[Floats] = field(default_factory=list)
    seconds: float = 0.0


def backtest(
    panel: Panel,
    horizon: int,
    origins: int,
    drivers: pd.DataFrame | None = None,
    predecessors: pd.DataFrame | None = None,
    options: DemandOptions | None = None,
    executor: Executor | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Backtest:
    """Judge all methods at the last ``origins`` origins that ``horizon`` periods follow.

    Origins lie half a horizon apart. Slow methods are judged on at most 60 series a class, and
    their column ``series`` says so. An interrupt (Ctrl-C) ends it with the origins done so far.
    """
    given = options or DemandOptions()
    options = DemandOptions(**{**vars(given), "levels": LEVELS})
    step = max(1, horizon // 2)
    ends = [panel.periods - horizon - number * step for number in range(origins)]
    scores: dict[tuple[str, str], _Score] = {}
    last: DemandForecast | None = None
    done = 0
    try:
        for number, end in enumerate(end for end in ends if end >= 1):
            progress(f"origin {number + 1} of {origins}")
            forecast = _one_origin(panel, end, horizon, drivers, predecessors, options,
                                   executor or InProcess(), scores)  # fmt: skip
            last, done = last or forecast, done + 1
    except KeyboardInterrupt:
        if not done:
            raise
    start = panel.periods - horizon
    actual = panel.outcomes(start, horizon) if last is not None else np.zeros((0, horizon))
    transforms = [part for (method, _), score in scores.items() if method == COMBINED
                  for part in score.transforms]  # fmt: skip
    transform = np.concatenate(transforms) if transforms else np.zeros(0)
    return Backtest(_table(scores), done, transform, last, actual)


def _one_origin(
    panel: Panel, end: int, horizon: int, drivers: pd.DataFrame | None,
    predecessors: pd.DataFrame | None, options: DemandOptions, executor: Executor,
    scores: dict[tuple[str, str], _Score],
) -> DemandForecast:  # fmt: skip
    """Judge at one origin; adds to ``scores`` and returns the combined forecast."""
    known, actual = panel.until(end), panel.outcomes(end, horizon)
    started = time.perf_counter()
    made = forecast_demand(known, horizon, options, drivers, predecessors, executor)
    seconds = time.perf_counter() - started
    made_rows = pd.MultiIndex.from_frame(made.panel.keys).get_indexer(
        pd.MultiIndex.from_frame(panel.keys)
    )
    classes = demand_classes(known.values[:, -2 * panel.season :])
    shop = Workshop(known, horizon, np.asarray(LEVELS), options.forest, executor,
                    pd.DataFrame() if drivers is None else drivers)  # fmt: skip
    for name in CLASSES:
        rows = np.flatnonzero(classes == name)
        if not len(rows):
            continue
        quantiles = made.paths.quantiles[made_rows[rows]]
        mean = made.paths.mean[made_rows[rows]]
        _add(scores, COMBINED, name, known, actual, rows, quantiles, mean,
             seconds * len(rows) / panel.series)  # fmt: skip
        for method in _methods(shop, name):
            is_slow = parsed(method)[1] in SLOW
            some = rows[:: max(1, len(rows) // _MOST_SLOW)] if is_slow else rows
            started = time.perf_counter()
            paths = shop.paths(method, some)
            if paths is not None:
                finished = ordered(in_granules(paths.quantiles, known.granules[some]))
                _add(scores, method, name, known, actual, some, finished, paths.mean,
                     time.perf_counter() - started)  # fmt: skip
    return made


def _methods(shop: Workshop, name: str) -> list[str]:
    """Methods judged for a class: the references, the portfolio, and the adjusted forests."""
    adjusted = [named(adjustment, "forest") for adjustment in shop.adjustments]
    slow: list[str] = list(SLOW) if name in ("smooth", "erratic") else []
    if slow and "seasonal" in shop.adjustments:
        slow += [named("seasonal", "ets")]
    return [*REFERENCES, *QUICK, *adjusted, *slow]


def _add(
    scores: dict[tuple[str, str], _Score], method: str, name: str, known: Panel, actual: Floats,
    rows: Rows, quantiles: Floats, mean: Floats, seconds: float,
) -> None:  # fmt: skip
    """Add the errors of one method at one origin."""
    score = scores.setdefault((method, name), _Score())
    wanted = actual[rows]
    seen = ~np.isnan(wanted)
    deciles = [LEVELS.index(level) for level in DECILES]
    losses = pinball(wanted, quantiles[..., deciles], DECILES).mean(axis=-1)
    score.series = max(score.series, len(rows))
    score.loss += float(np.nansum(losses))
    score.demand += float(np.nansum(wanted))
    score.error += float(np.where(seen, mean - np.nan_to_num(wanted), 0.0).sum())
    scale = _scales(known.values[rows], known.season)
    kept = seen.any(axis=1) & (scale > 0.0)
    score.scaled += list(masked_mean(losses[kept]) / scale[kept])
    squares = masked_mean((mean - wanted)[kept] ** 2)
    score.squares += list(np.sqrt(squares) / scale[kept])
    score.transforms.append(transforms(wanted[seen], quantiles[seen], np.asarray(LEVELS)))
    score.seconds += seconds


def _scales(values: Floats, season: int) -> Floats:
    """Mean absolute seasonal difference of each history; of one period where it is too short."""
    lag = season if values.shape[1] > season else 1
    return masked_mean(np.abs(values[:, lag:] - values[:, :-lag]))


def transforms(actual: Floats, quantiles: Floats, levels: Floats) -> Floats:
    """Probability integral transforms, uniform where the quantiles are right; ties at random.

    ``actual`` n, ``quantiles`` n x levels. Where the outcome equals quantiles of several levels it
    lies somewhere between the first and the last of them (Czado, Gneiting and Held 2009).
    """
    random = np.random.default_rng(_SEED)
    edges = np.concatenate([[0.0], levels, [1.0]])
    below = (quantiles < actual[:, None]).sum(axis=1)
    upto = (quantiles <= actual[:, None]).sum(axis=1)
    low = edges[below]
    high = np.where(upto > below, edges[upto], edges[np.minimum(below + 1, len(levels) + 1)])
    return np.asarray(low + random.random(len(actual)) * (high - low))


def _table(scores: dict[tuple[str, str], _Score]) -> pd.DataFrame:
    rows = [_row(method, name, score) for (method, name), score in scores.items()]
    for method in dict.fromkeys(method for method, _ in scores):
        parts = [score for (one, _), score in scores.items() if one == method]
        if len(parts) > 1:
            rows.append(_row(method, "all", _merged(parts)))
    table = pd.DataFrame(rows)
    order = {name: number for number, name in enumerate(("all", *CLASSES))}
    keys = table["class"].map(order) if len(table) else pd.Series(dtype=float)
    table = table.assign(order=keys).sort_values(["order", "weighted_quantile_loss"], kind="stable")
    return table.drop(columns="order").reset_index(drop=True)


def _merged(parts: list[_Score]) -> _Score:
    return _Score(
        sum(part.series for part in parts), sum(part.loss for part in parts),
        sum(part.demand for part in parts), [x for part in parts for x in part.scaled],
        [x for part in parts for x in part.squares], sum(part.error for part in parts),
        [x for part in parts for x in part.transforms], sum(part.seconds for part in parts),
    )  # fmt: skip


def _row(method: str, name: str, score: _Score) -> dict[str, object]:
    transform = np.concatenate(score.transforms) if score.transforms else np.zeros(0)
    demand = score.demand if score.demand > 0.0 else np.nan
    return {
        "method": method, "class": name, "series": score.series,
        "weighted_quantile_loss": score.loss / demand,
        "scaled_quantile_loss": _average(score.scaled),
        "coverage_80": _share(transform, 0.1, 0.9), "coverage_95": _share(transform, 0.025, 0.975),
        "coverage_P90": _share(transform, 0.0, 0.9), "coverage_P95": _share(transform, 0.0, 0.95),
        "bias": score.error / demand, "rmsse": _average(score.squares), "seconds": score.seconds,
    }  # fmt: skip


def _average(values: list[float]) -> float:
    return float(np.mean(values)) if values else np.nan


def _share(transform: npt.NDArray[np.float64], low: float, high: float) -> float:
    if not len(transform):
        return np.nan
    return float(((transform >= low) & (transform <= high)).mean())
