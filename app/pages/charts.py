"""Figures of the pages. Every one has its numbers in a table beside or below it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app.pages.look import AS_IS, RESPONSE

Json = dict[str, Any]
Numbers = NDArray[np.float64]
PLANS = {"as-is": AS_IS, "response": RESPONSE}
_LATE = {"as-is": "#f3bd94", "response": "#93c6e4"}
_LAND = {False: "#e6e9ec", True: "#2a3037"}
_HEAT = {False: [[0.0, "#f5f6f8"], [0.001, "#fdf3dc"], [0.5, "#e69f00"], [1.0, "#a84a00"]],
         True: [[0.0, "#1d2126"], [0.001, "#3b2f12"], [0.5, "#c97f10"],
                [1.0, "#ffc27d"]]}  # fmt: skip
ROLES = {"bottleneck": ("#d55e00", "bottleneck", 16, "star"),
         "source": ("#0072b2", "sends the item", 11, "circle"),
         "user": ("#009e73", "receives the item", 10, "square"),
         "other": ("#8a94a0", "other location", 9, "circle")}  # fmt: skip
_KINDS = {"supplier": "#0072b2", "warehouse": "#e69f00", "plant": "#d55e00", "market": "#009e73"}
_MOST_WAYS = 300  # that the map draws
_CONFIG = {"displayModeBar": False, "responsive": True}


def draw(figure: go.Figure, key: str, words: str, **options: Any) -> Any:
    """Show a figure; ``words`` say what it shows to who cannot see it."""
    return st.plotly_chart(figure, key=key, config=_CONFIG, alt=words, **options)


@st.cache_resource(max_entries=128, show_spinner=False)
def kept(key: tuple[Any, ...], _make: Callable[[], go.Figure]) -> go.Figure:
    """A figure of something that never changes, named by ``key``: made once."""
    return _make()


def _framed(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}, hoverlabel={"align": "left"},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0.0}, bargap=0.15,
        separators=".,",
    )  # fmt: skip
    return figure


def _in_weeks(figure: go.Figure, first: Any) -> None:
    """Ticks at Mondays, every fourth week from the first."""
    figure.update_xaxes(type="date", tick0=first, dtick=28 * 86_400_000,
                        tickformat="W%V\n%-d %b %Y")  # fmt: skip


def heat(values: Json, dark: bool) -> go.Figure:
    """Share of demand not on time, items by week."""
    weeks = [pd.Timestamp(period) for period in values["periods"]]
    labels = [f"W{date.isocalendar().week:02d}<br>{date:%-d %b %y}" for date in weeks]
    figure = go.Figure(go.Heatmap(
        z=np.array(values["values"], dtype=float), x=labels, y=values["items"], zmin=0.0, zmax=1.0,
        colorscale=_HEAT[dark], xgap=1, ygap=1, hoverongaps=False,
        colorbar={"tickformat": ".0%", "thickness": 10, "len": 0.9, "title": None},
        hovertemplate="%{y}<br>due %{x}<br>%{z:.0%} not on time<extra></extra>"))  # fmt: skip
    figure.update_yaxes(autorange="reversed", ticks="", showgrid=False)
    figure.update_xaxes(ticks="", showgrid=False, tickangle=0, tickvals=labels[::4])
    return _framed(figure, 90 + 22 * len(values["items"]))


def bars(rows: list[Json], name: str, currency: str) -> go.Figure:
    """Money at risk by a name, most first, in millions."""
    frame = pd.DataFrame(rows).iloc[:12]
    values = frame["at_risk"] / 1e6
    figure = go.Figure(go.Bar(
        x=values, y=frame[name], orientation="h", marker_color=AS_IS,
        text=[f"{value:,.1f}" for value in values], textposition="auto",
        hovertemplate=f"%{{y}}: %{{x:,.1f}} million {currency}<extra></extra>"))  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=f"million {currency}", showgrid=True)
    return _framed(figure, 70 + 26 * len(frame))


def gantt(stops: pd.DataFrame) -> go.Figure:
    """When each line stands still: a bar a stop, as-is above the response."""
    figure = go.Figure()
    for plan, colour in reversed(PLANS.items()):  # the last one is drawn on top
        rows = stops[stops["plan"] == plan]
        first, last = pd.to_datetime(rows["from"]), pd.to_datetime(rows["to"])
        figure.add_bar(
            base=first, x=(last - first).dt.total_seconds() * 1000.0, y=rows["line"],
            orientation="h", name=plan, marker_color=colour, offsetgroup=plan,
            marker_pattern_shape="/" if plan == "as-is" else "", customdata=rows[["waits_for"]],
            hovertemplate=f"%{{y}}, {plan}: from %{{base|%Y-%m-%d}}<br>waits for "
                          "%{customdata[0]}<extra></extra>")  # fmt: skip
    _in_weeks(figure, pd.to_datetime(stops["from"]).min())
    figure.update_xaxes(showgrid=True)
    figure.update_yaxes(categoryorder="category descending")
    figure.update_layout(barmode="group")
    return _framed(figure, 110 + 34 * stops["line"].nunique())


def service(rows: dict[str, pd.DataFrame]) -> go.Figure:
    """Units not served on time by the week in which they are due: never served, and late."""
    figure = go.Figure()
    for plan, frame in rows.items():
        missed = frame["lost"] + frame["open"]
        for words, values, colour in (("not served", missed, PLANS[plan]),
                                      ("late", frame["late"], _LATE[plan])):  # fmt: skip
            figure.add_bar(x=frame["period"], y=values, name=f"{plan}: {words}", offsetgroup=plan,
                           marker_color=colour, hovertemplate="%{y:,.0f} units")  # fmt: skip
    figure.update_layout(barmode="relative", hovermode="x unified")
    _in_weeks(figure, min(frame["period"].min() for frame in rows.values()))
    figure.update_yaxes(title="units due and not on time", tickformat=",d")
    return _framed(figure, 320)


def waterfall(before: float, changes: pd.Series, after: float, currency: str) -> go.Figure:
    """From one profit to the other, a step for each term of money, in millions."""
    steps = changes[changes.abs() > 0.0]
    figure = go.Figure(go.Waterfall(
        x=["profit as-is", *steps.index, "profit of the response"],
        measure=["absolute", *["relative"] * len(steps), "total"],
        y=[before / 1e6, *(steps / 1e6), after / 1e6],
        text=[f"{value / 1e6:,.1f}" for value in [before, *steps, after]],
        increasing={"marker": {"color": "#009e73"}}, decreasing={"marker": {"color": "#cc79a7"}},
        totals={"marker": {"color": RESPONSE}}))  # fmt: skip
    figure.update_traces(textangle=0, textposition="outside", cliponaxis=False)
    figure.update_yaxes(title=f"million {currency}", tickformat=",d", range=_seen(before, steps))
    figure.update_xaxes(tickangle=-30)
    return _framed(figure, 340)


def _seen(before: float, steps: pd.Series) -> list[float]:
    """A range of money in millions in which the steps fill the figure."""
    levels = [before, *(before + steps.cumsum())]
    low, high = min(levels) / 1e6, max(levels) / 1e6
    room = max(high - low, abs(high) * 0.01, 1e-6)
    return [low - 0.4 * room, high + 0.15 * room]


def fan(past: pd.DataFrame, ahead: pd.DataFrame, override: pd.DataFrame) -> go.Figure:
    """What was demanded, and the quantiles of what is to come, with a planner's word on it."""
    figure = go.Figure()
    for low, high, colour, words in (("quantile_P10", "quantile_P90", "rgba(0,114,178,.18)",
                                      "80 %"),
                                     ("quantile_P30", "quantile_P70", "rgba(0,114,178,.30)",
                                      "40 %")):  # fmt: skip
        if low in ahead and high in ahead:
            figure.add_scatter(x=ahead["period"], y=ahead[high], mode="lines", line_width=0,
                               showlegend=False, hoverinfo="skip")  # fmt: skip
            figure.add_scatter(x=ahead["period"], y=ahead[low], mode="lines", line_width=0,
                               fill="tonexty", fillcolor=colour, name=f"{words} of outcomes",
                               hoverinfo="skip")  # fmt: skip
    figure.add_scatter(x=past["period"], y=past["quantity"], mode="lines+markers", name="demanded",
                       line={"color": "#5a6470"}, marker={"size": 4})  # fmt: skip
    figure.add_scatter(x=ahead["period"], y=ahead["mean"], mode="lines", name="forecast (mean)",
                       line={"color": RESPONSE, "dash": "dash"})  # fmt: skip
    if len(override):
        figure.add_scatter(x=override["period"], y=override["quantity"], mode="markers",
                           name="planner's override", marker={"color": AS_IS, "size": 10,
                                                              "symbol": "diamond"})  # fmt: skip
    figure.update_layout(hovermode="x unified")
    figure.update_yaxes(title="units a period", rangemode="tozero")
    return _framed(figure, 360)


def ranges(rows: pd.DataFrame) -> go.Figure:
    """The range of a lead time: a bar from P10 to P90 for each option, with its median."""
    keys = [name for name in ("item", "supplier", "location", "mode") if name in rows]
    names = rows[keys].astype(str).agg(" \u00b7 ".join, axis=1)
    low, high = rows["quantile_P10"], rows["quantile_P90"]
    figure = go.Figure(
        go.Bar(
            base=low,
            x=high - low,
            y=names,
            orientation="h",
            name="P10 to P90",
            marker_color="rgba(0,114,178,.35)",
            hovertemplate="%{y}: P10 %{base:.0f} days<extra></extra>",
        )
    )
    figure.add_scatter(x=rows["quantile_P50"], y=names, mode="markers", name="median",
                       marker={"color": RESPONSE, "size": 9, "symbol": "line-ns-open"},
                       hovertemplate="%{y}: median %{x:.0f} days<extra></extra>")  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title="days", rangemode="tozero")
    return _framed(figure, 110 + 24 * len(rows))


@cache
def _land() -> tuple[Numbers, Numbers]:
    """Outlines of the land (Natural Earth, public domain) as one line, broken at NaN.

    Arrays, since a figure is copied whenever it is shown: a list is copied number by number.
    """
    content = json.loads(Path(__file__).with_name("land.json").read_text(encoding="utf-8"))
    gap = (float("nan"), float("nan"))
    points = np.array([point for (ring,) in content["coordinates"] for point in (*ring, gap)])
    return points[:, 0], points[:, 1]


def world(places: pd.DataFrame, routes: pd.DataFrame, dark: bool) -> go.Figure:
    """The network on a map of our own: no tile is fetched from anywhere."""
    across, up = _land()
    figure = go.Figure(go.Scatter(x=across, y=up, mode="lines", fill="toself", hoverinfo="skip",
                                  fillcolor=_LAND[dark], line={"width": 0.5, "color": "#8a94a0"},
                                  showlegend=False))  # fmt: skip
    _add_routes(figure, places, routes)
    for role, (colour, words, size, symbol) in reversed(ROLES.items()):
        rows = places[places["role"] == role]
        if len(rows):
            figure.add_scatter(
                x=rows["longitude"], y=rows["latitude"], name=words,
                mode="markers" if role in ("other", "user") else "markers+text",
                text=rows["location"], textposition="top center", textfont={"size": 11},
                unselected={"marker": {"opacity": 1.0}},
                marker={"size": size, "color": colour, "symbol": symbol,
                        "line": {"width": 1, "color": "#ffffff"}},
                customdata=rows[["location", "kind", "country", "quantity"]],
                hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}, %{customdata[2]}"
                              "<br>%{customdata[3]:,.0f} units<extra></extra>")  # fmt: skip
    figure.update_xaxes(visible=False, range=_range(places["longitude"], 12.0))
    figure.update_yaxes(visible=False, range=_range(places["latitude"], 8.0), scaleanchor="x",
                        scaleratio=1.25)  # fmt: skip
    figure.update_layout(clickmode="event+select", dragmode="pan")
    return _framed(figure, 430)


def network(places: pd.DataFrame, ways: pd.DataFrame, dark: bool) -> go.Figure:
    """All locations and the ways between them, to be clicked: a way at its middle."""
    across, up = _land()
    figure = go.Figure(go.Scatter(x=across, y=up, mode="lines", fill="toself", hoverinfo="skip",
                                  fillcolor=_LAND[dark], line={"width": 0.5, "color": "#8a94a0"},
                                  showlegend=False))  # fmt: skip
    at = {row["location"]: (row["longitude"], row["latitude"])
          for row in places.to_dict("records")}  # fmt: skip
    drawn = ways.head(_MOST_WAYS)
    middles = [
        ((at[start][0] + at[end][0]) / 2, (at[start][1] + at[end][1]) / 2)
        for start, end in zip(drawn["origin"], drawn["destination"], strict=True)
    ]
    figure.add_scatter(
        x=[x for x, _ in middles],
        y=[y for _, y in middles],
        mode="markers",
        name="way",
        marker={"size": 6, "symbol": "diamond-open", "color": "#8a94a0"},
        customdata=drawn[["origin", "destination"]],
        hovertemplate="%{customdata[0]} to %{customdata[1]}<extra></extra>",
    )
    for kind, colour in _KINDS.items():
        rows = places[places["kind"] == kind]
        if len(rows):
            figure.add_scatter(
                x=rows["longitude"],
                y=rows["latitude"],
                mode="markers",
                name=kind,
                marker={"size": 11, "color": colour},
                customdata=rows[["location"]],
                hovertemplate="<b>%{customdata[0]}</b><extra></extra>",
            )
    figure.update_xaxes(visible=False, range=_range(places["longitude"], 12.0))
    figure.update_yaxes(visible=False, range=_range(places["latitude"], 8.0), scaleanchor="x",
                        scaleratio=1.25)  # fmt: skip
    figure.update_layout(clickmode="event+select", dragmode="pan")
    return _framed(figure, 330)


def _range(values: pd.Series, margin: float) -> list[float]:
    return [float(values.min()) - margin, float(values.max()) + margin]


def _add_routes(figure: go.Figure, places: pd.DataFrame, routes: pd.DataFrame) -> None:
    """Ways: grey where both plans move as much, blue where the response moves more, dotted less."""
    at = {row["location"]: (row["longitude"], row["latitude"])
          for row in places.to_dict("records")}  # fmt: skip
    known = routes[routes["origin"].isin(list(at)) & routes["destination"].isin(list(at))]
    more = known["response"] > known["as-is"] * 1.01 + 1e-6
    less = known["response"] < known["as-is"] * 0.99 - 1e-6
    for rows, colour, dash, words in (
        (known[~more & ~less], "#8a94a0", "solid", "as before"),
        (known[less], AS_IS, "dot", "less in the response"),
        (known[more], RESPONSE, "solid", "more in the response"),
    ):
        if rows.empty:
            continue
        across: list[float | None] = []
        up: list[float | None] = []
        for start, end in zip(rows["origin"], rows["destination"], strict=True):
            across += [at[start][0], at[end][0], None]
            up += [at[start][1], at[end][1], None]
        figure.add_scatter(x=across, y=up, mode="lines", name=words, hoverinfo="skip", opacity=0.7,
                           line={"color": colour, "dash": dash, "width": 1.5})  # fmt: skip
