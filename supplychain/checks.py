"""Rules of the data contract that span rows and tables; every problem found is returned at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from supplychain import lever_checks, references
from supplychain.cells import row_problems
from supplychain.cycles import cycle_problems
from supplychain.errors import Problem
from supplychain.frames import misspelled
from supplychain.overrides import VALUE_COLUMN
from supplychain.schema import TABLES, WILDCARD

if TYPE_CHECKING:
    from supplychain.network import Network

_FOREVER = pd.Timestamp("9999-12-31")


def table_problems(
    frames: Mapping[str, pd.DataFrame], told: Iterable[Problem] = ()
) -> list[Problem]:
    """Missing tables, and names that look like a misspelled table; ``told`` names unread tables."""
    unread = {problem.table for problem in told}
    problems = [
        Problem(name, "required table is missing or empty", "add the table")
        for name in ("items", "locations")
        if name not in unread and (name not in frames or not len(frames[name]))
    ]
    absent = [name for name in TABLES if name not in frames]
    for name in frames:
        if name not in TABLES and (meant := misspelled(name, absent)):
            problems.append(Problem(name, "unknown table", f"did you mean {meant}? rename it"))
    return problems


def check_network(network: Network, told: Collection[Problem]) -> list[Problem]:
    """Every problem between the rows and tables of ``network``, whose frames count rows.

    ``told`` are the problems of files, tables, columns and cells. A check is left out where it
    needs a table that is not known as a whole; the chain of supply is followed only where nothing
    else is wrong.
    """
    unknown = {problem.table for problem in told if problem.row is None}
    unknown |= {misspelled(name, TABLES) for name in unknown}
    problems = references.unknown_names(network, unknown)
    for check in _CHECKS:
        if not unknown.intersection(check.needs):
            problems += check.find(network)
    if not told and not problems:
        problems += _supply_problems(network)
    return problems


def _supply_problems(network: Network) -> list[Problem]:
    from supplychain.scope import expand
    from supplychain.servable import unservable_demand

    expanded = expand(network)
    return references.unknown_groups_made(network, expanded) + unservable_demand(network, expanded)


# --- dates -------------------------------------------------------------------------------------


def _first_dates(network: Network) -> list[Problem]:
    """Period columns name the first date of a period."""
    problems = []
    calendar = network.calendar
    first = {"week": "a Monday", "month": "the first day of a month", "day": "a day"}
    message = f"is not the first date of a {calendar.bucket}"
    for name, table in TABLES.items():
        for column in table.columns:
            if column.type == "period":
                rows = network.tables[name]
                rows = rows[rows[column.name].notna()]
                is_first = calendar.dates_of(calendar.index(rows[column.name])) == rows[column.name]
                problems += row_problems(
                    name, rows, ~is_first, column.name, message, f"write {first[calendar.bucket]}"
                )
    return problems


def _late_demand(network: Network) -> list[Problem]:
    calendar = network.calendar
    rows = network.tables["demand"]
    rows = rows[rows["period"].notna()]
    late = calendar.index(rows["period"]) >= calendar.periods
    last = calendar.date(calendar.periods - 1)
    remedy = f"raise settings.periods or remove it; the last is {last:%Y-%m-%d}"
    return row_problems("demand", rows, late, "period", "lies after the last period", remedy)


_ORDERED_DATES = (
    ("bom", "valid_from", "valid_to"),
    ("production", "valid_from", "valid_to"),
    ("contracts", "valid_from", "valid_to"),
    ("sourcing", "qualified_from", "available_to"),
    ("scheduled_receipts", "earliest", "due"),
    ("receipt_history", "ordered_on", "promised_on"),
    ("receipt_history", "ordered_on", "received_on"),
    *((name, "valid_from", "valid_to") for name in VALUE_COLUMN),
)


def _ordered_dates(network: Network) -> list[Problem]:
    problems = []
    for name, first, last in _ORDERED_DATES:
        rows = network.tables[name]
        wrong = rows[last] < rows[first]
        message = f"lies before {first}"
        problems += row_problems(name, rows, wrong, last, message, "correct one of the dates")
    return problems


def _overlapping_ranges(network: Network) -> list[Problem]:
    """Ranges of one owner that share a period: of two values for it, neither can hold."""
    problems = []
    index = network.calendar.index
    for name in VALUE_COLUMN:
        rows = network.tables[name]
        if len(rows) < 2:
            continue
        key = ["kind", "owner", "valid_from"]
        rows = rows[rows["valid_from"].notna() & ~rows.duplicated(key, keep=False)]
        rows = rows.sort_values(key, kind="stable")
        last = pd.Series(index(rows["valid_to"].fillna(_FOREVER)), index=rows.index)
        owner = [rows["kind"], rows["owner"]]
        before = last.groupby(owner).cummax().groupby(owner).shift(fill_value=-(10**9))
        overlapping = index(rows["valid_from"]) <= before
        message = "shares a period with an earlier range of the same owner"
        remedy = "end the earlier range in a period before this one"
        problems += row_problems(name, rows, overlapping, "valid_from", message, remedy)
    return problems


# --- structure ---------------------------------------------------------------------------------


def _bom_cycles(network: Network) -> list[Problem]:
    """Items that contain themselves; one problem for each knot of cycles."""
    return cycle_problems("bom", network.tables["bom"], "item", "component")


def _transit(network: Network) -> list[Problem]:
    rows = network.tables["sourcing"]
    wrong = rows["transit_time"] > rows["lead_time"]
    remedy = "lead_time is from order to receipt and includes the transit"
    return row_problems("sourcing", rows, wrong, "transit_time", "is longer than lead_time", remedy)


_TWO_ENDS = (
    ("lanes", "origin", "destination", "name two locations"),
    ("sourcing", "location", "supplier", "name two locations"),
    ("scheduled_receipts", "location", "origin", "name where it comes from, or leave it blank"),
    ("substitutes", "component", "substitute", "name two items"),
    ("predecessors", "item", "predecessor", "name two items"),
)


def _same_ends(network: Network) -> list[Problem]:
    problems = []
    for name, first, other, remedy in _TWO_ENDS:
        rows = network.tables[name]
        wrong = (rows[first] == rows[other]) & (rows[first] != WILDCARD) & (rows[first] != "")
        problems += row_problems(name, rows, wrong, other, f"is also the {first}", remedy)
    return problems


@dataclass(frozen=True)
class _Check:
    """A check, and the tables that it must know as a whole."""

    find: Callable[[Network], list[Problem]]
    needs: tuple[str, ...] = ()


_CHECKS = (
    _Check(_first_dates, ("settings",)),
    _Check(_late_demand, ("settings",)),
    _Check(_ordered_dates),
    _Check(_overlapping_ranges, ("settings",)),
    _Check(_bom_cycles),
    _Check(_transit),
    _Check(_same_ends),
    _Check(references.unknown_groups, ("supplier_capacity",)),
    _Check(references.unknown_attributes, ("items", "demand")),
    _Check(references.unknown_rows, ("production", "sourcing")),
    _Check(references.misplaced_resources, ("resources",)),
    _Check(references.unknown_owners, tuple(references.OWNER_KINDS)),
    _Check(lever_checks.zeros),
    _Check(lever_checks.price_steps),
    _Check(lever_checks.shares, ("sourcing", "production")),
    _Check(lever_checks.unused_components, ("production", "bom", "substitutes")),
    _Check(lever_checks.substitution_cycles),
    _Check(lever_checks.overtime_of_unlimited, ("resources",)),
)
