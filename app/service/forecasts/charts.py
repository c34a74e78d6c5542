"""Charts of forecasts as plain SVG: fan charts, calibration, lead-time drift."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

import numpy as np
import pandas as pd

from app.service.report.svg import Scale, add, canvas, markup
from forecasts.demand.forecast import DemandForecast
from forecasts.quantiles import Floats

_WIDTH, _HEIGHT = 420.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 10.0, 24.0, 28.0
_PAST = 3  # horizons of history shown


def fan(made: DemandForecast, actual: Floats, row: int) -> str:
    """Past demand of one series, its quantiles ahead, and what came."""
    past = made.panel.values[row, -_PAST * made.horizon :]
    quantiles = made.paths.quantiles[row]
    names = made.panel.keys.iloc[row]
    title = f"{names['item']} {names['location']}".strip()
    came = actual[row]
    values = np.concatenate([past, quantiles.ravel(), came])
    top = float(np.nanmax(values, initial=1.0))
    drawing, x, y = _frame(title, -len(past), made.horizon, 0.0, top)
    first = made.panel.calendar.date(made.panel.periods)
    add(drawing, "text", f"from {first:%Y-%m-%d}", x=x(0), y=_HEIGHT - 8, text_anchor="middle")
    steps = np.arange(made.horizon) + 0.5
    levels = list(made.levels)
    for kind, low, high in (("band", 0.025, 0.975), ("core", 0.1, 0.9)):
        if low in levels and high in levels:
            lower, upper = quantiles[:, levels.index(low)], quantiles[:, levels.index(high)]
            edge = [*zip(steps, upper, strict=True), *zip(steps[::-1], lower[::-1], strict=True)]
            add(drawing, "polygon", points=_points(edge, x, y), kind=kind)
    middle = quantiles[:, levels.index(0.5)]
    add(drawing, "polyline", points=_points(zip(steps, middle, strict=True), x, y), kind="middle")
    before = [(t - len(past) + 0.5, v) for t, v in enumerate(past) if not np.isnan(v)]
    add(drawing, "polyline", points=_points(before, x, y), kind="seen")
    for step, value in zip(steps, came, strict=True):
        if not np.isnan(value):
            add(drawing, "circle", cx=x(step), cy=y(value), r=2.5, kind="dot")
    return str(markup(drawing))


def calibration(transform: Floats) -> str:
    """Share of outcomes at most each level, against the level."""
    drawing, x, y = _frame("share of outcomes below the level", 0.0, 1.0, 0.0, 1.0)
    add(drawing, "line", x1=x(0), y1=y(0), x2=x(1), y2=y(1), kind="ideal")
    levels = np.linspace(0.05, 0.95, 19)
    if len(transform):
        shares = [(level, float((transform <= level).mean())) for level in levels]
        add(drawing, "polyline", points=_points(shares, x, y), kind="middle")
        for level, share in shares:
            add(drawing, "circle", cx=x(level), cy=y(share), r=2.5, kind="dot")
    for level in (0.1, 0.5, 0.9):
        add(drawing, "text", f"{level:.0%}", x=x(level), y=_HEIGHT - 8, text_anchor="middle")
    return str(markup(drawing))


def drift(receipts: pd.DataFrame) -> str:
    """Lead times of received orders by month of the order: median and middle 80 %."""
    known = receipts[receipts["received_on"].notna()]
    days = (known["received_on"] - known["ordered_on"]).dt.days
    by_month = days.groupby(known["ordered_on"].dt.to_period("M"))
    table = by_month.quantile(np.array([0.1, 0.5, 0.9])).unstack().sort_index()
    number = np.array([(month.year * 12 + month.month) for month in table.index], dtype=float)
    drawing, x, y = _frame("days from order to receipt", number.min(), number.max() + 1.0, 0.0,
                           float(table.to_numpy().max()))  # fmt: skip
    centre = number + 0.5
    edge = [*zip(centre, table[0.9], strict=True),
            *zip(centre[::-1], table[0.1].to_numpy()[::-1], strict=True)]  # fmt: skip
    add(drawing, "polygon", points=_points(edge, x, y), kind="core")
    add(drawing, "polyline", points=_points(zip(centre, table[0.5], strict=True), x, y),
        kind="middle")  # fmt: skip
    for place in sorted({0, len(table) // 2, len(table) - 1}):
        add(drawing, "text", str(table.index[place]), x=x(centre[place]), y=_HEIGHT - 8,
            text_anchor="middle")  # fmt: skip
    return str(markup(drawing))


def _frame(
    title: str, left: float, right: float, low: float, high: float
) -> tuple[Element, Scale, Scale]:
    """An empty chart with a title and an axis of values."""
    drawing = canvas(_WIDTH, _HEIGHT, title)
    x = Scale(left, right, _LEFT, _WIDTH - _RIGHT)
    y = Scale(low, high, _HEIGHT - _BOTTOM, _TOP)
    add(drawing, "text", title, x=_LEFT, y=14.0, kind="title")
    for tick in y.ticks:
        add(drawing, "line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y(tick), y2=y(tick), kind="axis")
        add(drawing, "text", f"{tick:,.10g}", x=_LEFT - 6, y=y(tick) + 4, text_anchor="end")
    return drawing, x, y


def _points(points: object, x: Scale, y: Scale) -> str:
    pairs: Sequence[tuple[float, float]] = list(points)  # type: ignore[call-overload]
    return " ".join(f"{x(float(a)):.1f},{y(float(b)):.1f}" for a, b in pairs)
