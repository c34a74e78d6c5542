"""Names and rows that other tables must have."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain.cells import Mask, is_among, row_problems
from supplychain.errors import Problem
from supplychain.frames import near
from supplychain.overrides import VALUE_COLUMN, owners
from supplychain.patterns import is_wild, names_any, overlap
from supplychain.schema import KEY_SEPARATOR, TABLES, WILDCARD, iterate_columns

if TYPE_CHECKING:
    from supplychain.network import Network

_MOST_SUGGESTIONS = 20
OWNER_KINDS = ("resources", "supplier_capacity", "sourcing", "lanes", "production")


def unknown_names(network: Network, unknown: Collection[str]) -> list[Problem]:
    """Cells that name a row which another table does not have; not of the tables ``unknown``."""
    problems = []
    for source in ("items", "locations", "resources"):
        if source not in unknown:
            named = network.tables[source][TABLES[source].key[0]]
            accepted = {*named.str.strip().tolist(), "", WILDCARD}  # spaces are told already
            for table, column in iterate_columns():
                rows = network.tables[table.name]
                if column.references == source and len(rows):
                    wrong = ~is_among(rows[column.name].str.strip(), accepted)
                    found = row_problems(
                        table.name, rows, wrong, column.name, f"is not in {source}", ""
                    )
                    problems += _with_suggestions(found, source, accepted)
    return problems


def _with_suggestions(problems: list[Problem], source: str, known: set[str]) -> list[Problem]:
    """``problems`` with their remedies; looking for a name that is like it takes time."""
    remedy = f"add it to {source} or correct the name"
    values = list(dict.fromkeys(problem.value for problem in problems))
    names = sorted(known - {"", WILDCARD})
    likely = {value: near(value, names) for value in values[:_MOST_SUGGESTIONS]}
    return [replace(p, remedy=remedy + likely.get(p.value, "")) for p in problems]


_ATTRIBUTES = (("floors", "brand", "items"), ("floors", "customer", "demand"))


def unknown_attributes(network: Network) -> list[Problem]:
    """Brands and customers that nothing has."""
    problems = []
    for name, column, source in _ATTRIBUTES:
        rows = network.tables[name]
        wrong = ~is_among(rows[column], {*network.tables[source][column], WILDCARD})
        message, remedy = f"is no {column} of {source}", f"correct it, or write {WILDCARD} for any"
        problems += row_problems(name, rows, wrong, column, message, remedy)
    return problems


# --- groups ------------------------------------------------------------------------------------

_IN_GROUP = {"sourcing": "supplier", "production": "location"}
_GROUP_REMEDY = "add it there or leave it blank"


def unknown_groups(network: Network) -> list[Problem]:
    """Rows that draw on a group which supplier_capacity does not have."""
    problems = []
    for name, owner in _IN_GROUP.items():
        rows = network.tables[name]
        wrong = _without_group(network, rows, owner)
        message = f"is no group of the {owner} in supplier_capacity"
        problems += row_problems(name, rows, wrong, "group", message, _GROUP_REMEDY)
    return problems


def _without_group(network: Network, rows: pd.DataFrame, owner: str) -> Mask:
    groups = network.tables["supplier_capacity"].rename(columns={"supplier": owner})
    return (rows["group"] != "").to_numpy() & ~overlap(rows, groups, [owner, "group"])


def unknown_groups_made(network: Network, expanded: Network) -> list[Problem]:
    """Groups of production at ``*`` that one of the locations it stands for does not have."""
    stated, made = network.tables["production"], expanded.tables["production"]
    stated = stated[stated["location"] == WILDCARD].reset_index(names="row")
    if not len(stated):
        return []
    made = made[_without_group(network, made, "location")]
    rows = stated.merge(made[["item", "version", "location"]], on=["item", "version"])
    message = "is no group of {} in supplier_capacity, which " + WILDCARD + " stands for"
    return [
        Problem("production", message.format(place), _GROUP_REMEDY, int(row), "group", group)
        for row, group, place in zip(rows["row"], rows["group"], rows["location_y"], strict=True)
    ]


# --- rows of other tables ----------------------------------------------------------------------

# table, the columns of it that a row of the other table must have too, the other table
_DETAIL = (
    ("production_resources", ("item", "location", "version"), "production"),
    ("price_steps", ("item", "location", "supplier", "mode"), "sourcing"),
    ("contracts", ("item", "location", "supplier"), "sourcing"),
)


def unknown_rows(network: Network) -> list[Problem]:
    """Rows that detail no row of the table which they belong to."""
    problems = []
    for name, on, source in _DETAIL:
        rows = network.tables[name]
        wrong = ~overlap(rows, network.tables[source], on)
        remedy = f"add the row to {source} or correct it"
        message = f"is in no row of {source} with this {', '.join(on[1:])}"
        problems += row_problems(name, rows, wrong, on[0], message, remedy)
    return problems


def misplaced_resources(network: Network) -> list[Problem]:
    """Resources that are used where they do not stand; ``*`` shares one between locations."""
    rows = network.tables["production_resources"]
    resources = network.tables["resources"]
    known = is_among(rows["resource"], resources["resource"])
    wrong = known & ~overlap(rows, resources, ["resource", "location"])
    remedy = "name a resource of the same location"
    return row_problems(
        "production_resources", rows, wrong, "resource", "stands at another location", remedy
    )


def unknown_owners(network: Network) -> list[Problem]:
    """Owners of values by period that are no row of their table.

    An owner with ``*`` is a row as it stands; one without may also be made from a row with ``*``.
    """
    problems = []
    for name in VALUE_COLUMN:
        for kind in set(OWNER_KINDS).intersection(network.tables[name]["kind"]):
            rows = network.tables[name]
            rows = rows[rows["kind"] == kind]
            key = KEY_SEPARATOR.join(TABLES[kind].key)
            wrong = ~_is_owner(network, kind, rows["owner"])
            message, remedy = f"is not a row of {kind}", f"write {key} of one of its rows"
            problems += row_problems(name, rows, wrong, "owner", message, remedy)
    return problems


def _is_owner(network: Network, kind: str, named: pd.Series) -> Mask:
    known, key = network.tables[kind], TABLES[kind].key
    found = is_among(named, owners(kind, known))
    parts = named.str.split(KEY_SEPARATOR)
    is_whole = named.str.count(re.escape(KEY_SEPARATOR)) == len(key) - 1
    places = np.flatnonzero(~found & ~names_any(named) & is_whole)
    others = pd.DataFrame(parts.iloc[places].tolist(), columns=list(key), dtype="str")
    found[places] = overlap(others, known[is_wild(known, key)], key)
    return found
