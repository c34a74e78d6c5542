"""Demand drawn from its forecast: what is firm is sure, what is forecast beyond it varies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.service.forecasts.filling import Filled
from forecasts.lead_time import sample_quantiles
from forecasts.quantiles import PREFIX, Floats, level_of
from forecasts.sampling import correlated_uniforms

_CELL = ["item", "location", "period"]
_ROW = [*_CELL, "customer"]


def drawn_demand(
    demand: pd.DataFrame, filled: Filled, samples: int, random: np.random.Generator
) -> Floats:
    """Units wanted, rows of ``demand`` x samples; a scenario may have changed that of ``filled``.

    Where the plan is filled by a forecast, max(0, draw less what is firm) comes on top of what is
    firm, split between customers as the plan has it, and times what the scenario made of the row.
    Demand without a forecast is sure.
    """
    quantity = demand["quantity"].to_numpy(dtype=float)
    drawn = np.repeat(quantity[:, None], samples, axis=1)
    if filled.demand is None:
        return drawn
    planned = filled.network.table("demand")
    before, units = _planned_draws(planned, filled, samples, random)
    row = _places(planned, demand, _ROW)
    scaled = np.flatnonzero((row >= 0) & before[row])
    was = planned["quantity"].to_numpy(dtype=float)[row[scaled]]
    surge = np.divide(quantity[scaled], was, out=np.ones(len(scaled)), where=was > 0.0)
    drawn[scaled] = units[row[scaled]] * surge[:, None]
    return drawn


def _planned_draws(
    planned: pd.DataFrame, filled: Filled, samples: int, random: np.random.Generator
) -> tuple[np.typing.NDArray[np.bool_], Floats]:
    """Which rows of ``planned`` the forecast has filled, and their units (rows x samples)."""
    forecast = filled.demand if filled.demand is not None else pd.DataFrame(columns=_CELL)
    base = filled.base.table("demand")
    firm = base[base["firm"]]
    cell = _places(forecast, planned, _CELL)
    is_open = pd.MultiIndex.from_frame(base.loc[~base["firm"], _CELL[:2]])
    filled_rows = (cell >= 0) & pd.MultiIndex.from_frame(planned[_CELL[:2]]).isin(is_open)
    sure = _sums(firm, planned, _ROW)
    share = _shares(planned["quantity"].to_numpy(dtype=float) - sure, planned, cell)
    beyond = _draws(forecast, samples, random) - _sums(firm, forecast, _CELL)[:, None]
    return filled_rows, sure[:, None] + share[:, None] * np.maximum(beyond, 0.0)[cell]


def _shares(open_units: Floats, planned: pd.DataFrame, cell: np.typing.NDArray[np.intp]) -> Floats:
    """Share of each row in what its item, location and period is forecast beyond what is firm.

    Even between the rows that are not firm where the forecast has nothing beyond it.
    """
    frame = pd.DataFrame({"cell": cell, "open": np.maximum(open_units, 0.0),
                          "even": np.where(planned["firm"], 1e-9, 1.0)})  # fmt: skip
    total = frame.groupby("cell").transform("sum")
    even = frame["even"] / total["even"]
    share = np.where(total["open"] > 0.0, frame["open"] / total["open"].where(total["open"] > 0.0),
                     even)  # fmt: skip
    return np.asarray(share, dtype=np.float64)


def _draws(forecast: pd.DataFrame, samples: int, random: np.random.Generator) -> Floats:
    """Draws from the quantiles of ``forecast`` (rows x samples), periods of a series in part alike.

    ``forecast`` has the same periods for every item and location.
    """
    names = [str(name) for name in forecast if str(name).startswith(PREFIX)]
    levels = [level_of(name) for name in names]
    series = forecast.groupby(_CELL[:2], sort=False).ngroup().to_numpy()
    steps = int(np.bincount(series).max())
    uniforms = correlated_uniforms((int(series.max()) + 1, steps), samples, random)
    return sample_quantiles(forecast[names].to_numpy(dtype=float), levels,
                            uniforms.reshape(-1, samples))  # fmt: skip


def _sums(table: pd.DataFrame, rows: pd.DataFrame, key: list[str]) -> Floats:
    """Units of ``table`` by ``key``, for each of ``rows``; 0 where it has none."""
    sums = table.groupby(key)["quantity"].sum()
    found = sums.reindex(pd.MultiIndex.from_frame(rows[key])).fillna(0.0)
    return found.to_numpy(dtype=np.float64)


def _places(table: pd.DataFrame, rows: pd.DataFrame, key: list[str]) -> np.typing.NDArray[np.intp]:
    """Row of ``table`` with the key of each of ``rows``, -1 where there is none."""
    return pd.MultiIndex.from_frame(table[key]).get_indexer(pd.MultiIndex.from_frame(rows[key]))
