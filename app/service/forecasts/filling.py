"""Forecasts fill demand and lead times of a dataset, before any scenario acts on them.

Demand: where an item and location has past demand, the rows of its demand that are not firm get
max(0, mean forecast less what is firm), split between customers as they were, at their prices.
What a planner says of a period takes the place of its mean (``overridden``).
Lead times: where ``lead_time_quantile`` is set, options with receipts get that quantile of their
lead time, rounded up to whole periods. Without history a dataset stays as it is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import platformdirs

import forecasts
from app.service.forecasts.histories import history_panel
from app.service.forecasts.overridden import Overridden, override_facts, with_overrides
from forecasts.demand.forecast import QUICK_OPTIONS, forecast_demand
from forecasts.demand.rebucket import table_in
from forecasts.lead_time import LeadTimeForecast, forecast_lead_times
from forecasts.quantiles import DEFAULT_LEVELS
from supplychain.errors import FileError
from supplychain.files import whole_or_nothing
from supplychain.network import Network

Json = dict[str, Any]
OPTION = ["item", "location", "supplier", "mode"]
_SERIES = ["item", "location"]
_READ = ("items", "demand_history", "drivers", "predecessors", "settings")


@dataclass(frozen=True, eq=False)
class Filled:
    """A network with its forecasts: ``network`` is ``base`` with them in place of its own.

    ``demand`` is the forecast by item, location and period (None without history), ``lead_times``
    that of sourcing options (None without receipts). ``facts`` tells what was replaced.
    """

    base: Network
    network: Network
    demand: pd.DataFrame | None
    lead_times: LeadTimeForecast | None
    facts: Json


def fill(base: Network, wanted: bool = True, said: Sequence[Overridden] = ()) -> Filled:
    """``base`` with demand and lead times as forecast; as it is where not ``wanted``.

    ``said`` are planners' overrides, which take the place of the forecast where there is one.
    """
    statistical = _demand_forecast(base) if wanted and _has_open_demand(base) else None
    demand = statistical if statistical is None else with_overrides(statistical, said)
    quantile = base.settings.lead_time_quantile
    lead_times = lead_time_forecast(base) if wanted and quantile is not None else None
    facts = override_facts(statistical, _open_cells(base), said) if wanted else {}
    network = base
    if demand is not None:
        network = network.replace(demand=filled_demand(network, demand))
        facts |= _demand_facts(base, network)
    if lead_times is not None and quantile is not None:
        sourcing = filled_sourcing(network, lead_times, quantile)
        before = base.table("sourcing")
        facts |= {"lead_time_quantile": quantile,
                  "options": int((before["lead_time"] != sourcing["lead_time"]).sum())}  # fmt: skip
        network = network.replace(sourcing=sourcing)
    return Filled(base, network, demand, lead_times, facts)


def _has_open_demand(base: Network) -> bool:
    return bool(len(base.table("demand_history")) and (~base.table("demand")["firm"]).any())


def _open_cells(base: Network) -> pd.DataFrame:
    """Items, locations and periods whose demand a forecast may fill."""
    demand = base.table("demand")
    series = demand.loc[~demand["firm"], _SERIES].drop_duplicates()
    return series.merge(pd.DataFrame({"period": base.calendar.dates}), how="cross")


def lead_time_forecast(base: Network) -> LeadTimeForecast | None:
    """Lead times of the options that ordered before the first period; None without any."""
    receipts = base.table("receipt_history")
    as_of = base.settings.start - dt.timedelta(days=1)
    if not (receipts["ordered_on"] <= pd.Timestamp(as_of)).any():
        return None
    return forecast_lead_times(receipts, as_of, DEFAULT_LEVELS, items=base.table("items"),
                               locations=base.table("locations"))  # fmt: skip


# --- demand ------------------------------------------------------------------------------------


def filled_demand(network: Network, forecast: pd.DataFrame) -> pd.DataFrame:
    """The demand table in which forecasts replace the rows that are not firm.

    A period without such rows gets them like the first one that has: same customers and prices.
    """
    demand = network.table("demand")
    covered = pd.MultiIndex.from_frame(forecast[_SERIES].drop_duplicates())
    is_open = ~demand["firm"] & pd.MultiIndex.from_frame(demand[_SERIES]).isin(covered)
    if not is_open.any():
        return demand
    rows, kept = demand[is_open], demand[~is_open]
    calendar = network.calendar
    inside = forecast[forecast["period"].isin(calendar.dates)]
    firm = kept[kept["firm"]].groupby([*_SERIES, "period"])["quantity"].sum().rename("firm_units")
    wanted = inside[[*_SERIES, "period", "mean"]].merge(
        firm.reset_index(), how="left", on=[*_SERIES, "period"]
    )
    wanted["units"] = (wanted["mean"] - wanted["firm_units"].fillna(0.0)).clip(lower=0.0)
    made = _split(wanted, rows)
    taken = pd.MultiIndex.from_frame(kept[[*_SERIES, "period", "customer"]])
    own = pd.MultiIndex.from_frame(made[[*_SERIES, "period", "customer"]])
    clash = own.isin(taken)  # a customer with a firm order has it raised by its forecast
    if clash.any():
        added = made[clash].set_index([*_SERIES, "period", "customer"])["quantity"]
        more = pd.Series(taken.map(added.to_dict()), index=kept.index).fillna(0.0)
        kept = kept.assign(quantity=kept["quantity"] + more.astype(float))
    return pd.concat([kept, made[~clash]], ignore_index=True)[demand.columns]


def _split(wanted: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Demand rows of ``wanted`` units by item, location, period: between customers as in ``rows``.

    In a period without rows the customers of the series' first period that has some.
    """
    by_period = rows.groupby([*_SERIES, "period"])["quantity"]
    share = rows["quantity"] / by_period.transform("sum")
    rows = rows.assign(share=share.fillna(1.0 / by_period.transform("size")))
    there = wanted.merge(rows, on=[*_SERIES, "period"])
    known = pd.MultiIndex.from_frame(rows[[*_SERIES, "period"]])
    blank = wanted[~pd.MultiIndex.from_frame(wanted[[*_SERIES, "period"]]).isin(known)]
    first = rows[rows["period"] == rows.groupby(_SERIES)["period"].transform("min")]
    like = blank.merge(first.drop(columns="period"), on=_SERIES)
    made = pd.concat([there, like], ignore_index=True)
    return made.assign(quantity=made["units"] * made["share"])


def _demand_facts(base: Network, network: Network) -> Json:
    before, after = base.table("demand"), network.table("demand")
    return {"rows": int((~before["firm"]).sum()), "units_before": float(before["quantity"].sum()),
            "units_after": float(after["quantity"].sum())}  # fmt: skip


def demand_forecast(base: Network) -> pd.DataFrame | None:
    """Demand to the end of the calendar, in its periods; None where the history says nothing.

    Only what was known before the first period counts. A history by month or by other weeks is
    forecast as it is and then spread over the periods of the plan.
    """
    panel = history_panel(base)
    calendar = base.calendar
    known = panel.calendar.number(base.settings.start)
    if known < 1:
        return None
    panel = panel.until(min(known, panel.periods))
    last = calendar.date(calendar.periods) - pd.Timedelta(days=1)
    horizon = panel.calendar.number(last.date()) - panel.periods + 1
    made = forecast_demand(panel, horizon, QUICK_OPTIONS, base.table("drivers"),
                           base.table("predecessors"))  # fmt: skip
    return table_in(made, calendar)


def _demand_forecast(base: Network) -> pd.DataFrame | None:
    """The table of the forecast, from the cache of the user where it has been made before."""
    path = _cached(base)
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError):
        pass  # not made yet, or not readable: made again
    made = demand_forecast(base)
    if made is None:
        return None
    try:
        with whole_or_nothing(path) as fresh:
            made.to_parquet(fresh, index=False)
    except FileError:
        pass  # a cache that cannot be written costs time, not the answer
    return made


def _cached(base: Network) -> Path:
    """Where the forecast of this history is kept: named by all that it depends on."""
    digest = hashlib.sha256(repr(QUICK_OPTIONS).encode())
    for source in sorted(Path(forecasts.__file__).parent.rglob("*.py")):  # other code, other file
        digest.update(source.read_bytes())
    for name in _READ:
        frame = base.table(name)
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    folder = Path(platformdirs.user_cache_dir("supplychain"))
    return folder / f"demand-{digest.hexdigest()[:32]}.parquet"


# --- lead times --------------------------------------------------------------------------------


def filled_sourcing(network: Network, forecast: LeadTimeForecast, quantile: float) -> pd.DataFrame:
    """The sourcing table with lead times at ``quantile``, never shorter than the transit time."""
    sourcing = network.table("sourcing")
    level = min(max(quantile, 0.01), 0.99)
    periods = forecast.as_periods(network.settings.bucket, level).set_index(OPTION)["lead_time"]
    found = periods.reindex(pd.MultiIndex.from_frame(sourcing[OPTION])).to_numpy(dtype=float)
    lead_time = np.where(np.isnan(found), sourcing["lead_time"], found)
    transit = sourcing["transit_time"].fillna(0.0)
    return sourcing.assign(lead_time=np.maximum(lead_time, transit))
