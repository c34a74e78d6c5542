"""The shape of a supply chain: its tiers, single sources, and suppliers that many products share.

All of it follows from one graph: a node is an item at a location, an edge says that the first feeds
the second, because it is a component of what is made there, is bought from there or is moved from
there. Only routine options make edges, for that is how the chain works today.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import pandas as pd

from supplychain.network import Network
from supplychain.scope import needed_item_locations

Node = tuple[str, str]
_PAIR = ["item", "location"]


@dataclass(frozen=True)
class Tier:
    """Item-locations that are ``tier`` steps from the demand, counted along the longest way.

    A step makes, buys or moves; suppliers that are not modelled further are the last of the way.
    Item-locations that feed each other in a circle share a tier. ``kinds`` counts items by kind.
    """

    tier: int
    item_locations: int
    items: int
    locations: int
    kinds: dict[str, int]


@dataclass(frozen=True)
class Source:
    """An item with one source: a supplier, or a location that makes it.

    ``share`` is the share of all demand units that the item goes into (0 to 1).
    """

    item: str
    kind: str
    source: str
    products: int
    share: float


@dataclass(frozen=True)
class Shared:
    """A supplier, or a capacity group of one, and what depends on it.

    ``items`` it supplies in routine, ``sole_source`` of these it alone can supply, ``products``
    (demanded items) that contain them, and their ``share`` of all demand units (0 to 1).
    """

    supplier: str
    group: str
    items: int
    sole_source: int
    products: int
    share: float


@dataclass(frozen=True)
class Structure:
    """Summary of a network; every list is ranked by the share of demand that depends on it.

    ``single_sourced`` has one source over all options, ``one_routine_source`` one in use and
    others that need a decision, ``no_routine_source`` only the latter. ``unneeded`` items are not
    reached from any demand. ``sizes`` are rows by table.
    """

    sizes: dict[str, int]
    tiers: tuple[Tier, ...]
    single_sourced: tuple[Source, ...]
    one_routine_source: tuple[Source, ...]
    no_routine_source: tuple[str, ...]
    suppliers: tuple[Shared, ...]
    groups: tuple[Shared, ...]
    unneeded: tuple[str, ...]


def summarize_structure(network: Network) -> Structure:
    """Summarise ``network``, which must be expanded (no ``*`` left)."""
    chain = _Chain(network)
    everywhere, today = chain.sources(chain.needed), chain.sources(chain.needed, routine=True)
    single = {item: names for item, names in everywhere.items() if len(names) == 1}
    routine = {i: names for i, names in today.items() if len(names) == 1 and i not in single}
    sole = {(item, source) for item, (source,) in single.items()}
    items = set(network.table("items")["item"])
    return Structure(
        sizes={name: len(table) for name, table in network.tables.items() if len(table)},
        tiers=tuple(chain.tiers()),
        single_sourced=chain.ranked_sources(single),
        one_routine_source=chain.ranked_sources(routine),
        no_routine_source=tuple(sorted(set(everywhere) - set(today))),
        suppliers=chain.ranked_suppliers(["supplier"], sole),
        groups=chain.ranked_suppliers(["supplier", "group"], sole),
        unneeded=tuple(sorted(items - set(chain.needed["item"]))),
    )


class _Chain:
    """The graph of a network, and who depends on whom.

    Dependence is a bit mask over demanded item-locations, handed from each node to what feeds it:
    one pass over the graph, however many products there are.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.needed = needed_item_locations(network)
        demand = network.table("demand").groupby(_PAIR)["quantity"].sum()
        demand = demand[demand > 0]
        self.demanded: list[Node] = [(str(item), str(place)) for item, place in demand.index]
        self.units: list[float] = demand.tolist()
        items = network.table("items")
        kinds = items["kind"].where(items["kind"] != "", "unclassified")
        self.kinds: dict[str, str] = dict(zip(items["item"], kinds, strict=True))

    @cached_property
    def graph(self) -> nx.DiGraph[Node]:
        """What feeds the demand in routine, demanded item-locations included."""
        graph: nx.DiGraph[Node] = nx.DiGraph()
        graph.add_nodes_from(self.demanded)
        graph.add_edges_from(self._edges())
        fed = {*self.demanded}
        for layer in nx.bfs_layers(graph.reverse(copy=False), self.demanded):
            fed.update(layer)
        return graph.subgraph(fed)

    def _edges(self) -> Iterator[tuple[Node, Node]]:
        made = self._rows("production").merge(self.network.table("bom"), on=["item", "version"])
        yield from _pairs(made, ("component", "location"), ("item", "location"))
        bought = self._rows("sourcing")
        yield from _pairs(bought, ("item", "supplier"), ("item", "location"))
        moved = self._rows("lanes")
        yield from _pairs(moved, ("item", "origin"), ("item", "destination"))

    def _rows(self, name: str, routine: bool = True) -> pd.DataFrame:
        table = self.network.table(name)
        return table[table["routine"]] if routine else table

    @cached_property
    def _condensed(self) -> tuple[nx.DiGraph[int], list[int]]:
        """The graph with circles drawn together, and its nodes from demand to raw supply."""
        condensed = nx.condensation(self.graph)
        return condensed, list(nx.topological_sort(condensed))[::-1]

    def tiers(self) -> Iterator[Tier]:
        """Count the item-locations of each tier, the demand first."""
        condensed, order = self._condensed
        level: dict[int, int] = {}
        tiers: dict[int, list[Node]] = {}
        for number in order:
            level[number] = max((level[n] + 1 for n in condensed.successors(number)), default=0)
            tiers.setdefault(level[number], []).extend(condensed.nodes[number]["members"])
        for tier, nodes in sorted(tiers.items()):
            items, locations = ({node[part] for node in nodes} for part in (0, 1))
            kinds = Counter(self.kinds[item] for item in sorted(items))
            yield Tier(tier, len(nodes), len(items), len(locations), dict(kinds))

    @cached_property
    def dependents(self) -> dict[Node, int]:
        """Mask of the demanded item-locations that each node feeds."""
        condensed, order = self._condensed
        bit = {node: 1 << number for number, node in enumerate(self.demanded)}
        masks: dict[int, int] = {}
        found: dict[Node, int] = {}
        for number in order:
            members = condensed.nodes[number]["members"]
            mask = _union(masks[n] for n in condensed.successors(number))
            masks[number] = mask | _union(bit.get(node, 0) for node in members)
            found.update(dict.fromkeys(members, masks[number]))
        return found

    def sources(self, needed: pd.DataFrame, routine: bool = False) -> dict[str, set[str]]:
        """Suppliers and makers of every item, over options into ``needed`` item-locations."""
        bought = self._rows("sourcing", routine).merge(needed, on=_PAIR)
        made = self._rows("production", routine).merge(needed, on=_PAIR)
        found: dict[str, set[str]] = {}
        for item, source in _cells(bought, ("item", "supplier")):
            found.setdefault(item, set()).add(source)
        for item, source in _cells(made, ("item", "location")):
            found.setdefault(item, set()).add(source)
        return found

    def ranked_sources(self, sources: dict[str, set[str]]) -> tuple[Source, ...]:
        """The items of ``sources``, which have one each."""
        masks: dict[str, int] = {}
        for (item, _), mask in self.dependents.items():
            masks[item] = masks.get(item, 0) | mask
        rows = (
            Source(item, self.kinds[item], source, *self._measure(masks.get(item, 0)))
            for item, (source,) in sources.items()
        )
        return tuple(sorted(rows, key=lambda row: (-row.share, -row.products, row.item)))

    def ranked_suppliers(self, by: list[str], sole: set[Node]) -> tuple[Shared, ...]:
        """Suppliers or their capacity groups, those first on which most demand depends."""
        supplied = self._supplied()
        if "group" in by:
            supplied = supplied[supplied["group"] != ""]
        groups = supplied.groupby(by)
        rows = [self._shared(tuple(map(str, names)), rows, sole) for names, rows in groups]
        return tuple(sorted(rows, key=lambda r: (-r.share, -r.products, r.supplier, r.group)))

    def _supplied(self) -> pd.DataFrame:
        """What suppliers deliver or make for the demand: supplier, group, item, location."""
        columns = ["supplier", "group", *_PAIR]
        bought, made = self._rows("sourcing"), self._rows("production")
        suppliers = set(bought["supplier"])
        made = made.assign(supplier=made["location"])
        made = made[made["supplier"].isin(suppliers)]
        supplied = pd.concat([bought[columns], made[columns]], ignore_index=True)
        return supplied[
            [pair in self.dependents for pair in _cells(supplied, ("item", "location"))]
        ]

    def _shared(self, names: tuple[str, ...], rows: pd.DataFrame, sole: set[Node]) -> Shared:
        mask = _union(self.dependents[pair] for pair in _cells(rows, ("item", "location")))
        items = set(rows["item"])
        alone = sum((item, names[0]) in sole for item in items)
        group = names[1] if len(names) > 1 else ""
        return Shared(names[0], group, len(items), alone, *self._measure(mask))

    def _measure(self, mask: int) -> tuple[int, float]:
        """Products in ``mask``, and their share of all demand units."""
        numbers = [n for n in range(len(self.demanded)) if mask >> n & 1]
        products = {self.demanded[number][0] for number in numbers}
        return len(products), sum(self.units[n] for n in numbers) / (sum(self.units) or 1.0)


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _cells(rows: pd.DataFrame, columns: tuple[str, str]) -> Iterator[Node]:
    return zip(rows[columns[0]], rows[columns[1]], strict=True)


def _pairs(
    rows: pd.DataFrame, first: tuple[str, str], second: tuple[str, str]
) -> Iterator[tuple[Node, Node]]:
    return zip(_cells(rows, first), _cells(rows, second), strict=True)
