"""What all parts of an import share: the dump, its hierarchies, the start, and the notes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

from supplychain.frepple.dump import Dump, Record
from supplychain.frepple.hierarchy import Hierarchy
from supplychain.frepple.notes import Notes
from supplychain.frepple.options import HOURS, FreppleOptions
from supplychain.frepple.working_time import Calendars

OPEN_STATUSES = ("open", "quote")
COMMITTED = ("approved", "confirmed", "completed")
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Context:
    """Shared by all parts of one import; only ``notes`` grows.

    current: the day from which on there is time left; start: first date of its period.
    """

    dump: Dump
    options: FreppleOptions
    notes: Notes
    calendars: Calendars
    items: Hierarchy
    locations: Hierarchy
    resources: Hierarchy
    start: dt.date
    current: dt.date

    @property
    def hours(self) -> float:
        """Hours of a period."""
        return HOURS[self.options.bucket]

    @property
    def _days(self) -> int:
        return int(self.hours) // 24

    def number(self, date: dt.date) -> int:
        """Number of the period that contains ``date``; negative before the start."""
        return (date - self.start).days // self._days

    def date(self, number: int) -> dt.date:
        """First date of a period."""
        return self.start + dt.timedelta(days=number * self._days)

    def lead_time(self, hours: float) -> int:
        """Whole periods of a time: below half a period 0, else rounded up."""
        periods = hours / self.hours
        return 0 if periods < 0.5 - _TOLERANCE else math.ceil(periods - _TOLERANCE)

    def window(self, record: Record) -> tuple[dt.date | None, dt.date | None]:
        """First and last date of validity from the start on; None where there is no limit."""
        return self.dates(*record.window())

    def dates(
        self, first: dt.datetime | None, last: dt.datetime | None
    ) -> tuple[dt.date | None, dt.date | None]:
        """Inclusive dates of a range that ends before ``last``; None for no limit."""
        return (
            None if first is None or first.date() <= self.start else first.date(),
            None if last is None else (last - dt.timedelta(seconds=1)).date(),
        )

    def is_over(self, first: dt.date | None, last: dt.date | None) -> bool:
        """Whether a range ended before the start, or is empty."""
        return last is not None and last < max(first or self.start, self.start)


def build_context(dump: Dump, options: FreppleOptions, notes: Notes) -> Context:
    """Find the start and the hierarchies of a dump."""
    current = options.start or _current_date(dump, notes)
    return Context(
        dump=dump,
        options=options,
        notes=notes,
        calendars=Calendars(dump),
        items=Hierarchy(dump.all("item"), _used(dump, _ITEM_USERS, ("item",))),
        locations=Hierarchy(dump.all("location"), _used(dump, _LOCATION_USERS, _PLACES)),
        resources=Hierarchy(dump.all("resource")),
        start=_floor(current, options),
        current=current,
    )


_PLACES = ("location", "origin", "destination")
_ORDERS = ("operationplan", "purchaseorder", "distributionorder", "manufacturingorder")
_ITEM_USERS = ("demand", "buffer", "operation", "operationmaterial", *_ORDERS)
_LOCATION_USERS = ("demand", "buffer", "operation", "operationmaterial", *_ORDERS)


def _used(dump: Dump, models: Iterable[str], fields: Iterable[str]) -> list[str]:
    """Names that records refer to as such, so that a group among them counts itself."""
    fields = tuple(fields)
    found = {record.text(f): None for model in models for record in dump.all(model) for f in fields}
    return [name for name in found if name]


def _floor(date: dt.date, options: FreppleOptions) -> dt.date:
    return date - dt.timedelta(days=date.weekday()) if options.bucket == "week" else date


def _current_date(dump: Dump, notes: Notes) -> dt.date:
    """The parameter currentdate, else the first open demand or committed order, else today."""
    text = dump.parameter("currentdate")
    try:
        return dt.datetime.fromisoformat(text).date()
    except ValueError:
        pass
    dates = [
        date
        for record in dump.all("demand")
        if (record.text("status") or "open").lower() in OPEN_STATUSES
        and (date := record.date("due"))
    ]
    dates += [
        date
        for _, record in dump.orders()
        if record.text("status").lower() in COMMITTED and (date := record.date("enddate"))
    ]
    notes.add(
        f"start: the parameter currentdate is {text!r}, no date, so the plan starts with the "
        "first open demand or order; set the option start for another date"
    )
    return min(dates).date() if dates else dt.date.today()
