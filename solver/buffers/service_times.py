"""The service times that an optimal placement needs to choose from; see guaranteed_service.

The cost of a placement is concave in its service times, and they are bound by differences only, so
some optimum is a vertex: a point at which every service time hangs, by a chain of binding
constraints, on a constant. The closure below follows all such chains. Where stage times are few or
round it is far smaller than the range of periods.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import networkx as nx
import numpy as np

from solver.program import Floats, Ints


@dataclass(frozen=True, eq=False)
class ServiceNetwork:
    """Stages 0..n-1 that may hold stock, and the arcs between them; times in whole periods.

    By stage: ``time`` from having all inputs to having the output, ``inbound`` the service time of
    external supply, ``promise`` the longest service time that may be quoted (inf: any),
    ``holding_cost`` of one unit a year, ``spread`` safety factor times standard deviation of the
    demand of one period, units. By arc: ``origin`` and ``destination`` stage, ``lag`` from dispatch
    to receipt. ValueError where arcs run in a circle.
    """

    time: Ints
    inbound: Ints
    promise: Floats
    holding_cost: Floats
    spread: Floats
    origin: Ints
    destination: Ints
    lag: Ints

    def __post_init__(self) -> None:
        if not nx.is_directed_acyclic_graph(self._graph):
            circle = nx.find_cycle(self._graph)
            raise ValueError(f"arcs run in a circle: {[arc[0] for arc in circle]}")

    def __len__(self) -> int:
        return len(self.time)

    @cached_property
    def _graph(self) -> nx.DiGraph[int]:
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(range(len(self.time)))
        graph.add_edges_from(zip(self.origin.tolist(), self.destination.tolist(), strict=True))
        return graph

    @cached_property
    def order(self) -> list[int]:
        """Stages so that every arc runs forwards."""
        return list(nx.lexicographical_topological_sort(self._graph))

    @cached_property
    def sources(self) -> list[list[tuple[int, int]]]:
        """By stage, the stages that supply it, with the lag of the arc."""
        return self._neighbours(self.destination, self.origin)

    @cached_property
    def customers(self) -> list[list[tuple[int, int]]]:
        """By stage, the stages that it supplies, with the lag of the arc."""
        return self._neighbours(self.origin, self.destination)

    def _neighbours(self, stage: Ints, other: Ints) -> list[list[tuple[int, int]]]:
        found: list[list[tuple[int, int]]] = [[] for _ in range(len(self))]
        arcs = zip(stage.tolist(), other.tolist(), self.lag.tolist(), strict=True)
        for place, neighbour, lag in arcs:
            found[place].append((neighbour, lag))
        return found

    @cached_property
    def least_inbound(self) -> Ints:
        """Inbound service time of every stage if all its sources quote 0."""
        least = self.inbound.copy()
        np.maximum.at(least, self.destination, self.lag)
        return least

    @cached_property
    def limits(self) -> tuple[Ints, Ints]:
        """Longest inbound and outbound service times that are of any use, by stage."""
        inbound, outbound = self.least_inbound.copy(), np.zeros(len(self), np.int64)
        for stage in self.order:
            for source, lag in self.sources[stage]:
                inbound[stage] = max(inbound[stage], outbound[source] + lag)
            outbound[stage] = min(inbound[stage] + self.time[stage], self.promise[stage])
        return inbound, outbound


@dataclass
class _Closure:
    """Values of inbound and outbound service times that chains of binding constraints reach."""

    network: ServiceNetwork
    inbound: list[set[int]] = field(init=False)
    outbound: list[set[int]] = field(init=False)

    def __post_init__(self) -> None:
        longest = self.network.limits[1].tolist()
        promised = np.isfinite(self.network.promise).tolist()
        self.inbound = [{value} for value in self.network.least_inbound.tolist()]
        self.outbound = [{0, most} if bound else {0}
                         for most, bound in zip(longest, promised, strict=True)]  # fmt: skip

    def run(self) -> None:
        """Sweep forwards and backwards until nothing is added."""
        size = -1
        while size != (size := self._size()):
            for stage in (*self.network.order, *reversed(self.network.order)):
                self._update(stage)

    def _size(self) -> int:
        return sum(map(len, self.inbound)) + sum(map(len, self.outbound))

    def _update(self, stage: int) -> None:
        network, inbound, outbound = self.network, self.inbound[stage], self.outbound[stage]
        most_inbound, most_outbound = (limit[stage] for limit in network.limits)
        time, least = int(network.time[stage]), int(network.least_inbound[stage])
        for source, lag in network.sources[stage]:
            inbound |= {value + lag for value in self.outbound[source]}
        inbound |= {value - time for value in outbound}
        inbound &= set(range(least, int(most_inbound) + 1))
        for customer, lag in network.customers[stage]:
            outbound |= {value - lag for value in self.inbound[customer]}
        outbound |= {value + time for value in inbound}
        outbound &= set(range(int(most_outbound) + 1))


def candidates(network: ServiceNetwork) -> tuple[list[Ints], list[Ints]]:
    """Inbound and outbound service times to choose from, by stage, each sorted; exact."""
    closure = _Closure(network)
    closure.run()
    return [_sorted(values) for values in closure.inbound], list(map(_sorted, closure.outbound))


def _sorted(values: set[int]) -> Ints:
    return np.array(sorted(values), np.int64)
