"""Sourcing, lanes and production of an item-location, and which of them are routine.

frePPLe ranks everything that can replenish an item at a location by one priority: purchasing,
distribution and production together. The lowest number is routine; an option is an alternative if
a better one holds for all the time in which it does. Priority 0 is disabled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from supplychain.frepple.context import Context
from supplychain.frepple.dump import Record
from supplychain.frepple.production import Make, Transport
from supplychain.frepple.resources import Row
from supplychain.frepple.routes import Rank, buffer_places
from supplychain.schema import KEY_SEPARATOR, STANDARD, WILDCARD

INFINITE = "Infinite buffer"
UNKNOWN = "Unknown supplier"


@dataclass(frozen=True)
class Option:
    """One way to replenish ``item`` at ``location``; ``source`` is a supplier, origin or version.

    ``table`` is sourcing, lanes or production; ``row`` holds its further columns. ``resource`` and
    ``resource_quantity`` are frePPLe's capacity of a supplier or distribution.
    """

    table: str
    item: str
    location: str
    source: str
    mode: str
    rank: Rank
    first: dt.date | None
    last: dt.date | None
    row: Row
    resource: str = ""
    resource_quantity: float = 1.0
    specific: Rank = (0, 0)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Key of the row of a lane or sourcing."""
        return self.item, self.location, self.source, self.mode

    @property
    def owner(self) -> str:
        """Key of the lane's row, as ``capacities`` names it."""
        return KEY_SEPARATOR.join((self.item, self.source, self.location, self.mode))


class Suppliers:
    """Names of suppliers as locations: one that is also a location gets a suffix."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._locations = set(context.locations.owner)
        self.names: dict[str, str] = {}

    def name(self, supplier: str) -> str:
        """Location name of ``supplier``, which is known from now on."""
        if supplier not in self.names:
            clash = supplier in self._locations
            self.names[supplier] = f"{supplier} (supplier)" if clash else supplier
            if clash:
                message = "suppliers that are also a location, renamed with (supplier)"
                self._context.notes.add(message, supplier)
        return self.names[supplier]


def sourcing_options(context: Context, suppliers: Suppliers) -> list[Option]:
    """Options of the item suppliers, and of buffers that never run out."""
    found = []
    for record in context.dump.all("itemsupplier"):
        place = record.text("location")
        places = context.locations.expand(place) if place else [WILDCARD]
        supplier = record.text("supplier")
        if not supplier:
            context.notes.add("item suppliers without supplier, left out", record.text("item"))
            continue
        row: Row = {
            "lead_time": context.lead_time(
                record.hours("leadtime") + record.hours("hard_safety_leadtime")
            ),
            "unit_cost": record.number("cost"),
            "moq": _positive(record.number("sizeminimum", "size_minimum")),
            "lot_size": _positive(record.number("sizemultiple", "size_multiple")),
        }
        found += list(_options(context, record, "sourcing", suppliers.name(supplier), places, row))
    return _distinct(context, found) + list(_buffer_options(context, suppliers))


def lane_options(context: Context, transports: Iterable[Transport]) -> list[Option]:
    """Options of the item distributions, and of operations that move an item."""
    found = []
    for record in context.dump.all("itemdistribution"):
        place, origin = record.text("location", "destination"), record.text("origin")
        if not origin:
            context.notes.add("item distributions without origin, left out", record.text("item"))
            continue
        places = context.locations.expand(place) if place else context.locations.real
        lot = max(record.number("sizeminimum", default=0), record.number("sizemultiple", default=0))
        if lot > 1:
            context.notes.add("lot sizes of distributions have no counterpart", record.text("item"))
        row: Row = {
            "lead_time": context.lead_time(record.hours("leadtime")),
            "unit_cost": max(0.0, record.number("cost", default=0.0)),
        }
        for start in context.locations.expand(origin):
            ends = [end for end in places if end != start]
            found += list(_options(context, record, "lanes", start, ends, row))
    found += [
        Option(
            "lanes", t.item, t.destination, t.origin, STANDARD, t.rank, None, None,
            {"lead_time": t.lead_time, "unit_cost": t.unit_cost},
        )
        for t in transports
    ]  # fmt: skip
    return _distinct(context, found)


def _options(
    context: Context, record: Record, table: str, source: str, places: list[str], row: Row
) -> Iterator[Option]:
    """Options of one record for every item of its group and every place."""
    kind = "item suppliers" if table == "sourcing" else "item distributions"
    item = record.text("item")
    label = f"{item} from {source}"
    priority = record.whole("priority", default=1)
    first, last = context.window(record)
    if not item:
        context.notes.add(f"{kind} without item, left out", label)
    elif priority <= 0:
        context.notes.add(f"{kind} of priority 0 (disabled), left out", label)
    elif context.is_over(first, last):
        context.notes.add(f"{kind} that are no longer valid, left out", label)
    else:
        for member in context.items.expand(item):
            for place in places:
                yield Option(
                    table=table,
                    item=member,
                    location=place,
                    source=source,
                    mode=STANDARD,
                    rank=(priority, 0),
                    first=first,
                    last=last,
                    row=row,
                    resource=record.text("resource"),
                    resource_quantity=record.number("resource_qty", default=1.0),
                    specific=(context.items.depth(item), context.locations.depth(place)),
                )


def _buffer_options(context: Context, suppliers: Suppliers) -> Iterator[Option]:
    """Buffers of type infinite, and procure buffers of old releases, are bought from nowhere."""
    places = buffer_places(context.dump)
    for record in context.dump.all("buffer"):
        kind = record.text("type").lower().removeprefix("buffer_")
        item, location = places[record.key]
        if kind not in ("infinite", "procure") or not item or not location:
            continue
        message = f"buffers of type {kind}, bought from a supplier called {INFINITE}"
        context.notes.add(message, f"{item} @ {location}")
        row: Row = {
            "lead_time": context.lead_time(record.hours("leadtime")),
            "unit_cost": None,
            "moq": _positive(record.number("size_minimum")),
            "lot_size": _positive(record.number("size_multiple")),
        }
        yield Option(
            "sourcing", item, location, suppliers.name(INFINITE), STANDARD, (1, 0), None, None, row
        )


def make_options(makes: Iterable[Make]) -> list[Option]:
    """Production rows as options, to be ranked among the others."""
    return [
        Option("production", m.item, m.location, m.version, "", m.rank, m.first, m.last, {})
        for m in makes
    ]


def _positive(number: float | None) -> float | None:
    return number if number and number > 0 else None


def _distinct(context: Context, options: list[Option]) -> list[Option]:
    """One option a key: the more specific record wins; ones of other dates get a mode of theirs."""
    kept: dict[tuple[str, str, str, str], list[Option]] = {}
    for option in options:
        kept.setdefault(option.key, []).append(option)
    result: list[Option] = []
    for group in kept.values():
        best = max(option.specific for option in group)
        dated: dict[dt.date | None, Option] = {}
        for option in sorted(group, key=lambda option: option.rank):
            if option.specific == best and option.first not in dated:
                dated[option.first] = option
            else:
                message = "rules for a group or twice for the same, where a closer one is kept"
                context.notes.add(message, f"{option.item} from {option.source}")
        ordered = sorted(dated.values(), key=lambda option: option.first or dt.date.min)
        result += [ordered[0], *(replace(o, mode=f"from {o.first}") for o in ordered[1:])]
    return result


def is_routine(option: Option, rivals: Iterable[Option]) -> bool:
    """Whether no better ranked rival holds for all the time in which ``option`` does."""
    return not any(
        rival.rank < option.rank
        and (rival.first or dt.date.min) <= (option.first or dt.date.min)
        and (rival.last or dt.date.max) >= (option.last or dt.date.max)
        for rival in rivals
    )


def ranked(options: Iterable[Option]) -> list[tuple[Option, bool]]:
    """Every option with its routine flag.

    An option for any location (``*``) is repeated for a location at which it ranks otherwise.
    """
    by_item: dict[str, list[Option]] = {}
    for option in options:
        by_item.setdefault(option.item, []).append(option)
    result = []
    for group in by_item.values():
        anywhere = [option for option in group if option.location == WILDCARD]
        places: dict[str, list[Option]] = {}
        for option in group:
            if option.location != WILDCARD:
                places.setdefault(option.location, []).append(option)
        general = {option.key: is_routine(option, anywhere) for option in anywhere}
        result += [(option, general[option.key]) for option in anywhere]
        for place, here in places.items():
            rivals = [*here, *anywhere]
            result += [(option, is_routine(option, rivals)) for option in here]
            named = {option.key for option in here if option.table == "sourcing"}
            for option in anywhere:
                local = replace(option, location=place)
                routine = is_routine(option, rivals)
                if routine != general[option.key] and local.key not in named:
                    result.append((local, routine))
    return result
