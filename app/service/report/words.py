"""Numbers and dates in words, as the report writes them."""

from __future__ import annotations

_MINUS = "\u2212"


def short(value: float) -> str:
    """A number of an axis: thousands separated, no more decimals than it has (at most three)."""
    return _signed(value, _trimmed(f"{abs(value):,.3f}"))


def units(value: float) -> str:
    """A quantity: whole from a hundred up, else with the decimals it has, at most two."""
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2
    return _signed(value, _trimmed(f"{abs(value):,.{decimals}f}"))


def amount(value: float) -> str:
    """Money without its currency: whole from a hundred up, else with two decimals; nothing is 0."""
    digits = f"{abs(value):,.0f}" if abs(value) >= 100 else f"{abs(value):,.2f}"
    return _signed(value, digits if digits.strip("0.") else "0")


def large(value: float) -> str:
    """Money in words: 1.97 billion, 130.7 million, 84,751."""
    size = abs(value)
    for limit, name in ((1e9, "billion"), (1e6, "million")):
        if size >= limit:
            shown = size / limit
            return _signed(value, f"{shown:,.{1 if shown >= 100 else 2}f} {name}")
    return amount(value)


def percent(share: float) -> str:
    """A share: 25.9 %."""
    return f"{share * 100:,.1f} %"


def gain(value: float) -> str:
    """Money with its sign, also where it is positive."""
    return f"+{amount(value)}" if value > 0 and amount(value) != "0" else amount(value)


def counted(count: int, noun: str) -> str:
    """A number of things, the noun in the plural where it is not one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _signed(value: float, digits: str) -> str:
    is_zero = not digits.strip("0.,")
    return f"{_MINUS}{digits}" if value < 0 and not is_zero else digits


def plural(unit: str) -> str:
    """A unit of several: pieces, but kg."""
    return f"{unit}s" if unit.isalpha() and len(unit) > 3 and not unit.endswith("s") else unit
