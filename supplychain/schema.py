"""The data contract: every table, column, type, unit, default and meaning, declared once.

The file readers, the frame checks, the cross-table checks, the example generator, the importer and
the documentation all read this module; nothing about a table is said anywhere else.

Column types and their frame representation:

=========  ======================  =================================================
type       pandas                  blank means
=========  ======================  =================================================
text       str                     "" (the default unless another is declared)
number     float64                 the default, or NaN: not given, unlimited
integer    float64, whole          the default, or NaN: not given
flag       bool                    the default
date       datetime64[us]          NaT: not given; a date counts in its period
period     datetime64[us]          never blank; must be the first date of a period
=========  ======================  =================================================

``*`` in a key column declared ``wildcard`` means any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "number", "integer", "flag", "date", "period"]
WILDCARD = "*"
KEY_SEPARATOR = "|"
STANDARD = "standard"


@dataclass(frozen=True)
class Column:
    """One column: its type, unit, default and meaning.

    ``references`` names the table whose key column holds the permitted values.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    default: str | float | bool | None = None
    required: bool = False
    minimum: float | None = 0.0
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    references: str = ""
    wildcard: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its key, its columns (key columns first) and its meaning."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    meaning: str

    def column(self, name: str) -> Column:
        """Return the column called ``name``; KeyError if the table has none."""
        return self._by_name()[name]

    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in the declared order."""
        return tuple(column.name for column in self.columns)


def _text(
    name: str,
    meaning: str,
    *,
    default: str = "",
    required: bool = False,
    references: str = "",
    wildcard: bool = False,
    choices: tuple[str, ...] = (),
) -> Column:
    return Column(
        name,
        "text",
        meaning,
        default=default,
        required=required,
        references=references,
        wildcard=wildcard,
        choices=choices,
    )


def _number(
    name: str,
    meaning: str,
    unit: str = "",
    *,
    default: float | None = None,
    required: bool = False,
    minimum: float | None = 0.0,
    maximum: float | None = None,
) -> Column:
    return Column(name, "number", meaning, unit, default, required, minimum, maximum)


def _whole(
    name: str,
    meaning: str,
    unit: str = "periods",
    *,
    default: float | None = None,
    required: bool = False,
    minimum: float | None = 0.0,
) -> Column:
    return Column(name, "integer", meaning, unit, default, required, minimum)


def _flag(name: str, meaning: str, *, default: bool) -> Column:
    return Column(name, "flag", meaning, default=default)


def _date(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "date", meaning, required=required)


def _period(name: str, meaning: str) -> Column:
    return Column(name, "period", meaning, required=True)


def _item(name: str = "item", meaning: str = "item", *, wildcard: bool = False) -> Column:
    return _text(name, meaning, required=True, references="items", wildcard=wildcard)


def _location(
    name: str = "location", meaning: str = "location", *, wildcard: bool = False
) -> Column:
    return _text(name, meaning, required=True, references="locations", wildcard=wildcard)


def _version(*, wildcard: bool = False) -> Column:
    return _text("version", "production version", default=STANDARD, wildcard=wildcard)


def _mode() -> Column:
    return _text("mode", "transport mode or channel, e.g. sea, air, spot", default=STANDARD)


def _routine() -> Column:
    return _flag(
        "routine", "in use today; the others are alternatives that need a decision", default=True
    )


_SOURCING_KEY = (
    _item(wildcard=True),
    _location(meaning="receiving location", wildcard=True),
    _location("supplier", "supplying location"),
    _mode(),
)
_OVERRIDE_KINDS = ("resources", "supplier_capacity", "sourcing", "lanes", "production")
_OPTION_KINDS = ("sourcing", "lanes", "production")


def _override(name: str, value: Column, kinds: tuple[str, ...], meaning: str) -> Table:
    """A table that replaces one value of another table's row for a range of periods."""
    key = (
        _text("kind", "table whose row is changed", required=True, choices=kinds),
        _text("owner", f"key of that row, joined by {KEY_SEPARATOR}", required=True),
        _date("valid_from", "first period", required=True),
    )
    return Table(
        name,
        ("kind", "owner", "valid_from"),
        (*key, _date("valid_to", "last period, inclusive; blank: until the end"), value),
        meaning,
    )


_TABLES = (
    Table(
        "items",
        ("item",),
        (
            _text("item", "name of the item", required=True),
            _text("description", "what it is in words"),
            _text(
                "kind",
                "product, assembly or component",
                choices=("", "product", "assembly", "component"),
            ),
            _text("unit", "unit of its quantities", default="piece"),
            _number("unit_cost", "value of one unit: prices stock and tariffs only", "money"),
            _text("commodity", "commodity group, e.g. semiconductor"),
            _text("brand", "brand of a product"),
        ),
        "what is bought, made, moved and sold",
    ),
    Table(
        "locations",
        ("location",),
        (
            _text("location", "name of the location", required=True),
            _text(
                "kind",
                "plant, warehouse, supplier or market",
                choices=("", "plant", "warehouse", "supplier", "market"),
            ),
            _text("company", "company that runs it"),
            _text("country", "country"),
            _text("region", "region, e.g. East Asia"),
            _number("latitude", "latitude", "degrees", minimum=-90.0, maximum=90.0),
            _number("longitude", "longitude", "degrees", minimum=-180.0, maximum=180.0),
            _whole("time_to_recover", "time to recover after an outage"),
        ),
        "where items are made, kept and sold",
    ),
    Table(
        "bom",
        ("item", "version", "component"),
        (
            _item(meaning="parent"),
            _version(wildcard=True),
            _item("component", "component"),
            _number("quantity_per", "component units in one parent unit", "units", required=True),
            _date("valid_from", "first period of use; blank: from the start"),
            _date("valid_to", "last period of use, inclusive; blank: until the end"),
        ),
        "bill of materials of a production version",
    ),
    Table(
        "production",
        ("item", "location", "version"),
        (
            _item(),
            _location(wildcard=True),
            _version(),
            _whole("lead_time", "start of build to usable receipt", default=0.0),
            _number("unit_cost", "conversion cost, without components", "money", default=0.0),
            _text("group", "supplier capacity group drawn on"),
            _number("group_per_unit", "group capacity used by one unit", default=1.0),
            _number("max_share", "largest share of the item's builds at the location", maximum=1.0),
            _number("price_reduction", "revenue given up a unit (de-content)", "money"),
            _number("min_run", "smallest build in a period in which it runs", "units"),
            _routine(),
            _date("valid_from", "first period of builds"),
            _date("valid_to", "last period of builds, inclusive"),
        ),
        "what can be made where, by which version",
    ),
    Table(
        "production_resources",
        ("item", "location", "version", "resource"),
        (
            _item(wildcard=True),
            _location(wildcard=True),
            _version(wildcard=True),
            _text("resource", "resource used", required=True, references="resources"),
            _number("per_unit", "capacity used by one unit started", default=1.0),
        ),
        "resources that a production version uses",
    ),
    Table(
        "resources",
        ("resource",),
        (
            _text("resource", "name of the resource, e.g. a line", required=True),
            _location(),
            _number("capacity", "capacity a period; blank: unlimited", "units a period"),
        ),
        "lines and machines with a capacity",
    ),
    Table(
        "overtime",
        ("resource", "step"),
        (
            _text("resource", "resource", required=True, references="resources"),
            _text("step", "name of the step; the cheapest is used first", required=True),
            _number("capacity", "added capacity a period", "units a period", required=True),
            _number("unit_cost", "cost of one unit of capacity", "money", default=0.0),
        ),
        "capacity beyond the normal, at a price",
    ),
    Table(
        "substitutes",
        ("item", "component", "substitute", "location"),
        (
            _item(meaning="parent", wildcard=True),
            _item("component", "component replaced"),
            _item("substitute", "approved substitute"),
            _location(wildcard=True),
            _number("ratio", "substitute units for one component unit", default=1.0),
            _number(
                "extra_cost", "extra cost of one component unit replaced", "money", default=0.0
            ),
            _date("approved_from", "first period of use"),
        ),
        "the green list of approved substitutes",
    ),
    Table(
        "short_builds",
        ("item", "component", "location"),
        (
            _item(meaning="product"),
            _item("component", "component left out"),
            _location(wildcard=True),
            _number("places", "parking places; blank: no limit", "units"),
            _number("weekly_cost", "cost of one parked unit a week", "money", default=0.0),
            _number("retrofit_cost", "cost of fitting the component later", "money", default=0.0),
            _whole("lead_time", "retrofit time", default=0.0),
        ),
        "products that may be built short and completed later",
    ),
    Table(
        "sourcing",
        ("item", "location", "supplier", "mode"),
        (
            *_SOURCING_KEY,
            _whole("lead_time", "order to receipt", required=True),
            _whole(
                "transit_time",
                "dispatch to receipt; blank: 0, or the lead time where the supplier makes the item",
            ),
            _number("unit_cost", "paid beyond the costs modelled upstream", "money", default=0.0),
            _number("moq", "smallest order; an order is none or at least so much", "units"),
            _number("lot_size", "orders are whole multiples of it", "units"),
            _number("capacity", "dispatch a period; blank: unlimited", "units a period"),
            _text("group", "supplier capacity group drawn on"),
            _number("group_per_unit", "group capacity used by one unit", default=1.0),
            _routine(),
            _date("qualified_from", "first period in which orders may be placed"),
            _whole("qualification_time", "time from the decision to the first order"),
            _number("qualification_cost", "cost to qualify the source, once", "money"),
            _number(
                "min_share",
                "smallest share of what is ordered of the item at the location",
                maximum=1.0,
            ),
            _number(
                "max_share",
                "largest share of what is ordered of the item at the location",
                maximum=1.0,
            ),
            _date("available_to", "last period in which orders may be placed"),
        ),
        "sourcing options: who can supply what to where, how",
    ),
    Table(
        "price_steps",
        ("item", "location", "supplier", "mode", "step"),
        (
            *_SOURCING_KEY,
            _text("step", "name of the step; steps follow each other by up_to", required=True),
            _number(
                "up_to", "upper end of the step; blank: no end, the last step", "units a period"
            ),
            _number("unit_cost", "price within the step", "money", required=True),
        ),
        "prices that rise with volume",
    ),
    Table(
        "contracts",
        ("contract",),
        (
            _text("contract", "name of the contract", required=True),
            _item(wildcard=True),
            _location(wildcard=True),
            _location("supplier", "supplier"),
            _date("valid_from", "first period"),
            _date("valid_to", "last period, inclusive"),
            _number("quantity", "volume to take; blank: no rule", "units"),
            _number("penalty", "paid for a unit not taken", "money", default=0.0),
        ),
        "take-or-pay volumes",
    ),
    Table(
        "supplier_capacity",
        ("supplier", "group"),
        (
            _location("supplier", "supplier"),
            _text("group", "capacity group: a fab, a line", required=True),
            _number("capacity", "capacity a period, shared by the group", "units a period"),
        ),
        "capacity shared by all items of a supplier's group",
    ),
    Table(
        "lanes",
        ("item", "origin", "destination", "mode"),
        (
            _item(wildcard=True),
            _location("origin", "from", wildcard=True),
            _location("destination", "to", wildcard=True),
            _mode(),
            _whole("lead_time", "dispatch to usable receipt", default=0.0),
            _number("unit_cost", "freight a unit", "money", default=0.0),
            _number("capacity", "dispatch a period; blank: unlimited", "units a period"),
            _routine(),
        ),
        "moves between locations",
    ),
    _override(
        "capacities",
        _number("capacity", "capacity in these periods", "units a period", required=True),
        _OVERRIDE_KINDS,
        "replaces a capacity for a range of periods",
    ),
    _override(
        "lead_times",
        _whole("lead_time", "lead time of what is ordered in these periods", required=True),
        _OPTION_KINDS,
        "replaces a lead time for a range of periods",
    ),
    _override(
        "unit_costs",
        _number(
            "unit_cost", "unit cost of what is ordered in these periods", "money", required=True
        ),
        _OPTION_KINDS,
        "replaces a unit cost for a range of periods",
    ),
    Table(
        "stock",
        ("item", "location"),
        (
            _item(),
            _location(),
            _number("quantity", "usable units at the start", "units", required=True),
            _date("as_of", "date of the count"),
        ),
        "opening stock",
    ),
    Table(
        "scheduled_receipts",
        ("order_id", "line"),
        (
            _text("order_id", "order", required=True),
            _text("line", "line of the order", default="1"),
            _item(),
            _location(meaning="receiving location"),
            _text("origin", "supplier or location it comes from", references="locations"),
            _number("quantity", "open quantity", "units", required=True),
            _date("due", "date of receipt", required=True),
            _number(
                "expedite_cost", "cost a unit of pulling it forward; blank: cannot be", "money"
            ),
            _date("earliest", "earliest receipt when expedited; blank: from the start"),
            _number(
                "cancel_cost", "cost a unit of cancelling it; blank: it stays as it is", "money"
            ),
        ),
        "committed orders on their way",
    ),
    Table(
        "demand",
        ("item", "location", "period", "customer"),
        (
            _item(),
            _location(),
            _period("period", "period in which it is due"),
            _text("customer", "customer or channel"),
            _number("quantity", "units wanted", "units", required=True),
            _number("unit_revenue", "earned when a unit is served", "money", default=0.0),
            _number("backorder_cost", "cost of one unit waiting one period", "money", default=0.0),
            _whole("lost_after", "periods after which an unserved unit is lost; blank: never"),
            _number("lost_cost", "cost of a lost unit, beyond its revenue", "money", default=0.0),
            _whole("priority", "class, 1 is served first; blank: last", "", minimum=1.0),
            _flag("firm", "a customer's order, not a forecast", default=True),
        ),
        "what customers want, when",
    ),
    Table(
        "floors",
        ("brand", "customer", "location"),
        (
            _text("brand", "brand", required=True, wildcard=True),
            _text("customer", "customer", default=WILDCARD, wildcard=True),
            _text("location", "market", default=WILDCARD, references="locations", wildcard=True),
            _number("share", "share of demand to be served", required=True, maximum=1.0),
        ),
        "shares of demand to be served",
    ),
    Table(
        "demand_history",
        ("item", "location", "period"),
        (
            _item(),
            _location(),
            _date("period", "a day of the period of the demand", required=True),
            _number("quantity", "units wanted; negative: returns", "units", minimum=None),
            _flag("in_stock", "False where demand was cut by a stock-out", default=True),
        ),
        "past demand",
    ),
    Table(
        "drivers",
        ("item", "location", "driver", "period"),
        (
            _item(wildcard=True),
            _location(wildcard=True),
            _text("driver", "name of the driver", required=True),
            _date("period", "a day of the period of the effect", required=True),
            _number("value", "value of the driver", minimum=None, required=True),
            _flag("known_ahead", "known before the period", default=False),
        ),
        "promotions, incentives and other signals",
    ),
    Table(
        "predecessors",
        ("item", "predecessor"),
        (
            _item(),
            _item("predecessor", "item replaced"),
            _number("share", "share of the predecessor's demand", default=1.0),
        ),
        "what a new item follows",
    ),
    Table(
        "receipt_history",
        ("order_id", "line"),
        (
            _text("order_id", "order", required=True),
            _text("line", "line of the order", default="1"),
            _item(),
            _location(),
            _location("supplier", "supplier"),
            _mode(),
            _number("quantity", "units", "units"),
            _date("ordered_on", "order date", required=True),
            _date("promised_on", "promised receipt"),
            _date("received_on", "actual receipt; blank: still open"),
        ),
        "past orders and when they came",
    ),
    Table(
        "settings",
        ("name",),
        (
            _text("name", "name of the setting", required=True),
            _text("value", "its value", required=True),
        ),
        "calendar, currency and rates",
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}


def iterate_columns() -> Iterator[tuple[Table, Column]]:
    """Every column of the contract with its table, in declared order."""
    return ((table, column) for table in TABLES.values() for column in table.columns)
