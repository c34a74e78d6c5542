"""A forecast by month, week or day in the periods of another calendar, such as that of a plan."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasts.demand.forecast import DemandForecast
from forecasts.quantiles import Floats, columns, ordered
from supplychain.calendar import Calendar


def table_in(made: DemandForecast, calendar: Calendar) -> pd.DataFrame:
    """The table of ``made`` by the periods of ``calendar``, which it must reach the end of.

    A mean is spread over the days of its period and summed over those of the other. The gap of a
    quantile to the mean is shared like the standard deviation of independent days: its square is
    spread and summed. As it is where the periods are the same.
    """
    own, start = made.panel.calendar, calendar.date(0)
    if own.bucket == calendar.bucket and own.date(own.number(start.date())) == start:
        return made.table
    share = _shares(made, calendar)
    mean = made.paths.mean @ share
    gap = made.paths.quantiles - made.paths.mean[:, :, None]
    square = np.einsum("sml,mw->swl", np.sign(gap) * gap**2, share)
    quantiles = ordered(mean[:, :, None] + np.sign(square) * np.sqrt(np.abs(square)))
    keys = made.panel.keys
    table = keys.loc[keys.index.repeat(calendar.periods)].reset_index(drop=True)
    table = table.assign(period=np.tile(calendar.dates, len(keys)),
                         available_at=own.date(made.panel.periods), mean=mean.ravel())  # fmt: skip
    flat = quantiles.reshape(-1, len(made.levels))
    return pd.concat([table, pd.DataFrame(flat, columns=columns(made.levels))], axis=1)


def _shares(made: DemandForecast, calendar: Calendar) -> Floats:
    """Share of the days of each period of the forecast (rows) in each of the calendar."""
    numbers = made.panel.periods + np.arange(made.horizon + 1)
    own, other = (np.asarray(dates, dtype="datetime64[D]").astype(np.int64) for dates in (
        made.panel.calendar.dates_of(numbers),
        calendar.dates_of(np.arange(calendar.periods + 1))))  # fmt: skip
    days = np.minimum(own[1:, None], other[1:]) - np.maximum(own[:-1, None], other[:-1])
    return np.asarray(np.maximum(days, 0) / np.diff(own)[:, None])
