"""Demand changes: a surge, a slump, a lost customer."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from supplychain.disruptions.base import Disruption, Factor, Text, problem, scaled
from supplychain.disruptions.selection import BoolArray, matching, nothing_matches
from supplychain.disruptions.words import number, span, subject
from supplychain.errors import ScenarioError
from supplychain.network import Network


class DemandChange(Disruption):
    """Demand due in the window is multiplied by ``factor``; without a selector, all demand.

    Demand that was due before the start of the calendar is left alone.
    """

    selectors: ClassVar[tuple[str, ...]] = ("item", "brand", "location", "customer")

    kind: Literal["demand_change"] = "demand_change"
    item: Text | None = None
    brand: Text | None = None
    location: Text | None = None
    customer: Text | None = None
    factor: Factor

    def _act(self, network: Network) -> Network:
        demand = network.table("demand")
        matched = matching(network, "demand", self.chosen())
        if not matched.any():
            raise ScenarioError([nothing_matches("demand", self.chosen())])
        hit = matched & self._in_window(network)
        if not hit.any():
            message = "no demand of this selection is due in these periods"
            remedy = "change start or periods, or remove the disruption"
            raise ScenarioError([problem(message, remedy, "start", self.start)])
        due = network.calendar.index(demand["period"])
        factor = scaled(self.recovered(network.calendar), self.factor)
        by_row = np.where(hit, factor[np.clip(due, 0, len(factor) - 1)], 1.0)
        return network.replace(demand=demand.assign(quantity=demand["quantity"] * by_row))

    def _in_window(self, network: Network) -> BoolArray:
        """Demand rows due in a period of the window or its ramp, shape (rows,)."""
        due = network.calendar.index(network.tables["demand"]["period"])
        acts = self.recovered(network.calendar) < 1
        return np.asarray((due >= 0) & acts[np.clip(due, 0, len(acts) - 1)])

    def describe(self, before: Network, after: Network) -> str:
        """Whose demand changes, when, and by how many units."""
        rows = matching(before, "demand", self.chosen()) & self._in_window(before)
        old, new = (n.tables["demand"].loc[rows, "quantity"].sum() for n in (before, after))
        what, when = subject(self.chosen()) or "all", span(self, before)
        return (
            f"Demand: {what} times {number(self.factor)} {when}:"
            f" {number(old)} -> {number(new)} units due in that time"
        )
