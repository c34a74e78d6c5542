"""Quarantine of stock: a lot is held for quality, then released."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from supplychain.disruptions.base import Disruption, FloatArray, Quantity, Share, Text, problem
from supplychain.disruptions.limits import IntArray
from supplychain.disruptions.words import counted, number
from supplychain.errors import ScenarioError
from supplychain.network import Network


class StockQuarantine(Disruption):
    """Part of the opening stock of an item is held, at one location or at all that have some.

    share: share held of each stock (1 unless given); quantity: units held, of one stock. The lot is
    not used before its release either, whenever the hold starts. It comes back as scheduled
    receipts ``HOLD-<item>`` in the period after the window, or in equal parts over that and the
    ``recovery`` periods behind it; without ``periods``, never.
    """

    selectors: ClassVar[tuple[str, ...]] = ("item", "location")
    not_both: ClassVar[tuple[str, ...]] = ("share", "quantity")

    kind: Literal["stock_quarantine"] = "stock_quarantine"
    item: Text
    location: Text | None = None
    share: Share | None = None
    quantity: Quantity | None = None

    def _act(self, network: Network) -> Network:
        stock = network.table("stock")
        held = self._held(network)
        releases = self._releases(network)
        parts = 1 if self.periods is None else self.recovery + 1
        part = held / parts
        if self.periods is None:
            return network.replace(stock=stock.assign(quantity=stock["quantity"] - held))
        left = stock["quantity"] - held * (len(releases) / parts)
        receipts = _with_releases(network, self.item, part, releases, numbered=parts > 1)
        return network.replace(stock=stock.assign(quantity=left), scheduled_receipts=receipts)

    def _releases(self, network: Network) -> IntArray:
        """Periods in which a part is released; parts released by the first period are not held."""
        if self.periods is None:
            return np.empty(0, dtype=np.int64)
        first = network.calendar.number(self.start) + self.periods
        releases = first + np.arange(self.recovery + 1, dtype=np.int64)
        return releases[releases > 0]

    def _held(self, network: Network) -> FloatArray:
        """Units held by row of stock; raises ScenarioError where there is too little stock."""
        stock = network.tables["stock"]
        rows = (stock["item"] == self.item) & (stock["quantity"] > 0)
        if self.location is not None:
            rows &= stock["location"] == self.location
        on_hand = stock["quantity"].where(rows, 0.0).to_numpy(np.float64)
        at = ", ".join(stock.loc[rows, "location"])
        if not at:
            place = f" at {self.location}" if self.location else ""
            message = f"there is no stock of {self.item}{place} to hold"
            raise ScenarioError([problem(message, "correct the item or location, or remove it")])
        if self.quantity is None:
            return on_hand * (1.0 if self.share is None else self.share)
        if rows.sum() > 1:
            message = f"stock of {self.item} is at {at}; a quantity is held of one of them"
            raise ScenarioError([problem(message, "give the location, or a share", "location")])
        if self.quantity > on_hand.sum():
            message = f"is more than the stock of {number(on_hand.sum())} at {at}"
            remedy = "lower it, or give a share"
            raise ScenarioError([problem(message, remedy, "quantity", number(self.quantity))])
        return np.where(rows, self.quantity, 0.0)

    def describe(self, before: Network, after: Network) -> str:
        """How much stock is held, of how much, where, and until when."""
        held = self._held(before)
        on_hand = before.tables["stock"]["quantity"].to_numpy(np.float64)[held > 0].sum()
        place = self.location or counted(int((held > 0).sum()), "location")
        if self.periods is None:
            until = "for good"
        else:
            calendar = before.calendar
            release = calendar.number(self.start) + self.periods
            until = f"until {calendar.label(release)}"
            if self.recovery:
                parts, unit = self.recovery + 1, calendar.bucket
                until = f"released in {parts} {unit}s from {calendar.label(release)}"
        return (
            f"Quality hold: {number(held.sum())} of {number(on_hand)} units of {self.item}"
            f" at {place} {until}"
        )


def _with_releases(
    network: Network, item: str, part: FloatArray, releases: IntArray, numbered: bool
) -> pd.DataFrame:
    """Scheduled receipts with ``part`` (units by row of stock) coming back in each release."""
    receipts = network.table("scheduled_receipts")
    order = f"HOLD-{item}"
    taken = set(receipts.loc[receipts["order_id"] == order, "line"])
    dates = network.calendar.dates_of(releases)
    rows: list[dict[str, object]] = []
    for location, quantity in zip(network.tables["stock"]["location"], part, strict=True):
        for due in dates if quantity > 0 else ():
            line = _free_line(location, taken, numbered)
            rows.append(
                {"order_id": order, "line": line, "item": item, "location": location,
                 "quantity": quantity, "due": due}
            )  # fmt: skip
    blank = {str(name): "" for name, dtype in receipts.dtypes.items() if dtype == "str"}
    new = pd.DataFrame([blank | row for row in rows], columns=receipts.columns)
    new = new.astype(receipts.dtypes)
    return pd.concat([receipts, new], ignore_index=True) if rows else receipts


def _free_line(location: str, taken: set[str], numbered: bool) -> str:
    """The location, numbered if asked for or if an earlier hold has that line already."""
    line, count = location, 0
    while line in taken or (numbered and count == 0):
        count += 1
        line = f"{location}-{count}"
    taken.add(line)
    return line
