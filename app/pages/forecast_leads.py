"""Lead times and accuracy on the page of forecasts: fans, alarms and judgements in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from app.pages import charts, look
from app.pages.exports import exports, run_link
from app.pages.forecast_charts import lead_fan
from app.pages.visit import Visit
from app.service.data.datasets import DatasetView
from app.service.data.listing import rows
from app.service.results import run
from app.service.views import forecast_words as words
from app.service.views.answers import rows_of

_OPTION = ("item", "supplier", "location", "mode")
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375}
_MOST_ORDERS, _MOST_BARS, _MOST_ALARMS = 1000, 30, 8


def first_day(visit: Visit, dataset: DatasetView) -> str:
    """The first day of the plan: what is known then is the history."""
    return _setting(visit, dataset, "start") or f"{datetime.now():%Y-%m-%d}"


def _setting(visit: Visit, dataset: DatasetView, name: str) -> str:
    found = rows(visit.service, visit.identity, dataset.id, "settings", [("name", "eq", name)],
                 limit=1).rows  # fmt: skip
    return str(found["value"].iloc[0]) if len(found) else ""


def lead_times(visit: Visit, dataset: DatasetView, run_id: str) -> None:
    """Alarms first, then one option with its history, then all of them."""
    forecast = rows_of(visit.service, visit.identity, run_id, "forecast")
    if forecast.empty:
        look.empty("Nothing for your view", "No sourcing option that you may see has a history.",
                   "lock")  # fmt: skip
        return
    _alarms(forecast)
    row = _chosen(forecast)
    told = run(visit.service, visit.identity, run_id).result or {}
    as_of = pd.Timestamp(str(told.get("as_of") or first_day(visit, dataset)))
    past, planned = _history(visit, dataset, row, as_of), _planned(visit, dataset, row)
    st.markdown(words.lead_words(row.to_dict(), planned))
    charts.draw(lead_fan(past, row, as_of, planned, look.is_dark()), "lead_fan",
                "Days from order to receipt of past orders by day of the order, and the quantiles "
                "of an order placed now. The numbers are in the table.")  # fmt: skip
    with st.expander("The orders behind it"):
        shown = past.assign(days=(past["received_on"] - past["ordered_on"]).dt.days)
        look.table(shown, {"order_id": "order", "line": "line", "ordered_on": "ordered",
                           "promised_on": "promised", "received_on": "received",
                           "days": look.number_column("days")}, "lead_orders")  # fmt: skip
    _all(forecast, str(row.get("item", "")))
    exports(forecast, "lead times", run_link(visit, run_id, "forecast"))


def _alarms(forecast: pd.DataFrame) -> None:
    """Options whose lead time is at another level than before, in words."""
    st.subheader("Drift alarms")
    if "regime_since" not in forecast or forecast["regime_since"].isna().all():
        st.markdown(f":material/check_circle: None: no lead time of {len(forecast):,} sourcing "
                    "options has changed its level.")  # fmt: skip
        return
    drift = forecast[forecast["regime_since"].notna()]
    drift = drift.sort_values("drift", key=lambda days: -days.abs(), kind="stable")
    told = [f"- {words.drift_words(row)}" for row in drift.head(_MOST_ALARMS).to_dict("records")]
    more = len(drift) - _MOST_ALARMS
    told += [f"- and {more:,} more, in the table below"] if more > 0 else []
    st.warning("\n".join(told), icon=":material/warning:")


def _chosen(forecast: pd.DataFrame) -> pd.Series:
    """The option that is looked at: item first, then who supplies it where and how."""
    st.subheader("One sourcing option")
    left, right = st.columns(2)
    items = sorted(forecast["item"].unique()) if "item" in forecast else []
    shown = forecast
    if items:
        wanted = st.query_params.get("lead_item", "")
        item = left.selectbox("Item", items, items.index(wanted) if wanted in items else 0,
                              key="lead_item_chosen")  # fmt: skip
        st.query_params["lead_item"] = item
        shown = forecast[forecast["item"] == item]
    names = [_name(row) for row in shown.to_dict("records")]
    place = right.selectbox("From, to, by", range(len(names)), format_func=names.__getitem__,
                            key=f"lead_option_{st.query_params.get('lead_item', '')}")  # fmt: skip
    return shown.iloc[place]


def _name(row: Any) -> str:
    return " \u00b7 ".join(str(row[name]) for name in _OPTION[1:] if row.get(name))


def _history(
    visit: Visit, dataset: DatasetView, row: pd.Series, as_of: pd.Timestamp
) -> pd.DataFrame:
    """The orders of an option that were known on a day."""
    option = [(name, "eq", str(row[name])) for name in _OPTION if name in row.index]
    past = rows(visit.service, visit.identity, dataset.id, "receipt_history", option,
                limit=_MOST_ORDERS).rows  # fmt: skip
    return past[past["ordered_on"] <= as_of].sort_values("ordered_on")


def _planned(visit: Visit, dataset: DatasetView, row: pd.Series) -> float | None:
    """The lead time of an option in the data, in days."""
    option = [(name, "eq", str(row[name])) for name in _OPTION if name in row.index]
    found = rows(visit.service, visit.identity, dataset.id, "sourcing", option, limit=1).rows
    bucket = _setting(visit, dataset, "bucket") or "week"
    return float(found["lead_time"].iloc[0]) * _DAYS[bucket] if len(found) else None


def _all(forecast: pd.DataFrame, item: str) -> None:
    """All options side by side: those of the item as ranges, every one in the table."""
    st.subheader("All sourcing options, days from order to receipt")
    same = forecast[forecast["item"] == item] if item else forecast
    charts.draw(charts.ranges(same.head(_MOST_BARS)), "lead_ranges",
                "Range of lead times of each sourcing option of the item. The numbers are in the "
                "table.")  # fmt: skip
    columns = {name: text for name, text in {
        "item": "item", "supplier": "from", "location": "to", "mode": "by",
        "observations": look.number_column("receipts"),
        "open_orders": look.number_column("open orders"),
        **{f"quantile_P{level}": look.number_column(f"P{level}, days") for level in (10, 50, 90)},
        "delay_quantile_P50": look.number_column("late at the median, days"),
        "drift": look.number_column("drift, days"), "regime_since": "new level since"}.items()
        if name in forecast}  # fmt: skip
    look.paged(forecast, columns, "lead_times")


def accuracy(visit: Visit, run_id: str) -> None:
    """How good each method was on the past: a sentence, then the numbers."""
    told = run(visit.service, visit.identity, run_id).result
    if not told or not told.get("table"):
        look.empty("Not for your view", "Accuracy is told over all brands.", "lock")
        return
    frame = pd.DataFrame(told["table"])
    st.markdown(words.accuracy_words(frame))
    st.caption(f"{told['series']:,} series, forecast {told['horizon']:,} periods ahead from "
               f"{told['origins']:,} earlier dates and compared with what came. Quantile loss: "
               "less is better, 1 is that of a forecast of zero.")  # fmt: skip
    classes = list(frame["class"].unique())
    chosen = st.segmented_control("Class of demand", classes, default=classes[0], required=True,
                                  key="accuracy_class", bind="query-params")  # fmt: skip
    if chosen != "all":
        st.caption(words.class_words(str(chosen)).capitalize())
    shown = frame[frame["class"] == chosen]
    columns = {name: _measure(name, text) for name, text in words.COLUMNS.items()
               if name in frame and name != "class"}  # fmt: skip
    st.dataframe(shown[list(columns)], column_config=columns, hide_index=True, key="accuracy")
    exports(frame, "accuracy")


def _measure(name: str, text: str) -> Any:
    """How a measure of accuracy is written."""
    if name in words.SHARES:
        return look.share_column(text)
    if "loss" in name or name == "rmsse":
        return st.column_config.NumberColumn(text, format="%.3f")
    if name == "method":
        return st.column_config.TextColumn(text, width="medium", pinned=True)
    return look.number_column(text)
