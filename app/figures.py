"""Numbers and names as text: one unit and one number of decimals a table, nothing that acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NOTHING = "-"
_TINY = 1e-9  # share of the largest number in a table below which a number is rounding


@dataclass(frozen=True)
class Scale:
    """How the numbers of one table are shown: divided by ``divisor``, with ``decimals``."""

    unit: str
    divisor: float = 1.0
    decimals: int = 0
    largest: float = 0.0

    def show(self, value: float | None, sign: str = "") -> str:
        """``value`` with separators; exactly nothing is 0, an absent value a hyphen."""
        if value is None:
            return NOTHING
        if abs(value) <= _TINY * self.largest:
            return "0"
        text = f"{value / self.divisor:{sign},.{self.decimals}f}"
        return text if any(digit in text for digit in "123456789") else text.lstrip("-+")

    def change(self, before: float | None, after: float | None) -> str:
        """The difference, with its sign."""
        return NOTHING if before is None or after is None else self.show(after - before, "+")

    def named(self, value: float | None) -> str:
        """``value`` with its unit."""
        return f"{self.show(value)} {self.unit}"


def money_scale(document: Any, currency: str) -> Scale:
    """A scale for the amounts in ``document``: in the currency, thousands or millions of it."""
    largest = max(map(abs, numbers(document)), default=0.0)
    for least, divisor, prefix in ((1e8, 1e6, "M "), (1e5, 1e3, "k ")):
        if largest >= least:
            return Scale(f"{prefix}{currency}", divisor, 1, largest)
    return Scale(currency, 1.0, 0 if largest >= 1000 else 2, largest)


def unit_scale(document: Any) -> Scale:
    """A scale for the quantities in ``document``: whole, or with a decimal where they are few."""
    found = numbers(document)
    largest = max(map(abs, found), default=0.0)
    is_broken = any(abs(value - round(value)) > 1e-6 for value in found)
    return Scale("units", 1.0, 1 if is_broken and largest < 100 else 0, largest)


def numbers(document: Any) -> list[float]:
    """All numbers in nested mappings and lists."""
    if isinstance(document, Mapping):
        return numbers(list(document.values()))
    if isinstance(document, Iterable) and not isinstance(document, str):
        return [number for part in document for number in numbers(part)]
    is_number = isinstance(document, float | int) and not isinstance(document, bool)
    return [float(document)] if is_number else []


def percent(value: float | None, of: float = 1.0) -> str:
    """``value`` as a percentage of ``of``."""
    return NOTHING if value is None or not of else f"{100 * value / of:.1f} %"


def count(number: int, noun: str) -> str:
    """``number`` with its noun, in the plural unless it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def printable(document: Any) -> Any:
    """``document`` with the control characters in its texts replaced, so that none of them acts."""
    if isinstance(document, str):
        return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(document.split()))
    if isinstance(document, Mapping):
        return {key: printable(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [printable(part) for part in document]
    return document
