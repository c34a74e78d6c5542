"""Reasons in the planner's words; every sentence carries the keys of the rows it speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from supplychain.calendar import Calendar
from supplychain.network import Network
from supplychain.schema import WILDCARD

Json = dict[str, Any]
_KEYS = ["item", "location", "period", "customer"]
_SHOWN = 2
_CAUSES = {
    "minimum_order": "what is needed is less than the minimum order of {2} {weeks}",
    "lot_size": "{2} sells it in whole lots {weeks}",
    "smallest_run": "what is needed is less than the smallest run of it at {1} {weeks}",
    "max_share": "{2} is at its largest share of all orders {weeks}",
    "min_share": "{2} has to have its smallest share of all orders {weeks}",
    "version_share": "version {2} is at its largest share of all builds {weeks}",
    "frozen": "{0} is not decided anew while its weeks are frozen {weeks}",
    "supplier_capacity": "{0} ({1}) is at its allocation {weeks}",
    "sourcing": "{2} is at its capacity for it {weeks}",
    "resources": "{0} is full {weeks}",
    "production": "its production at {1} is limited {weeks}",
    "lanes": "the lane from {1} to {2} is full {weeks}",
    "lead_time": "nothing ordered or started now arrives before that {weeks}",
    "not_permitted": "{0} is not permitted",
    "budget": "the budget for premium is spent",
    "lots": "whole lots or minimum orders hold it {weeks}",
    "runs": "smallest runs hold it {weeks}",
    "shares": "shares of sources or versions hold it {weeks}",
}
_PLAIN = {
    "not_worth": "serving it would cost more than it earns, or take from a higher class",
    "floors": "floors of other demand take its supply",
    "plant_spread": "plants have to be used evenly",
    "overdue": "it was due before the start",
}


_LEVERS = {
    "qualify": "qualify {2} for {0} to {1} by {3}",
    "replace": "substitute {4} for {3} in {0} at {1}",
    "short_build": "build {0} at {1} without {3}",
    "retrofit": "build {0} at {1} without {3}, fitted later,",
    "overtime": "overtime {1} of {0}",
    "reschedule": "expedite {0}/{1}",
    "cancel": "cancel {0}/{1}",
}


def why_sentences(table: pd.DataFrame, network: Network) -> list[Json]:
    """Causes of a ``why`` table, most units first: text, units by loss, revenue and keys."""
    groups = table.groupby(["cause", "owner", "scarce_item"], sort=True)
    found = [_why(str(cause), str(owner), str(item), rows, network)
             for (cause, owner, item), rows in groups]  # fmt: skip
    return sorted(found, key=lambda entry: -float(entry["quantity"]))


def _why(cause: str, owner: str, item: str, rows: pd.DataFrame, network: Network) -> Json:
    units = rows.groupby("loss")["quantity"].sum()
    weeks = span(network.calendar, rows["first"].min(), rows["last"].max())
    receipts = sorted({name for names in rows["receipts"] for name in names.split(", ")} - {""})
    places = sorted(rows["scarce_location"].unique())
    text = _text(cause, owner, item, places, rows, weeks)
    if receipts:
        named = [name.replace("|", "/") for name in receipts]
        text += f"; {listed(named)} {'waits' if len(receipts) == 1 else 'wait'} there"
    return {
        "text": text, "cause": cause, "quantity": float(rows["quantity"].sum()),
        **{loss: float(units.get(loss, 0.0)) for loss in ("late", "lost", "open")},
        "revenue": float(rows["revenue"].sum()),
        "keys": {"owner": owner, "scarce": [f"{item}|{place}" for place in places],
                 "scheduled_receipts": receipts, "demand": demand_keys(rows)},
    }  # fmt: skip


def _text(
    cause: str, owner: str, item: str, places: Sequence[str], rows: pd.DataFrame, weeks: str
) -> str:
    waiting = [str(name) for name in rows["item"].unique()]
    if cause in _PLAIN:
        return f"{listed(waiting)}: {_PLAIN[cause]}"
    if cause == "floor":
        protected = ", ".join(part for part in owner.split("|") if part != WILDCARD)
        return f"{listed(waiting)}: the floor for {protected or 'all demand'} takes its supply"
    parts = [*owner.split("|"), "", "", ""]
    if cause in ("not_permitted", "frozen"):
        parts[0] = option_words(owner)
    reason = _CAUSES.get(cause, "a limit of this kind holds it {weeks}")
    reason = reason.format(*parts, weeks=weeks)
    if waiting == [item]:
        return f"{item} at {listed(places)} waits: {reason}"
    verb = "waits" if len(waiting) == 1 else "wait"
    return f"{listed(waiting)} {verb} for {item} at {listed(places)}; {reason}"


def option_words(key: str) -> str:
    """An option in words: its block and key (``order ITEM|LOCATION|SUPPLIER|MODE``)."""
    block, _, rest = key.partition(" ")
    parts = rest.split("|")
    if block == "order":
        return f"order {parts[0]} from {parts[2]} to {parts[1]} by {parts[3]}"
    if block == "transfer":
        return f"transfer {parts[0]} from {parts[1]} to {parts[2]} by {parts[3]}"
    if block in _LEVERS:
        return _LEVERS[block].format(*parts, "", "", "")
    return f"build {parts[0]} at {parts[1]} {parts[2]}"


def listed(names: Iterable[str], shown: int = _SHOWN) -> str:
    """The first names, and how many more there are."""
    found = list(names)
    if len(found) <= shown + 1:
        return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
    return f"{', '.join(found[:shown])} and {len(found) - shown} more"


def span(calendar: Calendar, first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Periods in words: in W14 to W19."""
    names = [period_name(calendar, date) for date in (first, last)]
    return f"in {names[0]}" if names[0] == names[1] else f"in {names[0]} to {names[1]}"


def period_name(calendar: Calendar, date: pd.Timestamp) -> str:
    """A period in short: its ISO week, its month or its day."""
    if calendar.bucket == "week":
        return f"W{date.isocalendar().week:02d}"
    return f"{date:%Y-%m}" if calendar.bucket == "month" else f"{date:%Y-%m-%d}"


def demand_keys(rows: pd.DataFrame) -> list[str]:
    """Keys of demand rows as text, each once."""
    keys = rows[_KEYS].drop_duplicates()
    return [f"{item}|{location}|{period.date()}|{customer}"
            for item, location, period, customer in keys.itertuples(index=False)]  # fmt: skip
