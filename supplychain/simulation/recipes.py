"""Builds that differ from their BOM, and what completes them: substitutes, short builds, retrofits.

A build in which substitutes are used is an activity of its own, by option and period: it takes for
a unit what the plan takes for one, also where it is made up for later. A build without a component
fills a place of its own, where it is parked; a retrofit takes the parked unit and the component.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain.checker.chain import ALWAYS, Chain
from supplychain.checker.keys import Keys, numbers_of, scatter
from supplychain.checker.report import FloatArray, IntArray
from supplychain.simulation.activities import (
    BUILD,
    NO_ROW,
    RETROFIT,
    Activities,
    Inputs,
    components_of,
)

if TYPE_CHECKING:
    from supplychain.simulation.execution import Execution
    from supplychain.simulation.step import State

_OPTION = ["item", "location", "version"]
_LEFT_OUT = [*_OPTION, "component"]
_TINY = 1e-9  # of a unit: what rounding leaves of a component that is replaced altogether


def parked_places(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Places (item, location) of parked units, one for each way to build short."""
    rows = tables.get("short_builds", pd.DataFrame(columns=_LEFT_OUT))
    return _parked(rows[_LEFT_OUT].drop_duplicates())


def parked_on_hand(
    chain: Chain, places: Keys, tables: Mapping[str, pd.DataFrame]
) -> tuple[FloatArray, FloatArray]:
    """Parked units by place and period (n x T), and what one costs a period (n)."""
    rows = tables.get("parked", pd.DataFrame(columns=[*_LEFT_OUT, "period", "quantity", "cost"]))
    place, shape = places.find(_parked(rows)), (len(places), chain.calendar.periods)
    quantity = rows["quantity"].to_numpy(np.float64)
    units = scatter(shape, place, numbers_of(chain.calendar, rows["period"]), quantity)
    rate = np.zeros(len(places))
    rate[place] = rows["cost"].to_numpy(np.float64) / quantity
    return units, rate


def parked_until_now(
    execution: Execution,
    state: State,
    before: Mapping[str, pd.DataFrame],
    after: Mapping[str, pd.DataFrame],
) -> dict[str, pd.DataFrame]:
    """Tables of a plan ``after`` in which parked units are completed as the plan ``before`` meant.

    In the first sample of ``state``. A retrofit that is overdue is wanted at once.
    """
    rows = before.get("short_builds", pd.DataFrame())
    if not len(rows):
        return {}
    ways = rows[_LEFT_OUT].drop_duplicates().reset_index(drop=True)
    place = execution.places.find(_parked(ways))
    units = state.on_hand[place, 0] + state.in_transit[:, place, 0].sum(axis=0)
    calendar = execution.chain.calendar
    now = calendar.date(state.period)
    meant = before["retrofits"].merge(ways.assign(units=units), on=_LEFT_OUT)
    due = meant.assign(number=numbers_of(calendar, meant["period"]))
    lag = numbers_of(calendar, due["receipt"]) - due["number"]
    due["number"] = due["number"].clip(lower=state.period)
    due["period"], due["receipt"] = (
        calendar.dates_of(n) for n in (due["number"], due["number"] + lag)
    )
    due = due.sort_values("period", ascending=False, kind="stable")
    behind = due.groupby(_LEFT_OUT)["quantity"].cumsum() - due["quantity"]
    share = (due["units"] - behind).clip(lower=0.0, upper=due["quantity"]) / due["quantity"]
    due = due.assign(quantity=due["quantity"] * share, cost=due["cost"] * share)[share > 0]
    nothing = rows.drop_duplicates(_LEFT_OUT).assign(period=now, quantity=0.0, cost=0.0)
    carried = {"short_builds": nothing, "retrofits": due[before["retrofits"].columns],
               "parked": before["parked"].drop_duplicates(_LEFT_OUT)}  # fmt: skip
    return {name: pd.concat([after.get(name, pd.DataFrame()), table], ignore_index=True)
            for name, table in carried.items()}  # fmt: skip


def recipes(
    chain: Chain, places: Keys, planned: FloatArray, rows: pd.DataFrame
) -> Activities | None:
    """Builds with the substitutions ``rows`` of the plan; None without any.

    ``planned`` (options x periods) are the builds of the plan; those with a recipe are taken out.
    """
    if not len(rows):
        return None
    option = chain.production.keys.find(rows)
    cell = option * planned.shape[1] + numbers_of(chain.calendar, rows["period"])
    cells, recipe = np.unique(cell, return_inverse=True)
    option, period = np.divmod(cells, planned.shape[1])
    own = np.zeros((len(cells), planned.shape[1]))
    own[np.arange(len(cells)), period] = planned[option, period]
    planned[option, period] = 0.0
    built = own.sum(axis=1)
    row, entries = components_of(chain, places, option)
    used = (entries.first <= period[row]) & (period[row] <= entries.last)
    each = built[recipe]
    inputs = _net(
        np.concatenate([row[used], recipe, recipe]),
        np.concatenate([entries.pair[used], places.find(rows, ["component", "location"]),
                        places.find(rows, ["substitute", "location"])]),
        np.concatenate([entries.per_unit[used], -rows["quantity"].to_numpy(np.float64) / each,
                        rows["used"].to_numpy(np.float64) / each]),
    )  # fmt: skip
    extra = np.bincount(recipe, rows["cost"].to_numpy(np.float64), len(cells)) / built
    return _activities(BUILD, option, own, chain.production.lead_time[option],
                       places.find(chain.production.table.iloc[option]), inputs, extra)  # fmt: skip


def short_builds(chain: Chain, places: Keys, rows: pd.DataFrame) -> Activities | None:
    """Builds without a component, which go to their parking place; None without any."""
    if not len(rows):
        return None
    ways, planned = _by_way(chain, rows)
    option = chain.production.keys.find(ways)
    row, entries = components_of(chain, places, option)
    missing = places.find(ways, ["component", "location"])
    kept = entries.pair != missing[row]
    inputs = Inputs(row[kept], entries.pair[kept], entries.per_unit[kept], entries.first[kept],
                    entries.last[kept])  # fmt: skip
    return _activities(BUILD, option, planned, chain.production.lead_time[option],
                       places.find(_parked(ways)), inputs, np.zeros(len(ways)))  # fmt: skip


def retrofits(chain: Chain, places: Keys, rows: pd.DataFrame) -> Activities | None:
    """Parked units that get the missing component; None without any."""
    if not len(rows):
        return None
    ways, planned = _by_way(chain, rows)
    option = chain.production.keys.find(ways)
    row, entries = components_of(chain, places, option)
    fitted = entries.pair == places.find(ways, ["component", "location"])[row]
    number, parked = np.arange(len(ways)), places.find(_parked(ways))
    inputs = Inputs(
        np.concatenate([row[fitted], number]), np.concatenate([entries.pair[fitted], parked]),
        np.concatenate([entries.per_unit[fitted], np.ones(len(ways))]),
        np.concatenate([entries.first[fitted], np.full(len(ways), -ALWAYS)]),
        np.concatenate([entries.last[fitted], np.full(len(ways), ALWAYS)]),
    )  # fmt: skip
    first = rows.drop_duplicates(_LEFT_OUT)
    lag = numbers_of(chain.calendar, first["receipt"]) - numbers_of(chain.calendar, first["period"])
    each = (first["cost"] / first["quantity"]).to_numpy(np.float64)
    lags = np.repeat(lag[:, None], planned.shape[1], axis=1)
    return _activities(RETROFIT, option, planned, lags, places.find(ways), inputs, each)


def _by_way(chain: Chain, rows: pd.DataFrame) -> tuple[pd.DataFrame, FloatArray]:
    """The distinct ways to leave out a component, and their units by period (ways x T)."""
    ways = rows[_LEFT_OUT].drop_duplicates().reset_index(drop=True)
    way, period = Keys(ways, _LEFT_OUT).find(rows), numbers_of(chain.calendar, rows["period"])
    shape = (len(ways), chain.calendar.periods)
    return ways, scatter(shape, way, period, rows["quantity"].to_numpy(np.float64))


def _parked(ways: pd.DataFrame) -> pd.DataFrame:
    """The place where units built short are parked: a location of its own for every way."""
    place = ways["location"] + ", parked: " + ways["version"] + " without " + ways["component"]
    return pd.DataFrame({"item": ways["item"], "location": place}).astype("str")


def _net(row: IntArray, pair: IntArray, per_unit: FloatArray) -> Inputs:
    """Entries of the same activity and item-location as one; what is replaced goes."""
    span = int(pair.max(initial=0)) + 2
    place, owner = np.unique(row * span + pair + 1, return_inverse=True)
    amount = np.bincount(owner, per_unit, len(place)).astype(np.float64)
    left = amount > _TINY
    row, pair = np.divmod(place[left], span)
    count = len(row)
    return Inputs(row, pair - 1, amount[left], np.full(count, -ALWAYS), np.full(count, ALWAYS))


def _activities(
    kind: int, option: IntArray, planned: FloatArray, lag: IntArray, target: IntArray,
    inputs: Inputs, extra: FloatArray,
) -> Activities:  # fmt: skip
    count = len(option)
    return Activities(
        np.full(count, kind), option, np.full(count, NO_ROW), planned, lag,
        np.ones(planned.shape, dtype=bool), target, inputs, extra,
    )  # fmt: skip
