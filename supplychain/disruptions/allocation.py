"""Allocation: suppliers deliver a share of their capacity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np

from supplychain.disruptions.base import Disruption, Share, Text, problem, scaled
from supplychain.disruptions.limits import Cut, Limits, cut
from supplychain.disruptions.selection import matching, nothing_matches
from supplychain.disruptions.words import capacity_changes, percent, span
from supplychain.errors import Problem, ScenarioError
from supplychain.network import Network


class Allocation(Disruption):
    """``share`` of the capacity behind a commodity, an item or a supplier's group remains.

    With a commodity or an item, every finite limit of its sourcing options is cut once: their own
    capacity, their supplier group and, where the supplier makes the item, the resources, group and
    capacity of that production. A limit shared with other items is cut whole: a supplier allocates
    capacity. With supplier and group, the capacity of that group is cut and nothing else. In
    periods in which nothing remains, the options themselves are closed too.
    """

    selectors: ClassVar[tuple[str, ...]] = ("commodity", "item", "supplier", "group")
    one_of: ClassVar[tuple[str, ...]] = ("commodity", "item", "group")

    kind: Literal["allocation"] = "allocation"
    commodity: Text | None = None
    item: Text | None = None
    supplier: Text | None = None
    group: Text | None = None
    share: Share

    @classmethod
    def rule_problems(cls, given: Mapping[str, object]) -> list[Problem]:
        """As for every disruption; a group is one of a supplier."""
        problems = super().rule_problems(given)
        if given.get("group") is not None and given.get("supplier") is None:
            remedy = "give the supplier as well"
            problems.append(problem("a group needs its supplier", remedy, "supplier"))
        return problems

    def _act(self, network: Network) -> Network:
        plan = self._options(network) if self.group is None else self._group(network)
        return cut(network, plan, scaled(self.recovered(network.calendar), self.share))

    def _options(self, network: Network) -> Cut:
        options = matching(network, "sourcing", self.chosen())
        if not options.any():
            raise ScenarioError([nothing_matches("sourcing option", self.chosen())])
        limits = Limits(network)
        return Cut(
            reduced=limits.of_options(options),
            closed={"sourcing": options},
            limited={"sourcing": (options, limits.option_limited)},
        )

    def _group(self, network: Network) -> Cut:
        groups = network.tables["supplier_capacity"]
        named = (groups["supplier"] == self.supplier) & (groups["group"] == self.group)
        rows = named.to_numpy(dtype=bool)
        if not rows.any():
            message = f"is no group of supplier {self.supplier} in supplier_capacity"
            raise ScenarioError([problem(message, "correct one of them", "group", self.group)])
        finite = np.isfinite(Limits(network).capacity("supplier_capacity"))
        kind = "supplier_capacity"
        return Cut(reduced={kind: rows}, closed={kind: rows}, limited={kind: (rows, finite)})

    def describe(self, before: Network, after: Network) -> str:
        """What is allocated, when, and the capacity it takes."""
        what = self.commodity or self.item or f"group {self.group}"
        source = f" from {self.supplier}" if self.supplier else ""
        when, changes = span(self, before), capacity_changes(before, after)
        return f"Allocation: {what}{source} at {percent(self.share)} of capacity {when}: {changes}"
