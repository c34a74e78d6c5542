"""frePPLe calendars: working time and values that vary over time.

A calendar has a default value and buckets. Of the buckets valid at a moment (start inclusive, end
exclusive, weekday, time of day) the one with the lowest priority number counts, of equal ones the
one that starts last; source: frePPLe documentation, model reference, calendars.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from supplychain.frepple.dump import Dump, Record, open_ended

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SECOND = 1 / 3600
Segment = tuple[float, float, float]


@dataclass(frozen=True)
class Bucket:
    """Part of a calendar: value on some weekdays and hours between two dates."""

    first: dt.datetime | None
    last: dt.datetime | None
    value: float
    priority: int
    weekdays: frozenset[int]
    from_hour: float
    to_hour: float

    def holds(self, day: dt.date, hour: float) -> bool:
        """Whether the bucket is valid at ``hour`` of ``day``."""
        moment = dt.datetime.combine(day, dt.time()) + dt.timedelta(hours=hour)
        if (self.first and moment < self.first) or (self.last and moment >= self.last):
            return False
        if day.weekday() not in self.weekdays:
            return False
        if self.from_hour < self.to_hour:
            return self.from_hour <= hour < self.to_hour
        return hour >= self.from_hour or hour < self.to_hour

    def breaks(self, day: dt.date) -> list[float]:
        """Hours of ``day`` at which the bucket may begin or end."""
        dated = [date for date in (self.first, self.last) if date and date.date() == day]
        midnight = dt.datetime.combine(day, dt.time())
        return [
            self.from_hour,
            self.to_hour,
            *((date - midnight).total_seconds() / 3600 for date in dated),
        ]

    @property
    def rank(self) -> tuple[int, float]:
        """Sorts the bucket that counts first."""
        start = self.first or dt.datetime.min
        return self.priority, -(start - dt.datetime.min).total_seconds()


@dataclass(frozen=True, eq=False)
class TimeCalendar:
    """A value that varies over time; ``day`` gives its constant pieces as (from, to, value)."""

    default: float
    buckets: tuple[Bucket, ...] = ()
    _days: dict[dt.date, tuple[Segment, ...]] = field(default_factory=dict)

    def day(self, day: dt.date) -> tuple[Segment, ...]:
        """Pieces of one day, in hours from midnight."""
        if day not in self._days:
            self._days[day] = self._pieces(day)
        return self._days[day]

    def _pieces(self, day: dt.date) -> tuple[Segment, ...]:
        near = [
            bucket
            for bucket in self.buckets
            if (bucket.first is None or bucket.first.date() <= day)
            and (bucket.last is None or bucket.last.date() >= day)
        ]
        hours = {0.0, 24.0, *(hour for bucket in near for hour in bucket.breaks(day))}
        pieces: list[Segment] = []
        for begin, end in itertools.pairwise(sorted(hour for hour in hours if 0 <= hour <= 24)):
            value = self.value(day, (begin + end) / 2)
            if pieces and pieces[-1][2] == value:
                pieces[-1] = (pieces[-1][0], end, value)
            else:
                pieces.append((begin, end, value))
        return tuple(pieces)

    def bucket(self, day: dt.date, hour: float) -> Bucket | None:
        """The bucket that counts at ``hour`` of ``day``; None where the default does."""
        valid = [bucket for bucket in self.buckets if bucket.holds(day, hour)]
        return min(valid, key=lambda bucket: bucket.rank) if valid else None

    def value(self, day: dt.date, hour: float) -> float:
        """Value at ``hour`` of ``day``."""
        bucket = self.bucket(day, hour)
        return self.default if bucket is None else bucket.value

    def is_open(self) -> TimeCalendar:
        """The same calendar as working time: 1 where its value is not 0."""
        return _OpenCalendar(self.default, self.buckets)


class _OpenCalendar(TimeCalendar):
    def value(self, day: dt.date, hour: float) -> float:
        return float(super().value(day, hour) > 0)


def integrate(factors: Sequence[TimeCalendar], day: dt.date) -> float:
    """Integral over ``day`` of the product of the calendars, in hours."""
    product: list[Segment] = [(0.0, 24.0, 1.0)]
    for factor in factors:
        product = [
            (max(begin, low), min(end, high), value * level)
            for begin, end, value in product
            for low, high, level in factor.day(day)
            if max(begin, low) < min(end, high)
        ]
    return sum((end - begin) * value for begin, end, value in product)


def _clock_end(record: Record) -> float:
    """Hour at which a bucket ends; frePPLe writes its last second, so 23:59:59 is midnight."""
    end = record.clock("endtime")
    if end is None or end == 0:
        return 24.0
    return end + _SECOND if round(end * 3600) % 60 == 59 else end


class Calendars:
    """All calendars of a dump by name; working-time calendars are made once each."""

    def __init__(self, dump: Dump) -> None:
        buckets: dict[str, list[Bucket]] = {}
        for record in dump.all("calendarbucket"):
            buckets.setdefault(record.text("calendar"), []).append(_bucket(record))
        self._calendars = {
            record.name: TimeCalendar(
                record.number("defaultvalue", "default", default=0.0),
                tuple(buckets.get(record.name, ())),
            )
            for record in dump.all("calendar")
        }
        self._open = {name: calendar.is_open() for name, calendar in self._calendars.items()}

    def values(self, name: str) -> TimeCalendar | None:
        """The calendar called ``name``; None if there is none."""
        return self._calendars.get(name)

    def working(self, *names: str) -> list[TimeCalendar]:
        """Working time of the calendars that exist, each once; they hold together."""
        return [self._open[name] for name in dict.fromkeys(names) if name in self._open]


def _bucket(record: Record) -> Bucket:
    first, last = open_ended(record.date("startdate"), record.date("enddate"))
    days = [day for day, name in enumerate(_WEEKDAYS) if record.flag(name, default=True)]
    return Bucket(
        first=first,
        last=last,
        value=record.number("value", default=0.0),
        priority=record.whole("priority", default=0),
        weekdays=frozenset(days),
        from_hour=record.clock("starttime") or 0.0,
        to_hour=_clock_end(record),
    )


def share_open(factors: Sequence[TimeCalendar], start: dt.date, days: int = 364) -> float:
    """Share of the time from ``start`` in which all calendars are open; 1 without calendars."""
    if not factors:
        return 1.0
    worked = sum(integrate(factors, start + dt.timedelta(days=day)) for day in range(days))
    return worked / (24.0 * days)
