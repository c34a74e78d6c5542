"""What an item is needed for, and where an item-location is filled from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np

from supplychain.checker.chain import Chain
from supplychain.checker.keys import Keys
from supplychain.checker.report import BoolArray, IntArray
from supplychain.network import Network
from supplychain.simulation.activities import components, drawn_from


def goes_into(network: Network, items: Sequence[str], demanded: Sequence[str]) -> BoolArray:
    """Whether each of ``items`` is, or goes into, each of ``demanded`` (items x demanded)."""
    bom = network.table("bom")
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from([*items, *demanded])
    graph.add_edges_from(zip(bom["component"], bom["item"], strict=True))
    number = {item: n for n, item in enumerate(demanded)}
    found = np.zeros((len(items), len(demanded)), dtype=bool)
    above: dict[str, list[int]] = {}
    for row, item in enumerate(items):
        if item not in above:
            reached = {item, *nx.descendants(graph, item)}
            above[item] = [number[name] for name in reached if name in number]
        found[row, above[item]] = True
    return found


@dataclass(frozen=True)
class Sources:
    """Steps back from an item-location to what it is made or filled from.

    ``steps`` (n x widest) numbers the steps of each item-location, -1 beyond the last. By step:
    ``source``, the item-location taken from, and ``lag`` (steps x periods), the periods from there.
    """

    steps: IntArray
    source: IntArray
    lag: IntArray

    def before(self, node: IntArray, period: IntArray) -> tuple[IntArray, IntArray, BoolArray]:
        """Sources of each ``node``, the periods when they were drawn on, and which are any."""
        steps = self.steps[node]
        at = np.maximum(period, 0)[:, None]
        then = period[:, None] - self.lag[steps, at]
        return self.source[steps], then, (steps >= 0) & (then >= 0)


def read_sources(chain: Chain, places: Keys) -> Sources:
    """Steps by the routine options of a network, over the item-locations ``places``."""
    option, entries = components(chain, places)
    made = places.find(chain.production.table)[option]
    lanes, sourcing = chain.lanes, chain.sourcing
    parts = [
        (made, entries.pair, chain.production.lead_time[option],
         chain.production.routine[option]),
        (places.find(lanes.table, ["item", "destination"]),
         places.find(lanes.table, ["item", "origin"]), lanes.lead_time, lanes.routine),
        (places.find(sourcing.table), drawn_from(chain, places), sourcing.transit,
         sourcing.routine),
    ]  # fmt: skip
    target, source, lag, routine = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = (target >= 0) & (source >= 0) & routine
    target, source, lag = target[kept], source[kept], lag[kept]
    order = np.argsort(target, kind="stable")
    target = target[order]
    place = np.arange(len(target)) - np.searchsorted(target, target)
    steps = np.full((len(places), int(place.max(initial=0)) + 1), -1)
    steps[target, place] = np.arange(len(target))
    # a row that no step numbers, so that -1 may be looked up
    return Sources(
        steps,
        np.append(source[order], 0),
        np.concatenate([lag[order], np.zeros((1, lag.shape[1]), dtype=np.int64)]),
    )
