"""How good the forecasts would have been: rolling as-of dates over a history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecasts.lead_time.forecast import forecast_arrivals
from forecasts.lead_time.history import Floats, days_between
from forecasts.lead_time.options import LeadTimeOptions
from forecasts.lead_time.receipts import check_receipts
from forecasts.quantiles import DECILES, columns, pinball

_HIGH = 0.9


def backtest_lead_times(
    receipts: pd.DataFrame,
    as_of_dates: Sequence[dt.date],
    options: LeadTimeOptions = LeadTimeOptions(),  # noqa: B008  frozen
    months: int = 6,
) -> pd.DataFrame:
    """Forecast the orders of the ``months`` after each date from what was known on it, and judge.

    One row per date: as_of; orders that were judged; open, orders left out because their receipt
    is not in ``receipts`` (many of them bias the row: what is late is missing); mean quantile loss
    over nine deciles in days: loss without promises, supplier_median (each supplier's median
    receipt so far, of all suppliers for a new one, as a point); and of the orders with a promise:
    promised orders, promised_loss, promise (as a point); coverage of P90, P50 and P10 without
    promises, and of P90 with them. Dates without orders to judge have a row of blanks.
    """
    checked = check_receipts(receipts)
    return pd.DataFrame([_judged(checked, date, options, months) for date in as_of_dates])


def _judged(
    receipts: pd.DataFrame, as_of: dt.date, options: LeadTimeOptions, months: int
) -> dict[str, object]:
    moment = pd.Timestamp(as_of)
    ordered_on = receipts["ordered_on"]
    placed = (ordered_on > moment) & (ordered_on <= moment + pd.DateOffset(months=months))
    has_come = receipts["received_on"].notna()
    judged = receipts.loc[placed & has_come]
    row: dict[str, object] = {"as_of": as_of, "orders": len(judged),
                              "open": int((placed & ~has_come).sum())}  # fmt: skip
    if judged.empty or not (ordered_on <= moment).any():
        return row
    actual = days_between(judged["ordered_on"], judged["received_on"])
    bare = judged.drop(columns="promised_on")
    plain = _quantiles(receipts.drop(columns="promised_on"), bare, as_of, options)
    point = _supplier_medians(receipts, judged, moment)
    row |= {"loss": _loss(actual, plain), "supplier_median": _loss(actual, point[:, None])}
    row |= {f"coverage_P{round(100 * level)}": _coverage(actual, plain, level)
            for level in (_HIGH, 0.5, 0.1)}  # fmt: skip
    with_promise = judged["promised_on"].notna().to_numpy()
    row["promised_orders"] = int(with_promise.sum())
    if with_promise.any():
        promise = days_between(judged["ordered_on"], judged["promised_on"])[with_promise]
        found = _quantiles(receipts, judged.loc[with_promise], as_of, options)
        actual = actual[with_promise]
        row |= {
            "promised_loss": _loss(actual, found),
            "promise": _loss(actual, promise[:, None]),
            "promised_coverage_P90": _coverage(actual, found, _HIGH),
        }
    return row


def _quantiles(
    receipts: pd.DataFrame, orders: pd.DataFrame, as_of: dt.date, options: LeadTimeOptions
) -> Floats:
    found = forecast_arrivals(receipts, orders, as_of, DECILES, options)
    return found[columns(DECILES)].to_numpy()


def _loss(actual: Floats, quantiles: Floats) -> float:
    """Mean loss over deciles; a point forecast, (rows, 1), stands for every decile."""
    return float(pinball(actual, quantiles, DECILES).mean())


def _coverage(actual: Floats, quantiles: Floats, level: float) -> float:
    return float((actual <= quantiles[:, DECILES.index(level)]).mean())


def _supplier_medians(receipts: pd.DataFrame, judged: pd.DataFrame, moment: pd.Timestamp) -> Floats:
    """Median lead time of each order's supplier among receipts up to ``moment``."""
    known = receipts.loc[receipts["received_on"] <= moment]
    days = pd.Series(days_between(known["ordered_on"], known["received_on"]), index=known.index)
    common = float(days.median()) if len(days) else np.nan
    if "supplier" not in receipts:
        return np.full(len(judged), common)
    median = days.groupby(known["supplier"]).median()
    return np.asarray(judged["supplier"].map(median).fillna(common), dtype=np.float64)
