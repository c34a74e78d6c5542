"""What an import could not carry over, or had to settle, collected and counted."""

from __future__ import annotations

_SHOWN = 10


class Notes:
    """Messages with the names they hold for; each message becomes one line."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def add(self, message: str, *names: str) -> None:
        """Note ``message``, for ``names`` if any; the same message adds up."""
        self._names.setdefault(message, []).extend(names)

    def lines(self) -> tuple[str, ...]:
        """One line a message: the message, how often, and the first names."""
        return tuple(_line(message, names) for message, names in self._names.items())


def _line(message: str, names: list[str]) -> str:
    if not names:
        return message
    distinct = list(dict.fromkeys(name for name in names if name))
    more = ", ..." if len(distinct) > _SHOWN else ""
    shown = f" ({', '.join(distinct[:_SHOWN])}{more})" if distinct else ""
    return f"{message}: {len(names)}{shown}"
