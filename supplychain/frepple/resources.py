"""Resources and pools of resources, with their capacity in every period.

The capacity of a resource is its size (``maximum``, or ``maximum_calendar`` over time) times the
working hours of the period (calendars of the resource and of its location) times its efficiency:
hours. Of the first period only what is left from the current date on counts. A resource of type
``buckets`` has the quantities that its calendar says, spread evenly over each calendar bucket.

An operation that needs a group of resources, or a skill, may use any of the members: that is a
pool, whose capacity is the sum of its members. A use counts in every pool that holds all members
that could do it, so that a member who is in several pools is not used twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from supplychain.frepple.context import Context
from supplychain.frepple.dump import Record, unique
from supplychain.frepple.working_time import TimeCalendar, integrate

_DECIMALS = 6
Row = dict[str, object]


@dataclass(frozen=True)
class Use:
    """Hours (or bucket units) that one item unit takes of any one of ``members``."""

    members: frozenset[str]
    label: str
    hours: float


class Pools:
    """Resources of a dump: who may do what, and how much of it there is."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._records = context.dump.named("resource")
        self._places = context.dump.named("location")
        self._series: dict[tuple[str, int], list[float] | None] = {}
        self._worked: dict[tuple[tuple[TimeCalendar, ...], dt.date], float] = {}

    @cached_property
    def _skilled(self) -> dict[str, set[str]]:
        skilled: dict[str, set[str]] = {}
        for record in self._context.dump.all("resourceskill"):
            if not self._context.is_over(*self._context.window(record)):
                members = self._context.resources.members(record.text("resource"))
                skilled.setdefault(record.text("skill"), set()).update(members)
        return skilled

    def use(self, resource: str, skill: str, hours: float, operation: str) -> Use | None:
        """Use of a resource or of the members of a group that have the skill."""
        if resource not in self._records:
            message = "operation resources that name no resource of the dump, left out"
            self._context.notes.add(message, f"{operation}: {resource}")
            return None
        members = set(self._context.resources.members(resource))
        if skill:
            members &= self._skilled.get(skill, set())
        if not members:
            message = "operation resources with a skill that no member has, left out"
            self._context.notes.add(message, f"{operation}: {resource} ({skill})")
            return None
        is_group = self._context.resources.is_group(resource)
        label = f"{resource} ({skill})" if skill and is_group else resource
        return Use(frozenset(members), label, hours)

    def cost(self, use: Use) -> float:
        """Mean cost of one hour of the members."""
        costs = [self._records[name].number("cost", default=0.0) for name in use.members]
        return max(0.0, sum(costs) / len(costs))

    def is_bucketed(self, name: str) -> bool:
        """Whether capacity is a quantity in a time bucket, whatever time the operation takes."""
        for candidate in (name, *self._context.resources.members(name)):
            if candidate in self._records and _type(self._records[candidate]) != "default":
                return _type(self._records[candidate]).startswith("buckets")
        return False

    def is_unlimited(self, name: str) -> bool:
        """Whether the resource has no capacity limit."""
        record = self._records[name]
        return _type(record) == "infinite" or not record.flag("constrained", default=True)

    def location_calendar(self, location: str) -> str:
        """Name of the working-time calendar of a location; "" if none."""
        return self._places[location].text("available") if location in self._places else ""

    def calendar_names(self, name: str) -> list[str]:
        """Working-time calendars of a single resource and of its location."""
        if name not in self._records or self._context.resources.is_group(name):
            return []
        record = self._records[name]
        return [record.text("available"), self.location_calendar(record.text("location"))]

    def capacity(self, name: str, periods: int) -> list[float] | None:
        """Capacity of a resource in each period; None if it has no limit."""
        if (name, periods) not in self._series:
            self._series[name, periods] = self._capacity(name, periods)
        return self._series[name, periods]

    def _capacity(self, name: str, periods: int) -> list[float] | None:
        if self.is_unlimited(name):
            return None
        record = self._records[name]
        calendar = self._context.calendars.values(record.text("maximum_calendar"))
        if _type(record) == "buckets":
            return self._bucket_capacity(name, calendar, periods)
        maximum = record.number("maximum", default=1.0)
        efficiency = self._context.calendars.values(record.text("efficiency_calendar"))
        percent = record.number("efficiency", default=100.0)
        constant = (1.0 if calendar else maximum) * (0.01 if efficiency else percent / 100)
        working = self._context.calendars.working(*self.calendar_names(name))
        factors = tuple(factor for factor in (calendar, efficiency, *working) if factor)
        return [
            max(0.0, constant * sum(self._hours(factors, day) for day in self._days(number)))
            for number in range(periods)
        ]

    def _hours(self, factors: tuple[TimeCalendar, ...], day: dt.date) -> float:
        """Integral of the factors over a day; resources with the same calendars share it."""
        if (factors, day) not in self._worked:
            self._worked[factors, day] = integrate(factors, day)
        return self._worked[factors, day]

    def _bucket_capacity(
        self, name: str, calendar: TimeCalendar | None, periods: int
    ) -> list[float] | None:
        buckets = calendar.buckets if calendar else ()
        if calendar is None or any(b.first is None or b.last is None for b in buckets):
            message = "resources of type buckets without dated calendar buckets, taken as unlimited"
            self._context.notes.add(message, name)
            return None
        days = [[_spread(calendar, day) for day in self._days(n)] for n in range(periods)]
        return [max(0.0, sum(day)) for day in days]

    def _days(self, number: int) -> list[dt.date]:
        first, after = self._context.date(number), self._context.date(number + 1)
        first = max(first, self._context.current)
        return [first + dt.timedelta(days=day) for day in range((after - first).days)]

    def note_unused(self, used: Iterable[str]) -> None:
        """Note resources that nothing uses."""
        groups = set(self._context.resources.groups)
        unused = [name for name in self._records if name not in groups and name not in set(used)]
        if unused:
            self._context.notes.add("resources that nothing uses, left out", *unused)


def _type(record: Record) -> str:
    return record.text("type").lower().removeprefix("resource_") or "default"


def _spread(calendar: TimeCalendar, day: dt.date) -> float:
    """Share of its calendar bucket's quantity that falls on ``day``."""
    bucket = calendar.bucket(day, 12.0)
    if bucket is None or bucket.first is None or bucket.last is None:
        return 0.0
    return bucket.value / max((bucket.last - bucket.first).total_seconds() / 86400, 1.0)


@dataclass(frozen=True)
class UsedBy:
    """A use by a production row."""

    item: str
    location: str
    version: str
    use: Use


def resource_rows(
    context: Context, pools: Pools, used: Sequence[UsedBy], periods: int
) -> dict[str, list[Row]]:
    """Rows of resources, production_resources and capacities."""
    named: dict[frozenset[str], str] = {}
    taken: set[str] = set()
    for user in sorted(used, key=lambda u: (len(u.use.members), u.use.label)):
        if user.use.members not in named:
            listed = sorted(user.use.members)
            label = listed[0] if len(listed) == 1 else user.use.label
            named[user.use.members] = unique(label, taken)
            if len(listed) > 1:
                shown = f"{named[user.use.members]} = {' + '.join(listed)}"
                context.notes.add("pools of resources, capacity summed over the members", shown)
    rows: dict[str, list[Row]] = {"resources": [], "production_resources": [], "capacities": []}
    for members, name in named.items():
        users: dict[str, list[UsedBy]] = {}
        for user in used:
            if user.use.members <= members:
                users.setdefault(user.location, []).append(user)
        if len(users) > 1:
            message = "resources shared by several locations, given to each in full"
            context.notes.add(message, name)
        series = _pool_capacity(pools, members, periods)
        for place, here in sorted(users.items()):
            local = unique(f"{name} @ {place}", taken) if len(users) > 1 else name
            _add_resource(context, local, place, series, here, rows)
    return rows


def _pool_capacity(pools: Pools, members: Iterable[str], periods: int) -> list[float] | None:
    """Sum over the members by period; None if one of them has no limit."""
    limited: list[list[float]] = []
    for member in sorted(members):
        values = pools.capacity(member, periods)
        if values is None:
            return None
        limited.append(values)
    return [sum(values) for values in zip(*limited, strict=True)]


def _add_resource(
    context: Context,
    name: str,
    location: str,
    series: Sequence[float] | None,
    users: Sequence[UsedBy],
    rows: dict[str, list[Row]],
) -> None:
    hours: dict[tuple[str, str], float] = {}
    for user in users:
        key = (user.item, user.version)
        hours[key] = hours.get(key, 0.0) + user.use.hours
    standing, changes = changing(context, "resources", name, series)
    rows["resources"].append({"resource": name, "location": location, "capacity": standing})
    rows["capacities"] += changes
    rows["production_resources"] += [
        {
            "item": item,
            "location": location,
            "version": version,
            "resource": name,
            "per_unit": round(value, 9),
        }
        for (item, version), value in hours.items()
    ]


def changing(
    context: Context, kind: str, owner: str, series: Sequence[float] | None
) -> tuple[float | None, list[Row]]:
    """The most frequent value, and rows of ``capacities`` for the periods that differ from it."""
    if series is None:
        return None, []
    values = [round(value, _DECIMALS) for value in series]
    standing = max(sorted(set(values), reverse=True), key=values.count)
    rows: list[Row] = []
    for number, value in enumerate(values):
        if value == standing:
            continue
        date = context.date(number)
        if rows and number and values[number - 1] == value:
            rows[-1]["valid_to"] = date
        else:
            rows.append(
                {
                    "kind": kind,
                    "owner": owner,
                    "valid_from": date,
                    "valid_to": date,
                    "capacity": value,
                }
            )
    return standing, rows
