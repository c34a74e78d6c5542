"""Which item-locations the demand needs, and wildcards made concrete for them.

The backward closure starts at the demand and follows sourcing from suppliers that make the item,
lanes, and production with its BOM. Vectorised level by level: each round joins the newly needed
item-locations with the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from supplychain.network import Network
from supplychain.schema import TABLES, WILDCARD

_PAIR = ["item", "location"]


def concrete(table: pd.DataFrame, known: pd.DataFrame, on: Sequence[str]) -> pd.DataFrame:
    """Rows of ``table`` that match a row of ``known`` in the columns ``on``, ``*`` matching any.

    The result carries the concrete values; where several rows match, the one with fewest
    wildcards stays. ``known`` must have no duplicate rows in ``on``.
    """
    is_wild = pd.DataFrame({name: table[name] == WILDCARD for name in on})
    found = []
    for pattern, rows in table.groupby([is_wild[name] for name in on], sort=False):
        fixed = [name for name, wild in zip(on, pattern, strict=True) if not wild]
        wild = [name for name in on if name not in fixed]
        rows = rows.drop(columns=wild)
        joined = (
            rows.merge(known[list(on)], on=fixed)
            if fixed
            else rows.merge(known[list(on)], how="cross")
        )
        found.append(joined.assign(wildcards=len(wild)))
    if not found:
        return table.iloc[:0]
    return pd.concat(found, ignore_index=True)[[*table.columns, "wildcards"]]


def _most_specific(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Drop a row made from ``*`` where a row that names the key exists."""
    if "wildcards" not in rows:
        return rows
    rows = rows.sort_values("wildcards", kind="stable")
    return rows.drop_duplicates(list(TABLES[name].key)).drop(columns="wildcards")


@dataclass(frozen=True)
class _Supply:
    """The supply tables of a network, joined against needed item-locations."""

    network: Network

    def production(self, pairs: pd.DataFrame) -> pd.DataFrame:
        return concrete(self.network.table("production"), pairs, _PAIR)

    def sourcing(self, pairs: pd.DataFrame) -> pd.DataFrame:
        return concrete(self.network.table("sourcing"), pairs, _PAIR)

    def lanes(self, pairs: pd.DataFrame) -> pd.DataFrame:
        lanes = self.network.table("lanes")
        known = pairs.rename(columns={"location": "destination"})
        rows = concrete(lanes, known, ["item", "destination"])
        named = rows[rows["origin"] != WILDCARD]
        anywhere = rows[rows["origin"] == WILDCARD].drop(columns="origin")
        origins = anywhere.merge(self._supplied().rename(columns={"location": "origin"}), on="item")
        if len(origins):
            origins = origins.assign(wildcards=origins["wildcards"] + 1)[named.columns]
            named = pd.concat([named, origins], ignore_index=True)
        return named[named["origin"] != named["destination"]]

    def _supplied(self) -> pd.DataFrame:
        """Item-locations at which supply of the item begins."""
        names = ("stock", "scheduled_receipts", "production", "sourcing")
        pairs = pd.concat([self.network.table(name)[_PAIR] for name in names]).drop_duplicates()
        return pairs[(pairs["item"] != WILDCARD) & (pairs["location"] != WILDCARD)]

    def components(self, production: pd.DataFrame) -> pd.DataFrame:
        """Item-locations of the components of these production rows."""
        rows = production[["item", "location", "version"]].merge(
            self.network.table("bom")[["item", "version", "component"]].rename(
                columns={"version": "bom_version"}
            ),
            on="item",
        )
        rows = rows[(rows["bom_version"] == rows["version"]) | (rows["bom_version"] == WILDCARD)]
        return rows[["component", "location"]].rename(columns={"component": "item"})


def _closure(
    network: Network, on_rows: Callable[[str, pd.DataFrame], None] = lambda name, rows: None
) -> pd.DataFrame:
    supply = _Supply(network)
    demand = network.table("demand")
    frontier = demand.loc[demand["quantity"] > 0, _PAIR].drop_duplicates(ignore_index=True)
    needed = frontier
    while len(frontier):
        production, sourcing = supply.production(frontier), supply.sourcing(frontier)
        lanes = supply.lanes(frontier)
        for name, rows in (("production", production), ("sourcing", sourcing), ("lanes", lanes)):
            on_rows(name, rows)
        upstream = sourcing[["item", "supplier"]].rename(columns={"supplier": "location"})
        makers = concrete(network.table("production"), upstream.drop_duplicates(), _PAIR)[_PAIR]
        origins = lanes[["item", "origin"]].rename(columns={"origin": "location"})
        reached = pd.concat([supply.components(production), makers, origins]).drop_duplicates()
        merged = reached.merge(needed, how="left", on=_PAIR, indicator=True)
        frontier = merged.loc[merged["_merge"] == "left_only", _PAIR].reset_index(drop=True)
        needed = pd.concat([needed, frontier], ignore_index=True)
    return needed.sort_values(_PAIR, ignore_index=True)


def needed_item_locations(network: Network) -> pd.DataFrame:
    """Item-locations (columns item, location; sorted) that the demand can draw on."""
    return _closure(network)


def expand(network: Network) -> Network:
    """Make every ``*`` of the supply tables concrete for what the demand needs.

    Rows without ``*`` are kept, needed or not; a row that names its key beats one with ``*``.
    """
    collected: dict[str, list[pd.DataFrame]] = {"production": [], "sourcing": [], "lanes": []}
    _closure(network, lambda name, rows: collected[name].append(rows))
    tables = {}
    for name, parts in collected.items():
        stated = network.table(name)
        keys = list(TABLES[name].key)
        is_named = ~(stated[keys] == WILDCARD).any(axis=1)
        rows = pd.concat([stated[is_named].assign(wildcards=0), *(p for p in parts if len(p))])
        tables[name] = _most_specific(name, rows)
    tables |= _expand_production_detail(network, tables["production"])
    return network.replace(**tables)


def _expand_production_detail(
    network: Network, production: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """BOM versions and resources of production rows, without ``*``."""
    versions = production[["item", "version"]].drop_duplicates()
    bom = network.table("bom")
    wild_bom = concrete(bom[bom["version"] == WILDCARD], versions, ["item", "version"])
    named_bom = bom[bom["version"] != WILDCARD].assign(wildcards=0)
    detail = network.table("production_resources")
    keys = ["item", "location", "version"]
    is_wild = (detail[keys] == WILDCARD).any(axis=1)
    wild_detail = concrete(detail[is_wild], production[keys], keys)
    named_detail = detail[~is_wild].assign(wildcards=0)
    return {
        "bom": _most_specific("bom", pd.concat([named_bom, wild_bom])),
        "production_resources": _most_specific(
            "production_resources", pd.concat([named_detail, wild_detail])
        ),
    }
