"""Cost changes: a tariff, a spot price, dearer freight."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from supplychain.disruptions.base import Disruption, Factor, FloatArray, Text, problem, scaled
from supplychain.disruptions.selection import matching, nothing_matches
from supplychain.disruptions.words import number, percent, span, subject, value_changes
from supplychain.errors import ScenarioError
from supplychain.network import Network
from supplychain.overrides import effective, with_values

_SELECTORS = ("item", "commodity", "supplier", "country", "region", "location", "mode")


class CostChange(Disruption):
    """Unit costs of what is ordered or dispatched in the window change.

    supplier, country and region are those of the supplier or origin, location is the destination.
    factor multiplies the unit costs of sourcing options and lanes. tariff adds that share of the
    item's value (items.unit_cost) to the unit costs of sourcing options.
    """

    selectors: ClassVar[tuple[str, ...]] = _SELECTORS
    any_of: ClassVar[tuple[str, ...]] = _SELECTORS
    one_of: ClassVar[tuple[str, ...]] = ("factor", "tariff")

    kind: Literal["cost_change"] = "cost_change"
    item: Text | None = None
    commodity: Text | None = None
    supplier: Text | None = None
    country: Text | None = None
    region: Text | None = None
    location: Text | None = None
    mode: Text | None = None
    factor: Factor | None = None
    tariff: Factor | None = None

    def _kinds(self) -> tuple[str, ...]:
        return ("sourcing", "lanes") if self.tariff is None else ("sourcing",)

    def _act(self, network: Network) -> Network:
        rows = {kind: matching(network, kind, self.chosen()) for kind in self._kinds()}
        if not any(matched.any() for matched in rows.values()):
            what = "sourcing option or lane" if self.tariff is None else "sourcing option"
            raise ScenarioError([nothing_matches(what, self.chosen())])
        recovered = self.recovered(network.calendar)
        result = network
        for kind, matched in rows.items():
            table = network.tables[kind].iloc[np.flatnonzero(matched)]
            old = effective(network, "unit_costs", kind, table, "unit_cost")
            if self.factor is not None:
                new = old * scaled(recovered, self.factor)
            else:
                duty = (self.tariff or 0.0) * self._values(network)[matched]
                new = old + duty[:, np.newaxis] * (1 - recovered)
            result = with_values(result, "unit_costs", kind, table, new, new != old)
        return result

    def _values(self, network: Network) -> FloatArray:
        """items.unit_cost by row of sourcing; ScenarioError where a row to be taxed has none."""
        value = network.tables["items"].set_index("item")["unit_cost"]
        items = network.tables["sourcing"]["item"]
        values = items.map(value).to_numpy(np.float64)
        without = items[matching(network, "sourcing", self.chosen()) & np.isnan(values)].unique()
        if len(without):
            message = "a tariff needs the value of the item, and its unit_cost is blank"
            remedy = "fill in items.unit_cost"
            raise ScenarioError(problem(message, remedy, "tariff", item) for item in without)
        return values

    def describe(self, before: Network, after: Network) -> str:
        """Whose costs change, when, and by how much."""
        if self.tariff is None:
            change = f"times {number(self.factor or 0)}"
        else:
            change = f"plus a tariff of {percent(self.tariff)} of the value"
        unit = f"{before.settings.currency} a unit"
        changes = value_changes(before, after, "unit_costs", self._kinds(), unit)
        what, when = subject(self.chosen()), span(self, before)
        return f"Costs: {what} {change} {when}: {changes or 'no unit cost changes'}"
