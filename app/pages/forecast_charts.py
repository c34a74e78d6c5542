"""Figures of lead times: what orders took, and the fan of what one placed now will take."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from app.pages.look import AS_IS

_FAN = (("quantile_P10", "quantile_P90", 0.2, "80 % of outcomes"),
        ("quantile_P30", "quantile_P70", 0.35, "40 % of outcomes"))  # fmt: skip
_AHEAD = 91  # days over which the fan is drawn


def lead_fan(
    past: pd.DataFrame, ahead: pd.Series, as_of: pd.Timestamp, planned: float | None, dark: bool
) -> go.Figure:
    """Days from order to receipt by day of the order, and the quantiles of an order placed now.

    ``past``: ordered_on, received_on, promised_on; ``ahead``: a row of the forecast; ``planned``:
    the days that the plan counts on.
    """
    ink, blue = ("#a3adb8", "86,180,233") if dark else ("#5a6470", "0,114,178")
    figure = go.Figure()
    dates = [as_of, as_of + pd.Timedelta(days=_AHEAD)]
    for low, high, share, words in _FAN:
        if low in ahead and high in ahead:
            _band(figure, dates, float(ahead[low]), float(ahead[high]),
                  f"rgba({blue},{share})", words)  # fmt: skip
    _points(figure, past, as_of, ink)
    figure.add_scatter(x=dates, y=[ahead["quantile_P50"]] * 2, mode="lines",
                       name="median of an order placed now",
                       line={"color": f"rgb({blue})", "dash": "dash"})  # fmt: skip
    if planned is not None and len(past):
        figure.add_scatter(x=[past["ordered_on"].min(), dates[1]], y=[planned] * 2, mode="lines",
                           name="lead time in the data",
                           line={"color": AS_IS, "dash": "dot", "width": 1.5})  # fmt: skip
    _mark_change(figure, ahead, ink)
    return _framed(figure)


def _band(
    figure: go.Figure, dates: list[Any], low: float, high: float, colour: str, words: str
) -> None:
    figure.add_scatter(x=[*dates, *dates[::-1]], y=[low, low, high, high], mode="lines",
                       line_width=0, fill="toself", fillcolor=colour, name=words,
                       hoverinfo="skip")  # fmt: skip


def _points(figure: go.Figure, past: pd.DataFrame, as_of: pd.Timestamp, ink: str) -> None:
    """Orders that came, and those still open with their age so far."""
    came = past[past["received_on"].notna() & (past["received_on"] <= as_of)]
    late = past[~past.index.isin(came.index)]
    for rows, ends, name, marker in (
        (came, came["received_on"], "received", {"size": 6, "color": ink}),
        (late, as_of, "still open: age so far",
         {"size": 9, "color": ink, "symbol": "triangle-up-open"})):  # fmt: skip
        if len(rows):
            figure.add_scatter(x=rows["ordered_on"], y=(ends - rows["ordered_on"]).dt.days,
                               mode="markers", name=name, marker=marker,
                               hovertemplate="ordered %{x|%Y-%m-%d}: %{y:,.0f} days, "
                               f"{name}<extra></extra>")  # fmt: skip


def _mark_change(figure: go.Figure, ahead: pd.Series, ink: str) -> None:
    """The day since when lead times are at another level, if there is one."""
    since = ahead.get("regime_since")
    if since is not None and not pd.isna(since):
        figure.add_vline(x=pd.Timestamp(since), line_color=ink, line_dash="dot")
        figure.add_annotation(x=pd.Timestamp(since), y=1, yref="paper", text="new level since",
                              showarrow=False, xanchor="left", font_color=ink)  # fmt: skip


def _framed(figure: go.Figure) -> go.Figure:
    figure.update_layout(
        height=340, margin={"l": 8, "r": 8, "t": 8, "b": 8}, separators=".,",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0.0},
    )  # fmt: skip
    figure.update_xaxes(title="day of the order")
    figure.update_yaxes(title="days from order to receipt", rangemode="tozero")
    return figure
