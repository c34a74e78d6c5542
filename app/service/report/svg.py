"""Small pieces that the charts of the report are drawn with: SVG elements, scales, axes, words.

Charts are plain SVG inside the page: they take its colours (light and dark), print sharply, need no
library and no network. Elements are built as a tree, so that every text from the data is escaped.
Colours are classes of the page's style; what a mark says is its ``data-tip``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from app.service.report.words import short
from supplychain.calendar import Calendar

WIDTH = 1240.0
LETTER, SMALL_LETTER = 6.5, 5.8  # mean width of a letter of notes and ticks, for what has to fit
_ELLIPSIS = "\u2026"


def canvas(width: float, height: float, label: str) -> Element:
    """An empty drawing of ``width`` x ``height``; ``label`` says in words what it shows."""
    return Element("svg", {
        "viewBox": f"0 0 {_shown(width)} {_shown(height)}", "role": "img", "tabindex": "0",
        "aria-label": label, "style": f"max-width:{_shown(width)}px",
    })  # fmt: skip


def add(parent: Element, tag: str, text: str = "", **attributes: object) -> Element:
    """Add an element; ``_`` in names of attributes stands for ``-``, ``kind`` for ``class``."""
    named = {("class" if name == "kind" else name.replace("_", "-")): _shown(value)
             for name, value in attributes.items() if value is not None}  # fmt: skip
    child = SubElement(parent, tag, named)
    if text:
        child.text = text
    return child


def _shown(value: object) -> str:
    return f"{round(value, 1):g}" if isinstance(value, float) else str(value)


def markup(drawing: Element) -> Markup:
    """The drawing as HTML that is safe to put into the page."""
    return Markup(tostring(drawing, encoding="unicode"))


@dataclass(frozen=True)
class Scale:
    """Linear map of values ``low`` to ``high`` onto places ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Place of a value."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """Round values between low and high."""
        return round_values(self.low, self.high, 5)


def round_values(low: float, high: float, count: int) -> list[float]:
    """About ``count`` multiples of 1, 2 or 5 times a power of ten from ``low`` to ``high``."""
    if not high > low:
        return [low]
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


@dataclass(frozen=True)
class Box:
    """A rectangle of a drawing."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    def upward(self, high: float, low: float = 0.0) -> Scale:
        """Scale of values from the lower edge to the upper one."""
        return Scale(low, high if high > low else low + 1.0, self.bottom, self.top)


@dataclass(frozen=True)
class TimeAxis:
    """The periods of a calendar across a box, each a column of equal width."""

    calendar: Calendar
    box: Box

    @property
    def step(self) -> float:
        """Width of one period."""
        return self.box.width / self.calendar.periods

    def left(self, period: int) -> float:
        """Left edge of a period."""
        return self.box.left + period * self.step

    def draw(self, parent: Element, room: float = 52.0, above: bool = False) -> None:
        """Labels below the box, or above it, each with ``room`` units of width."""
        every = _every(self.calendar, max(1, math.ceil(room / self.step)))
        edge, first = (self.box.top - 4, -30.0) if above else (self.box.bottom, 12.0)
        for period in range(0, self.calendar.periods, every):
            middle = self.left(period) + self.step / 2
            upper, lower = _tick(self.calendar, period, every)
            add(parent, "line", x1=middle, x2=middle, y1=edge, y2=edge + 4, kind="axis")
            text(parent, upper, middle, edge + first + 4, "tick middle")
            text(parent, lower, middle, edge + first + 17, "tick middle")

    def bands(self, parent: Element, tips: Sequence[str]) -> None:
        """Invisible columns that carry what each period says."""
        for period, tip in enumerate(tips):
            add(parent, "rect", x=self.left(period), y=self.box.top, width=self.step,
                height=self.box.height, kind="band", data_tip=tip)  # fmt: skip

    def shade(self, parent: Element, spans: Iterable[tuple[int, int]]) -> None:
        """Mark spans of periods (first and last, inclusive) behind the chart."""
        for first, last in spans:
            add(parent, "rect", x=self.left(first), y=self.box.top, height=self.box.height,
                width=(last - first + 1) * self.step, kind="span")  # fmt: skip

    def steps(self, values: Sequence[float], scale: Scale) -> str:
        """Path of a line that holds each value for its whole period; gaps where it is NaN."""
        parts, drawing = [], False
        for period, value in enumerate(values):
            if math.isnan(value):
                drawing = False
                continue
            height = _shown(scale(value))
            begin = "L" if drawing else "M"
            parts.append(
                f"{begin}{_shown(self.left(period))} {height}H{_shown(self.left(period + 1))}"
            )
            drawing = True
        return "".join(parts)


def _every(calendar: Calendar, least: int) -> int:
    """Periods between labels: round numbers of the bucket, at least ``least``."""
    steps = {"week": (1, 2, 4, 8, 13, 26, 52), "day": (1, 2, 7, 14, 28, 56, 91, 182),
             "month": (1, 2, 3, 6, 12, 24, 60)}[calendar.bucket]  # fmt: skip
    return next((step for step in steps if step >= least), least)


def _tick(calendar: Calendar, period: int, every: int) -> tuple[str, str]:
    date = calendar.date(period)
    is_new_year = period == 0 or calendar.date(period - every).year != date.year
    if calendar.bucket == "month":
        return f"{date:%b}", f"{date:%Y}" if is_new_year else ""
    day = f"{date.day} {date:%b}"
    year = f"{date:%Y}" if is_new_year else ""
    if calendar.bucket == "day":
        return day, year
    return f"W{date.isocalendar().week:02d}", f"{day} {year}".strip()


def value_axis(
    parent: Element, box: Box, scale: Scale, name: str = "", right: float | None = None
) -> None:
    """Grid lines with their values at the left of the box, and what is measured above them."""
    for value in scale.ticks:
        height = scale(value)
        add(parent, "line", x1=box.left, x2=right or box.right, y1=height, y2=height, kind="grid")
        text(parent, short(value), box.left - 7, height + 4, "tick end")
    if name:
        text(parent, name, box.left, box.top - 10, "tick")


def text(parent: Element, content: str, x: float, y: float, kind: str, width: float = 0) -> None:
    """Text at a place; cut to ``width``, then with the whole of it as its tip."""
    letter = SMALL_LETTER if kind.startswith("tick") else LETTER
    cut = fitted(content, width, letter) if width else content
    if cut:
        tip = content if cut != content else None
        add(parent, "text", cut, x=x, y=y, kind=kind, data_tip=tip)


def fitted(content: str, width: float, letter: float) -> str:
    """``content``, cut to about ``width`` units."""
    most = max(2, int(width / letter))
    return content if len(content) <= most else content[: most - 1].rstrip() + _ELLIPSIS


def legend(parent: Element, entries: Sequence[tuple[str, str]], x: float, y: float) -> None:
    """Swatches (class, words) in a row."""
    for kind, words in entries:
        if kind.startswith("line"):
            add(parent, "line", x1=x, x2=x + 22, y1=y - 4, y2=y - 4, kind=kind)
        else:
            add(parent, "rect", x=x + 5, y=y - 10, width=12, height=12, kind=kind)
        text(parent, words, x + 28, y, "note")
        x += 28 + len(words) * LETTER + 22
