"""What the plan itself knows to be short: item-locations that no source can fill in time.

A plan that sees a shortage coming does not order what would lie idle beside it, so that the scarce
item cannot be told from the others by their stock. It can by what more there could have been: one
more unit of the others could be bought and would arrive in time, one more of the scarce one not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.checker.chain import Options
from supplychain.checker.report import BoolArray, FloatArray, IntArray
from supplychain.simulation.activities import (
    components,
    drawn_from,
    need_of,
    planned_by_option,
    read_activities,
)
from supplychain.simulation.execution import Execution
from supplychain.simulation.limits import free_room, resource_needs
from supplychain.simulation.reach import goes_into

_FREE = 1e-6  # of a capacity, at least of one unit: less than this is no room


@dataclass(frozen=True)
class _Ways:
    """Ways into item-locations. ``first_receipt[o, a]``: earliest receipt of one more unit by
    option o if what it takes is there from period a on, T where there is none (o x (T + 1))."""

    target: IntArray
    first_receipt: IntArray
    row: IntArray
    source: IntArray


def earliest_extra(execution: Execution, tables: Mapping[str, pd.DataFrame]) -> IntArray:
    """First period in which one unit more than the plan uses could be on hand, shape (n,).

    T where it could not within the horizon. By routine options, with the capacity that the plan
    leaves; stock can be used earlier if it is replaced before the plan runs out of it. A shortest
    path in which a build waits for the last of its components (an AND-OR graph), found by repeated
    relaxation.
    """
    periods, pairs = execution.periods, np.arange(len(execution.places))
    if not len(pairs):
        return pairs
    ways = _all_ways(execution, tables)
    held_since = _held_since(execution.planned_on_hand > execution.dust[:, None])
    earliest = held_since[:, periods]
    known = ways.target >= 0
    while True:
        ready = np.zeros(len(ways.target), dtype=np.int64)
        there = np.where(ways.source >= 0, earliest[ways.source], periods)
        np.maximum.at(ready, ways.row, there)
        receipt = ways.first_receipt[np.arange(len(ready)), ready]
        better = earliest.copy()
        np.minimum.at(better, ways.target[known], receipt[known])
        better = held_since[pairs, better]
        if (better == earliest).all():
            return earliest
        earliest = better


def _held_since(held: BoolArray) -> IntArray:
    """First period from which stock is ``held`` (n x T) in all periods before t (n x (T + 1))."""
    since = np.zeros((held.shape[0], held.shape[1] + 1), dtype=np.int64)
    for period in range(held.shape[1]):
        since[:, period + 1] = np.where(held[:, period], since[:, period], period + 1)
    return since


def foreseen_shortage(
    execution: Execution, earliest: IntArray, reference: Mapping[str, pd.DataFrame]
) -> FloatArray:
    """Units by which the plan is behind the use of a reference plan, where scarce (n x T).

    Cumulative: the reference plan (result tables of the calm plan) would have used so many units
    more of the item-location by the end of the period than are on hand then, none could have been
    there in time, and demand that needs it waits in the plan then or later.
    """
    activities = read_activities(execution.chain, execution.places, reference)
    wanted = need_of(activities, len(execution.places))
    behind = np.cumsum(wanted - execution.planned_need, axis=1) - execution.planned_on_hand
    scarce = earliest[:, None] > np.arange(execution.periods)
    gap = np.where(scarce & _demand_waits(execution), behind, 0.0)
    return np.where(gap > execution.dust[:, None], gap, 0.0)


def _demand_waits(execution: Execution) -> BoolArray:
    """Whether demand that needs an item-location waits in the plan then or later (n x T)."""
    demand = execution.demand
    periods = np.arange(execution.periods)
    inside = (periods >= demand.first[:, None]) & (periods <= demand.last[:, None])
    wanted = demand.table["quantity"].to_numpy(np.float64)[:, None] > 0
    waits = inside & wanted & (demand.planned_share < 1.0 - 1e-6)
    items, number = np.unique(demand.table["item"].to_numpy(dtype=str), return_inverse=True)
    by_item = np.zeros((len(items), execution.periods))
    np.maximum.at(by_item, number, waits.astype(np.float64))
    places = execution.places.frame["item"].tolist()
    reaches = goes_into(execution.chain.network, places, items.tolist()).astype(np.float64)
    now = reaches @ by_item > 0
    return np.logical_or.accumulate(now[:, ::-1], axis=1)[:, ::-1]


def _all_ways(execution: Execution, tables: Mapping[str, pd.DataFrame]) -> _Ways:
    """Ways by all routine options: sourcing, lanes, production."""
    chain, places = execution.chain, execution.places
    free = _free_after(execution, tables)
    sourcing, lanes, production = chain.sourcing, chain.lanes, chain.production
    option, entries = components(chain, places)
    drawn = drawn_from(chain, places)
    own = np.flatnonzero(drawn >= 0)
    origin = places.find(lanes.table, ["item", "origin"])
    counts = np.cumsum([0, len(drawn), len(origin), len(production.table)])
    return _Ways(
        np.concatenate([places.find(sourcing.table),
                        places.find(lanes.table, ["item", "destination"]),
                        places.find(production.table)]),
        np.concatenate([_first_receipts(options, free[options.kind])
                        for options in (sourcing, lanes, production)]),
        np.concatenate([own, counts[1] + np.arange(len(origin)), counts[2] + option]),
        np.concatenate([drawn[own], origin, entries.pair]),
    )  # fmt: skip


def _first_receipts(options: Options, free: BoolArray) -> IntArray:
    """Earliest receipt by option and the period from which its input is there (o x (T + 1))."""
    count, periods = options.lead_time.shape
    start = np.arange(periods)
    receipt = start + options.lead_time
    transit = options.transit if options.kind == "sourcing" else options.lead_time
    dispatch = receipt - transit
    usable = (start >= options.first[:, None]) & (start <= options.last[:, None])
    usable &= options.routine[:, None] & (receipt < periods)
    option, period = np.nonzero(usable)
    sent, comes = dispatch[option, period], receipt[option, period]
    room = free[option, sent]
    first = np.full((count, periods + 1), periods)
    np.minimum.at(first, (option[room], sent[room]), comes[room])
    return np.minimum.accumulate(first[:, ::-1], axis=1)[:, ::-1]


def _free_after(execution: Execution, tables: Mapping[str, pd.DataFrame]) -> dict[str, BoolArray]:
    """Whether the plan leaves room for one more unit, by option and period of dispatch."""
    chain = execution.chain
    left = free_room(chain, tables)
    used = {
        "sourcing": planned_by_option(chain, chain.sourcing, tables["orders"], "dispatch"),
        "lanes": planned_by_option(chain, chain.lanes, tables["transfers"]),
        "production": planned_by_option(chain, chain.production, tables["builds"]),
    }
    shared = np.zeros_like(left["supplier_capacity"])
    for options in (chain.sourcing, chain.production):
        member = options.group >= 0
        amount = used[options.kind][member] * options.group_per_unit[member, None]
        np.add.at(shared, options.group[member], amount)
    option, resource, per_unit = resource_needs(chain)
    loads = np.zeros_like(left["resources"])
    np.add.at(loads, resource, used["production"][option] * per_unit[:, None])
    free = {kind: _is_free(left[kind], units) for kind, units in used.items()}
    groups = np.vstack([_is_free(left["supplier_capacity"], shared),
                        np.ones((1, execution.periods), dtype=bool)])  # fmt: skip
    for options in (chain.sourcing, chain.production):  # -1, no group, is the row just added
        group = np.where(options.group_per_unit > 0, options.group, -1)
        free[options.kind] = free[options.kind] & groups[group]
    lines = _is_free(left["resources"], loads)
    np.logical_and.at(free["production"], option, lines[resource])
    return free


def _is_free(left: FloatArray, used: FloatArray) -> BoolArray:
    scale = np.maximum(np.where(np.isfinite(left), left, 0.0), 1.0)
    return np.asarray(left - used > _FREE * scale)
