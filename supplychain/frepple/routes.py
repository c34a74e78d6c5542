"""Operations of frePPLe as routes: ways to make one item at one location.

A top-level operation of type fixed_time or time_per is a route of one step. A routing is a route
of its steps in order. An alternate or a split is one route for each of its suboperations. Steps
and alternatives are linked by suboperation records (older releases) or by the owner of an
operation. Source: frePPLe documentation, model reference, operations and suboperations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from supplychain.frepple.context import Context
from supplychain.frepple.dump import Dump, Record, open_ended

_BRANCHES = ("alternate", "split")
Rank = tuple[int, int]


@dataclass(frozen=True)
class Flow:
    """Material of one step: units per unit of the order (negative: consumed), and per order."""

    item: str
    location: str
    quantity: float
    fixed: float
    priority: int
    group: str
    first: dt.date | None
    last: dt.date | None
    at_end: bool
    offset: float


@dataclass(frozen=True)
class Load:
    """Resource use of one step; ``skill`` narrows a group of resources."""

    step: Record
    resource: str
    skill: str
    quantity: float
    fixed: float
    priority: int
    group: str


Member = TypeVar("Member", Flow, Load)


@dataclass(frozen=True)
class Route:
    """A way to make an item: steps in order, materials and resource use of all of them.

    ``parents`` are the operations above it that carry materials or cost of their own.
    """

    name: str
    location: str
    item: str
    rank: Rank
    first: dt.date | None
    last: dt.date | None
    parents: tuple[Record, ...]
    steps: tuple[Record, ...]
    flows: tuple[Flow, ...]
    loads: tuple[Load, ...]
    label: str = ""

    @property
    def head(self) -> Record:
        """The operation that says sizes and location."""
        return self.parents[-1] if self.parents else self.steps[0]

    @property
    def version(self) -> str:
        """Name of the route, with the alternative it stands for."""
        return f"{self.name} ({self.label})" if self.label else self.name


@dataclass(frozen=True)
class _Branch:
    """A child operation with the priority and validity that its parent gives it."""

    record: Record
    priority: int
    window: tuple[dt.datetime | None, dt.datetime | None]


def operation_type(record: Record) -> str:
    """Type of an operation, the default where none is given."""
    return record.text("type").lower().removeprefix("operation_") or "fixed_time"


class Routes:
    """All routes of a dump, and the operations that are a step or alternative of another."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._dump = context.dump
        self._operations = self._dump.named("operation")
        self._branches = _branches(self._dump, self._operations)
        self.children = {
            branch.record.name for branches in self._branches.values() for branch in branches
        }
        self._buffers = buffer_places(self._dump)
        self._flows = self._read_flows()
        self._loads = self._read_loads()

    def all(self) -> list[Route]:
        """Every route, alternatives of materials and resources included, in order of name."""
        routes: list[Route] = []
        for name in sorted(self._operations):
            if name not in self.children:
                record = self._operations[name]
                priority = record.whole("priority", default=1)
                if priority <= 0:
                    self._context.notes.add("operations of priority 0 (disabled), left out", name)
                    continue
                base = _Branch(record, priority, record.window())
                routes += self._routes(base, (priority, 0), (), frozenset())
        return routes

    def _routes(
        self, branch: _Branch, rank: Rank, above: tuple[Record, ...], seen: frozenset[str]
    ) -> Iterator[Route]:
        record, notes = branch.record, self._context.notes
        kind = operation_type(record)
        first, last = self._context.dates(*branch.window)
        if record.name in seen:
            notes.add("operations that are their own parent, left out", record.name)
        elif self._context.is_over(first, last):
            notes.add("operations that are no longer valid, left out", record.name)
        elif kind in _BRANCHES:
            yield from self._alternatives(branch, rank, above, seen)
        elif kind in ("fixed_time", "time_per"):
            yield from self._route(branch, rank, above, (record,))
        elif kind == "routing":
            steps = tuple(b.record for b in self._branches.get(record.name, ()) if b.priority >= 0)
            yield from self._route(branch, rank, (*above, record), steps)
        else:
            notes.add(f"operations of unknown type {kind}, left out", record.name)

    def _alternatives(
        self, branch: _Branch, rank: Rank, above: tuple[Record, ...], seen: frozenset[str]
    ) -> Iterator[Route]:
        record = branch.record
        is_split = operation_type(record) == "split"
        if is_split:
            self._context.notes.add(
                "split operations: their shares have no counterpart, all branches are routine",
                record.name,
            )
        for child in self._branches.get(record.name, ()):
            if child.priority <= 0:
                self._context.notes.add(
                    "alternatives of priority 0 (disabled), left out", child.record.name
                )
                continue
            inner = (rank[0], 0 if is_split else child.priority)
            yield from self._routes(child, inner, (*above, record), seen | {record.name})

    def _route(
        self, branch: _Branch, rank: Rank, parents: tuple[Record, ...], steps: tuple[Record, ...]
    ) -> Iterator[Route]:
        records = (*parents, *steps)
        first, last = self._context.dates(*branch.window)
        route = Route(
            name=branch.record.name,
            location=_first("location", (branch.record, *reversed(steps), *reversed(parents))),
            item=_first("item", records),
            rank=rank,
            first=first,
            last=last,
            parents=parents,
            steps=steps,
            flows=(),
            loads=(),
        )
        flows = [group for r in records for group in _groups(self._flows.get(r.name, []))]
        loads = [group for r in records for group in _groups(self._loads.get(r.name, []))]
        yield from _variants(route, flows, loads)

    def _read_flows(self) -> dict[str, list[Flow]]:
        flows: dict[str, list[Flow]] = {}
        for record in self._dump.all("operationmaterial"):
            flow = self._flow(record)
            if not flow.item:
                message = "operation materials without item, left out"
                self._context.notes.add(message, record.text("operation"))
            elif self._context.is_over(flow.first, flow.last):
                message = "operation materials that are no longer valid, left out"
                self._context.notes.add(message, f"{record.text('operation')}: {flow.item}")
            else:
                flows.setdefault(record.text("operation"), []).append(flow)
        return flows

    def _flow(self, record: Record) -> Flow:
        kind = record.text("type").lower().removeprefix("flow_") or "start"
        place = self._buffers.get(record.text("thebuffer", "buffer"), ("", ""))
        quantity = record.number("quantity", default=1.0)
        fixed = record.number("quantity_fixed", default=0.0)
        if kind.startswith("fixed_"):
            quantity, fixed = 0.0, quantity
        at_end = kind.endswith("end") or (kind == "transfer_batch" and quantity > 0)
        first, last = self._context.window(record)
        return Flow(
            item=record.text("item") or place[0],
            location=record.text("location") or place[1],
            quantity=quantity,
            fixed=fixed,
            priority=record.whole("priority", default=1),
            group=record.text("alternate", "name"),
            first=first,
            last=last,
            at_end=at_end,
            offset=record.hours("offset"),
        )

    def _read_loads(self) -> dict[str, list[Load]]:
        loads: dict[str, list[Load]] = {}
        for record in self._dump.all("operationresource"):
            operation = record.text("operation")
            if self._context.is_over(*self._context.window(record)):
                message = "operation resources that are no longer valid, left out"
                self._context.notes.add(message, f"{operation}: {record.text('resource')}")
            elif step := self._operations.get(operation):
                if any(self._context.window(record)):
                    message = "operation resources valid for a time, taken to be valid always"
                    self._context.notes.add(message, f"{operation}: {record.text('resource')}")
                load = Load(
                    step=step,
                    resource=record.text("resource"),
                    skill=record.text("skill"),
                    quantity=abs(record.number("quantity", default=1.0)),
                    fixed=abs(record.number("quantity_fixed", default=0.0)),
                    priority=record.whole("priority", default=1),
                    group=record.text("alternate", "name"),
                )
                loads.setdefault(operation, []).append(load)
        return loads


def _first(field: str, records: Iterable[Record]) -> str:
    return next((record.text(field) for record in records if record.has(field)), "")


def buffer_places(dump: Dump) -> dict[str, tuple[str, str]]:
    """Item and location of every buffer by its name or number, ``item @ location`` if not given."""
    places = {}
    for record in dump.all("buffer"):
        name = record.text("name") or record.key
        item, _, location = name.rpartition(" @ ")
        place = (
            record.text("item") or dump.rename("item", item or name),
            record.text("location") or dump.rename("location", location if item else ""),
        )
        places[record.key] = places[name] = place
    return places


def _branches(dump: Dump, operations: dict[str, Record]) -> dict[str, list[_Branch]]:
    """Children of every operation in order of priority, by owner and by suboperation."""
    found: dict[tuple[str, str], _Branch] = {}
    for name, record in operations.items():
        if (owner := record.text("owner")) and owner in operations and owner != name:
            priority = record.whole("priority", default=1)
            found[owner, name] = _Branch(record, priority, record.window())
    for link in dump.all("suboperation"):
        owner, child = link.text("operation", "owner"), link.text("suboperation")
        if owner in operations and child in operations:
            window = open_ended(link.date("effective_start"), link.date("effective_end"))
            priority = link.whole("priority", default=1)
            found[owner, child] = _Branch(operations[child], priority, window)
    branches: dict[str, list[_Branch]] = {}
    for (owner, _), branch in found.items():
        branches.setdefault(owner, []).append(branch)
    for children in branches.values():
        children.sort(key=lambda branch: (branch.priority, branch.record.name))
    return branches


def _groups(members: list[Member]) -> list[list[Member]]:
    """Alternatives together, preferred ones first; a member without a group stands alone."""
    groups: dict[object, list[Member]] = {}
    for number, member in enumerate(members):
        groups.setdefault(member.group or number, []).append(member)
    result = []
    for group in groups.values():
        enabled = [member for member in group if member.priority > 0] or group[:1]
        result.append(sorted(enabled, key=lambda member: member.priority))
    return result


def _variants(route: Route, flows: list[list[Flow]], loads: list[list[Load]]) -> Iterator[Route]:
    """The route with all preferred alternatives, then with each other one in turn."""
    preferred, used = [group[0] for group in flows], [group[0] for group in loads]
    yield replace(route, flows=tuple(preferred), loads=tuple(used))
    for number, group in enumerate(flows):
        for flow in group[1:]:
            if flow.item != preferred[number].item:
                chosen = (*preferred[:number], flow, *preferred[number + 1 :])
                rank = (route.rank[0], route.rank[1] + flow.priority)
                yield replace(route, flows=chosen, loads=tuple(used), rank=rank, label=flow.item)
    for number, loaded in enumerate(loads):
        for load in loaded[1:]:
            uses = (*used[:number], load, *used[number + 1 :])
            rank = (route.rank[0], route.rank[1] + load.priority)
            yield replace(route, flows=tuple(preferred), loads=uses, rank=rank, label=load.resource)
