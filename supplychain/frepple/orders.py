"""Stock, demand, history and committed orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from supplychain.frepple.context import COMMITTED, OPEN_STATUSES, Context
from supplychain.frepple.dump import Record, unique
from supplychain.frepple.production import Make
from supplychain.frepple.resources import Row
from supplychain.frepple.routes import Routes, buffer_places, operation_type
from supplychain.frepple.supply import Suppliers

Place = tuple[str, str]


@dataclass(frozen=True)
class Line:
    """One sales order; ``until`` is the latest date at which it may be served (None: any)."""

    name: str
    item: str
    location: str
    customer: str
    due: dt.datetime
    until: dt.datetime | None
    quantity: float
    priority: int
    status: str


def read_stock(context: Context) -> dict[Place, float]:
    """On-hand stock by item and location, summed over batches; negative stock is 0."""
    places = buffer_places(context.dump)
    stock: dict[Place, float] = {}
    for record in context.dump.all("buffer"):
        item, location = places[record.key]
        onhand = record.number("onhand", default=0.0)
        name = f"{item} @ {location}"
        if not item or not location:
            context.notes.add("buffers without item or location, left out", record.key)
            continue
        if onhand < 0:
            context.notes.add("negative stock, taken as 0", name)
        for field in ("minimum", "minimum_calendar"):
            if record.text(field) not in ("", "0", "0.0"):
                context.notes.add("safety stock has no counterpart", name)
        stock[item, location] = stock.get((item, location), 0.0) + max(0.0, onhand)
    return stock


def read_lines(context: Context) -> list[Line]:
    """Sales orders that count: open, quote and closed ones with item, location and quantity."""
    delivery = _delivery_places(context)
    lines = []
    for record in context.dump.all("demand"):
        status = record.text("status").lower() or "open"
        line = _line(context, record, status, delivery)
        if status not in (*OPEN_STATUSES, "closed"):
            context.notes.add(f"sales orders of status {status}, left out", record.key)
        elif line is not None:
            lines.append(line)
            if status == "quote":
                context.notes.add("quotes, planned like open sales orders", record.key)
    return lines


def _line(context: Context, record: Record, status: str, delivery: dict[str, str]) -> Line | None:
    item, due = record.text("item"), record.date("due")
    quantity, late = record.number("quantity", default=1.0), record.hours("maxlateness")
    location = (
        record.text("location")
        or delivery.get(record.text("operation"), "")
        or delivery.get(f"item {item}", "")
    )
    if not location and len(context.locations.real) == 1:
        location = context.locations.real[0]
    for is_wrong, reason in (
        (not item, "without item"),
        (due is None, "without due date"),
        (not location, "without location"),
        (quantity <= 0, "of no or negative quantity"),
    ):
        if is_wrong:
            context.notes.add(f"sales orders {reason}, left out", record.key)
            return None
    assert due is not None
    return Line(
        name=record.key,
        item=item,
        location=location,
        customer=record.text("customer"),
        due=due,
        until=_later(due, late) if record.has("maxlateness") else None,
        quantity=quantity,
        priority=max(1, record.whole("priority", default=10)),
        status=status,
    )


def _later(date: dt.datetime, hours: float) -> dt.datetime | None:
    try:
        return date + dt.timedelta(hours=max(0.0, hours))
    except OverflowError:
        return None


def _delivery_places(context: Context) -> dict[str, str]:
    """Location of delivery operations, and by ``item NAME`` of those that an item names."""
    places = buffer_places(context.dump)
    found = {
        name: record.text("location")
        for name, record in context.dump.named("operation").items()
        if record.has("location")
    }
    for flow in context.dump.all("operationmaterial"):
        place = places.get(flow.text("thebuffer", "buffer"), ("", ""))[1]
        if place and flow.number("quantity", default=1.0) < 0:
            found.setdefault(flow.text("operation"), place)
    for record in context.dump.all("item"):
        if operation := record.text("operation"):
            found[f"item {record.name}"] = found.get(operation, "")
    return found


def demand_rows(context: Context, lines: Iterable[Line], periods: int) -> list[Row]:
    """Open lines summed by item, location, period and customer.

    lost_after counts from the due period to the one of the latest date; of several, the longest.
    """
    groups: dict[tuple[str, str, int, str], list[Line]] = {}
    for line in lines:
        number = context.number(line.due.date())
        if number >= periods:
            context.notes.add("sales orders due after the last period, left out", line.name)
            continue
        groups.setdefault((line.item, line.location, number, line.customer), []).append(line)
    rows = []
    for (item, location, number, customer), group in groups.items():
        waits = [_wait(context, line, number, periods) for line in group]
        if len(set(waits)) > 1:
            message = "sales orders of one row that may be late differently, the longest counts"
            context.notes.add(message, f"{item} @ {location}")
        known = [wait for wait in waits if wait is not None]
        rows.append(
            {
                "item": item,
                "location": location,
                "period": context.date(number),
                "customer": customer,
                "quantity": sum(line.quantity for line in group),
                "lost_after": max(known) if len(known) == len(waits) else None,
                "priority": min(line.priority for line in group),
                "firm": True,
            }
        )
    return rows


def _wait(context: Context, line: Line, number: int, periods: int) -> int | None:
    """Periods until the line is lost; None if that is not before the end."""
    if line.until is None:
        return None
    last = context.number(line.until.date())
    return None if last >= periods else last - number


def history_rows(context: Context, lines: Iterable[Line]) -> list[Row]:
    """Closed lines summed by item, location and period."""
    sums: dict[tuple[str, str, int], float] = {}
    for line in lines:
        key = (line.item, line.location, context.number(line.due.date()))
        sums[key] = sums.get(key, 0.0) + line.quantity
    return [
        {"item": item, "location": location, "period": context.date(number), "quantity": quantity}
        for (item, location, number), quantity in sums.items()
    ]


@dataclass(frozen=True)
class Receipt:
    """A committed order on its way."""

    name: str
    item: str
    location: str
    origin: str
    quantity: float
    due: dt.date


class Orders:
    """Committed orders as scheduled receipts.

    A purchase order is a receipt. A distribution or manufacturing order is one if it begins
    before the end of the first period: then it takes its material from stock. One that begins
    later still has its material in stock, so the plan decides it anew.
    """

    def __init__(
        self,
        context: Context,
        makes: Iterable[Make],
        routes: Routes,
        suppliers: Suppliers,
        stock: dict[Place, float],
    ) -> None:
        self._context = context
        self._routes = routes
        self._suppliers = suppliers
        self._stock = stock
        self._makes: dict[str, Make] = {}
        for make in makes:
            self._makes.setdefault(make.operation, make)
        self._taken: set[str] = set()
        operations = context.dump.named("operation")
        self._routings = {
            record.key
            for _, record in context.dump.orders()
            if (operation := operations.get(record.text("operation")))
            and operation_type(operation) == "routing"
        }

    def receipts(self) -> list[Receipt]:
        """Receipts of all committed orders; stock is reduced by what they take."""
        found = []
        for kind, record in self._context.dump.orders():
            kind = record.text("type").upper() or kind or _kind(record)
            if receipt := self._receipt(kind, record):
                found.append(receipt)
        return found

    def _receipt(self, kind: str, record: Record) -> Receipt | None:
        status = record.text("status").lower() or "proposed"
        quantity = record.number("quantity", default=1.0)
        if status not in COMMITTED:
            self._context.notes.add(f"{kind} orders of status {status}, left out", record.key)
        elif quantity <= 0:
            self._context.notes.add("orders of no or negative quantity, left out", record.key)
        elif kind == "PO":
            return self._purchase(record, quantity)
        elif kind == "DO":
            return self._distribution(record, status, quantity)
        elif kind == "MO":
            return self._manufacturing(record, status, quantity)
        else:
            self._context.notes.add(f"{kind} orders have no counterpart, left out", record.key)
        return None

    def _purchase(self, record: Record, quantity: float) -> Receipt | None:
        supplier = record.text("supplier")
        origin = self._suppliers.name(supplier) if supplier else ""
        return self._placed(record, record.text("item"), record.text("location"), origin, quantity)

    def _distribution(self, record: Record, status: str, quantity: float) -> Receipt | None:
        item, origin = record.text("item"), record.text("origin")
        destination = record.text("destination", "location")
        begun = self._has_begun(record)
        if not begun and origin:
            message = "distribution orders that leave after the first period, left to the plan"
            self._context.notes.add(message, _label(record, quantity, item))
            return None
        if origin and record.flag("consume_material", default=True):
            self._draw(record, status, [((item, origin), quantity)])
        if not destination:
            message = "distribution orders that leave the chain, no receipt"
            self._context.notes.add(message, record.key)
            return None
        return self._placed(record, item, destination, origin, quantity)

    def _manufacturing(self, record: Record, status: str, quantity: float) -> Receipt | None:
        notes, operation = self._context.notes, record.text("operation")
        make = self._makes.get(operation)
        if record.text("owner") in self._routings:
            notes.add("steps of manufacturing orders, part of their order", record.key)
            return None
        if make is None:
            is_step = operation in self._routes.children
            what = "of routing steps" if is_step else "of operations that are not imported"
            notes.add(f"manufacturing orders {what}, left out", record.key)
            return None
        if self._context.dump.parameter("WIP.produce_full_quantity").lower() != "true":
            quantity -= max(0.0, record.number("quantity_completed", default=0.0))
        units = quantity * make.output
        if units <= 0:
            notes.add("manufacturing orders that are completed in full, left out", record.key)
            return None
        if not self._has_begun(record):
            message = "manufacturing orders that begin after the first period, left to the plan"
            notes.add(message, _label(record, units, make.item))
            return None
        needs = [((c.item, make.location), c.quantity_per * units) for c in make.components]
        self._draw(record, status, needs)
        notes.add("manufacturing orders in progress: their use of capacity has no counterpart",
                  record.key)  # fmt: skip
        return self._placed(record, make.item, make.location, "", units)

    def _has_begun(self, record: Record) -> bool:
        start = record.date("startdate", "shippingdate")
        return start is None or self._context.number(start.date()) <= 0

    def _draw(self, record: Record, status: str, needs: Iterable[tuple[Place, float]]) -> None:
        """Take material from stock, if the dump's parameters say that orders of this status do."""
        parameter = {"confirmed": "WIP", "completed": "COMPLETED"}.get(status)
        name = f"{parameter}.consume_material"
        if parameter and self._context.dump.parameter(name).lower() == "false":
            return
        for place, quantity in needs:
            held = self._stock.get(place, 0.0)
            self._stock[place] = max(0.0, held - quantity)
            message = "committed orders that take material, taken off the stock"
            self._context.notes.add(message, f"{record.key}: {quantity:g} {place[0]} @ {place[1]}")
            if quantity > held + 1e-9:
                short = f"{record.key}: {quantity - held:g} {place[0]} @ {place[1]}"
                message = "committed orders whose material is not in stock, taken as issued"
                self._context.notes.add(message, short)

    def _placed(
        self, record: Record, item: str, location: str, origin: str, quantity: float
    ) -> Receipt | None:
        date = record.date("enddate", "receiptdate") or record.date("startdate")
        if not item or not location:
            self._context.notes.add("orders without item or location, left out", record.key)
            return None
        due = date.date() if date else self._context.start
        name = unique(record.key or f"{item} @ {location}", self._taken)
        return Receipt(name, item, location, "" if origin == location else origin, quantity, due)


def _label(record: Record, quantity: float, item: str) -> str:
    return f"{record.key}: {quantity:g} {item}"


def _kind(record: Record) -> str:
    """Type of an order that does not say it (older releases)."""
    if record.has("supplier"):
        return "PO"
    if record.has("demand"):
        return "DLVR"
    if record.has("operation"):
        return "MO"
    return "DO" if record.has("destination") or record.has("origin") else "MO"


def receipt_rows(receipts: Iterable[Receipt]) -> Iterator[Row]:
    """Rows of scheduled_receipts."""
    for receipt in receipts:
        yield {
            "order_id": receipt.name,
            "line": "1",
            "item": receipt.item,
            "location": receipt.location,
            "origin": receipt.origin,
            "quantity": receipt.quantity,
            "due": receipt.due,
        }
