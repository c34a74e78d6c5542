"""What a period of demand is like: mean, standard deviation, and the money lost with a unit."""

from __future__ import annotations

import pandas as pd
from scipy.special import ndtri

from app.service.forecasts.filling import Filled
from forecasts.quantiles import column
from supplychain.calendar import PERIODS_A_YEAR
from supplychain.network import Network

_PAIR = ["item", "location"]
_LOW, _HIGH = 0.1, 0.9


def demand_spread(filled: Filled) -> pd.DataFrame:
    """One row an item-location with demand: item, location, mean, deviation, source, loss.

    ``mean`` and ``deviation`` are units a period. The deviation is that of the forecast (from its
    10 and 90 % quantiles, as if normal; root mean square over the calendar), without one that of
    the last year of history in stock, without that the one between periods of the demand itself:
    ``source`` says which. ``loss`` is money a unit: revenue and lost_cost less the item's
    unit_cost, never below 0.
    """
    network = filled.network
    demand = network.table("demand")
    demand = demand[demand["quantity"] > 0]
    units = demand.groupby([*_PAIR, "period"])["quantity"].sum()
    by_period = units.unstack("period", fill_value=0)
    by_period = by_period.reindex(columns=network.calendar.dates, fill_value=0.0)
    table = pd.DataFrame({"mean": by_period.mean(axis=1)})
    sources = {
        "forecast": _of_forecast(filled.demand),
        "history": _of_history(network),
        "demand": by_period.std(axis=1),
    }
    table["deviation"], table["source"] = float("nan"), ""
    for name, found in sources.items():
        known = found.reindex(table.index).where(table["deviation"].isna()).dropna()
        table.loc[known.index, "deviation"], table.loc[known.index, "source"] = known, name
    table["deviation"] = table["deviation"].fillna(0.0)
    return table.assign(loss=_loss(network, demand)).reset_index()


def _of_forecast(forecast: pd.DataFrame | None) -> pd.Series:
    if forecast is None:
        return pd.Series(dtype="float64", index=pd.MultiIndex.from_arrays([[], []], names=_PAIR))
    width = forecast[column(_HIGH)] - forecast[column(_LOW)]
    variance = (width / (ndtri(_HIGH) - ndtri(_LOW))) ** 2
    return variance.groupby([forecast[name] for name in _PAIR]).mean() ** 0.5


def _of_history(network: Network) -> pd.Series:
    history = network.table("demand_history")
    history = history[history["in_stock"] & history["quantity"].notna()].sort_values("period")
    year = history.groupby(_PAIR).tail(PERIODS_A_YEAR[network.settings.bucket])
    return year.groupby(_PAIR)["quantity"].std()


def _loss(network: Network, demand: pd.DataFrame) -> pd.Series:
    """Money lost with a unit of each item-location's demand, in the mean of its rows."""
    value = demand["item"].map(network.table("items").set_index("item")["unit_cost"])
    earned = (demand["unit_revenue"] - value).clip(lower=0.0) + demand["lost_cost"]
    money = (earned * demand["quantity"]).groupby([demand[name] for name in _PAIR]).sum()
    return money / demand.groupby(_PAIR)["quantity"].sum()
