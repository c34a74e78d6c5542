"""Lead-time changes of sourcing options and lanes, and of the orders already open on them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from supplychain.calendar import Calendar
from supplychain.disruptions.base import (
    Disruption,
    FloatArray,
    Text,
    Whole,
    problem,
    rounded_up,
)
from supplychain.disruptions.limits import IntArray
from supplychain.disruptions.selection import BoolArray, matching, nothing_matches
from supplychain.disruptions.words import counted, number, span, subject, value_changes
from supplychain.errors import ScenarioError
from supplychain.network import Network
from supplychain.overrides import effective, owners, with_values

_SELECTORS = ("item", "commodity", "supplier", "location", "mode")
_ROUTE = {"sourcing": ["item", "location", "supplier"], "lanes": ["item", "destination", "origin"]}
Multiple = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class LeadTimeChange(Disruption):
    """Orders placed and transfers dispatched in the window take longer (or shorter).

    supplier is the origin of a lane, location its destination. New lead time, in whole periods:
    old + add, or factor * old rounded up; in the ramp the added part shrinks linearly, rounded up.
    open_orders: scheduled receipts of these options that are to be dispatched in the window, at or
    after the start, come later by the added periods; none comes earlier.
    """

    selectors: ClassVar[tuple[str, ...]] = _SELECTORS
    any_of: ClassVar[tuple[str, ...]] = _SELECTORS
    one_of: ClassVar[tuple[str, ...]] = ("add", "factor")

    kind: Literal["lead_time_change"] = "lead_time_change"
    item: Text | None = None
    commodity: Text | None = None
    supplier: Text | None = None
    location: Text | None = None
    mode: Text | None = None
    add: Whole | None = None
    factor: Multiple | None = None
    open_orders: bool = True

    def _act(self, network: Network) -> Network:
        rows = {kind: matching(network, kind, self.chosen()) for kind in _ROUTE}
        if not any(matched.any() for matched in rows.values()):
            raise ScenarioError([nothing_matches("lane or sourcing option", self.chosen())])
        result, added = network, {}
        for kind, matched in rows.items():
            old = effective(network, "lead_times", kind, network.tables[kind], "lead_time")
            added[kind] = np.where(matched[:, np.newaxis], self._added(network, old), 0.0)
            new = old + added[kind]
            _check_transit(network, kind, new, added[kind] < 0)
            touched = added[kind] != 0
            result = with_values(result, "lead_times", kind, network.tables[kind], new, touched)
        if not self.open_orders:
            return result
        return result.replace(scheduled_receipts=_delayed(network, added))

    def _added(self, network: Network, old: FloatArray) -> FloatArray:
        """Periods added to the lead times ``old``, shape (rows, periods); whole numbers."""
        full = np.full(old.shape, float(self.add or 0))
        if self.factor is not None:
            full = rounded_up(self.factor * old) - old
        return rounded_up(full * (1 - self.recovered(network.calendar)))

    def describe(self, before: Network, after: Network) -> str:
        """Whose lead time changes, when, by how much, and how many open orders come later."""
        unit = f"{before.calendar.bucket}s"
        if self.add is not None:
            change = f"{counted(self.add, before.calendar.bucket)} longer"
        else:
            change = f"times {number(self.factor or 0)}"
        changes = value_changes(before, after, "lead_times", _ROUTE, unit) or "no lead time changes"
        old, new = before.tables["scheduled_receipts"], after.tables["scheduled_receipts"]
        late = old["quantity"].where(old["due"].ne(new["due"])).dropna()
        orders = (
            f"; {counted(len(late), 'open order')} later, {number(late.sum())} units"
            if len(late)
            else ""
        )
        what, when = subject(self.chosen()), span(self, before)
        return f"Lead times: {what} {change} {when}: {changes}{orders}"


def _check_transit(network: Network, kind: str, new: FloatArray, shorter: BoolArray) -> None:
    """A sourcing lead time includes the transit, and cannot become shorter than it."""
    if kind != "sourcing":
        return
    rows = network.tables[kind]
    transit = rows["transit_time"].to_numpy(np.float64)
    short = np.flatnonzero((shorter & (new < transit[:, np.newaxis])).any(axis=1))
    if len(short):
        name = owners(kind, rows).iloc[short[0]]
        message = f"makes the lead time shorter than the transit time it includes ({kind} {name})"
        remedy = "raise the factor, or leave these options out of the selection"
        raise ScenarioError([problem(message, remedy, "factor")])


def _delayed(network: Network, added: dict[str, FloatArray]) -> pd.DataFrame:
    """Scheduled receipts, due later by what is ``added`` in their planned dispatch period."""
    receipts = network.table("scheduled_receipts")
    if not len(receipts):
        return receipts
    calendar = network.calendar
    start = pd.Timestamp(calendar.start)
    due = receipts["due"].where(receipts["due"] >= start, start)
    delay = np.zeros(len(receipts), dtype=np.int64)
    unmatched = np.ones(len(receipts), dtype=bool)
    for kind in _ROUTE:
        option = np.where(unmatched, _option_of(network, kind, receipts), -1)
        unmatched &= option < 0
        dispatch = calendar.index(due) - _transit(network, kind)[option]
        inside = (option >= 0) & (dispatch >= 0) & (dispatch < calendar.periods)
        periods = np.clip(dispatch, 0, calendar.periods - 1)
        later = np.vstack([added[kind], np.zeros((1, calendar.periods))])[option, periods]
        delay = np.where(inside & (later > 0), later.astype(np.int64), delay)
    receipts["due"] = receipts["due"].where(delay == 0, _later(calendar, due, delay))
    return receipts


def _option_of(network: Network, kind: str, receipts: pd.DataFrame) -> IntArray:
    """Row of table ``kind`` that each receipt comes by, or -1: routine first, then by mode."""
    rows = network.tables[kind].sort_values(
        ["routine", "mode"], ascending=[False, True], kind="stable"
    )
    first = rows.drop_duplicates(_ROUTE[kind])
    routes = pd.MultiIndex.from_frame(first[_ROUTE[kind]])
    found = routes.get_indexer(pd.MultiIndex.from_frame(receipts[["item", "location", "origin"]]))
    return np.append(first.index.to_numpy(), -1)[found].astype(np.int64)


def _transit(network: Network, kind: str) -> IntArray:
    """Periods from dispatch to receipt by row of ``kind``, and a 0 behind them for no row."""
    rows = network.tables[kind]
    transit = rows["lead_time"]
    if kind == "sourcing":
        production = pd.MultiIndex.from_frame(network.tables["production"][["item", "location"]])
        makes = pd.MultiIndex.from_frame(rows[["item", "supplier"]]).isin(production)
        transit = rows["transit_time"].fillna(transit.where(makes, 0.0))
    return np.append(transit.to_numpy(np.float64), 0.0).astype(np.int64)


def _later(calendar: Calendar, dates: pd.Series, periods: IntArray) -> pd.Series:
    """``dates`` moved by ``periods`` each, as far into their new period as they were."""
    if calendar.bucket == "month":
        moved = [
            date + pd.DateOffset(months=int(n)) for date, n in zip(dates, periods, strict=True)
        ]
        return pd.Series(moved, index=dates.index, dtype="datetime64[us]")
    days = 7 if calendar.bucket == "week" else 1
    return dates + pd.to_timedelta(periods * days, unit="D").as_unit("us")
