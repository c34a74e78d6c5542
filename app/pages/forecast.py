"""Forecasts: fan charts, methods, accuracy, drift alarms, and a planner's word on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from app.pages import charts, look, progress
from app.pages import forecast_leads as leads
from app.pages.choice import chosen_dataset
from app.pages.exports import exports, run_link
from app.pages.visit import Visit
from app.service.data.datasets import DatasetView
from app.service.data.listing import rows
from app.service.forecasts.overrides import Wish, override, overrides, value_added, withdraw
from app.service.identity.identity import Permission
from app.service.results import RunView, run, runs
from app.service.views import forecast_words as words
from app.service.views.answers import rows_of

Json = dict[str, Any]
_PARTS = ("Demand", "Lead times", "Accuracy", "Overrides")
_MOST_PERIODS = 1000
_HORIZON, _ORIGINS, _YEAR = 13, 2, 52


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
    told = run(visit.service, visit.identity, found.id).result or {}
    st.markdown(words.demand_words(ahead, str(told.get("bucket", "period"))))
    charts.draw(
        charts.fan(_recent(past.sort_values("period")), ahead, mine),
        "fan",
        f"Past demand of {item} at {location} and the quantiles of the forecast.",
    )
    shown = {str(name): look.number_column(_quantile_words(str(name))) for name in ahead
             if str(name) == "mean" or str(name).startswith("quantile")}  # fmt: skip
    with st.expander("The numbers"):
        look.table(ahead, {"period": "week", **shown}, "fan_numbers")
        exports(ahead, f"forecast {item} {location}", run_link(visit, found.id, "forecast"))
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


def _recent(past: pd.DataFrame) -> pd.DataFrame:
    """The last year of the history, or all of it: beside three years a quarter is a sliver."""
    spans = {"last year": _YEAR, "all of the history": len(past)}
    span = st.segmented_control("Shown", list(spans), default="last year", key="fan_span",
                                label_visibility="collapsed", bind="query-params",
                                required=True)  # fmt: skip
    return past.tail(spans[span])


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
            st.caption(f"The forecast says {look.quantity(row['mean'])} and stays as it is. Yours "
                       "is kept beside it; plans made from now on go by it, and it is judged when "
                       "the demand has come.")  # fmt: skip
            if st.form_submit_button("Keep my word", type="primary"):
                wish = Wish(str(row["item"]), str(row["location"]), _day(period),
                            float(row["mean"]), float(quantity), reason)  # fmt: skip
                override(visit.service, visit.identity, dataset.id, wish, if_match=revision)
                look.tell("Your word is kept: plans made from now on go by it.")
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
            "class": words.class_words(row["class"]), "series": row["series"],
            "methods": ", ".join(f"{name} {weight:.0%}" for name, weight in sorted(
                row["methods"].items(), key=lambda pair: -pair[1]))}
            for row in told["classes"]])  # fmt: skip
        wide = {name: st.column_config.TextColumn(text, width="large") for name, text in (
            ("class", "class of demand"), ("methods", "methods and weights"))}  # fmt: skip
        look.table(frame, {**wide, "series": look.number_column("series")}, "methods")
        st.caption("Each class has the methods that lost least on its own past.")


# --- lead times, accuracy, overrides -------------------------------------------------------------


def _lead_times(visit: Visit, dataset: DatasetView) -> None:
    asked = {"as_of": leads.first_day(visit, dataset)}
    found = _last(visit, dataset, "forecast_lead_time", "lead-time forecast", asked)
    if found is not None:
        leads.lead_times(visit, dataset, found.id)


def _accuracy(visit: Visit, dataset: DatasetView) -> None:
    asked = {"horizon": _HORIZON, "origins": _ORIGINS}
    found = _last(visit, dataset, "backtest", "judgement of the methods", asked)
    if found is not None:
        leads.accuracy(visit, found.id)


def _overrides(visit: Visit, dataset: DatasetView) -> None:
    """All overrides, and what they were worth where the demand has come."""
    said = overrides(visit.service, visit.identity, dataset.id)
    if said.empty:
        look.empty("No overrides", "On the part **Demand** a planner can say better than the "
                   "forecast. Plans then go by the planner's word.", "edit_note")  # fmt: skip
        return
    _used(visit, dataset, len(said))
    said["change"] = said["quantity"] - said["statistical"]
    columns = {"item": "item", "location": "at", "period": "week",
               "statistical": look.number_column("forecast, units"),
               "quantity": look.number_column("planner, units"),
               "change": look.number_column("change, units"),
               "reason": st.column_config.TextColumn("reason", width="medium"),
               "created_by": "by"}  # fmt: skip
    look.table(said, columns, "overrides")
    exports(said[[*columns]], "overrides")
    if visit.may(Permission.OVERRIDE):
        _withdraw(visit, dataset, said)
    _value_added(visit, dataset, said)


def _withdraw(visit: Visit, dataset: DatasetView, said: pd.DataFrame) -> None:
    names = {str(row["id"]): f"{row['item']} at {row['location']}, {look.week(row['period'])}"
             for row in said.to_dict("records")}  # fmt: skip
    revisions = dict(zip(said["id"].astype(str), said["revision"], strict=True))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Withdraw", list(names), None, format_func=names.__getitem__,
                              placeholder="choose an override", key="to_withdraw")  # fmt: skip
        st.button("Withdraw it", disabled=not chosen, icon=":material/undo:",
                  on_click=_withdraw_seen,
                  args=(visit, dataset.id, chosen, revisions.get(chosen or "")))  # fmt: skip


def _withdraw_seen(visit: Visit, dataset_id: str, chosen: str, revision: int) -> None:
    """Withdraw what was on the page when the button was pressed, not what it has become since."""
    with look.mended():
        withdraw(visit.service, visit.now().identity, dataset_id, chosen, if_match=int(revision))
        look.tell("Withdrawn: the forecast holds again in plans made from now on.")


def _used(visit: Visit, dataset: DatasetView, count: int) -> None:
    """Whether plans go by the overrides: what the last one has taken of them."""
    last = next(iter(runs(visit.service, visit.identity, kind="what_if", dataset_id=dataset.id,
                          limit=1)), None)  # fmt: skip
    if last is None:
        st.caption(f"The next plans take all {count:,} that lie in their weeks.")
        return
    told = run(visit.service, visit.identity, last.id).result or {}
    taken = (told.get("forecast") or {}).get("overrides", {"used": 0, "units": 0.0})
    st.markdown(f"The last plans, of {last.created_at:%Y-%m-%d %H:%M} UTC, took "
                f"**{taken['used']:,}** of them ({taken['units']:+,.0f} units). Plans made from "
                "now on take each that lies in their weeks, unless they are asked for the "
                "statistical forecast.")  # fmt: skip


def _value_added(visit: Visit, dataset: DatasetView, said: pd.DataFrame) -> None:
    """Forecast, planner and what came, side by side."""
    st.subheader("Forecast value added")
    history = pd.concat([rows(visit.service, visit.identity, dataset.id, "demand_history",
                              [("item", "eq", item)], limit=_MOST_PERIODS).rows
                         for item in said["item"].unique()])  # fmt: skip
    judged = value_added(said, history)
    if judged.empty:
        st.caption("Measured when the demand of these weeks has come: forecast, planner and what "
                   "came then stand here side by side.")  # fmt: skip
        return
    total = float(judged["value_added"].sum())
    st.markdown(f"Over {len(judged):,} judged so far the planners' words were "
                f"**{look.quantity(abs(total))} units {'better' if total >= 0 else 'worse'}** "
                "than the forecast.")  # fmt: skip
    columns = {"item": "item", "location": "at", "period": "week",
               "statistical": look.number_column("forecast, units"),
               "quantity": look.number_column("planner, units"),
               "demanded": look.number_column("came, units"),
               "error_statistical": look.number_column("error of the forecast"),
               "error_planner": look.number_column("error of the planner"),
               "value_added": look.number_column("value added, units")}  # fmt: skip
    look.table(judged, columns, "value_added")
    exports(judged[[*columns]], "forecast value added")
