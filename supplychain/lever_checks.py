"""Rules of the tables and columns that permit responses: prices, shares, substitutes, overtime."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pandas as pd

from supplychain.cells import is_among, row_problems
from supplychain.cycles import cycle_problems, in_cycles
from supplychain.errors import Problem
from supplychain.patterns import concrete, overlap
from supplychain.schema import WILDCARD
from supplychain.substitution import USE, used_components

if TYPE_CHECKING:
    from supplychain.network import Network

_OPTION = ["item", "location", "supplier", "mode"]
_PAIR = ["item", "location"]
_ROUNDING = 1e-9

_POSITIVE = (
    ("sourcing", "moq", "leave it blank if any quantity can be ordered"),
    ("sourcing", "lot_size", "leave it blank if any quantity can be ordered"),
    ("price_steps", "up_to", "write where the step ends, or leave it blank"),
    ("substitutes", "ratio", "write how many units replace one unit of the component"),
)


def zeros(network: Network) -> list[Problem]:
    """Numbers that mean nothing where they are 0."""
    problems = []
    for name, column, remedy in _POSITIVE:
        rows = network.tables[name]
        problems += row_problems(name, rows, rows[column] == 0, column, "is 0", remedy)
    return problems


# --- prices ------------------------------------------------------------------------------------


def price_steps(network: Network) -> list[Problem]:
    """Steps of one option end at different volumes, one at most at none, and prices do not fall."""
    rows = network.tables["price_steps"]
    rows = rows.sort_values([*_OPTION, "up_to"], kind="stable", na_position="last")
    end = rows["up_to"].fillna(float("inf"))
    option = [rows[name] for name in _OPTION]
    problems = row_problems(
        "price_steps", rows, end == end.groupby(option).shift(), "up_to",
        "is where another step of the option ends too",
        "write the ends of the steps; only the last may be blank",
    )  # fmt: skip
    falls = rows["unit_cost"] < rows["unit_cost"].groupby(option).shift()
    message = "is below the price of the step before"
    remedy = "prices rise with volume; correct one of them, or up_to"
    return problems + row_problems("price_steps", rows, falls, "unit_cost", message, remedy)


# --- shares ------------------------------------------------------------------------------------


def shares(network: Network) -> list[Problem]:
    """Smallest and largest shares that no plan can keep."""
    rows = network.tables["sourcing"]
    message, remedy = "is above max_share", "correct one of them"
    above = rows["min_share"] > rows["max_share"]
    return [
        *row_problems("sourcing", rows, above, "min_share", message, remedy),
        *_too_much(network),
        *_too_little(network, "sourcing", _OPTION, "ordered"),
        *_too_little(network, "production", [*_PAIR, "version"], "built"),
    ]


def _too_much(network: Network) -> list[Problem]:
    rows = network.tables["sourcing"]
    if not rows["min_share"].any():
        return []
    total = _summed(rows, _OPTION, "min_share", 0.0)
    message = "all min_share of the item at the location add up to {:.4g}, which is above 1"
    return _share_problems("sourcing", rows, total[total > 1 + _ROUNDING], "min_share", message)


def _too_little(network: Network, name: str, key: list[str], verb: str) -> list[Problem]:
    rows = network.tables[name]
    if not (rows["max_share"] < 1).any():
        return []
    total = _summed(rows, key, "max_share", 1.0)
    message = f"all max_share of the item at the location add up to {{:.4g}}: nothing can be {verb}"
    return _share_problems(name, rows, total[total < 1 - _ROUNDING], "max_share", message)


def _summed(rows: pd.DataFrame, key: list[str], column: str, blank: float) -> pd.Series:
    """Sum of a share by (item, location) over the rows that hold there, ``*`` included.

    A row that names more of its key beats one with ``*``.
    """
    rank = 3 * (rows["item"] == WILDCARD) + 2 * (rows["location"] == WILDCARD)
    rows = rows[key].assign(share=rows[column].fillna(blank), rank=rank)
    found = concrete(rows, rows[_PAIR].drop_duplicates(), _PAIR)
    found = found.sort_values("rank", kind="stable").drop_duplicates(key)
    return found.groupby(_PAIR)["share"].sum()


def _share_problems(
    name: str, rows: pd.DataFrame, wrong: pd.Series, column: str, message: str
) -> list[Problem]:
    """One problem for each (item, location) in ``wrong``, at the first of its rows."""
    first = rows.drop_duplicates(_PAIR)
    row_of = dict(zip(zip(first["item"], first["location"], strict=True), first.index, strict=True))
    remedy = "correct these shares"
    return [
        Problem(name, message.format(total), remedy, int(row_of[item, place]), column)
        for (item, place), total in zip(wrong.index, wrong, strict=True)
    ]


# --- components --------------------------------------------------------------------------------


def unused_components(network: Network) -> list[Problem]:
    """Substitutes and short builds of a component that nothing made at the location uses."""
    production, bom = network.tables["production"], network.tables["bom"]
    substitutes = network.tables["substitutes"]
    uses = used_components(production, bom)
    chained = substitutes[["item", "substitute", "location"]].set_axis(USE, axis=1)
    problems = []
    for name, known in (
        ("substitutes", pd.concat([uses, chained])), ("short_builds", uses),
    ):  # fmt: skip
        rows = network.tables[name]
        message = "is in no BOM of the item where it is made at this location"
        remedy = "name a component of the item, and a location with production of it"
        wrong = ~overlap(rows, known, USE)
        problems += row_problems(name, rows, wrong, "component", message, remedy)
    return problems


def substitution_cycles(network: Network) -> list[Problem]:
    """Components that replace each other in the same item at the same location."""
    rows = network.tables["substitutes"]
    rows = in_cycles(rows[rows["component"] != rows["substitute"]], "component", "substitute")
    problems: dict[str, Problem] = {}
    for item, location in product(rows["item"].unique(), rows["location"].unique()):
        together = is_among(rows["item"], {item, WILDCARD})
        together &= is_among(rows["location"], {location, WILDCARD})
        for problem in cycle_problems("substitutes", rows[together], "component", "substitute"):
            problems.setdefault(problem.message, problem)
    return list(problems.values())


def overtime_of_unlimited(network: Network) -> list[Problem]:
    """Overtime of a resource whose capacity is blank: there is nothing to add to."""
    rows, resources = network.tables["overtime"], network.tables["resources"]
    unlimited = resources.loc[resources["capacity"].isna(), "resource"]
    message, remedy = "has no capacity to add to", "give resources.capacity, or remove the row"
    wrong = is_among(rows["resource"], unlimited)
    return row_problems("overtime", rows, wrong, "resource", message, remedy)
