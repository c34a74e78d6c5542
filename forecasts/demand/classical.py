"""The classical methods of statsmodels, a series at a time: ETS, Theta, ARIMA, local level.

They are for series that are wanted in most periods. Each sees a history without season, its gaps
filled on a straight line and its outliers cut (Hampel's rule), and gives a mean and a standard
deviation a step. A series that a method cannot be fitted to gets a random walk's.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Literal

import numpy as np

from forecasts.demand.methods import Paths, normal_paths
from forecasts.demand.panel import Panel
from forecasts.quantiles import Floats

Method = Literal["ets", "theta", "arima", "local level"]
METHODS: tuple[Method, ...] = ("ets", "theta", "arima", "local level")
LEAST = 8  # known periods that a series must have
_MEMORY = 104  # periods looked back: older ones cost time and tell little
_CHUNK = 6  # series a task
_ITERATIONS = 50
_OUTLIER = 4.0  # robust standard deviations
_ORDERS = ((1, 0, 0), (0, 1, 1))


def classical(
    panel: Panel, horizon: int, levels: Floats, method: Method, executor: Executor
) -> Paths:
    """Normal forecasts by ``method`` for every series, fitted in the processes of ``executor``."""
    chunks = [panel.values[start : start + _CHUNK] for start in range(0, panel.series, _CHUNK)]
    done = list(executor.map(_fit_chunk, chunks, [horizon] * len(chunks), [method] * len(chunks)))
    if not done:
        return normal_paths(np.zeros((0, horizon)), np.zeros((0, horizon)), levels)
    mean, deviation = (np.concatenate(parts) for parts in zip(*done, strict=True))
    return normal_paths(mean, deviation, levels)


def _fit_chunk(values: Floats, horizon: int, method: Method) -> tuple[Floats, Floats]:
    """Mean and standard deviation, series x steps each."""
    import threadpoolctl

    # threads of small matrices fight for the cores: ten times slower
    with threadpoolctl.threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fits that do not converge are judged by their errors
        fitted = [_fit(row, horizon, method) for row in values]
    return np.array([mean for mean, _ in fitted]), np.array([deviation for _, deviation in fitted])


def _fit(row: Floats, horizon: int, method: Method) -> tuple[Floats, Floats]:
    series = prepared(row)
    scale = float(np.abs(series).mean()) if len(series) else 0.0
    if len(series) < LEAST or scale == 0.0 or np.ptp(series) <= 1e-9 * scale:
        return _random_walk(series, horizon)
    try:
        mean, deviation = _FITS[method](series / scale, horizon)
    except (ValueError, IndexError, np.linalg.LinAlgError, FloatingPointError):
        return _random_walk(series, horizon)
    limit = 10.0 * float(series.max())
    if not (np.isfinite(mean).all() and np.isfinite(deviation).all()):
        return _random_walk(series, horizon)
    return np.clip(mean * scale, 0.0, limit), np.minimum(deviation * scale, limit)


def prepared(row: Floats) -> Floats:
    """The known part of a series, gaps on a straight line, outliers cut to Hampel's limits."""
    known = np.flatnonzero(~np.isnan(row))
    if not len(known):
        return np.zeros(0)
    row = row[known[0] :][-_MEMORY:]
    known = np.flatnonzero(~np.isnan(row))
    if not len(known):
        return np.zeros(0)
    filled = np.interp(np.arange(len(row)), known, row[known])
    middle = np.array([np.median(filled[max(0, t - 3) : t + 4]) for t in range(len(filled))])
    gap = filled - middle
    limit = _OUTLIER * 1.4826 * np.median(np.abs(gap))
    return np.asarray(middle + np.clip(gap, -limit, limit)) if limit > 0.0 else filled


def _random_walk(series: Floats, horizon: int) -> tuple[Floats, Floats]:
    last = float(series[-1]) if len(series) else 0.0
    step = float(np.std(np.diff(series))) if len(series) > 2 else last
    return np.full(horizon, last), step * np.sqrt(np.arange(1.0, horizon + 1.0))


def _ets(series: Floats, horizon: int) -> tuple[Floats, Floats]:
    """Additive errors, without trend or with a damped one, whichever has the lower AICc.

    Variances after Hyndman, Koehler, Ord and Snyder (2008), table 6.1.
    """
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    models = [ETSModel(series, trend=trend, damped_trend=bool(trend)) for trend in (None, "add")]
    fits = [model.fit(disp=False, maxiter=_ITERATIONS) for model in models]
    best = min(fits, key=lambda fit: float(np.nan_to_num(fit.aicc, nan=np.inf)))
    given = dict(zip(best.model.param_names, best.params, strict=True))
    damping = given.get("damping_trend", 0.0)
    growth = np.cumsum(damping ** np.arange(1, horizon))
    weights = given["smoothing_level"] + given.get("smoothing_trend", 0.0) * growth
    variance = best.mse * (1.0 + np.concatenate([[0.0], np.cumsum(weights**2)]))
    return np.asarray(best.forecast(horizon)), np.sqrt(variance)


def _theta(series: Floats, horizon: int) -> tuple[Floats, Floats]:
    """Assimakopoulos and Nikolopoulos (2000), International Journal of Forecasting 16.

    The deviation is that of the simple smoothing within (statsmodels would fit a second model).
    """
    from statsmodels.tsa.forecasting.theta import ThetaModel

    fit = ThetaModel(series, deseasonalize=False).fit()
    smoothing = float(fit.params["alpha"])
    level, errors = series[0], []
    for value in series[1:]:
        errors.append(value - level)
        level += smoothing * errors[-1]
    variance = float(np.mean(np.square(errors))) * (1.0 + np.arange(horizon) * smoothing**2)
    return np.asarray(fit.forecast(horizon)), np.sqrt(variance)


def _arima(series: Floats, horizon: int) -> tuple[Floats, Floats]:
    """An autoregression or simple smoothing, whichever has the lower AICc."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    models = [SARIMAX(series, order=order, trend="n" if order[1] else "c", concentrate_scale=True)
              for order in _ORDERS]  # fmt: skip
    fits = [model.fit(disp=False, maxiter=_ITERATIONS) for model in models]
    return _from_state_space(min(fits, key=lambda fit: float(fit.aicc)), horizon)


def _local_level(series: Floats, horizon: int) -> tuple[Floats, Floats]:
    """A level that walks at random, seen with noise (Harvey 1989)."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    return _from_state_space(
        UnobservedComponents(series, "llevel").fit(disp=False, maxiter=_ITERATIONS), horizon
    )


def _from_state_space(fit: Any, horizon: int) -> tuple[Floats, Floats]:
    forecast = fit.get_forecast(horizon)
    return np.asarray(forecast.predicted_mean), np.asarray(forecast.se_mean)


_FITS: dict[Method, Callable[[Floats, int], tuple[Floats, Floats]]] = {
    "ets": _ets, "theta": _theta, "arima": _arima, "local level": _local_level,
}  # fmt: skip
