"""Keys of the plan's tables as people say them."""

from __future__ import annotations

from solver.reasons.words import option_words

_FORMS = {
    ("serve", 2): "serve {0} at {1}", ("serve", 3): "serve {0} at {1} ({2})",
    ("delivery", 2): "delivery of {0} at {1}",
    ("substitution", 5): "replace {3} by {4} in {0} ({2}) at {1}",
    ("reschedule", 5): "{4} order {0}/{1} of {2} for {3}",
    ("retrofit", 4): "retrofit {0} ({2}) at {1} with {3}",
    ("short_build", 4): "build {0} ({2}) at {1} without {3}",
}  # fmt: skip
_OPTIONS = {"order": 4, "transfer": 4, "build": 3}  # kinds, and how many names make one up


def decision(text: str, kind: str, key: str) -> str:
    """A sentence on a decision, with the names of its key in words."""
    return text.replace(f"{kind} {key.replace('|', ' ')}", option(f"{kind} {key}"))


def option(text: str) -> str:
    """A decision by its key: ``order A|B|C|sea`` is "order A from C to B by sea"."""
    kind, _, key = str(text).partition(" ")
    parts = key.split("|")
    if len(parts) == _OPTIONS.get(kind):
        return option_words(text)
    form = _FORMS.get((kind, len(parts)))
    if form:
        return form.format(*parts)
    return " ".join(part for part in (kind, *parts) if part)


def place_of(key: str) -> str:
    """Any other key: its parts with commas, or an order and its line."""
    first, *others = str(key).split("|")
    return f"{first}/{others[0]}" if len(others) == 1 and others[0].isdigit() else (
        ", ".join([first, *others]))  # fmt: skip
