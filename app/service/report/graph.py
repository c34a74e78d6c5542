"""The supply graph around the scarcest item: who supplies it, where it is used, whom it reaches.

Columns from left to right: sources, the item at its locations, the assemblies it goes into level by
level, the demanded items, the markets. Every box carries one number of the as-is plan and of the
response. Options that are not routine are dashed; those that the response uses are emphasised.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import networkx as nx
import pandas as pd

from app.service.report.words import units
from solver.costs import supplier_makes
from supplychain.network import Network

MOST_BOXES = 12  # in a column; the smaller ones share a box
ARROW = " \u2192 "
Key = tuple[str, str]
Tables = Mapping[str, pd.DataFrame]
PLACE = "place"
FRAME: Key = (PLACE, "")  # all locations of the item
_SOURCES, _PLACES = 0, 1


@dataclass(frozen=True)
class Node:
    """A box: its key, title, a second line, and a number of each plan."""

    key: Key
    title: str
    note: str = ""
    values: tuple[float, ...] = ()
    is_routine: bool = True

    @property
    def detail(self) -> str:
        """Its numbers, as-is first."""
        return ARROW.join(units(value) for value in self.values)


@dataclass(frozen=True, order=True)
class Edge:
    """What feeds what; ``is_used`` says that the response uses an option that is not routine."""

    start: Key
    end: Key
    is_routine: bool = True
    is_used: bool = False

    @property
    def is_move(self) -> bool:
        """Whether it joins two locations of the item in the same column."""
        return self.start[0] == self.end[0] and self.start[0] in (PLACE, "market")


@dataclass(frozen=True)
class SupplyGraph:
    """Columns of boxes, each with a heading and what its numbers are, and the edges between."""

    item: str
    headings: tuple[tuple[str, str], ...]
    layers: tuple[tuple[Node, ...], ...]
    edges: tuple[Edge, ...]


def supply_graph(network: Network, plans: Sequence[Tables], item: str) -> SupplyGraph:
    """The graph around ``item``, its columns ordered so that few edges cross.

    ``plans`` are the result tables of each plan for ``network``, as-is first.
    """
    builder = _Builder(network, plans, item)
    edges = sorted(set(builder.edges()))
    layers = [list(builder.nodes(layer)) for layer in range(builder.market_layer + 1)]
    layers, edges = _gathered(layers, edges)
    kept = [number for number, layer in enumerate(layers) if layer or number == _PLACES]
    headings = tuple(builder.headings()[number] for number in kept)
    ordered = _ordered([layers[number] for number in kept], edges)
    return SupplyGraph(item, headings, tuple(map(tuple, ordered)), tuple(edges))


@dataclass(frozen=True)
class _Builder:
    """Reads the parts of one graph from the network and the plans."""

    network: Network
    plans: Sequence[Tables]
    item: str

    # --- what is there

    @cached_property
    def bom(self) -> nx.DiGraph[str]:
        """Everything that contains the item, as component to parent."""
        bom = self.network.table("bom")
        graph: nx.DiGraph[str] = nx.DiGraph([*zip(bom["component"], bom["item"], strict=True)])
        graph.add_node(self.item)
        return graph.subgraph({self.item} | nx.descendants(graph, self.item)).copy()

    @cached_property
    def levels(self) -> dict[str, int]:
        """Column of every item that contains the bottleneck; what nothing contains comes last."""
        generations = list(nx.topological_generations(self.bom))
        level = {item: number for number, row in enumerate(generations) for item in row}
        last = max(len(generations) - 1, 1)
        final = {item for item in level if item != self.item and not self.bom.out_degree(item)}
        return {item: _PLACES + (last if item in final else number)
                for item, number in level.items() if item != self.item}  # fmt: skip

    @property
    def market_layer(self) -> int:
        """Column of the markets: the last."""
        return max(self.levels.values(), default=_PLACES) + 1

    @cached_property
    def sourcing(self) -> pd.DataFrame:
        """Sourcing options of the item, with whether the supplier makes it."""
        table = _of(self.network.table("sourcing"), self.item)
        return table.assign(makes=supplier_makes(self.network, table))

    @cached_property
    def demand(self) -> pd.DataFrame:
        """Demand for the item and for everything that contains it."""
        demand = self.network.table("demand")
        wanted = {self.item, *self.levels}
        return demand[demand["item"].isin(wanted) & (demand["quantity"] > 0)]

    @cached_property
    def lanes(self) -> pd.DataFrame:
        """Lanes of the item."""
        return _of(self.network.table("lanes"), self.item)

    @cached_property
    def places(self) -> list[str]:
        """Locations of the item; those that only sell it are markets."""
        locations = set(_of(self.plans[0]["inventory"], self.item)["location"])
        production = _of(self.network.table("production"), self.item)
        feeding = self.lanes.loc[self.lanes["routine"], "origin"]
        kept = {*production["location"], *self.sourcing["location"], *feeding}
        return sorted(locations - (self.sold - kept))

    @property
    def sold(self) -> set[str]:
        """Locations with demand for the item itself."""
        return set(_of(self.demand, self.item)["location"])

    # --- boxes

    def headings(self) -> list[tuple[str, str]]:
        """Heading of every column, and what its numbers are."""
        levels = range(_PLACES + 1, self.market_layer)
        names = ["goes into" if n < self.market_layer - 1 else "demanded items" for n in levels]
        words = ["built" if n < self.market_layer - 1 else "not on time" for n in levels]
        return [("sources", "supplied"), (self.item, "used"),
                *zip(names, words, strict=True), ("markets", "not on time")]  # fmt: skip

    def nodes(self, layer: int) -> Iterator[Node]:
        """Boxes of one column."""
        if layer == _SOURCES:
            yield from self._suppliers()
            yield from self._makers()
        elif layer == _PLACES:
            for place in self.places:
                yield Node((PLACE, place), place, "", self._used(place))
        elif layer == self.market_layer:
            for market in sorted(self.demand["location"].unique()):
                yield Node(("market", market), market, "", self._missed("location", market))
        else:
            for item in sorted(item for item, level in self.levels.items() if level == layer):
                is_last = layer == self.market_layer - 1
                values = self._missed("item", item) if is_last else self._built(item)
                yield Node(("item", item), item, "", values)

    def _suppliers(self) -> Iterator[Node]:
        for supplier, rows in self.sourcing[~self.sourcing["makes"]].groupby("supplier"):
            routine = bool(rows["routine"].any())
            orders = self._sums("orders", supplier=supplier)
            values = tuple(map(sum, zip(orders, self._scheduled(str(supplier)), strict=True)))
            yield Node(("source", str(supplier)), str(supplier), _modes(rows), values, routine)

    def _makers(self) -> Iterator[Node]:
        production = _of(self.network.table("production"), self.item)
        for location, rows in production.groupby("location"):
            routine = bool(rows["routine"].any())
            note = ", ".join(
                ["makes it" if routine else "could make it", *self._lines(str(location))]
            )
            yield Node(("maker", str(location)), str(location), note,
                       self._sums("builds", location=location), routine)  # fmt: skip

    def _lines(self, location: str) -> list[str]:
        """Resources that the item is made on at a location."""
        detail = _of(self.network.table("production_resources"), self.item)
        return sorted(detail.loc[detail["location"] == location, "resource"].unique())

    @cached_property
    def _plans(self) -> list[Tables]:
        """Result tables of every plan, of the item alone."""
        names = ("orders", "transfers", "builds", "receipts", "inventory")
        return [{name: _of(tables[name], self.item) for name in names} for tables in self.plans]

    def _sums(self, table: str, **keys: object) -> tuple[float, ...]:
        """Quantity of the item in a table of each plan, where columns have these values."""
        return tuple(_total(tables[table], "quantity", keys) for tables in self._plans)

    def _scheduled(self, supplier: str) -> tuple[float, ...]:
        """Scheduled receipts from a supplier that arrive within the horizon."""
        receipts = [tables["receipts"] for tables in self._plans]
        arriving = [table[table["receipt"].notna()] for table in receipts]
        return tuple(_total(table, "quantity", {"origin": supplier}) for table in arriving)

    def _used(self, place: str) -> tuple[float, ...]:
        return tuple(_total(tables["inventory"], "uses", {"location": place})
                     for tables in self._plans)  # fmt: skip

    def _built(self, item: str) -> tuple[float, ...]:
        return tuple(float(sums.get(item, 0.0)) for sums in self._builds)

    @cached_property
    def _builds(self) -> list[pd.Series]:
        """Units built by item, of each plan."""
        return [tables["builds"].groupby("item")["quantity"].sum() for tables in self.plans]

    def _missed(self, column: str, value: str) -> tuple[float, ...]:
        """Units not served on time of the demand in the graph."""
        sums = (table.groupby(column)["missed"].sum() for table in self._misses)
        return tuple(float(column_sums.get(value, 0.0)) for column_sums in sums)

    @cached_property
    def _misses(self) -> list[pd.DataFrame]:
        """Units not served on time by item and location of the demand in the graph, each plan."""
        wanted = set(self.demand["item"])
        found = []
        for tables in self.plans:
            service = tables["service"]
            mine = service[service["item"].isin(wanted)]
            mine = mine.assign(missed=mine["quantity"] - mine["on_time"])
            found.append(mine.groupby(["item", "location"])["missed"].sum().reset_index())
        return found

    # --- edges

    def edges(self) -> Iterator[Edge]:
        """All edges of the graph."""
        places = set(self.places)
        for row in self.sourcing.to_dict("records"):
            kind = PLACE if row["makes"] else "source"
            if row["location"] in places:
                yield self._option("orders", (kind, row["supplier"]), row,
                                   ("location", "supplier", "mode"))  # fmt: skip
        for row in _of(self.network.table("production"), self.item).to_dict("records"):
            yield self._option("builds", ("maker", row["location"]), row, ("location", "version"))
        known = places | self.sold
        for row in self.lanes.to_dict("records"):
            if row["origin"] in known and row["destination"] in known:
                yield self._option("transfers", self._place(str(row["origin"])), row,
                                   ("origin", "destination", "mode"))  # fmt: skip
        yield from self._downstream()

    def _option(
        self, table: str, start: Key, row: Mapping[Hashable, Any], names: tuple[str, ...]
    ) -> Edge:
        end = str(row.get("destination", row.get("location")))
        quantity = self._sums(table, **{name: row[name] for name in names})[-1]
        routine = bool(row["routine"])
        return Edge(start, self._place(end), routine, quantity > 0 and not routine)

    def _place(self, location: str) -> Key:
        """Box of the item at a location: among its places, or a market."""
        return (PLACE if location in self.places else "market", location)

    def _downstream(self) -> Iterator[Edge]:
        """From the item to what contains it, and from what is sold to its markets."""
        for component, parent in self.bom.edges:
            yield Edge(FRAME if component == self.item else ("item", component), ("item", parent))
        for item, market in self.demand[["item", "location"]].drop_duplicates().to_numpy():
            if item != self.item:
                yield Edge(("item", item), ("market", market))
            elif market in self.places:
                yield Edge((PLACE, market), ("market", market))


def _of(table: pd.DataFrame, item: str) -> pd.DataFrame:
    return table[table["item"] == item]


def _total(table: pd.DataFrame, value: str, keys: Mapping[str, object]) -> float:
    for column, key in keys.items():
        table = table[table[column] == key]
    return float(table[value].sum())


def _modes(rows: pd.DataFrame) -> str:
    """Modes of a supplier, e.g. "sea; alternative: air"."""
    words = []
    for prefix, chosen in (("", rows["routine"]), ("alternative: ", ~rows["routine"])):
        if chosen.any():
            words.append(prefix + ", ".join(sorted(rows.loc[chosen, "mode"].unique())))
    return "; ".join(words)


# --- what fits ----------------------------------------------------------------------------------


def _gathered(
    layers: list[list[Node]], edges: Iterable[Edge]
) -> tuple[list[list[Node]], list[Edge]]:
    """Columns with the smaller boxes beyond :data:`MOST_BOXES` put together, and their edges."""
    renamed: dict[Key, Key] = {}
    result = []
    for number, layer in enumerate(layers):
        if len(layer) > MOST_BOXES:
            ranked = sorted(layer, key=lambda node: (-max(node.values), node.title))
            rest = ranked[MOST_BOXES - 1 :]
            key = (PLACE if number == _PLACES else "more", f"more {number}")
            renamed |= {node.key: key for node in rest}
            sums = tuple(sum(column) for column in zip(*(n.values for n in rest), strict=True))
            together = Node(key, f"{len(rest):,} more", "", sums)
            layer = [*ranked[: MOST_BOXES - 1], together]
        result.append(layer)
    moved = {Edge(renamed.get(e.start, e.start), renamed.get(e.end, e.end), e.is_routine, e.is_used)
             for e in edges}  # fmt: skip
    return result, sorted(edge for edge in moved if edge.start != edge.end)


def _ordered(layers: list[list[Node]], edges: Iterable[Edge]) -> list[list[Node]]:
    """Columns in which every box stands near the middle of those it is joined with (barycentre)."""
    graph: nx.Graph[Key] = nx.Graph([(edge.start, edge.end) for edge in edges])
    place = {node.key: n / len(layer) for layer in layers for n, node in enumerate(layer)}
    graph.add_nodes_from(place)
    for _ in range(4):
        for layer in layers:
            layer.sort(key=lambda node: (_middle(graph, node.key, place), node.title))
            place |= {node.key: (n + 0.5) / len(layer) for n, node in enumerate(layer)}
    return layers


def _middle(graph: nx.Graph[Key], key: Key, place: Mapping[Key, float]) -> float:
    near = [place[other] for other in graph[key] if other in place]
    return sum(near) / len(near) if near else place[key]
