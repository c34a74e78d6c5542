"""What an item is worth: cheapest replacement, full cost of an option, closing target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain, Options
from supplychain.checker.keys import Keys, tally
from supplychain.checker.report import FloatArray, IntArray

SHARE_OF_REPLACEMENT = 0.9


@dataclass(frozen=True)
class Values:
    """By item: ``replacement`` and ``closing`` value in money a unit, ``target`` in units.

    ``content``: cost of the components of one unit, by production row.
    """

    items: Keys
    replacement: FloatArray
    closing: FloatArray
    target: FloatArray
    content: FloatArray


def recompute_values(chain: Chain) -> Values:
    """Values of all items, from the least costs of all periods."""
    table = chain.network.table("items")
    items = Keys(table, ["item"])
    unit_cost = table["unit_cost"].to_numpy(np.float64)
    replacement, content = _replacement(chain, items, np.nan_to_num(unit_cost))
    closing = np.fmin(unit_cost, SHARE_OF_REPLACEMENT * replacement)
    target = _target(chain, items, content)
    return Values(items, replacement, closing, target, content)


def premium_a_unit(options: Options, values: Values) -> FloatArray:
    """Premium of one unit by option and period; 0 for routine options (options x periods)."""
    return np.maximum(options.unit_cost - price_without_premium(options, values), 0.0)


def price_without_premium(options: Options, values: Values) -> FloatArray:
    """Unit cost up to which a unit counts no premium (options x periods).

    Infinite for routine options, 0 for other lanes, and else what makes the full cost that of the
    cheapest routine option.
    """
    if options.kind == "lanes":
        least = np.zeros_like(options.unit_cost)
    else:
        upstream = _upstream(options, values)[:, None]
        least = _cheapest_routine(options, options.unit_cost + upstream) - upstream
    return np.where(options.routine[:, None], np.inf, least)


def _upstream(options: Options, values: Values) -> FloatArray:
    """Cost modelled upstream of one unit: the made item, or the components of a build."""
    if options.kind == "production":
        return values.content
    item = values.items.find(options.table, ["item"])
    return np.where(options.makes, values.replacement[item], 0.0)


def _cheapest_routine(options: Options, full: FloatArray) -> FloatArray:
    """Cheapest routine option of the item at the location, else anywhere, else 0."""
    at_location = _least(options, full, ["item", "location"])
    anywhere = _least(options, full, ["item"])
    cheapest = np.where(np.isfinite(at_location), at_location, anywhere)
    return np.where(np.isfinite(cheapest), cheapest, 0.0)


def _least(options: Options, full: FloatArray, columns: list[str]) -> FloatArray:
    group = options.table.groupby(columns, sort=False).ngroup().to_numpy(np.int64)
    least = np.full((len(full), full.shape[1]), np.inf)
    routine = options.routine
    np.minimum.at(least, group[routine], full[routine])
    return least[group]


def _replacement(chain: Chain, items: Keys, unit_cost: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cheapest way to have one more unit of each item, and content of each production row.

    Bought from a supplier that does not make it, or made from replaced components: repeated from
    the lowest level of the BOM upwards until nothing changes.
    """
    production = chain.production
    bought = _bought(chain, items, unit_cost)
    product = items.find(production.table, ["item"])
    conversion = production.unit_cost.min(axis=1, initial=np.inf)
    row, component, quantity_per = _components(chain, items)
    replacement: FloatArray = bought
    content: FloatArray = np.zeros(len(conversion))
    for _ in range(len(items) + 1):
        weight = quantity_per * replacement[component]
        content = tally(row, weight, len(conversion))
        before, replacement = replacement, bought.copy()
        np.minimum.at(replacement, product, conversion + content)
        if np.array_equal(before, replacement):
            break
    return replacement, content


def _bought(chain: Chain, items: Keys, unit_cost: FloatArray) -> FloatArray:
    """Cheapest price from a supplier that does not make the item; infinite where it is made.

    What can neither be bought nor made has its ``unit_cost``.
    """
    sourcing = chain.sourcing
    source = sourcing.table[~sourcing.makes]
    bought = np.full(len(items), np.inf)
    least = sourcing.unit_cost[~sourcing.makes].min(axis=1, initial=np.inf)
    np.minimum.at(bought, items.find(source, ["item"]), least)
    made = np.zeros(len(items), dtype=bool)
    made[items.find(chain.production.table, ["item"])] = True
    return np.where(np.isinf(bought) & ~made, unit_cost, bought)


def _components(chain: Chain, items: Keys) -> tuple[IntArray, IntArray, FloatArray]:
    """Production row, component number and quantity of each BOM line of each production row."""
    rows = chain.production.table[["item", "version"]].assign(
        row=np.arange(len(chain.production.keys))
    )
    lines = rows.merge(chain.lasting_bom, on=["item", "version"])
    return (
        lines["row"].to_numpy(np.int64),
        items.find(lines, ["component"]),
        lines["quantity_per"].to_numpy(np.float64),
    )


def _target(chain: Chain, items: Keys, content: FloatArray) -> FloatArray:
    """closing_target periods of the mean requirement, exploded by the cheapest routine version."""
    demand = chain.network.table("demand")
    wanted = demand["quantity"].to_numpy(np.float64)
    level = tally(items.find(demand, ["item"]), wanted, len(items))
    chosen = _cheapest_versions(chain, content)
    lines = chosen.merge(chain.lasting_bom, on=["item", "version"])
    parent, component = items.find(lines, ["item"]), items.find(lines, ["component"])
    quantity_per = lines["quantity_per"].to_numpy(np.float64)
    required = level.copy()
    for _ in range(len(items)):
        if not level.any():
            break
        level = tally(component, level[parent] * quantity_per, len(items))
        required += level
    return np.asarray(chain.network.settings.closing_target * required / chain.calendar.periods)


def _cheapest_versions(chain: Chain, content: FloatArray) -> pd.DataFrame:
    """The routine version of each item that costs least; ties go to the first name."""
    table = chain.production.table.assign(full=chain.production.table["unit_cost"] + content)
    routine = table[table["routine"]].sort_values(["item", "full", "version", "location"])
    return routine.drop_duplicates("item")[["item", "version"]]
