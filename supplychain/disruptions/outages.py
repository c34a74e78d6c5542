"""Outages: a supplier, every location of a region or country, or the resources of a plant."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from supplychain.disruptions.base import Disruption, Share, Text, problem, scaled
from supplychain.disruptions.limits import Cut, Limits, cut
from supplychain.disruptions.selection import BoolArray, nothing_matches
from supplychain.disruptions.words import capacity_changes, percent, span
from supplychain.errors import ScenarioError
from supplychain.network import Network

# tables whose rows stand at, or leave from, a location: the column that names it
_AT = {
    "supplier_capacity": "supplier",
    "sourcing": "supplier",
    "resources": "location",
    "production": "location",
    "lanes": "origin",
}


def _stopped(
    network: Network, locations: set[str], share: float, disruption: Disruption
) -> Network:
    """Cut all that is made at and dispatched from ``locations`` to ``share``.

    In periods in which nothing remains, every row is closed, unlimited ones too. In periods in
    which a part remains, options and production rows need a limit; lanes need none (their dispatch
    draws on what the location has) and stay open if they are unlimited.
    """
    at = {
        kind: network.tables[kind][column].isin(locations).to_numpy(dtype=bool)
        for kind, column in _AT.items()
    }
    if not any(rows.any() for rows in at.values()):
        raise ScenarioError([nothing_matches("source, production or lane", disruption.chosen())])
    limits = Limits(network)
    limited = {
        "sourcing": (at["sourcing"], limits.option_limited),
        "production": (at["production"], limits.production_limited),
    }
    remaining = scaled(disruption.recovered(network.calendar), share)
    return cut(network, Cut(reduced=at, closed=at, limited=limited), remaining)


class SupplierOutage(Disruption):
    """A location stops, in part or whole: ``share`` of what it makes and dispatches remains.

    Acts on its sourcing options, supplier groups, resources, production and lanes out. With share 0
    all of them are closed, stock already made and scheduled receipts included; with a share above
    0, and in the ramp, their finite capacities are cut, each once.
    """

    selectors: ClassVar[tuple[str, ...]] = ("location",)

    kind: Literal["supplier_outage"] = "supplier_outage"
    location: Text
    share: Share = 0.0

    def _act(self, network: Network) -> Network:
        return _stopped(network, {self.location}, self.share, self)

    def describe(self, before: Network, after: Network) -> str:
        """What stops, when, and the capacity it takes."""
        changes = capacity_changes(before, after)
        when = span(self, before)
        return f"Supplier outage: {self.location} at {percent(self.share)} {when}: {changes}"


class RegionOutage(Disruption):
    """Every location of a region or country stops, as in a supplier outage; limits are cut once."""

    selectors: ClassVar[tuple[str, ...]] = ("region", "country")
    one_of: ClassVar[tuple[str, ...]] = ("region", "country")

    kind: Literal["region_outage"] = "region_outage"
    region: Text | None = None
    country: Text | None = None
    share: Share = 0.0

    def _locations(self, network: Network) -> set[str]:
        (column, value), *_ = self.chosen().items()
        rows = network.tables["locations"]
        return set(rows.loc[rows[column] == value, "location"])

    def _act(self, network: Network) -> Network:
        return _stopped(network, self._locations(network), self.share, self)

    def describe(self, before: Network, after: Network) -> str:
        """What stops, when, and the capacity it takes."""
        count, when = len(self._locations(before)), span(self, before)
        locations = f"{count} location" + ("" if count == 1 else "s")
        return (
            f"Region outage: {self.region or self.country} ({locations}) at {percent(self.share)}"
            f" {when}: {capacity_changes(before, after)}"
        )


class PlantOutage(Disruption):
    """Equipment fails: ``share`` of the capacity of a plant's resources, or of one, remains.

    Without ``resource``, production rows at the location that no resource limits are closed with
    share 0; with another share they are an error, unless they have a capacity of their own.
    Supplier groups and dispatch are left alone.
    """

    selectors: ClassVar[tuple[str, ...]] = ("location", "resource")

    kind: Literal["plant_outage"] = "plant_outage"
    location: Text
    resource: Text | None = None
    share: Share = 0.0

    def _act(self, network: Network) -> Network:
        resources, production = self._rows(network)
        limits = Limits(network)
        free = production & ~limits.resource_limited.all(axis=1)
        limited = limits.resource_limited | np.isfinite(limits.capacity("production"))
        needed = {"production": (production, limited)}
        if not production.any():
            needed = {"resources": (resources, np.isfinite(limits.capacity("resources")))}
        hit = {"resources": resources, "production": free}
        plan = Cut(reduced=hit, closed=hit, limited=needed)
        return cut(network, plan, scaled(self.recovered(network.calendar), self.share))

    def _rows(self, network: Network) -> tuple[BoolArray, BoolArray]:
        """Masks of the resources hit, and of production rows hit beyond their resources."""
        resources = network.tables["resources"]
        hit = (resources["location"] == self.location).to_numpy(dtype=bool)
        production = (network.tables["production"]["location"] == self.location).to_numpy(
            dtype=bool
        )
        if self.resource is not None:
            hit = hit & (resources["resource"] == self.resource).to_numpy(dtype=bool)
            if not hit.any():
                message = f"does not stand at {self.location}"
                remedy = "correct the resource or the location"
                raise ScenarioError([problem(message, remedy, "resource", self.resource)])
            return hit, np.zeros_like(production)
        if not hit.any() and not production.any():
            raise ScenarioError([nothing_matches("resource or production", self.chosen())])
        return hit, production

    def describe(self, before: Network, after: Network) -> str:
        """Which resources fail, when, and the capacity it takes."""
        place = f"{self.resource} at {self.location}" if self.resource else self.location
        when, changes = span(self, before), capacity_changes(before, after)
        return f"Plant outage: {place} at {percent(self.share)} {when}: {changes}"
