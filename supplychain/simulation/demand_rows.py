"""Demand rows as arrays: when each may be served, and what share of it the plan serves by when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.calendar import Calendar
from supplychain.checker.chain import ALWAYS
from supplychain.checker.keys import Keys, numbers_of, scatter
from supplychain.checker.report import BoolArray, FloatArray, IntArray
from supplychain.simulation.groups import Groups

_KEY = ["item", "location", "period", "customer"]


@dataclass(frozen=True)
class DemandRows:
    """Rows of the demand table, in its order (D rows).

    ``pair`` numbers the item-location, -1 where the plan has none. ``due`` is the period in which a
    row is wanted, negative before the start; it may be served from ``first`` to ``last``, the
    deadline. ``planned_share`` (D x periods) is the share of the row that the plan has served by
    the end of a period; where the table asks for nothing, all of it from ``first`` on.
    """

    table: pd.DataFrame
    pair: IntArray
    due: IntArray
    first: IntArray
    last: IntArray
    planned_share: FloatArray

    def open_in(self, period: int) -> IntArray:
        """Rows that can be served in ``period``, by item-location, the oldest first."""
        inside = (self.first <= period) & (self.last >= period) & (self.pair >= 0)
        rows = np.flatnonzero(inside)
        return rows[np.lexsort((self.due[rows], self.pair[rows]))]

    def lost_in_horizon(self, periods: int) -> BoolArray:
        """Whether what is unserved at the end of each row's window is lost; else it is open."""
        return np.asarray(self.last < periods)


def read_demand(
    table: pd.DataFrame, deliveries: pd.DataFrame, places: Keys, calendar: Calendar
) -> DemandRows:
    """The demand ``table`` of a network with the ``deliveries`` of a plan."""
    due = numbers_of(calendar, table["period"])
    first = np.maximum(due, 0)
    patience = table["lost_after"].fillna(ALWAYS).to_numpy(np.float64).astype(np.int64)
    last = np.maximum(due + patience, 0)
    row = Keys(table, _KEY).find(deliveries)
    served = scatter((len(table), calendar.periods), row,
                     numbers_of(calendar, deliveries["served"]),
                     deliveries["quantity"].to_numpy(np.float64))  # fmt: skip
    quantity = table["quantity"].to_numpy(np.float64)[:, None]
    reached = np.arange(calendar.periods) >= first[:, None]
    share = np.cumsum(served, axis=1) / np.where(quantity > 0, quantity, 1.0)
    share = np.where(quantity > 0, np.minimum(share, 1.0), reached.astype(np.float64))
    return DemandRows(table, places.find(table), due, first, last, share)


def serve_oldest_first(
    amount: FloatArray, want: FloatArray, pair: IntArray, due: IntArray
) -> FloatArray:
    """Hand out ``amount`` (item-locations x samples) to rows that ``want`` it (rows x samples).

    ``pair`` and ``due`` of the rows must be sorted; rows of the same item-location and age share in
    the proportion of what they want.
    """
    span = int(due.max(initial=0) - due.min(initial=0)) + 1
    ages = Groups(pair * span + (due - due.min(initial=0)))
    wanted = ages.sum(want)
    owner = ages.keys // span
    older = np.cumsum(wanted, axis=0) - wanted
    begins = np.searchsorted(owner, owner)
    older = older - older[begins]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip((amount[owner] - older) / wanted, 0.0, 1.0)
    return want * np.where(wanted > 0, share, 0.0)[ages.of_row]
