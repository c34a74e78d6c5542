"""Routes as production rows: yield, BOM, lead time, resource use and cost of one item unit.

Quantities of frePPLe are per unit of the manufacturing order; a unit of the order yields as many
item units as its producing material says (1 if none does), and everything here is divided by that.

* lead_time: durations of the steps, one after the other (along the longest path where operation
  dependencies say so), for the smallest order, stretched by the share of time in which step,
  location and resource work; hard offsets of materials add to it. Then :meth:`Context.lead_time`.
* hours on a resource: quantity x (duration / lot + duration_per), or quantity + quantity_fixed /
  lot for a resource of a bucket type. lot is the order that is typical: the median open demand
  line, exploded through the BOM, within the operation's smallest, largest and multiple size.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from supplychain.frepple.context import OPEN_STATUSES, Context
from supplychain.frepple.dump import Record, unique
from supplychain.frepple.resources import Pools, Use
from supplychain.frepple.routes import Flow, Rank, Route, operation_type
from supplychain.frepple.working_time import share_open
from supplychain.schema import STANDARD


@dataclass(frozen=True)
class Component:
    """Component units in one item unit, within a range of dates."""

    item: str
    quantity_per: float
    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True)
class Make:
    """A production row with its BOM and resource use; ``output`` is item units per order unit."""

    operation: str
    item: str
    location: str
    version: str
    rank: Rank
    first: dt.date | None
    last: dt.date | None
    lead_time: int
    unit_cost: float
    min_run: float | None
    output: float
    components: tuple[Component, ...]
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Transport:
    """An operation of older releases that moves an item: a lane."""

    operation: str
    item: str
    origin: str
    destination: str
    lead_time: int
    unit_cost: float
    rank: Rank


class Production:
    """Production rows and transports of all routes."""

    def __init__(self, context: Context, routes: Iterable[Route], pools: Pools) -> None:
        self._context = context
        self._pools = pools
        self._dependencies = _dependencies(context)
        self._shares: dict[tuple[str, ...], float] = {}
        self.transports: list[Transport] = []
        self._routes = [found for route in routes if (found := self._placed(route))]

    def _placed(self, route: Route) -> Route | None:
        """The route with its item and location; None, with a note, where it makes nothing."""
        notes, name = self._context.notes, route.name
        if transport := self._transport(route):
            self.transports.append(transport)
            return None
        made = [item for item, quantity in _net(route.flows).items() if quantity > 0]
        item = route.item or next(iter(made), "")
        place = next((flow.location for flow in route.flows if flow.item == item), "")
        location = route.location or place
        if not item:
            notes.add("operations that make no item (deliveries), left out", name)
            return None
        if not location:
            notes.add("operations without location, left out", name)
            return None
        if others := [other for other in made if other != item]:
            notes.add("co-products have no counterpart", *(f"{name}: {o}" for o in others))
        if route.flows and item not in made and item in _net(route.flows):
            notes.add("operations that use up what they make, left out", name)
            return None
        return replace(route, item=item, location=location)

    def _transport(self, route: Route) -> Transport | None:
        moved = [flow for flow in route.flows if flow.quantity and flow.location]
        if len(moved) != 2 or len(route.flows) != 2 or moved[0].item != moved[1].item:
            return None
        origin, destination = sorted(moved, key=lambda flow: flow.quantity)
        if origin.location == destination.location or origin.quantity >= 0:
            return None
        hours = self._elapsed(route, 1.0)
        return Transport(
            operation=route.name,
            item=origin.item,
            origin=origin.location,
            destination=destination.location,
            lead_time=self._context.lead_time(hours),
            unit_cost=sum(r.number("cost", default=0.0) for r in (*route.parents, *route.steps)),
            rank=route.rank,
        )

    def makes(self) -> list[Make]:
        """All production rows; ``version`` is ``standard`` for items with one way to be made."""
        ways: dict[str, int] = {}
        for route in self._routes:
            ways[route.item] = ways.get(route.item, 0) + 1
        taken: dict[str, set[str]] = {}
        made = []
        for route in self._routes:
            versions = taken.setdefault(route.item, set())
            version = STANDARD if ways[route.item] == 1 else unique(route.version, versions)
            made.append(self._make(route, version))
        return made

    def _make(self, route: Route, version: str) -> Make:
        context = self._context
        output = self._output(route)
        records = (*route.parents, *route.steps)
        smallest = max((r.number("sizeminimum", default=1.0) for r in records), default=1.0)
        uses = tuple(self._uses(route, output))
        cost = sum(max(0.0, record.number("cost", default=0.0)) for record in records) / output
        cost += sum(use.hours * self._pools.cost(use) for use in uses)
        return Make(
            operation=route.name,
            item=route.item,
            location=route.location,
            version=version,
            rank=route.rank,
            first=route.first,
            last=route.last,
            lead_time=context.lead_time(self._elapsed(route, smallest)),
            unit_cost=cost,
            min_run=smallest * output if smallest > 1 else None,
            output=output,
            components=tuple(self._components(route, output)),
            uses=uses,
        )

    def _output(self, route: Route) -> float:
        lot = self._lot(route)
        made = sum(f.quantity + f.fixed / lot for f in route.flows if f.item == route.item)
        return made if made > 0 else 1.0

    def _components(self, route: Route, output: float) -> Iterator[Component]:
        lot = self._lot(route)
        for item, flows in _by_item(route.flows).items():
            windows = {(flow.first, flow.last) for flow in flows}
            if len(windows) > 1:
                name = f"{route.name}: {item}"
                self._context.notes.add(
                    "materials whose quantity changes over time: the first one is kept", name
                )
                first = min(windows, key=lambda w: (w[0] or dt.date.min, w[1] or dt.date.max))
                flows = [flow for flow in flows if (flow.first, flow.last) == first]
            used = -sum(flow.quantity + flow.fixed / lot for flow in flows)
            if item != route.item and used > 0:
                yield Component(item, used / output, flows[0].first, flows[0].last)

    def _uses(self, route: Route, output: float) -> Iterator[Use]:
        lot = self._lot(route)
        for load in route.loads:
            if self._pools.is_bucketed(load.resource):
                hours = load.quantity + load.fixed / lot
            else:
                duration, each = _durations(load.step)
                hours = load.quantity * (duration / lot + each)
            use = self._pools.use(load.resource, load.skill, hours / output, route.name)
            if use and hours > 0:
                yield use

    def _lot(self, route: Route) -> float:
        """Order units of a typical manufacturing order."""
        records = (*route.parents, *route.steps)
        smallest = max((r.number("sizeminimum", default=1.0) for r in records), default=1.0)
        multiple = max((r.number("sizemultiple", default=0.0) for r in records), default=0.0)
        largest = min(
            (r.number("sizemaximum", default=math.inf) for r in records), default=math.inf
        )
        each = sum(flow.quantity for flow in route.flows if flow.item == route.item)
        wanted = self._typical.get(route.item, 1.0) / (each if each > 0 else 1.0)
        size = max(smallest, min(wanted, largest if largest > 0 else math.inf))
        if multiple > 0:
            size = multiple * math.ceil(size / multiple - 1e-9)
        return size if size > 0 else 1.0

    @cached_property
    def _typical(self) -> dict[str, float]:
        """Units of a typical order line of every item, demand exploded through the BOM."""
        sizes = _line_sizes(self._context)
        parents: dict[str, list[tuple[str, float]]] = {}
        for route in self._routes:
            net = _net(route.flows)
            made = max(net.get(route.item, 0.0), 0.0) or 1.0
            for item, quantity in net.items():
                if quantity < 0:
                    parents.setdefault(item, []).append((route.item, -quantity / made))
        for item in parents:
            _size(item, sizes, parents, frozenset())
        return sizes

    def _elapsed(self, route: Route, size: float) -> float:
        """Hours from start to end of an order of ``size`` units."""
        took = {step.name: self._stretched(route, step, size) for step in route.steps}
        blockers = {
            name: [pair for pair in self._dependencies.get(name, ()) if pair[0] in took]
            for name in took
        }
        hours = _longest(took, blockers) if any(blockers.values()) else sum(took.values())
        late = max((f.offset for f in route.flows if f.at_end), default=0.0)
        early = max((-f.offset for f in route.flows if not f.at_end), default=0.0)
        return hours + max(late, 0.0) + max(early, 0.0)

    def _stretched(self, route: Route, step: Record, size: float) -> float:
        duration, each = _durations(step)
        working = duration + each * size
        names = self._calendar_names(route, step)
        if working <= 0 or not names:
            return working
        if names not in self._shares:
            calendars = self._context.calendars.working(*names)
            self._shares[names] = share_open(calendars, self._context.start)
        if self._shares[names] <= 0:
            message = "operations whose calendars never work: durations taken as elapsed time"
            self._context.notes.add(message, step.name)
            return working
        return working / self._shares[names]

    def _calendar_names(self, route: Route, step: Record) -> tuple[str, ...]:
        """Calendars of operation, its location, its resources and theirs; no order, no blanks."""
        names = [step.text("available")]
        if step.text("category") != "subcontractor":
            names.append(self._pools.location_calendar(step.text("location") or route.location))
        for load in route.loads:
            if load.step is step:
                names += self._pools.calendar_names(load.resource)
        return tuple(sorted({name for name in names if name}))


def _durations(step: Record) -> tuple[float, float]:
    """Hours of an order and of each of its units; a routing itself takes none."""
    kind = operation_type(step)
    if kind not in ("fixed_time", "time_per"):
        return 0.0, 0.0
    each = step.hours("duration_per")
    return max(0.0, step.hours("duration")), max(0.0, each) if kind == "time_per" else 0.0


def _by_item(flows: Iterable[Flow]) -> dict[str, list[Flow]]:
    found: dict[str, list[Flow]] = {}
    for flow in flows:
        found.setdefault(flow.item, []).append(flow)
    return found


def _net(flows: Iterable[Flow]) -> dict[str, float]:
    """Units made (used: negative) of each item, per unit of the order; fixed ones for one unit."""
    net: dict[str, float] = {}
    for flow in flows:
        net[flow.item] = net.get(flow.item, 0.0) + flow.quantity + flow.fixed
    return net


def _line_sizes(context: Context) -> dict[str, float]:
    lines: dict[str, list[float]] = {}
    for record in context.dump.all("demand"):
        quantity = record.number("quantity", default=1.0)
        if quantity > 0 and (record.text("status").lower() or "open") in OPEN_STATUSES:
            lines.setdefault(record.text("item"), []).append(quantity)
    return {item: statistics.median(sizes) for item, sizes in lines.items()}


def _size(
    item: str,
    sizes: dict[str, float],
    parents: dict[str, list[tuple[str, float]]],
    seen: frozenset[str],
) -> float:
    """Fill in the typical size of ``item``: that of its largest parent times quantity per."""
    if item not in sizes and item not in seen:
        above = [
            _size(parent, sizes, parents, seen | {item}) * quantity
            for parent, quantity in parents.get(item, ())
        ]
        sizes[item] = max(above, default=1.0)
    return sizes.get(item, 1.0)


def _dependencies(context: Context) -> dict[str, list[tuple[str, float]]]:
    """For each operation the ones that block it, with the hours that must lie between."""
    found: dict[str, list[tuple[str, float]]] = {}
    for record in context.dump.all("operationdependency"):
        pair = (record.text("blockedby"), max(0.0, record.hours("hard_safety_leadtime")))
        found.setdefault(record.text("operation"), []).append(pair)
    return found


def _longest(took: dict[str, float], blockers: dict[str, list[tuple[str, float]]]) -> float:
    """Length of the longest path through steps that wait for their blockers."""
    ends: dict[str, float] = {}

    def end(name: str, seen: frozenset[str]) -> float:
        if name not in ends:
            waits = [
                end(before, seen | {name}) + gap
                for before, gap in blockers[name]
                if before not in seen | {name}
            ]
            ends[name] = took[name] + max(waits, default=0.0)
        return ends[name]

    return max((end(name, frozenset()) for name in took), default=0.0)
