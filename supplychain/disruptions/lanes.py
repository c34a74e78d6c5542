"""Lane closures: a port, a route or a mode of transport."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from supplychain.disruptions.base import Disruption, Share, Text, scaled
from supplychain.disruptions.limits import Cut, Limits, cut
from supplychain.disruptions.selection import matching, nothing_matches
from supplychain.disruptions.words import capacity_changes, percent, span, subject
from supplychain.errors import ScenarioError
from supplychain.network import Network

_SELECTORS = ("item", "origin", "destination", "mode", "origin_region", "destination_region")


class LaneClosure(Disruption):
    """``share`` of the capacity of the lanes and sourcing options that match remains.

    Acts on their own capacity, at dispatch; a sourcing option runs from its supplier (origin) to
    its location (destination). Unlimited ones can be closed (share 0), but neither cut to a share
    nor ramped.
    """

    selectors: ClassVar[tuple[str, ...]] = _SELECTORS
    any_of: ClassVar[tuple[str, ...]] = _SELECTORS

    kind: Literal["lane_closure"] = "lane_closure"
    item: Text | None = None
    origin: Text | None = None
    destination: Text | None = None
    mode: Text | None = None
    origin_region: Text | None = None
    destination_region: Text | None = None
    share: Share = 0.0

    def _act(self, network: Network) -> Network:
        rows = {kind: matching(network, kind, self.chosen()) for kind in ("lanes", "sourcing")}
        if not any(matched.any() for matched in rows.values()):
            raise ScenarioError([nothing_matches("lane or sourcing option", self.chosen())])
        limits = Limits(network)
        limited = {
            kind: (matched, np.isfinite(limits.capacity(kind))) for kind, matched in rows.items()
        }
        plan = Cut(reduced=rows, closed=rows, limited=limited)
        return cut(network, plan, scaled(self.recovered(network.calendar), self.share))

    def describe(self, before: Network, after: Network) -> str:
        """Which lanes close, when, and the capacity it takes."""
        what, when = subject(self.chosen()), span(self, before)
        changes = capacity_changes(before, after)
        return f"Lane closure: {what} at {percent(self.share)} {when}: {changes}"
