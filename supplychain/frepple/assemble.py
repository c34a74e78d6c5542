"""From the parts of an import to the tables of the data contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from supplychain.frepple.context import Context
from supplychain.frepple.money import ItemValues
from supplychain.frepple.orders import Line, Receipt, demand_rows, history_rows, receipt_rows
from supplychain.frepple.production import Make
from supplychain.frepple.resources import Pools, Row, UsedBy, changing, resource_rows
from supplychain.frepple.supply import Option, Suppliers
from supplychain.schema import KEY_SEPARATOR

Place = tuple[str, str]
Rows = dict[str, list[Row]]
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}


@dataclass(frozen=True)
class Parts:
    """Everything that was read, ready to be written as tables."""

    context: Context
    pools: Pools
    suppliers: Suppliers
    makes: Sequence[Make]
    options: Sequence[tuple[Option, bool]]
    lines: Sequence[Line]
    closed: Sequence[Line]
    stock: dict[Place, float]
    receipts: Sequence[Receipt]
    values: ItemValues
    periods: int


def assemble(parts: Parts) -> Rows:
    """Rows of every table, by table name."""
    context, periods = parts.context, parts.periods
    rows: Rows = {
        "demand": _priced(parts, demand_rows(context, parts.lines, periods)),
        "demand_history": history_rows(context, parts.closed),
        "scheduled_receipts": list(receipt_rows(parts.receipts)),
        "stock": [
            {"item": item, "location": location, "quantity": quantity, "as_of": context.current}
            for (item, location), quantity in parts.stock.items()
            if quantity > 0
        ],
        "settings": _settings(parts),
    }
    rows |= _production_rows(parts)
    _merge(rows, _resource_rows(parts))
    _merge(rows, _sourcing_rows(parts))
    _merge(rows, _lane_rows(parts))
    rows["items"] = list(_item_rows(parts, rows))
    rows["locations"] = list(_location_rows(parts, rows))
    return rows


def _merge(rows: Rows, more: Rows) -> None:
    for name, added in more.items():
        rows.setdefault(name, []).extend(added)


def _priced(parts: Parts, rows: list[Row]) -> list[Row]:
    """Add revenue and the cost of waiting to demand rows."""
    options, notes = parts.context.options, parts.context.notes
    weeks = 1.0 if options.bucket == "week" else 1 / 7
    for row in rows:
        item = str(row["item"])
        revenue = parts.values.revenue(item)
        if revenue is None:
            notes.add("demanded items without any cost: unit_revenue 1", item)
            revenue = 1.0
        row["unit_revenue"] = round(revenue, 6)
        row["backorder_cost"] = round(revenue * options.backorder_rate * weeks, 6)
    return rows


def _settings(parts: Parts) -> list[Row]:
    context = parts.context
    symbol = context.dump.parameter("currency").strip(", ")
    currency = context.options.currency or _CURRENCIES.get(symbol, symbol) or "USD"
    values = {
        "start": context.start.isoformat(),
        "periods": str(parts.periods),
        "bucket": context.options.bucket,
        "currency": currency,
        "note": "imported from a frePPLe dump",
    }
    return [{"name": name, "value": value} for name, value in values.items()]


def _production_rows(parts: Parts) -> Rows:
    routine = {
        (option.item, option.location, option.source): flag
        for option, flag in parts.options
        if option.table == "production"
    }
    production: list[Row] = [
        {
            "item": make.item,
            "location": make.location,
            "version": make.version,
            "lead_time": make.lead_time,
            "unit_cost": round(make.unit_cost, 6),
            "min_run": make.min_run,
            "routine": routine[make.item, make.location, make.version],
            "valid_from": make.first,
            "valid_to": make.last,
        }
        for make in parts.makes
    ]
    bom: list[Row] = [
        {
            "item": make.item,
            "version": make.version,
            "component": component.item,
            "quantity_per": round(component.quantity_per, 9),
            "valid_from": component.first,
            "valid_to": component.last,
        }
        for make in parts.makes
        for component in make.components
    ]
    return {"production": production, "bom": bom}


def _resource_rows(parts: Parts) -> Rows:
    used = [
        UsedBy(make.item, make.location, make.version, use)
        for make in parts.makes
        for use in make.uses
    ]
    bought = [option.resource for option, _ in parts.options if option.resource]
    parts.pools.note_unused([*(m for u in used for m in u.use.members), *bought])
    return resource_rows(parts.context, parts.pools, used, parts.periods)


def _sourcing_rows(parts: Parts) -> Rows:
    context = parts.context
    rows: Rows = {"sourcing": [], "supplier_capacity": [], "capacities": []}
    groups: dict[str, dict[str, None]] = {}
    for option, routine in parts.options:
        if option.table != "sourcing":
            continue
        group = _limiting_resource(parts, option)
        if group:
            groups.setdefault(group, {})[option.source] = None
        cost = option.row["unit_cost"]
        rows["sourcing"].append(
            option.row
            | {
                "item": option.item,
                "location": option.location,
                "supplier": option.source,
                "mode": option.mode,
                "unit_cost": parts.values.cost(option.item) if cost is None else cost,
                "group": group,
                "group_per_unit": option.resource_quantity if group else None,
                "routine": routine,
                "qualified_from": option.first,
                "available_to": option.last,
            }
        )
    for group, suppliers in groups.items():
        if len(suppliers) > 1:
            message = "supplier capacities shared by several suppliers, given to each in full"
            context.notes.add(message, group)
        for supplier in suppliers:
            series = parts.pools.capacity(group, parts.periods)
            owner = KEY_SEPARATOR.join((supplier, group))
            standing, changes = changing(context, "supplier_capacity", owner, series)
            row: Row = {"supplier": supplier, "group": group, "capacity": standing}
            rows["supplier_capacity"].append(row)
            rows["capacities"] += changes
    return rows


def _limiting_resource(parts: Parts, option: Option) -> str:
    """The resource that limits an option, if it counts units in time buckets."""
    if not option.resource or option.resource_quantity <= 0:
        return ""
    known = parts.context.dump.named("resource")
    if option.resource in known and parts.pools.is_bucketed(option.resource):
        return option.resource
    message = "resources of suppliers or distributions that count no units, taken as unlimited"
    parts.context.notes.add(message, option.resource)
    return ""


def _lane_rows(parts: Parts) -> Rows:
    rows: Rows = {"lanes": [], "capacities": []}
    lanes = [(option, routine) for option, routine in parts.options if option.table == "lanes"]
    sharing: dict[str, int] = {}
    for option, _ in lanes:
        sharing[option.resource] = sharing.get(option.resource, 0) + 1
    for option, routine in lanes:
        capacity, changes = _lane_capacity(parts, option)
        if capacity is not None and sharing[option.resource] > 1:
            message = "distribution capacities shared by several lanes, given to each in full"
            parts.context.notes.add(message, option.resource)
        rows["capacities"] += changes
        rows["lanes"].append(
            option.row
            | {
                "item": option.item,
                "origin": option.source,
                "destination": option.location,
                "mode": option.mode,
                "capacity": capacity,
                "routine": routine,
            }
        )
    return rows


def _lane_capacity(parts: Parts, option: Option) -> tuple[float | None, list[Row]]:
    """Capacity of a lane, 0 in the periods in which it is not valid."""
    context = parts.context
    first = max(0, context.number(option.first)) if option.first else 0
    last = context.number(option.last) if option.last else parts.periods - 1
    resource = _limiting_resource(parts, option)
    series = parts.pools.capacity(resource, parts.periods) if resource else None
    if series is not None:
        limited = [
            value / option.resource_quantity if first <= number <= last else 0.0
            for number, value in enumerate(series)
        ]
        return changing(context, "lanes", option.owner, limited)
    closed = [(0, first - 1), (last + 1, parts.periods - 1)]
    rows: list[Row] = [
        {
            "kind": "lanes",
            "owner": option.owner,
            "valid_from": context.date(begin),
            "valid_to": context.date(min(end, parts.periods - 1)),
            "capacity": 0.0,
        }
        for begin, end in closed
        if begin <= end and begin < parts.periods
    ]
    return None, rows


_ITEM_COLUMNS = {
    "demand": ("item",), "demand_history": ("item",), "scheduled_receipts": ("item",),
    "stock": ("item",), "production": ("item",), "bom": ("component",), "sourcing": ("item",),
    "lanes": ("item",),
}  # fmt: skip
_LOCATION_COLUMNS = {
    "demand": ("location",), "demand_history": ("location",), "stock": ("location",),
    "scheduled_receipts": ("location", "origin"), "production": ("location",),
    "sourcing": ("location", "supplier"), "lanes": ("origin", "destination"),
    "resources": ("location",),
}  # fmt: skip


def _named(rows: Rows, columns: Mapping[str, tuple[str, ...]], *tables: str) -> dict[str, None]:
    """Values of these columns of all tables, or of the given ones."""
    return {
        str(row[column]): None
        for name, names in columns.items()
        if not tables or name in tables
        for row in rows.get(name, ())
        for column in names
        if row.get(column) not in ("", "*", None)
    }


def _item_rows(parts: Parts, rows: Rows) -> Iterator[Row]:
    context = parts.context
    records = context.dump.named("item")
    if groups := [name for name in context.items.groups if name in records]:
        context.notes.add("item groups, replaced by their members", *groups)
    used = _named(rows, _ITEM_COLUMNS)
    _note_unknown(context, "items", used, records)
    components = {str(row["component"]) for row in rows["bom"]}
    made = _named(rows, _ITEM_COLUMNS, "production")
    sold = _named(rows, _ITEM_COLUMNS, "demand", "demand_history")
    for name in dict.fromkeys([*context.items.real, *used]):
        record = records.get(name)
        kind = "assembly" if name in made else "component"
        is_product = name in sold or name not in components
        yield {
            "item": name,
            "description": record.text("description") if record else "",
            "kind": "product" if is_product else kind,
            "unit": record.text("uom") if record else "",
            "unit_cost": parts.values.cost(name),
            "commodity": record.text("category") if record else "",
        }


def _note_unknown(context: Context, what: str, used: Iterable[str], known: Iterable[str]) -> None:
    known = set(known)
    if unknown := [name for name in used if name not in known]:
        context.notes.add(f"{what} that records name but the dump does not hold, added", *unknown)


def _location_rows(parts: Parts, rows: Rows) -> Iterator[Row]:
    context = parts.context
    records = context.dump.named("location")
    if groups := [name for name in context.locations.groups if name in records]:
        context.notes.add("location groups, replaced by their members", *groups)
    suppliers = dict.fromkeys(parts.suppliers.name(name) for name in context.dump.named("supplier"))
    suppliers |= dict.fromkeys(parts.suppliers.names.values())
    used = _named(rows, _LOCATION_COLUMNS)
    _note_unknown(context, "locations", used, [*records, *suppliers])
    kinds = _location_kinds(rows)
    regions = {context.locations.owner.get(name, "") for name in context.locations.real}
    for name in dict.fromkeys([*context.locations.real, *used]):
        if name not in suppliers:
            region = context.locations.owner.get(name, "") if len(regions - {""}) > 1 else ""
            kind = kinds.get(name, "warehouse")
            yield {"location": name, "kind": kind, "region": region}
    for name in suppliers:
        yield {"location": name, "kind": "supplier"}


def _location_kinds(rows: Rows) -> dict[str, str]:
    """Plants make something; markets have demand, buy nothing and ship nothing on."""
    columns = {**_LOCATION_COLUMNS, "lanes": ("origin",), "sourcing": ("location",)}
    plants = _named(rows, columns, "production")
    supplying = plants | _named(rows, columns, "lanes", "sourcing")
    selling = _named(rows, columns, "demand", "demand_history")
    markets = {name: "market" for name in selling if name not in supplying}
    return markets | dict.fromkeys(plants, "plant")


def planned_periods(
    context: Context, lines: Iterable[Line], options: Iterable[tuple[Option, bool]], longest: int
) -> int:
    """Periods to the last open order, plus the longest lead time and two weeks, within a limit."""
    if context.options.periods is not None:
        return context.options.periods
    limit, slack, weeks = (104, 26, 2) if context.options.bucket == "week" else (366, 90, 14)
    last = max((context.number(line.due.date()) for line in lines), default=0)
    leads = [int(str(option.row.get("lead_time", 0))) for option, _ in options]
    return min(limit, max(last, 0) + 1 + min(slack, weeks + max([longest, *leads])))
