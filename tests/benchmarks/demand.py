"""Demand forecasts on the sets of the benchmarks; run as a module for time and memory.

``python -m tests.benchmarks.demand SERIES`` prints one line of JSON: seconds and peak memory of a
forecast of so many weekly series of 104 weeks, 13 weeks ahead.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecasts.demand.backtest import transforms
from forecasts.demand.forecast import DemandOptions, forecast_demand
from forecasts.demand.methods import Paths
from forecasts.demand.panel import Panel
from forecasts.demand.simple import seasonal_naive, zero
from forecasts.executors import process_pool
from forecasts.quantiles import DECILES, Floats, pinball
from supplychain.calendar import Calendar

SETS = {"carparts": 12, "auto": 6}  # the last months, which are forecast
LEVELS = tuple(round(0.01 * number, 2) for number in range(1, 100))


def monthly(path: Path) -> Panel:
    """The panel of a set: a row a series, a column a month."""
    frame = pd.read_csv(path)
    values = frame.iloc[:, 1:].to_numpy(dtype=float)
    keys = pd.DataFrame({"item": frame.iloc[:, 0].astype("str"), "location": ""})
    return Panel.of(keys, values, Calendar(dt.date(1998, 1, 1), values.shape[1], "month"))


def measured(path: Path, name: str) -> list[dict[str, Any]]:
    """Loss, coverage and seconds of the forecast, with the references beside it."""
    panel, horizon = monthly(path), SETS[name]
    known, actual = panel.until(panel.periods - horizon), panel.values[:, -horizon:]
    started = time.perf_counter()
    with process_pool() as executor:
        made = forecast_demand(known, horizon, DemandOptions(levels=LEVELS), executor=executor)
    seconds = time.perf_counter() - started
    levels = np.asarray(LEVELS)
    rows = [_row("forecast", made.paths, actual, seconds)]
    for method in (zero, seasonal_naive):
        rows.append(_row(method.__name__, method(known, horizon, levels), actual, 0.0))
    return [{"set": name, **row} for row in rows]


def _row(method: str, paths: Paths, actual: Floats, seconds: float) -> dict[str, Any]:
    seen = ~np.isnan(actual)
    chosen = [LEVELS.index(level) for level in DECILES]
    losses = pinball(actual[seen], paths.quantiles[seen][:, chosen], DECILES)
    transform = transforms(actual[seen], paths.quantiles[seen], np.asarray(LEVELS))
    bias = float(paths.mean[seen].sum() / actual[seen].sum()) - 1.0
    return {"method": method, "loss": float(losses.mean(axis=1).sum() / actual[seen].sum()),
            "P90": float((transform <= 0.9).mean()), "P95": float((transform <= 0.95).mean()),
            "bias": bias, "seconds": seconds}  # fmt: skip


def weekly(series: int) -> Panel:
    """Seeded histories of every class: a third each smooth with a season, slow, and lumpy."""
    random = np.random.default_rng(1)
    weeks = np.arange(104)
    season = 1.0 + 0.3 * np.sin(2 * np.pi * weeks / 52)
    level = random.lognormal(3.0, 1.0, (series, 1))
    kind = np.arange(series)[:, None] % 3
    rate = np.select([kind == 0, kind == 1], [level * season, 0.02 * level + 0.0 * season],
                     0.1 * level * (random.random((series, 104)) < 0.3))  # fmt: skip
    values = random.poisson(rate).astype(float)
    keys = pd.DataFrame({"item": [f"I{row:06}" for row in range(series)], "location": ""})
    return Panel.of(keys, values, Calendar(dt.date(2024, 1, 1), 104, "week"))


def main(series: int) -> None:
    """Print seconds and peak memory, in MB, of one forecast, this process and its helpers."""
    panel = weekly(series)
    started = time.perf_counter()
    with process_pool() as executor:
        forecast_demand(panel, 13, executor=executor)
    seconds = time.perf_counter() - started
    peak = sum(resource.getrusage(who).ru_maxrss
               for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    print(json.dumps({"series": series, "seconds": round(seconds, 1),
                      "megabytes": round(peak / 1024)}))  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]))
