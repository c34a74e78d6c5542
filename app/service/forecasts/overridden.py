"""Planners' overrides in the forecast that a plan is made from.

The mean of an overridden item, location and period is what the planner said. Its quantiles are
scaled by the same factor, so that the spread stays in proportion; where the forecast expects
nothing, they are shifted by the planner's units instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecasts.quantiles import PREFIX

Json = dict[str, Any]
_KEYS = ["item", "location", "period"]


@dataclass(frozen=True)
class Overridden:
    """The units that a planner expects of an item and location in the period of a first date."""

    item: str
    location: str
    period: str
    quantity: float


def read_overridden(rows: pd.DataFrame) -> tuple[Overridden, ...]:
    """Overrides out of a table of them, in the order of their keys."""
    dates = pd.to_datetime(rows["period"]).dt.strftime("%Y-%m-%d")
    found = zip(rows["item"], rows["location"], dates, rows["quantity"], strict=True)
    return tuple(sorted((Overridden(str(i), str(p), str(d), float(q)) for i, p, d, q in found),
                        key=lambda one: (one.item, one.location, one.period)))  # fmt: skip


def with_overrides(forecast: pd.DataFrame, said: Sequence[Overridden]) -> pd.DataFrame:
    """``forecast`` with the overrides of its rows in place of their mean; others change nothing."""
    if not said:
        return forecast
    wanted = _wanted(forecast, said)
    known = wanted.notna().to_numpy()
    mean = forecast["mean"].to_numpy(dtype=float)
    units = np.where(known, wanted.to_numpy(dtype=float), mean)
    factor = np.divide(units, mean, out=np.ones(len(mean)), where=known & (mean > 0.0))
    shift = np.where(known & (mean <= 0.0), units, 0.0)
    names = [str(name) for name in forecast if str(name).startswith(PREFIX)]
    quantiles = {name: forecast[name] * factor + shift for name in names}
    return forecast.assign(mean=units, **quantiles)


def override_facts(
    before: pd.DataFrame | None, planned: pd.DataFrame, said: Sequence[Overridden]
) -> Json:
    """How many overrides a plan takes, and by how many units they change the forecast of it.

    ``before`` is the statistical forecast, ``planned`` the rows that it fills (item, location,
    period).
    """
    if not said:
        return {}
    if before is None or planned.empty:
        return {"overrides": {"given": len(said), "used": 0, "units": 0.0}}
    rows = before[pd.MultiIndex.from_frame(before[_KEYS]).isin(
        pd.MultiIndex.from_frame(planned[_KEYS]))]  # fmt: skip
    wanted = _wanted(rows, said)
    change = (wanted - rows["mean"]).sum()
    return {"overrides": {"given": len(said), "used": int(wanted.notna().sum()),
                          "units": float(change)}}  # fmt: skip


def told_overrides(facts: Json) -> str:
    """What became of the overrides, as a line of a job's log; "" where there are none."""
    found = facts.get("overrides")
    if not found:
        return ""
    others = found["given"] - found["used"]
    outside = f"; {others:,} outside of the forecast of this plan" if others else ""
    return (f"forecast: {found['used']:,} of {found['given']:,} overrides used, "
            f"{found['units']:+,.0f} units{outside}")  # fmt: skip


def _wanted(forecast: pd.DataFrame, said: Iterable[Overridden]) -> pd.Series:
    """The planner's units for each row of ``forecast``, NaN where nobody said any."""
    table = pd.DataFrame([asdict(one) for one in said], columns=[*_KEYS, "quantity"])
    table["period"] = pd.to_datetime(table["period"])
    found = table.set_index(_KEYS)["quantity"].astype(float)
    keys = forecast[_KEYS].assign(period=pd.to_datetime(forecast["period"]))
    return pd.Series(found.reindex(pd.MultiIndex.from_frame(keys)).to_numpy(),
                     index=forecast.index)  # fmt: skip
