"""From the selectors of a disruption to rows of tables, and the names that tables do not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from supplychain.disruptions.base import problem
from supplychain.errors import Problem
from supplychain.frames import near
from supplychain.network import Network

if TYPE_CHECKING:
    from supplychain.disruptions.base import Disruption

BoolArray = npt.NDArray[np.bool_]

# selector -> tables and columns that hold its permitted values
_KNOWN: dict[str, tuple[tuple[str, str], ...]] = {
    "item": (("items", "item"),),
    "commodity": (("items", "commodity"),),
    "brand": (("items", "brand"),),
    "customer": (("demand", "customer"),),
    "group": (("supplier_capacity", "group"),),
    "resource": (("resources", "resource"),),
    "mode": (("sourcing", "mode"), ("lanes", "mode")),
    **dict.fromkeys(
        ("location", "supplier", "origin", "destination"), (("locations", "location"),)
    ),
    **dict.fromkeys(("region", "origin_region", "destination_region"), (("locations", "region"),)),
    "country": (("locations", "country"),),
}

# table -> selector -> its column, or the column that leads to (table, column) of the value
_COLUMNS: dict[str, dict[str, tuple[str, str, str]]] = {
    "demand": {
        "item": ("item", "", ""),
        "brand": ("item", "items", "brand"),
        "location": ("location", "", ""),
        "customer": ("customer", "", ""),
    },
    **{
        table: {
            "item": ("item", "", ""),
            "commodity": ("item", "items", "commodity"),
            "mode": ("mode", "", ""),
            "supplier": (origin, "", ""),
            "origin": (origin, "", ""),
            "location": (destination, "", ""),
            "destination": (destination, "", ""),
            "country": (origin, "locations", "country"),
            "region": (origin, "locations", "region"),
            "origin_region": (origin, "locations", "region"),
            "destination_region": (destination, "locations", "region"),
        }
        for table, origin, destination in (
            ("sourcing", "supplier", "location"),
            ("lanes", "origin", "destination"),
        )
    },
}
_KEY = {"items": "item", "locations": "location"}


def name_problems(network: Network, disruption: Disruption) -> list[Problem]:
    """Selectors of ``disruption`` that name something ``network`` does not have."""
    problems = []
    for column, value in disruption.chosen().items():
        known: set[str] = set()
        for table, source in _KNOWN[column]:
            known.update(network.tables[table][source])
        if value not in known - {""}:
            tables = " or ".join(f"{table}.{source}" for table, source in _KNOWN[column])
            remedy = f"correct the name{near(value, sorted(known - {''}))}"
            problems.append(problem(f"is not in {tables} of the dataset", remedy, column, value))
    return problems


def matching(network: Network, table: str, chosen: Mapping[str, str]) -> BoolArray:
    """Which rows of ``table`` (demand, sourcing, lanes) match every selector, shape (rows,).

    For sourcing and lanes, ``country`` and ``region`` are those of the supplier or origin.
    """
    rows = network.tables[table]
    matched = np.ones(len(rows), dtype=bool)
    for selector, value in chosen.items():
        column, lookup, attribute = _COLUMNS[table][selector]
        values = rows[column]
        if lookup:
            by_name = network.tables[lookup].set_index(_KEY[lookup])[attribute]
            values = values.map(by_name)
        matched &= (values == value).to_numpy(dtype=bool)
    return matched


def nothing_matches(what: str, chosen: Mapping[str, str]) -> Problem:
    """The problem that a selection matches no row."""
    selection = ", ".join(f"{name} {value}" for name, value in chosen.items())
    message = f"no {what} matches {selection}" if selection else f"there is no {what}"
    return problem(message, "correct or widen the selection, or remove the disruption")
