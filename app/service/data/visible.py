"""What somebody may see of a dataset and its results: rows of their brands and plants.

A row is hidden if it names an item of another brand, another brand itself, a plant that is not
theirs, or a resource there. Items without a brand are shared: everybody sees them, and locations
that are no plants.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.service.identity.identity import Identity
from app.store.records import EVERYTHING
from supplychain.errors import Problem
from supplychain.network import Network
from supplychain.schema import KEY_SEPARATOR, TABLES, WILDCARD

Mask = npt.NDArray[np.bool_]
_ITEMS = frozenset({"item", "component", "substitute", "predecessor", "product", "parent",
                    "stopper", "stopped_by"})  # fmt: skip
_LOCATIONS = frozenset({"location", "origin", "destination", "plant", "supplier", "stopped_at"})
_RESOURCES = frozenset({"resource"})
_OWNERS = ("kind", "owner")  # together they name a row of another table
_SUGGESTION = ", did you mean"
SCOPING = ("items", "locations", "resources")  # the tables that say what is whose


@dataclass(frozen=True)
class Scope:
    """The names that are hidden from somebody."""

    items: frozenset[str]
    locations: frozenset[str]
    resources: frozenset[str]
    brands: frozenset[str]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is hidden."""
        return not self._all

    def hides(self, frame: pd.DataFrame) -> Mask:
        """Which rows of ``frame`` are hidden; columns count by their names."""
        hidden = np.zeros(len(frame), dtype=bool)
        if self.is_whole:
            return hidden
        for column in frame.columns:
            names = self._hidden_in(str(column))
            if names:
                hidden |= frame[column].isin(list(names)).to_numpy(dtype=bool)
        if set(_OWNERS) <= set(frame.columns):
            hidden |= self._hides_owners(frame)
        return hidden

    def _hidden_in(self, column: str) -> frozenset[str]:
        if column in _ITEMS:
            return self.items
        if column in _LOCATIONS:
            return self.locations
        if column in _RESOURCES:
            return self.resources
        if column == "brand":
            return self.brands
        return self._all if column == "name" else frozenset()

    @property
    def _all(self) -> frozenset[str]:
        return self.items | self.locations | self.resources | self.brands

    def _hides_owners(self, frame: pd.DataFrame) -> Mask:
        """Which rows replace a value of a row that is hidden."""
        hidden = np.zeros(len(frame), dtype=bool)
        for kind in set(frame["kind"]) & set(TABLES):
            rows = (frame["kind"] == kind).to_numpy(dtype=bool)
            parts = frame.loc[rows, "owner"].str.split(KEY_SEPARATOR, expand=True)
            key = TABLES[kind].key[: parts.shape[1]]
            hidden[rows] = self.hides(parts.iloc[:, : len(key)].set_axis(list(key), axis=1))
        return hidden


def scope_of(tables: Mapping[str, pd.DataFrame], identity: Identity) -> Scope:
    """What is hidden from ``identity`` by the tables items, locations and resources."""
    if identity.sees_everything:
        return Scope(frozenset(), frozenset(), frozenset(), frozenset())
    items, locations, resources = (tables[name] for name in SCOPING)
    brands = _outside(items["brand"], identity.brands)
    plants = locations.loc[locations["kind"] == "plant", "location"]
    hidden = _outside(plants, identity.plants)
    return Scope(
        frozenset(items.loc[items["brand"].isin(list(brands)), "item"]),
        hidden,
        frozenset(resources.loc[resources["location"].isin(list(hidden)), "resource"]),
        brands,
    )


def _outside(names: pd.Series, permitted: frozenset[str]) -> frozenset[str]:
    if EVERYTHING in permitted:
        return frozenset()
    return frozenset(names) - permitted - {"", WILDCARD}


def visible(frame: pd.DataFrame, network: Network, identity: Identity) -> pd.DataFrame:
    """The rows of ``frame``, a table of the contract or of a plan, that ``identity`` may see."""
    return frame[~scope_of(network.tables, identity).hides(frame)]


def without_suggestions(problems: Iterable[Problem], identity: Identity) -> list[Problem]:
    """``problems`` without names that were near to a wrong one: they may be hidden ones."""
    if identity.sees_everything:
        return list(problems)
    return [replace(p, remedy=p.remedy.partition(_SUGGESTION)[0]) for p in problems]
