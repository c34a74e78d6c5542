"""Demand that no source can serve, whatever the plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain.errors import Problem
from supplychain.patterns import overlap

if TYPE_CHECKING:
    from supplychain.network import Network

_PAIR = ["item", "location"]
_VERSION = ["item", "version"]


Place = tuple[str, str]
_SHOWN = 3


def unservable_demand(network: Network, expanded: Network) -> list[Problem]:
    """A problem for each item-location whose demand no chain of supply leads to.

    ``expanded`` is ``network`` without ``*``. Capacities, and the dates of options, are left aside;
    a version can be built if all that its BOM asks for in some period of the calendar can be had,
    and a component can be had if a substitute of it can.
    """
    demand = network.tables["demand"]
    wanted = demand[demand["quantity"] > 0].drop_duplicates(_PAIR)
    heads, bodies = _rules(expanded)
    suppliable = _suppliable(expanded, heads, bodies)
    without = wanted[~overlap(wanted, suppliable, _PAIR)]
    if not len(without):
        return []
    named = expanded.replace(substitutes=expanded.table("substitutes").iloc[:0])
    causes = _Causes(*_rules(named), set(suppliable.itertuples(index=False, name=None)))
    remedy = "add stock, production with all its components, sourcing or a lane"
    rows = zip(without.index, without["item"], without["location"], strict=True)
    return [
        Problem("demand", causes.told((item, location)), remedy, int(row), "item", item)
        for row, item, location in rows
    ]


class _Causes:
    """Why item-locations cannot be supplied: what they need that nothing leads to."""

    def __init__(self, heads: pd.DataFrame, bodies: pd.DataFrame, reached: set[Place]) -> None:
        self._needs: dict[Place, list[Place]] = {place: [] for place in _places(heads)}
        head_of = list(_places(heads))
        for rule, place in zip(bodies["rule"], _places(bodies), strict=True):
            if place not in reached:
                self._needs[head_of[rule]].append(place)

    def told(self, place: Place) -> str:
        """That ``place`` cannot be served, with the item-locations that are to blame."""
        message = f"no source can serve it at {place[1]}"
        found = [f"{item} at {location}" for item, location in self._roots(place)]
        if not found:
            return message
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        return f"{message}: nothing supplies {', '.join(found[:_SHOWN])}{more}"

    def _roots(self, place: Place) -> list[Place]:
        waiting, seen = [place], {place}
        while waiting:
            for need in self._needs.get(waiting.pop(), ()):
                if need not in seen:
                    seen.add(need)
                    waiting.append(need)
        return sorted(need for need in seen - {place} if need not in self._needs)


def _places(rows: pd.DataFrame) -> Iterator[Place]:
    return zip(rows["item"], rows["location"], strict=True)


def _suppliable(network: Network, heads: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """Item-locations that some chain of supply fills: all that follows from what is held.

    A rule says that its head can be had if every item-location of its body can.
    """
    tables = network.tables
    held = pd.concat(
        [tables[n].loc[tables[n]["quantity"] > 0, _PAIR] for n in ("stock", "scheduled_receipts")]
    )
    pairs = pd.concat([held, heads, bodies[_PAIR]], ignore_index=True)
    number = pairs.groupby(_PAIR, sort=False).ngroup().to_numpy()
    first, head, body = np.split(number, [len(held), len(held) + len(heads)])
    rule = bodies["rule"].to_numpy()
    needed = np.bincount(rule, minlength=len(heads))
    reached = np.zeros(number.max(initial=-1) + 1, dtype=bool)
    reached[first] = True
    count = -1
    while count != (count := int(reached.sum())):
        met = np.bincount(rule[reached[body]], minlength=len(heads))
        reached[head[met == needed]] = True
    return pairs.drop_duplicates()[reached]


def _rules(network: Network) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Heads (item, location) numbered by row, and bodies (rule, item, location)."""
    tables = network.tables
    sourcing, lanes = tables["sourcing"], tables["lanes"]
    production, contents = _builds(network)
    upstream = sourcing[["item", "supplier"]].set_axis(_PAIR, axis=1)
    bought = overlap(upstream, production, _PAIR)
    substitutes = tables["substitutes"]
    replaced = substitutes[["substitute", "location"]].set_axis(_PAIR, axis=1)
    bodies = [
        upstream.assign(rule=np.arange(len(sourcing)))[bought],
        lanes[["item", "origin"]].set_axis(_PAIR, axis=1).assign(rule=np.arange(len(lanes))),
        contents,
        replaced.assign(rule=np.arange(len(substitutes))),
    ]
    heads = [
        sourcing[_PAIR],
        lanes[["item", "destination"]].set_axis(_PAIR, axis=1),
        production[_PAIR],
        substitutes[["component", "location"]].set_axis(_PAIR, axis=1),
    ]
    before = np.cumsum([0, *(len(rows) for rows in heads)])
    numbered = [
        rows.assign(rule=rows["rule"] + start) for rows, start in zip(bodies, before, strict=False)
    ]
    return pd.concat(heads, ignore_index=True), pd.concat(numbered, ignore_index=True)


def _builds(network: Network) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Production rows by phase of their BOM, and the components of each (rule: its row)."""
    phases, bom = _phases(network)
    production = network.tables["production"][["item", "location", "version"]]
    production = production.merge(phases, how="left", on=_VERSION)
    rows = production.reset_index(names="rule").merge(bom, on=[*_VERSION, "phase"])
    contents = rows.loc[rows["quantity_per"] > 0, ["rule", "component", "location"]]
    return production, contents.rename(columns={"component": "item"})


def _phases(network: Network) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Phases of every version in the BOM, and its rows once for every phase that they are valid in.

    A phase is named by the period in which it begins: the first one, or one in which a row of the
    version begins or has ended.
    """
    calendar = network.calendar
    bom = network.tables["bom"]
    start, end = calendar.dates[0], calendar.dates[-1]
    first = pd.Series(calendar.index(bom["valid_from"].fillna(start)), index=bom.index).clip(0)
    after = pd.Series(calendar.index(bom["valid_to"].fillna(end)), index=bom.index) + 1
    bom = bom[[*_VERSION, "component", "quantity_per"]].assign(first=first, after=after)
    moments = [bom.assign(phase=value)[[*_VERSION, "phase"]] for value in (0, first, after)]
    phases = pd.concat(moments).drop_duplicates()
    phases = phases[(phases["phase"] >= 0) & (phases["phase"] < calendar.periods)]
    rows = bom.merge(phases, on=_VERSION)
    return phases, rows[(rows["first"] <= rows["phase"]) & (rows["phase"] < rows["after"])]
