"""What somebody may see of a dataset and its results: rows of their brands and plants.

A row is hidden if it names an item of another brand, another brand itself, a plant that is not
theirs, or a resource there. Items without a brand are shared: everybody sees them, and locations
that are no plants. In results a hidden name may also be a part of a cell or of a sentence, and a
table or row that names nothing (sums of money) is about the whole company: it is hidden too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

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
                    "stopper", "stopped_by", "demand_item", "scarce_item"})  # fmt: skip
_LOCATIONS = frozenset({"location", "origin", "destination", "plant", "supplier", "stopped_at",
                        "demand_location", "scarce_location"})  # fmt: skip
_RESOURCES = frozenset({"resource"})
_OWNERS = ("kind", "owner")  # together they name a row of another table
_RESULTS = ("item", "component", "substitute", "product", "parent", "location", "origin",
            "destination", "plant", "supplier", "resource", "owner", "key", "name",
            "waits_for", "demand_item", "demand_location", "scarce_item",
            "scarce_location")  # fmt: skip
_TEXTS = ("text", "mostly", "into")  # sentences
_SUMMED = ("level", "name")  # together they name a sum over other rows
_SEPARATORS = re.compile(r"[|,]")
_SUGGESTION = ", did you mean"
SCOPING = ("items", "locations", "resources")  # the tables that say what is whose


@dataclass(frozen=True)
class Scope:
    """The names that are hidden from somebody; not ``limited``: who sees everything there is."""

    items: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    limited: bool = True

    def __or__(self, other: Scope) -> Scope:
        return Scope(self.items | other.items, self.locations | other.locations,
                     self.resources | other.resources, self.brands | other.brands)  # fmt: skip

    @property
    def is_whole(self) -> bool:
        """Whether nothing is hidden."""
        return not self._all

    def hides(self, frame: pd.DataFrame) -> Mask:
        """Which rows of ``frame``, a table of the contract, are hidden, by the names of columns."""
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

    @cached_property
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

    def visible(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of ``frame``, a table of results, that are not hidden."""
        if not self.limited:
            return frame
        named = [name for name in _RESULTS if name in frame]
        if not named:
            return frame.iloc[:0]
        hidden, blank = self.hides(frame), np.ones(len(frame), dtype=bool)
        for name in named:
            hidden |= _where(frame[name], self._is_part)
            blank &= (frame[name].isna() | (frame[name] == "")).to_numpy(dtype=bool)
        for name in (name for name in _TEXTS if name in frame):
            hidden |= _where(frame[name], self._is_mentioned)
        if set(_SUMMED) <= set(frame.columns):
            hidden |= self._hides_sums(frame)
        return frame[~hidden & ~blank].reset_index(drop=True)

    def _hides_sums(self, frame: pd.DataFrame) -> Mask:
        """Which rows are sums over what is hidden: of a region over all brands, of a brand over
        all plants; a difference of them would tell it.
        """
        level = frame["level"]
        sums = (level != "brand") if self.locations == frozenset() else level.notna()
        return sums.to_numpy(dtype=bool)

    def _is_part(self, cell: str) -> bool:
        hidden = self._all
        return cell in hidden or any(part.strip() in hidden for part in _SEPARATORS.split(cell))

    def _is_mentioned(self, cell: str) -> bool:
        return any(name in cell for name in self._all)


WHOLE = Scope(limited=False)


def _where(cells: pd.Series, hides: Callable[[str], bool]) -> Mask:
    """Which cells hide their row; each of the different ones is looked at once."""
    found = cells.map({cell: hides(str(cell)) for cell in cells.unique()})
    return found.to_numpy(dtype=bool)


def scope_of(tables: Mapping[str, pd.DataFrame], identity: Identity) -> Scope:
    """What is hidden from ``identity`` by the tables items, locations and resources."""
    if identity.sees_everything:
        return WHOLE
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
    """The rows of ``frame``, shaped like the contract, that ``identity`` may see."""
    return frame[~scope_of(network.tables, identity).hides(frame)]


def without_suggestions(problems: Iterable[Problem], identity: Identity) -> list[Problem]:
    """``problems`` without names that were near to a wrong one: they may be hidden ones."""
    if identity.sees_everything:
        return list(problems)
    return [replace(p, remedy=p.remedy.partition(_SUGGESTION)[0]) for p in problems]
