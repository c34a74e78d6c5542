"""Charts over time: service by period, stock and supply, and lines that stand still.

Every function takes plain numbers by period or by name and returns HTML that is safe to put into
the page. As-is and response keep their colours throughout, and differ in more than colour: as-is is
dashed where both are lines, and has its own place where both are bars.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
from markupsafe import Markup

from app.service.report.scarcity import ScarceItem
from app.service.report.svg import (
    WIDTH,
    Box,
    Scale,
    TimeAxis,
    add,
    canvas,
    legend,
    markup,
    text,
    value_axis,
)
from app.service.report.words import counted, large, percent, plural, units
from solver.plan import PlanKind
from solver.program import Floats
from supplychain.calendar import Calendar

Spans = Sequence[tuple[int, int]]
NAMES: dict[PlanKind, str] = {"as-is": "as-is", "response": "response"}
_HEADROOM = 1.08


class Service(NamedTuple):
    """Units not served on time by due period: late, and not served by the end."""

    late: Floats
    unserved: Floats

    @property
    def total(self) -> Floats:
        """Late and unserved together."""
        return self.late + self.unserved


def service_chart(service: Mapping[PlanKind, Service], calendar: Calendar, spans: Spans) -> Markup:
    """Units not served on time: by the period in which they are due, and cumulative."""
    drawing = canvas(WIDTH, 350.0, "Units not served on time, as-is against response, by period "
                     "and cumulative. The numbers are in the table below.")  # fmt: skip
    weekly = Box(64.0, 62.0, 690.0, 232.0)
    running = Box(842.0, 62.0, 308.0, 232.0)
    parts = (("late", "late"), ("solid", "not served by the end"))
    entries = [(f"{kind} {part}", f"{NAMES[kind]}: {w}") for kind in service for part, w in parts]
    legend(drawing, entries, 64.0, 18.0)
    _service_bars(drawing, service, TimeAxis(calendar, weekly), spans)
    _service_sums(drawing, service, TimeAxis(calendar, running), spans)
    return markup(drawing)


def _service_bars(
    drawing: Element, service: Mapping[PlanKind, Service], axis: TimeAxis, spans: Spans
) -> None:
    top = max(float(part.total.max()) for part in service.values())
    scale = axis.box.upward(top * _HEADROOM)
    axis.shade(drawing, spans)
    name = f"units due in the {axis.calendar.bucket} and not served on time"
    value_axis(drawing, axis.box, scale, name)
    width = axis.step * 0.86 / len(service)
    for place, (kind, part) in enumerate(service.items()):
        for period in range(axis.calendar.periods):
            left = axis.left(period) + axis.step * 0.07 + place * width
            _stack(drawing, kind, left, width, scale,
                   float(part.unserved[period]), float(part.late[period]))  # fmt: skip
    axis.draw(drawing)
    axis.bands(drawing, [_service_tip(service, axis.calendar, p)
                         for p in range(axis.calendar.periods)])  # fmt: skip


def _stack(
    drawing: Element, kind: str, left: float, width: float, scale: Scale, *parts: float
) -> None:
    """One bar: units not served, and above them units late."""
    base = 0.0
    for name, value in zip(("solid", "late"), parts, strict=True):
        if value > 0:
            top = scale(base + value)
            add(drawing, "rect", x=left, y=top, width=max(width - 0.6, 0.4),
                height=scale(base) - top, kind=f"{kind} {name}")  # fmt: skip
            base += value


def _service_tip(service: Mapping[PlanKind, Service], calendar: Calendar, period: int) -> str:
    lines = [calendar.label(period)]
    for kind, part in service.items():
        lines.append(f"{NAMES[kind]}: {units(part.late[period])} late, "
                     f"{units(part.unserved[period])} not served")  # fmt: skip
    return "\n".join(lines)


def _service_sums(
    drawing: Element, service: Mapping[PlanKind, Service], axis: TimeAxis, spans: Spans
) -> None:
    sums = {kind: np.cumsum(part.total) for kind, part in service.items()}
    scale = axis.box.upward(max(float(total[-1]) for total in sums.values()) * _HEADROOM)
    axis.shade(drawing, spans)
    value_axis(drawing, axis.box, scale, "units not served on time, cumulative")
    _lines(drawing, axis, scale, sums)
    ends = _apart([scale(float(total[-1])) for total in sums.values()], 30.0)
    for (kind, total), height in zip(sums.items(), ends, strict=True):
        text(drawing, NAMES[kind], axis.box.right + 8, height - 2, f"note ink-{kind}")
        text(drawing, units(float(total[-1])), axis.box.right + 8, height + 12, "note strong")
    axis.draw(drawing)
    axis.bands(drawing, _tips(axis.calendar, sums, "not on time so far"))


def _apart(heights: Sequence[float], least: float) -> list[float]:
    """Places of labels, moved down where they would touch."""
    moved: dict[int, float] = {}
    last = -math.inf
    for number in sorted(range(len(heights)), key=heights.__getitem__):
        last = moved[number] = max(heights[number], last + least)
    return [moved[number] for number in range(len(heights))]


def _lines(
    drawing: Element, axis: TimeAxis, scale: Scale, values: Mapping[PlanKind, Floats]
) -> None:
    for kind, series in values.items():
        path = axis.steps([float(value) for value in series], scale)
        add(drawing, "path", d=path, kind=f"line {kind}")


def _tips(calendar: Calendar, values: Mapping[PlanKind, Floats], words: str) -> list[str]:
    def tip(period: int) -> Iterator[str]:
        yield calendar.label(period)
        for kind, series in values.items():
            yield f"{NAMES[kind]}: {units(float(series[period]))} {words}"

    return ["\n".join(tip(period)) for period in range(calendar.periods)]


# --- stock and supply of scarce items -----------------------------------------------------------

_ROW, _PANEL = 192.0, 106.0


def stock_chart(items: Sequence[ScarceItem], calendar: Calendar, spans: Spans) -> Markup:
    """A row of three panels an item: on hand, supply that comes in, capacity of its source."""
    drawing = canvas(WIDTH, 36.0 + _ROW * len(items), "On hand, supply and capacity of the source "
                     "of the scarcest items, as-is against response.")  # fmt: skip
    entries = [("line as-is", "as-is"), ("line response", "response"), ("room", "capacity left "
               "by the scenario"), ("line before", "capacity before")]  # fmt: skip
    legend(drawing, entries, 64.0, 18.0)
    for row, item in enumerate(items):
        boxes = [Box(64.0 + 412.0 * n, 74.0 + _ROW * row, 336.0, _PANEL) for n in range(3)]
        on_hand, supply, source = (TimeAxis(calendar, box) for box in boxes)
        text(drawing, item.item, 64.0, boxes[0].top - 24, "title", 330.0)
        worth = "" if item.worth is None else f"; extra supply worth {large(item.worth)}"
        words = f"{percent(item.share)} of the scarcity{worth}"
        text(drawing, words, supply.box.left, supply.box.top - 24, "note faint")
        _panel(drawing, on_hand, spans, item.on_hand, f"{plural(item.unit)} on hand, all locations",
               "on hand")  # fmt: skip
        _panel(drawing, supply, spans, item.supply, f"{plural(item.unit)} arriving", "arriving")
        _source_panel(drawing, source, spans, item)
    return markup(drawing)


def _panel(
    drawing: Element, axis: TimeAxis, spans: Spans, values: Mapping[PlanKind, Floats], name: str,
    words: str,
) -> None:  # fmt: skip
    scale = axis.box.upward(max(float(series.max()) for series in values.values()) * _HEADROOM)
    axis.shade(drawing, spans)
    value_axis(drawing, axis.box, scale, name)
    _lines(drawing, axis, scale, values)
    axis.draw(drawing)
    axis.bands(drawing, _tips(axis.calendar, values, words))


def _source_panel(drawing: Element, axis: TimeAxis, spans: Spans, item: ScarceItem) -> None:
    limit = item.limit
    if limit is None:
        text(drawing, "its sources have no limit", axis.box.left, axis.box.top + 20, "note")
        return
    series = [*limit.used.values(), np.nan_to_num(limit.before), np.nan_to_num(limit.after)]
    scale = axis.box.upward(max(float(values.max()) for values in series) * _HEADROOM)
    axis.shade(drawing, spans)
    shared = f", shared by {limit.items:,} items" if limit.items > 1 else ""
    text(drawing, limit_name(limit.kind, limit.owner), axis.box.left, axis.box.top - 24, "title",
         axis.box.width)  # fmt: skip
    value_axis(drawing, axis.box, scale, f"use of its capacity{shared}")
    _room(drawing, axis, scale, limit.after)
    before = axis.steps([float(value) for value in limit.before], scale)
    add(drawing, "path", d=before, kind="line before")
    _lines(drawing, axis, scale, limit.used)
    axis.draw(drawing)
    tips = _tips(axis.calendar, limit.used, "in use")
    pairs = zip(tips, limit.before, limit.after, strict=True)
    axis.bands(drawing, [f"{tip}\ncapacity: {_room_words(*pair)}" for tip, *pair in pairs])


def _room(drawing: Element, axis: TimeAxis, scale: Scale, capacity: Floats) -> None:
    """What the scenario leaves of a capacity, as an area; nothing where it is unlimited."""
    for period, value in enumerate(capacity):
        if value > 0:
            add(drawing, "rect", x=axis.left(period), y=scale(float(value)), width=axis.step + 0.2,
                height=axis.box.bottom - scale(float(value)), kind="room")  # fmt: skip


def _room_words(before: float, after: float) -> str:
    first, second = ("unlimited" if math.isnan(v) else units(v) for v in (before, after))
    return first if first == second else f"{second} instead of {first}"


def limit_name(kind: str, owner: str) -> str:
    """A capacity for people, e.g. "FAB-TW-1, group logic"."""
    keys = owner.split("|")
    if kind == "supplier_capacity":
        return f"{keys[0]}, group {keys[1]}"
    if kind == "sourcing":
        return f"{keys[2]} to {keys[1]}, {keys[3]}"
    if kind == "lanes":
        return f"{keys[1]} to {keys[2]}, {keys[3]}"
    return keys[0] if kind == "resources" else f"{keys[0]} at {keys[1]}, {keys[2]}"


# --- lines --------------------------------------------------------------------------------------


class Stop(NamedTuple):
    """A run of periods (inclusive) in which a line is down, and what it waits for."""

    first: int
    last: int
    waits_for: str


class LineRow(NamedTuple):
    """A line, where it is, and its stops in each plan."""

    name: str
    location: str
    stops: dict[PlanKind, list[Stop]]


_LANE = 20.0


def line_chart(rows: Sequence[LineRow], calendar: Calendar, spans: Spans) -> Markup:
    """When each line is down, as-is above response, and what it waits for first."""
    height = 2 * _LANE + 12.0
    drawing = canvas(WIDTH, 116.0 + height * len(rows), "Periods in which each line is down, as-is "
                     "against response. The table below says the same.")  # fmt: skip
    axis = TimeAxis(calendar, Box(196.0, 76.0, 690.0, height * len(rows)))
    legend(drawing, [(f"{kind} solid", f"down, {NAMES[kind]}") for kind in NAMES], 196.0, 18.0)
    text(drawing, "waits for, at first", axis.box.right + 20, 66.0, "note faint")
    axis.draw(drawing, above=True)
    axis.shade(drawing, spans)
    for number, row in enumerate(rows):
        top = axis.box.top + height * number
        add(drawing, "line", x1=8.0, x2=WIDTH - 8, y1=top, y2=top, kind="grid")
        text(drawing, row.name, 8.0, top + 22, "note strong", 126.0)
        text(drawing, row.location, 8.0, top + 37, "note faint", 126.0)
        for lane, (kind, stops) in enumerate(row.stops.items()):
            _line_lane(drawing, axis, row, kind, stops, top + 6 + lane * _LANE)
    axis.draw(drawing)
    return markup(drawing)


def _line_lane(
    drawing: Element, axis: TimeAxis, row: LineRow, kind: PlanKind, stops: Sequence[Stop], y: float
) -> None:
    text(drawing, NAMES[kind], axis.box.left - 8, y + 14, "tick end")
    for stop in stops:
        width = (stop.last - stop.first + 1) * axis.step - 1.0
        tip = _stop_tip(axis.calendar, row, kind, stop)
        add(drawing, "rect", x=axis.left(stop.first) + 0.5, y=y + 3, width=width, height=_LANE - 6,
            rx=2, kind=f"{kind} solid", data_tip=tip)  # fmt: skip
    down = sum(stop.last - stop.first + 1 for stop in stops)
    words = f"{stops[0].waits_for} ({counted(down, axis.calendar.bucket)})" if stops else "not down"
    style = f"note ink-{kind}" if stops else "note faint"
    text(drawing, words, axis.box.right + 20, y + 14, style, WIDTH - axis.box.right - 24)


def _stop_tip(calendar: Calendar, row: LineRow, kind: PlanKind, stop: Stop) -> str:
    until = "" if stop.last == stop.first else f" to {calendar.label(stop.last)}"
    return (f"{row.name}, {NAMES[kind]}\ndown {calendar.label(stop.first)}{until}\n"
            f"waits for {stop.waits_for}")  # fmt: skip
