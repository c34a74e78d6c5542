"""What forecasts say, in sentences: lead times, changes of their level, and accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

Json = dict[str, Any]
COLUMNS = {
    "class": "class of demand", "method": "method", "series": "series",
    "weighted_quantile_loss": "quantile loss (zero forecast: 1)",
    "scaled_quantile_loss": "loss, scaled to a naive step", "coverage_80": "inside the 80 % range",
    "coverage_95": "inside the 95 % range", "coverage_P90": "at most P90",
    "coverage_P95": "at most P95", "bias": "bias of the mean", "rmsse": "error, scaled (RMSSE)",
    "seconds": "seconds",
}  # fmt: skip
SHARES = ("coverage_80", "coverage_95", "coverage_P90", "coverage_P95", "bias")
_CLASSES = {
    "smooth": "smooth: sold nearly every week, in like quantities",
    "erratic": "erratic: sold nearly every week, in quantities that vary much",
    "intermittent": "intermittent: weeks without any demand between like quantities",
    "lumpy": "lumpy: weeks without any demand between quantities that vary much",
}


def class_words(name: str) -> str:
    """A class of demand with what it means."""
    return _CLASSES.get(name, name)


def demand_words(ahead: pd.DataFrame, bucket: str) -> str:
    """What is expected of a series: over the horizon, and between which bounds at first."""
    total, count = float(ahead["mean"].sum()), len(ahead)
    words = (f"In the next {count:,} {bucket}s **{total:,.0f} units** are expected, "
             f"{total / max(count, 1):,.1f} a {bucket}.")  # fmt: skip
    if "quantile_P10" in ahead and "quantile_P90" in ahead:
        first = ahead.iloc[0]
        words += (f" In the first one 8 of 10 outcomes lie between {first['quantile_P10']:,.0f} "
                  f"and {first['quantile_P90']:,.0f}.")  # fmt: skip
    return words


def lead_words(row: Mapping[Any, Any], planned: float | None) -> str:
    """How long an order takes, how sure that is, and what the data counts on instead."""
    words = (f"An order placed now takes **{row['quantile_P50']:,.0f} days** at the median, and in "
             f"9 of 10 cases at most **{row['quantile_P90']:,.0f} days**: known from "
             f"{int(row['observations']):,} receipts and {int(row['open_orders']):,} open orders."
             )  # fmt: skip
    if planned is not None:
        gap = float(row["quantile_P50"]) - planned
        compared = "as the median" if abs(gap) < 1 else (
            f"{abs(gap):,.0f} days {'less' if gap > 0 else 'more'} than the median")  # fmt: skip
        words += f" The data counts on {planned:,.0f} days, {compared}."
    return words


def drift_words(row: Mapping[Any, Any]) -> str:
    """A change of level of an option's lead time, as an alarm."""
    option = ", ".join(str(row[name]) for name in ("item", "supplier", "location", "mode")
                       if row.get(name))  # fmt: skip
    days = float(row.get("drift") or 0.0)
    way = "above" if days >= 0 else "below"
    return (f"**{option}**: orders since {pd.Timestamp(row['regime_since']):%Y-%m-%d} are at "
            f"another level: the median is now {float(row['quantile_P50']):,.0f} days, "
            f"**{abs(days):,.0f} days {way}** that of the whole record.")  # fmt: skip


def accuracy_words(table: pd.DataFrame) -> str:
    """How good the forecast was, against the same week a year ago and against no forecast."""
    rows = {row["method"]: row for row in table[table["class"] == "all"].to_dict("records")}
    if "combined" not in rows:
        return ""
    best, naive = rows["combined"], rows.get("seasonal naive")
    loss, bias = float(best["weighted_quantile_loss"]), float(best["bias"])
    words = f"The combined forecast lost **{1 - loss:.0%} less** than no forecast at all"
    if naive:
        share = 1 - loss / float(naive["weighted_quantile_loss"])
        words += f", and **{share:.0%} less** than repeating last year"
    return (f"{words}. Of what came, {float(best['coverage_80']):.0%} lay inside its 80 % range; "
            f"its mean was {abs(bias):.1%} too {'high' if bias > 0 else 'low'}.")  # fmt: skip
