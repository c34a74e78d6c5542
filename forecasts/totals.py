"""Forecasts that add up: by item and location, by brand, and by region.

Means: the totals of brands and regions are forecast from their own histories too, and all means
are reconciled by weighted least squares with structural weights (Athanasopoulos et al. 2017,
European Journal of Operational Research 262; Wickramasuriya et al. 2019): the smallest change, in
units of the number of series summed, after which brands and regions are exactly the sums of their
series. Quantiles: each forecast keeps its shape and is multiplied by what its mean was multiplied
by, so a total has the spread of its own history and not the sum of the spreads of its series.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.demand.drivers import driver_values
from forecasts.demand.forecast import DemandForecast, DemandOptions, forecast_demand
from forecasts.demand.methods import Paths
from forecasts.demand.panel import Panel, masked_mean
from forecasts.quantiles import Floats, columns
from supplychain.network import Network

_NONE = "(none)"


def with_totals(
    made: DemandForecast,
    panel: Panel,
    network: Network,
    options: DemandOptions | None = None,
) -> tuple[DemandForecast, pd.DataFrame]:
    """``made`` reconciled, and the totals: level, name, period, ..., as that table.

    ``panel`` is what ``made`` was made from: totals are of the demand that there was, without
    what predecessors lend, and see the drivers of their series by the share of each in the demand.
    Series of items without brand and locations without region form a group of their own.
    """
    groups = _groups(made.panel, network)
    matrix, names = _summing(groups)
    own_rows = matrix[:, : panel.series]  # successors without history come after those with
    totals = _total_panel(panel, own_rows, names)
    drivers = _total_drivers(panel, network.table("drivers"), made.horizon, own_rows, names)
    options = options or DemandOptions(levels=made.levels)
    own = forecast_demand(totals, made.horizon, options, drivers)
    bottom, upper = reconciled(made.paths.mean, own.paths.mean, matrix)
    ratio = np.divide(bottom, made.paths.mean, out=np.ones_like(bottom),
                      where=made.paths.mean > 0.0)  # fmt: skip
    fitted = replace(made, paths=Paths(made.paths.quantiles * ratio[:, :, None], bottom))
    sums = _scaled(own.table, own.paths.mean, upper, made.levels)
    sums = sums.rename(columns={"item": "level", "location": "name"})
    return fitted, sums


def reconciled(bottom: Floats, upper: Floats, matrix: Floats) -> tuple[Floats, Floats]:
    """Means of series and totals, rows x steps, after which ``matrix @ bottom == upper``.

    ``matrix`` is totals x series, of zeros and ones. No mean is made negative; the totals are the
    sums of what is left.
    """
    # minimise |b - bottom|^2 + |S b - upper|^2 / n, n the number of series in a total
    weight = 1.0 / np.maximum(matrix.sum(axis=1), 1.0)
    gap = upper - matrix @ bottom
    inner = np.diag(1.0 / weight) + matrix @ matrix.T
    change = matrix.T @ np.linalg.solve(inner, gap)
    moved = np.maximum(bottom + change, 0.0)
    moved = np.where(bottom > 0.0, moved, 0.0)
    return moved, matrix @ moved


def _groups(panel: Panel, network: Network) -> dict[str, npt.NDArray[np.object_]]:
    """Brand and region of every series."""
    items = network.table("items").set_index("item")["brand"]
    locations = network.table("locations").set_index("location")["region"]
    brand = panel.keys["item"].map(items).fillna("").replace("", _NONE)
    region = panel.keys["location"].map(locations).fillna("").replace("", _NONE)
    return {"brand": brand.to_numpy(dtype=object), "region": region.to_numpy(dtype=object)}


def _summing(groups: dict[str, npt.NDArray[np.object_]]) -> tuple[Floats, pd.DataFrame]:
    """Totals x series, 1 where a series belongs to a total; level and name of the totals."""
    rows, names = [], []
    for level, members in groups.items():
        for name in sorted(set(members)):
            rows.append((members == name).astype(float))
            names.append((level, name))
    return np.array(rows), pd.DataFrame(names, columns=["item", "location"])


def _total_panel(panel: Panel, matrix: Floats, names: pd.DataFrame) -> Panel:
    """Histories of the totals; a gap of a series counts as its mean, between its first and last."""
    known = ~np.isnan(panel.values)
    begun = np.logical_or.accumulate(known, axis=1)
    begun &= np.logical_or.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    mean = masked_mean(panel.values)[:, None]
    filled = np.where(known, panel.values, np.where(begun, mean, 0.0))
    return Panel.of(names, matrix @ filled, panel.calendar)


def _total_drivers(
    panel: Panel, drivers: pd.DataFrame, horizon: int, matrix: Floats, names: pd.DataFrame
) -> pd.DataFrame:
    """The drivers of the totals: the mean value over their series, weighted by demand."""
    weights = matrix * masked_mean(panel.values)
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    tables = []
    for name, rows in drivers.groupby("driver", sort=True) if len(drivers) else ():
        known_ahead = bool(rows["known_ahead"].all())
        values = driver_values(panel, rows, horizon, known_ahead)
        values = values if known_ahead else values[:, : panel.periods]
        usual = masked_mean(values)[:, None]
        mean = weights @ np.where(np.isnan(values), usual, values)
        periods = panel.calendar.dates_of(np.arange(mean.shape[1]))
        table = names.loc[names.index.repeat(len(periods))].reset_index(drop=True)
        tables.append(table.assign(driver=name, period=np.tile(periods, len(names)),
                                   value=mean.ravel(), known_ahead=known_ahead))  # fmt: skip
    return pd.concat(tables, ignore_index=True) if tables else drivers.iloc[:0]


def _scaled(
    table: pd.DataFrame, before: Floats, after: Floats, levels: tuple[float, ...]
) -> pd.DataFrame:
    ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0.0).ravel()
    names = columns(levels)
    return table.assign(mean=after.ravel(), **{name: table[name] * ratio for name in names})
