"""The chart that leads from one profit to the other, a step for every term of money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markupsafe import Markup

from app.service.report_svg import WIDTH, Box, Scale, add, canvas, markup, text, value_axis
from app.service.report_words import gain, large


@dataclass(frozen=True)
class _Bar:
    """One bar of the waterfall, from ``low`` to ``high`` of the running sum."""

    name: str
    start: float
    end: float
    kind: str


def waterfall(
    before: float, changes: Sequence[tuple[str, float]], after: float, currency: str
) -> Markup:
    """From the profit as-is to that of the response, a step for what each term adds or takes."""
    drawing = canvas(WIDTH, 360.0, "From the profit as-is to the profit of the response, by term.")
    box = Box(92.0, 34.0, 1130.0, 262.0)
    bars = list(_waterfall_bars(before, changes, after))
    scale, is_cut = _waterfall_scale(bars, box)
    divisor, name = _money_unit(max(abs(scale.low), abs(scale.high)))
    shown = Scale(scale.low / divisor, scale.high / divisor, scale.start, scale.end)
    value_axis(drawing, box, shown, f"{name}{currency}")
    slot = box.width / len(bars)
    for place, bar in enumerate(bars):
        _draw_bar(drawing, bar, box.left + place * slot, slot, scale, is_cut, currency)
    if is_cut:
        text(drawing, f"The axis begins at {large(scale.low)} {currency}, not at zero.", box.left,
             352.0, "note faint")  # fmt: skip
    return markup(drawing)


def _waterfall_bars(
    before: float, changes: Sequence[tuple[str, float]], after: float
) -> Iterator[_Bar]:
    yield _Bar("profit as-is", 0.0, before, "as-is solid")
    running = before
    for name, change in changes:
        yield _Bar(name, running, running + change, "more" if change >= 0 else "less")
        running += change
    yield _Bar("profit of the response", 0.0, after, "response solid")


def _waterfall_scale(bars: Sequence[_Bar], box: Box) -> tuple[Scale, bool]:
    """Scale of the bars, and whether it leaves out zero because the steps are small against it."""
    tops = [bar.end for bar in bars]
    low, high = min(tops), max(tops)
    spread = (high - low) or abs(high) or 1.0
    is_cut = low > 0.8 * spread
    floor = low - 0.25 * spread if is_cut else min(0.0, low - 0.08 * spread)
    return Scale(floor, max(high, 0.0) + 0.12 * spread, box.bottom, box.top), is_cut


def _money_unit(highest: float) -> tuple[float, str]:
    for limit, name in ((1e6, "million "), (1e3, "thousand ")):
        if highest >= 5 * limit:
            return limit, name
    return 1.0, ""


def _draw_bar(
    drawing: Element, bar: _Bar, left: float, slot: float, scale: Scale, is_cut: bool, currency: str
) -> None:
    is_total = bar.kind.endswith("solid")
    start = scale.low if is_total and is_cut else bar.start
    upper, lower = sorted((scale(start), scale(bar.end)))
    width = slot * 0.66
    tip = f"{bar.name}: {large(bar.end) if is_total else gain(bar.end - bar.start)} {currency}"
    add(drawing, "rect", x=left + slot * 0.17, y=upper, width=width, height=max(lower - upper, 1.0),
        kind=bar.kind, data_tip=tip)  # fmt: skip
    if is_total and is_cut:
        _break(drawing, left + slot * 0.17, width, lower - 14)
    elif not is_total:
        add(drawing, "line", x1=left - slot * 0.17, x2=left + slot * 0.17, y1=scale(bar.start),
            y2=scale(bar.start), kind="axis")  # fmt: skip
    middle = left + slot / 2
    label = large(bar.end) if is_total else _change(bar.end - bar.start)
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
