"""Keys of the plan's tables as people say them."""

from __future__ import annotations

from solver.reasons.words import option_words

_OPTIONS = {"order": 4, "transfer": 4, "build": 3}  # kinds, and how many names make one up


def option(text: str) -> str:
    """A decision by its key: ``order A|B|C|sea`` is "order A from C to B by sea"."""
    kind, _, key = str(text).partition(" ")
    parts = key.split("|")
    if len(parts) == _OPTIONS.get(kind):
        return option_words(text)
    if kind in ("serve", "delivery") and len(parts) > 1:
        customer = f" ({parts[2]})" if len(parts) > 2 and parts[2] else ""
        return f"{kind} of {parts[0]} at {parts[1]}{customer}" if kind == "delivery" else (
            f"serve {parts[0]} at {parts[1]}{customer}")  # fmt: skip
    return " ".join(part for part in (kind, *parts) if part)


def place_of(key: str) -> str:
    """Any other key: its parts with commas, or an order and its line."""
    first, *others = str(key).split("|")
    return f"{first}/{others[0]}" if len(others) == 1 and others[0].isdigit() else (
        ", ".join([first, *others]))  # fmt: skip
