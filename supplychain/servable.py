"""Demand that no source can serve, whatever the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain.errors import Problem
from supplychain.patterns import overlap

if TYPE_CHECKING:
    from supplychain.network import Network

_PAIR = ["item", "location"]
_VERSION = ["item", "version"]


def unservable_demand(network: Network, expanded: Network) -> list[Problem]:
    """A problem for each item-location whose demand no chain of supply leads to.

    ``expanded`` is ``network`` without ``*``. Capacities, and the dates of options, are left aside;
    a version can be built if all that its BOM asks for in some period of the calendar can be had.
    """
    demand = network.tables["demand"]
    wanted = demand[demand["quantity"] > 0].drop_duplicates(_PAIR)
    without = wanted[~overlap(wanted, _suppliable(expanded), _PAIR)]
    remedy = "add stock, production with all its components, sourcing or a lane"
    rows = zip(without.index, without["item"], without["location"], strict=True)
    return [
        Problem("demand", f"no source can serve it at {location}", remedy, int(row), "item", item)
        for row, item, location in rows
    ]


def _suppliable(network: Network) -> pd.DataFrame:
    """Item-locations that some chain of supply fills: all that follows from what is held.

    A rule says that its head can be had if every item-location of its body can.
    """
    tables = network.tables
    held = pd.concat(
        [tables[n].loc[tables[n]["quantity"] > 0, _PAIR] for n in ("stock", "scheduled_receipts")]
    )
    heads, bodies = _rules(network)
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
    bodies = [
        upstream.assign(rule=np.arange(len(sourcing)))[bought],
        lanes[["item", "origin"]].set_axis(_PAIR, axis=1).assign(rule=np.arange(len(lanes))),
        contents,
    ]
    heads = [
        sourcing[_PAIR],
        lanes[["item", "destination"]].set_axis(_PAIR, axis=1),
        production[_PAIR],
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
