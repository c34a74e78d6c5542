"""Values of a Django fixture: numbers, durations, dates, times and flags in all their spellings."""

from __future__ import annotations

import datetime as dt
import math
import re

_CLOCK = re.compile(
    r"^(?P<sign>-?)(?:(?P<days>\d+)(?:\s+days?,?)?\s+)?"
    r"(?P<hours>\d+):(?P<minutes>\d{1,2})(?::(?P<seconds>\d{1,2}(?:\.\d+)?))?$"
)
_ISO = re.compile(
    r"^(?P<sign>[-+]?)P(?:(?P<weeks>[\d.]+)W)?(?:(?P<days>[\d.]+)D)?"
    r"(?:T(?:(?P<hours>[\d.]+)H)?(?:(?P<minutes>[\d.]+)M)?(?:(?P<seconds>[\d.]+)S)?)?$"
)
_SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_TRUE = frozenset({"true", "yes", "1", "t", "y", "on"})
_FALSE = frozenset({"false", "no", "0", "f", "n", "off"})


def parse_number(value: object) -> float:
    """A finite number, given as number or text; ValueError else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("is not a number")
    try:
        number = float(value)
    except ValueError:
        raise ValueError("is not a number") from None
    if not math.isfinite(number):
        raise ValueError("is not a finite number")
    return number


def parse_duration(value: object) -> float:
    """Hours of a duration: seconds, ``[D ]HH:MM[:SS]`` or ISO 8601 (P1DT2H); ValueError else."""
    if isinstance(value, str) and (match := _CLOCK.match(value.strip()) or _ISO.match(value)):
        parts = match.groupdict()
        seconds = sum(
            _SECONDS[unit] * float(parts[unit] or 0) for unit in _SECONDS if unit in parts
        )
        return (-seconds if parts["sign"] == "-" else seconds) / 3600
    try:
        return parse_number(value) / 3600
    except ValueError:
        raise ValueError("is not a duration") from None


def parse_datetime(value: object) -> dt.datetime:
    """An ISO date, with or without time; a time zone is cut off. ValueError else."""
    if isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value.strip()).replace(tzinfo=None)
        except ValueError:
            pass
    raise ValueError("is not a date")


def parse_clock(value: object) -> float:
    """Hours since midnight of a time of day such as 08:30:00; ValueError else."""
    hours = parse_duration(value)
    if not 0 <= hours <= 24:
        raise ValueError("is not a time of day")
    return hours


def parse_flag(value: object) -> bool:
    """True or false, given as such, as 0/1 or as text; ValueError else."""
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError("is not true or false")
    return text in _TRUE


def parse_text(value: object) -> str:
    """Text of a value or foreign key; the parts of a natural key (a list) are joined by `` @ ``."""
    if isinstance(value, list | tuple):
        return " @ ".join(part for part in map(parse_text, value) if part)
    if isinstance(value, dict):
        return parse_text(value.get("name", value.get("pk", "")))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
