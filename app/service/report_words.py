"""Numbers and dates in words, as the report writes them."""

from __future__ import annotations

_MINUS = "\u2212"


def short(value: float) -> str:
    """A number of an axis: thousands separated, no more decimals than it has (at most three)."""
    digits = f"{abs(value):,.3f}".rstrip("0").rstrip(".")
    return _signed(value, digits)


def units(value: float) -> str:
    """A quantity: whole where it is large or nearly whole, else with two decimals."""
    is_whole = abs(value) >= 100 or abs(value - round(value)) < 0.005
    return _signed(value, f"{abs(value):,.0f}" if is_whole else f"{abs(value):,.2f}")


def amount(value: float) -> str:
    """Money without its currency: whole from a hundred up, else with two decimals."""
    return _signed(value, f"{abs(value):,.0f}" if abs(value) >= 100 else f"{abs(value):,.2f}")


def large(value: float) -> str:
    """Money in words: 1.97 billion, 130.7 million, 84,751."""
    size = abs(value)
    for limit, name in ((1e9, "billion"), (1e6, "million")):
        if size >= limit:
            return _signed(value, f"{size / limit:,.2f} {name}")
    return amount(value)


def percent(share: float) -> str:
    """A share: 25.9 %."""
    return f"{share * 100:,.1f} %"


def gain(value: float) -> str:
    """Money with its sign, also where it is positive."""
    return f"+{amount(value)}" if value > 0 and amount(value) != "0.00" else amount(value)


def counted(count: int, noun: str) -> str:
    """A number of things, the noun in the plural where it is not one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _signed(value: float, digits: str) -> str:
    is_zero = not digits.strip("0.,")
    return f"{_MINUS}{digits}" if value < 0 and not is_zero else digits


def plural(unit: str) -> str:
    """A unit of several: pieces, but kg."""
    return f"{unit}s" if unit.isalpha() and len(unit) > 3 and not unit.endswith("s") else unit
