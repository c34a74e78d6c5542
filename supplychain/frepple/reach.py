"""Which item-locations the demand needs, which lack a source, which can be served."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

import networkx as nx

from supplychain.frepple.context import Context
from supplychain.frepple.production import Make
from supplychain.frepple.supply import Option
from supplychain.schema import WILDCARD

Place = tuple[str, str]


class Reach:
    """The graph of item-locations: an option is a head that follows from all of its upstream."""

    def __init__(self, options: Iterable[Option], makes: Iterable[Make]) -> None:
        components = {
            (m.item, m.location, m.version): [(c.item, m.location) for c in m.components]
            for m in makes
        }
        self._upstream: dict[Place, list[list[Place]]] = {}
        for option in options:
            upstream: list[Place] = []
            if option.table == "lanes":
                upstream = [(option.item, option.source)]
            elif option.table == "production":
                upstream = components[option.item, option.location, option.source]
            self._upstream.setdefault((option.item, option.location), []).append(upstream)

    def ways(self, place: Place) -> list[list[Place]]:
        """Upstream item-locations of every option that replenishes ``place``."""
        return self._upstream.get(place, []) + self._upstream.get((place[0], WILDCARD), [])

    def needed(self, wanted: Iterable[Place], but: Container[Place] = ()) -> list[Place]:
        """All item-locations upstream of ``wanted``, itself included; nothing through ``but``."""
        found = dict.fromkeys(place for place in wanted if place not in but)
        queue = list(found)
        while queue:
            for way in self.ways(queue.pop()):
                fresh = [place for place in way if place not in found and place not in but]
                queue += fresh
                found.update(dict.fromkeys(fresh))
        return list(found)

    def broken(self, wanted: Iterable[Place]) -> list[Place]:
        """Item-locations that nothing replenishes, and for want of which demand starves.

        One from which nothing comes, but whose users have another source, is none of them.
        """
        wanted = list(wanted)
        starving = self.needed(wanted, but=self.served(wanted, ()))
        return sorted(place for place in starving if not self.ways(place))

    def served(self, wanted: Iterable[Place], held: Iterable[Place]) -> set[Place]:
        """Needed item-locations that can be filled, starting with those that hold stock."""
        places = self.needed(wanted)
        users: dict[Place, list[Place]] = {}
        for place in places:
            for way in self.ways(place):
                for upstream in way:
                    users.setdefault(upstream, []).append(place)
        done: set[Place] = set()
        stocked = set(held)
        queue = list(places)
        while queue:
            place = queue.pop()
            if place not in done and (
                place in stocked or any(all(up in done for up in way) for way in self.ways(place))
            ):
                done.add(place)
                queue += users.get(place, [])
        return done


def without_cycles(context: Context, makes: list[Make]) -> list[Make]:
    """Leave out production that uses, at some depth, the item it makes; best ranked ones stay."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((make.item, c.item) for make in makes for c in make.components)
    tangled: Mapping[str, int] = {
        item: number
        for number, group in enumerate(nx.strongly_connected_components(graph))
        if len(group) > 1
        for item in group
    }
    kept: list[Make] = []
    graph = nx.DiGraph()
    for make in sorted(makes, key=lambda make: make.rank):
        inside = [
            component.item
            for component in make.components
            if make.item in tangled and tangled.get(component.item) == tangled[make.item]
        ]
        if any(
            item == make.item or (graph.has_node(item) and make.item in nx.descendants(graph, item))
            for item in inside
        ):
            context.notes.add(
                "operations that close a circle of materials, left out", make.operation
            )
            continue
        graph.add_edges_from((make.item, item) for item in inside)
        kept.append(make)
    chosen = set(map(id, kept))
    return [make for make in makes if id(make) in chosen]
