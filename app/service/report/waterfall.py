"""The chart that leads from one profit to the other, a step for every term of money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markupsafe import Markup

from app.service.report.svg import WIDTH, Box, Scale, add, canvas, markup, text, value_axis
from app.service.report.words import amount, gain, large, short


@dataclass(frozen=True)
class _Bar:
    """One bar from ``start`` to ``end``, joined at ``joins`` with the one before it."""

    name: str
    start: float
    end: float
    kind: str
    joins: float | None
    is_total: bool = False


@dataclass(frozen=True)
class _Axis:
    """Scale of the money, in ``unit`` of ``divisor``; ``is_cut`` says that it leaves out zero."""

    scale: Scale
    is_cut: bool
    divisor: float
    unit: str

    def total(self, value: float) -> str:
        """A profit in the unit of the axis."""
        return f"{short(round(value / self.divisor, 1))} {self.unit}".strip()


def waterfall(
    before: float, changes: Sequence[tuple[str, float]], after: float, currency: str
) -> Markup:
    """From the profit as-is to that of the response, a step for what each term adds or takes."""
    drawing = canvas(WIDTH, 360.0, "From the profit as-is to the profit of the response, by term.")
    box = Box(92.0, 34.0, 1130.0, 262.0)
    bars = list(_waterfall_bars(before, changes, after))
    axis = _axis(bars, box)
    low, high = axis.scale.low / axis.divisor, axis.scale.high / axis.divisor
    name = f"{axis.unit} {currency}".strip()
    value_axis(drawing, box, Scale(low, high, axis.scale.start, axis.scale.end), name)
    slot = box.width / len(bars)
    for place, bar in enumerate(bars):
        _draw_bar(drawing, bar, box.left + place * slot, slot, axis, currency)
    if axis.is_cut:
        text(drawing, f"The axis begins at {axis.total(axis.scale.low)} {currency}, not at zero.",
             box.left, 352.0, "note faint")  # fmt: skip
    return markup(drawing)


def _waterfall_bars(
    before: float, changes: Sequence[tuple[str, float]], after: float
) -> Iterator[_Bar]:
    yield _Bar("profit as-is", 0.0, before, "as-is solid", None, is_total=True)
    running = before
    for name, change in changes:
        kind = "more" if change >= 0 else "less"
        yield _Bar(name, running, running + change, kind, running)
        running += change
    yield _Bar("profit of the response", 0.0, after, "response solid", after, is_total=True)


def _axis(bars: Sequence[_Bar], box: Box) -> _Axis:
    """An axis for the bars; it leaves out zero where the steps are small against the profits."""
    tops = [bar.end for bar in bars]
    low, high = min(tops), max(tops)
    spread = (high - low) or abs(high) or 1.0
    is_cut = low > 0.8 * spread
    floor = low - 0.25 * spread if is_cut else min(0.0, low - 0.08 * spread)
    scale = Scale(floor, max(high, 0.0) + 0.12 * spread, box.bottom, box.top)
    divisor, unit = _money_unit(max(abs(scale.low), abs(scale.high)))
    return _Axis(scale, is_cut, divisor, unit)


def _money_unit(highest: float) -> tuple[float, str]:
    for limit, name in ((1e6, "million"), (1e3, "thousand")):
        if highest >= 5 * limit:
            return limit, name
    return 1.0, ""


def _draw_bar(
    drawing: Element, bar: _Bar, left: float, slot: float, axis: _Axis, currency: str
) -> None:
    scale, margin = axis.scale, slot * 0.17
    start = scale.low if bar.is_total and axis.is_cut else bar.start
    upper, lower = sorted((scale(start), scale(bar.end)))
    label = axis.total(bar.end) if bar.is_total else _change(bar.end - bar.start)
    exact = amount(bar.end) if bar.is_total else gain(bar.end - bar.start)
    add(drawing, "rect", x=left + margin, y=upper, width=slot - 2 * margin,
        height=max(lower - upper, 1.0), kind=bar.kind,
        data_tip=f"{bar.name}: {exact} {currency}")  # fmt: skip
    if bar.is_total and axis.is_cut:
        _break(drawing, left + margin, slot - 2 * margin, lower - 14)
    if bar.joins is not None:
        height = scale(bar.joins)
        add(drawing, "line", x1=left - margin, x2=left + margin, y1=height, y2=height, kind="axis")
    middle = left + slot / 2
    text(drawing, label, middle, upper - 6, "note strong middle")
    for line, words in enumerate(_wrapped(bar.name)):
        text(drawing, words, middle, scale.start + 18 + 14 * line, "note middle", slot)


def _break(drawing: Element, left: float, width: float, height: float) -> None:
    """The sign for an axis that is cut."""
    step = width / 8
    points = (f"{left + step * n:.1f} {height + (4 if n % 2 else -4):.1f}" for n in range(9))
    add(drawing, "path", d="M" + "L".join(points), kind="break")


def _change(value: float) -> str:
    return f"+{large(value)}" if value > 0 else large(value)


def _wrapped(name: str) -> list[str]:
    """Words in two lines at most."""
    words = name.split()
    half = (len(words) + 1) // 2
    return [" ".join(part) for part in (words[:half], words[half:]) if part]
