"""Forecasts: fan charts, methods, accuracy, drift alarms, and a planner's word on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from app.pages import charts, look, progress
from app.pages.choice import chosen_dataset
from app.pages.visit import Visit
from app.service.data.datasets import DatasetView
from app.service.data.listing import rows
from app.service.forecasts.overrides import Wish, override, overrides, value_added, withdraw
from app.service.identity.identity import Permission
from app.service.results import RunView, run, run_tables, runs
from app.service.views.answers import rows_of

Json = dict[str, Any]
_PARTS = ("Demand", "Lead times", "Accuracy", "Overrides")
_MOST_PERIODS = 1000
_HORIZON, _ORIGINS = 13, 2


def page(visit: Visit) -> None:
    """Forecasts."""
    dataset = chosen_dataset(visit)
    st.title("Forecasts")
    with look.mended():
        part = st.segmented_control("Part", _PARTS, default=_PARTS[0], key="forecast_part",
                                    label_visibility="collapsed", bind="query-params",
                                    required=True)  # fmt: skip
        {"Demand": _demand, "Lead times": _lead_times, "Accuracy": _accuracy,
         "Overrides": _overrides}[part](visit, dataset)  # fmt: skip


def _last(visit: Visit, dataset: DatasetView, kind: str, words: str, asked: Json) -> RunView | None:
    """The last run of a kind; with what it takes to make one, or a newer one."""
    found = next(iter(runs(visit.service, visit.identity, kind=kind, dataset_id=dataset.id,
                           limit=1)), None)  # fmt: skip
    waiting = progress.open_jobs(visit, dataset.id, (kind,))
    if waiting:
        progress.follow(visit, waiting[0].id)
        return found
    if found is None:
        look.empty(f"No {words} yet", "It is made from the history in the data, in the background.",
                   "trending_up")  # fmt: skip
    elif found.dataset_revision == dataset.revision:
        st.caption(f"Made {found.created_at:%Y-%m-%d %H:%M} UTC from the data as it is now.")
    else:
        st.caption(f"Made {found.created_at:%Y-%m-%d %H:%M} UTC; the data has changed since.")
    stale = found is None or found.dataset_revision != dataset.revision
    if visit.may(Permission.RUN_START) and st.button(
            "Make it" if found is None else "Make it anew", key=f"start_{kind}",
            type="primary" if stale else "secondary"):  # fmt: skip
        progress.start(visit, kind, dataset.id, asked)
        st.rerun()
    return found


# --- demand --------------------------------------------------------------------------------------


def _demand(visit: Visit, dataset: DatasetView) -> None:
    found = _last(visit, dataset, "forecast_demand", "demand forecast", {"horizon": _HORIZON})
    if found is None:
        return
    forecast = rows_of(visit.service, visit.identity, found.id, "forecast")
    if forecast.empty:
        look.empty("Nothing for your view", "No series of your brands was forecast.", "lock")
        return
    item, location = _series(forecast)
    ahead = forecast[(forecast["item"] == item) & (forecast["location"] == location)]
    past = rows(
        visit.service,
        visit.identity,
        dataset.id,
        "demand_history",
        [("item", "eq", item), ("location", "eq", location)],
        limit=_MOST_PERIODS,
    ).rows
    said = overrides(visit.service, visit.identity, dataset.id)
    mine = said[(said["item"] == item) & (said["location"] == location)]
    charts.draw(
        charts.fan(past.sort_values("period"), ahead, mine),
        "fan",
        f"Past demand of {item} at {location} and the quantiles of the forecast.",
    )
    shown = {str(name): look.number_column(_quantile_words(str(name))) for name in ahead
             if str(name) == "mean" or str(name).startswith("quantile")}  # fmt: skip
    with st.expander("The numbers"):
        look.table(ahead, {"period": "week", **shown}, "fan_numbers")
        look.exports(ahead, f"forecast {item} {location}")
    if visit.may(Permission.OVERRIDE):
        _override(visit, dataset, ahead, mine)
    _methods(visit, found.id)


def _series(forecast: pd.DataFrame) -> tuple[str, str]:
    """Item and location, kept in the address."""
    left, right = st.columns(2)
    items = sorted(forecast["item"].unique())
    wanted = st.query_params.get("item", "")
    item = left.selectbox("Item", items, items.index(wanted) if wanted in items else 0,
                          key="forecast_item")  # fmt: skip
    places = sorted(forecast.loc[forecast["item"] == item, "location"].unique())
    wanted = st.query_params.get("at", "")
    place = right.selectbox("At", places, places.index(wanted) if wanted in places else 0,
                            key=f"forecast_at_{item}")  # fmt: skip
    st.query_params["item"], st.query_params["at"] = item, place
    return str(item), str(place)


def _quantile_words(name: str) -> str:
    return name.removeprefix("quantile_") if name.startswith("quantile") else name


def _override(visit: Visit, dataset: DatasetView, ahead: pd.DataFrame, mine: pd.DataFrame) -> None:
    """A planner's word on one period, with its reason."""
    with st.expander("Say better than the forecast"):
        periods = list(pd.to_datetime(ahead["period"]))
        period = st.selectbox("Week", periods, format_func=look.week, key="override_period")
        row = ahead[pd.to_datetime(ahead["period"]) == period].iloc[0]
        there = mine[pd.to_datetime(mine["period"]) == period]
        revision = int(there["revision"].iloc[0]) if len(there) else 0
        known = float(there["quantity"].iloc[0]) if len(there) else float(row["mean"])
        with st.form(f"override_{row['item']}_{row['location']}_{period}_{revision}"):
            quantity = st.number_input("Units", 0.0, value=round(known, 1))
            reason = st.text_input("Reason", there["reason"].iloc[0] if len(there) else "",
                                   placeholder="campaign of the dealer, launch, order known by "
                                   "phone")  # fmt: skip
            st.caption(f"The forecast says {look.quantity(row['mean'])} and stays as it is; yours "
                       "is kept beside it and judged when the demand has come.")  # fmt: skip
            if st.form_submit_button("Keep my word", type="primary"):
                wish = Wish(str(row["item"]), str(row["location"]), _day(period),
                            float(row["mean"]), float(quantity), reason)  # fmt: skip
                override(visit.service, visit.identity, dataset.id, wish, if_match=revision)
                look.tell("Your word is kept.")
                st.rerun()


def _day(period: Any) -> datetime:
    moment: datetime = pd.Timestamp(period).to_pydatetime()
    return moment


def _methods(visit: Visit, run_id: str) -> None:
    """Which methods each class of demand is forecast with."""
    told = run(visit.service, visit.identity, run_id).result
    if not told or not told.get("classes"):
        return
    with st.expander("Methods"):
        frame = pd.DataFrame([{
            "class": row["class"], "series": row["series"],
            "methods": ", ".join(f"{name} {weight:.0%}" for name, weight in sorted(
                row["methods"].items(), key=lambda pair: -pair[1]))}
            for row in told["classes"]])  # fmt: skip
        look.table(frame, {"class": "class of demand", "series": look.number_column("series"),
                           "methods": st.column_config.TextColumn("methods and weights",
                                                                  width="large")},
                   "methods")  # fmt: skip
        st.caption("Chosen by quantile loss at earlier origins.")


# --- lead times, accuracy, overrides -------------------------------------------------------------


def _lead_times(visit: Visit, dataset: DatasetView) -> None:
    asked = {"as_of": _today(visit, dataset)}
    found = _last(visit, dataset, "forecast_lead_time", "lead-time forecast", asked)
    if found is None:
        return
    forecast = rows_of(visit.service, visit.identity, found.id, "forecast")
    if forecast.empty:
        look.empty("Nothing for your view", "No sourcing option that you may see has a history.",
                   "lock")  # fmt: skip
        return
    if "regime_since" in forecast and forecast["regime_since"].notna().any():
        st.subheader("Drift alarms")
        drift = forecast[forecast["regime_since"].notna()]
        look.paged(drift, _lead_columns(drift), "drift")
    st.subheader("Lead times by sourcing option, days from order to receipt")
    items = ["", *sorted(forecast["item"].unique())] if "item" in forecast else [""]
    item = st.selectbox("Item", items, format_func=lambda text: text or "(all)",
                        key="lead_item", bind="query-params")  # fmt: skip
    shown = forecast[forecast["item"] == item] if item else forecast
    charts.draw(
        charts.ranges(shown.head(30)),
        "lead_ranges",
        "Range of lead times of each sourcing option. The numbers are in the table.",
    )
    look.paged(shown, _lead_columns(shown), "lead_times")
    look.exports(shown, "lead times")


def _today(visit: Visit, dataset: DatasetView) -> str:
    """The first day of the plan: what is known then is the history."""
    found = rows(visit.service, visit.identity, dataset.id, "settings", [("name", "eq", "start")],
                 limit=1).rows  # fmt: skip
    return str(found["value"].iloc[0]) if len(found) else f"{datetime.now():%Y-%m-%d}"


def _lead_columns(frame: pd.DataFrame) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in map(str, frame):
        is_number = pd.api.types.is_numeric_dtype(frame[name])
        words = _quantile_words(name).replace("_", " ")
        columns[name] = look.number_column(words) if is_number else words
    return columns


def _accuracy(visit: Visit, dataset: DatasetView) -> None:
    asked = {"horizon": _HORIZON, "origins": _ORIGINS}
    found = _last(visit, dataset, "backtest", "judgement of the methods", asked)
    if found is None:
        return
    st.caption("Every method judged on the past; a forecast of zero has a loss of 1, less is "
               "better.")  # fmt: skip
    for table in run_tables(visit.service, visit.identity, found.id):
        frame = rows_of(visit.service, visit.identity, found.id, table)
        if len(frame):
            look.paged(frame, _lead_columns(frame), f"accuracy_{table}")
            look.exports(frame, f"accuracy {table}")
            return
    told = run(visit.service, visit.identity, found.id).result
    if told and told.get("table"):
        frame = pd.DataFrame(told["table"])
        look.paged(frame, _lead_columns(frame), "accuracy")
        look.exports(frame, "accuracy")
    else:
        look.empty("Not for your view", "Accuracy is told over all brands.", "lock")


def _overrides(visit: Visit, dataset: DatasetView) -> None:
    """All overrides, and what they were worth where the demand has come."""
    said = overrides(visit.service, visit.identity, dataset.id)
    if said.empty:
        look.empty("No overrides", "On the part **Demand** a planner can say better than the "
                   "forecast.", "edit_note")  # fmt: skip
        return
    columns = {"item": "item", "location": "at", "period": "week",
               "statistical": look.number_column("forecast"),
               "quantity": look.number_column("planner"), "reason": "reason",
               "created_by": "by"}  # fmt: skip
    chosen = look.table(said, columns, "overrides", on_select="rerun", selection_mode="single-row")
    look.exports(said[[*columns]], "overrides")
    marked = chosen.selection.rows
    if marked and visit.may(Permission.OVERRIDE) and st.button("Withdraw the selected one"):
        withdraw(visit.service, visit.identity, dataset.id, str(said["id"].iloc[marked[0]]))
        look.tell("Withdrawn: the forecast holds again.")
        st.rerun()
    st.subheader("Forecast value added")
    history = pd.concat([rows(visit.service, visit.identity, dataset.id, "demand_history",
                              [("item", "eq", item)], limit=_MOST_PERIODS).rows
                         for item in said["item"].unique()])  # fmt: skip
    judged = value_added(said, history)
    if judged.empty:
        st.caption("Measured when the demand of these weeks has come.")
        return
    total = float(judged["value_added"].sum())
    st.markdown(f"The planners' words were **{look.quantity(abs(total))} units "
                f"{'better' if total >= 0 else 'worse'}** than the forecast.")  # fmt: skip
    look.table(
        judged,
        {
            "item": "item",
            "location": "at",
            "period": "week",
            "demanded": look.number_column("demanded"),
            "error_statistical": look.number_column("error, forecast"),
            "error_planner": look.number_column("error, planner"),
            "value_added": look.number_column("value added"),
        },
        "value_added",
    )
