"""Disruptions in words: numbers, spans of time, and what changed between two networks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from supplychain.disruptions.base import Disruption, FloatArray
from supplychain.disruptions.selection import BoolArray
from supplychain.network import Network
from supplychain.overrides import VALUE_COLUMN, OverrideTable, effective

_NAMES = {
    "supplier_capacity": "supplier group",
    "resources": "resource",
    "sourcing": "sourcing option",
    "lanes": "lane",
    "production": "production row",
}


def number(value: float) -> str:
    """A number for people: thousands separated, at most two decimals."""
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """A share as a percentage."""
    return f"{number(share * 100)} %"


def counted(count: int, noun: str) -> str:
    """A number of things, the noun in the plural where it is not one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def subject(chosen: dict[str, str]) -> str:
    """The selection in words, e.g. "commodity semiconductor, supplier FAB-1"."""
    words = (f"{name.replace('_', ' ')} {value}" for name, value in chosen.items())
    return ", ".join(words)


def span(disruption: Disruption, network: Network) -> str:
    """When a disruption acts, e.g. "for 12 weeks from 2026-03-02 (W10), back over 4 weeks"."""
    calendar = network.calendar
    begin = calendar.label(calendar.number(disruption.start))
    if disruption.periods is None:
        return f"from {begin} to the end"
    back = (
        f", back over {counted(disruption.recovery, calendar.bucket)}"
        if disruption.recovery
        else ""
    )
    return f"for {counted(disruption.periods, calendar.bucket)} from {begin}{back}"


def capacity_changes(before: Network, after: Network) -> str:
    """What changed in capacities, by table, in the first period of the change.

    E.g. "5 supplier groups, 212,000 -> 127,200 units a week; 3 unlimited lanes closed".
    """
    parts: list[str] = []
    for kind, name in _NAMES.items():
        old, new = (_values(network, "capacities", kind) for network in (before, after))
        changed = _differs(old, new)
        if changed.any():
            rows, period = changed.any(axis=1), int(np.argmax(changed.any(axis=0)))
            was, now = old[rows, period], new[rows, period]
            limited = np.isfinite(was)
            if limited.any():
                change = f"{number(was[limited].sum())} -> {number(now[limited].sum())}"
                unit = f"units a {before.calendar.bucket}"
                parts.append(f"{counted(int(limited.sum()), name)}, {change} {unit}")
            if not limited.all():
                parts.append(f"{counted(int((~limited).sum()), f'unlimited {name}')} closed")
    return "; ".join(parts) or "no capacity changes"


def value_changes(
    before: Network, after: Network, table: OverrideTable, kinds: Iterable[str], unit: str
) -> str:
    """What changed in lead times or unit costs: options changed and their mean, old and new.

    Taken in the first period of the change. E.g. "3 sourcing options, on average 12 -> 14 weeks".
    """
    parts = []
    for kind in kinds:
        old, new = (_values(network, table, kind) for network in (before, after))
        changed = _differs(old, new)
        if changed.any():
            rows, period = changed.any(axis=1), int(np.argmax(changed.any(axis=0)))
            was, now = old[rows, period].mean(), new[rows, period].mean()
            options = counted(int(rows.sum()), _NAMES[kind])
            parts.append(f"{options}, on average {number(was)} -> {number(now)} {unit}")
    return "; ".join(parts)


def _values(network: Network, table: OverrideTable, kind: str) -> FloatArray:
    rows: pd.DataFrame = network.tables[kind]
    return effective(network, table, kind, rows, VALUE_COLUMN[table])


def _differs(old: FloatArray, new: FloatArray) -> BoolArray:
    return np.asarray((old != new) & ~(np.isnan(old) & np.isnan(new)))
