"""Activities: the decisions of a plan that draw on stock, as arrays.

An activity is a production option that the plan uses, a lane that it uses, or a planned order that
is taken from the stock of a supplier that makes the item. Other orders draw on nothing that is
modelled; they only arrive. Builds with substitutes, short builds and retrofits: see ``recipes``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from supplychain.checker.chain import ALWAYS, Chain, Options
from supplychain.checker.keys import Keys, numbers_of, scatter
from supplychain.checker.report import BoolArray, FloatArray, IntArray

BUILD, TRANSFER, ORDER, RETROFIT = range(4)
NO_ROW = -1


@dataclass(frozen=True)
class Inputs:
    """What activities take from stock, one entry a component or moved item.

    ``row`` numbers the activity, ``pair`` the item-location, ``per_unit`` is in units of the item
    for one unit of the activity, used from period ``first`` to ``last``.
    """

    row: IntArray
    pair: IntArray
    per_unit: FloatArray
    first: IntArray
    last: IntArray

    def in_period(self, period: int) -> BoolArray:
        """Which entries are in use in ``period``."""
        return np.asarray((self.first <= period) & (period <= self.last))


@dataclass(frozen=True)
class Activities:
    """F activities: builds first, then transfers, orders, retrofits.

    ``kind`` is BUILD, TRANSFER, ORDER or RETROFIT; ``option`` the row of the option in its table
    (retrofits: of production); ``order_row`` the row of the plan's ``orders``, NO_ROW for the
    others. ``planned`` (F x periods) are the units that the plan starts in a period, ``lag``
    (F x periods) the periods from start to receipt, ``open`` whether the option may be used.
    ``target`` numbers the item-location filled. ``extra`` is money a unit beyond the cost of the
    option: of substitutes, of retrofits.
    """

    kind: IntArray
    option: IntArray
    order_row: IntArray
    planned: FloatArray
    lag: IntArray
    open: BoolArray
    target: IntArray
    inputs: Inputs
    extra: FloatArray

    def __len__(self) -> int:
        return len(self.kind)


def read_activities(chain: Chain, places: Keys, tables: Mapping[str, pd.DataFrame]) -> Activities:
    """The activities of a plan's result ``tables`` over the item-locations ``places``."""
    from supplychain.simulation import recipes  # its parts are made of those defined here

    def rows(name: str) -> pd.DataFrame:
        return tables.get(name, pd.DataFrame())

    planned = planned_by_option(chain, chain.production, tables["builds"])
    special = (recipes.recipes(chain, places, planned, rows("substitutions")),
               recipes.short_builds(chain, places, rows("short_builds")))  # fmt: skip
    made = (_builds(chain, places, planned), *special,
            _transfers(chain, places, tables["transfers"]),
            _orders(chain, places, tables["orders"]),
            recipes.retrofits(chain, places, rows("retrofits")))  # fmt: skip
    return _joined([part for part in made if part is not None])


def _joined(kinds: Sequence[Activities]) -> Activities:
    """All activities as one; the entries of each count on from the last."""
    offsets = np.cumsum([0, *(len(part) for part in kinds)])
    inputs = [part.inputs for part in kinds]
    numbers = [part.row + offset for part, offset in zip(inputs, offsets, strict=False)]

    def joined(parts: Sequence[object], name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    entries = Inputs(
        np.concatenate(numbers), joined(inputs, "pair"), joined(inputs, "per_unit"),
        joined(inputs, "first"), joined(inputs, "last"),
    )  # fmt: skip
    return Activities(
        joined(kinds, "kind"), joined(kinds, "option"), joined(kinds, "order_row"),
        joined(kinds, "planned"), joined(kinds, "lag"), joined(kinds, "open"),
        joined(kinds, "target"), entries, joined(kinds, "extra"),
    )  # fmt: skip


def levels_of(activities: Activities, pairs: int) -> IntArray:
    """Level of every item-location within a period, shape (pairs,).

    What takes no time leads from a lower level to a higher one, so that what arrives within the
    period is there before it is used. Item-locations in a circle of such steps share a level.
    """
    inputs, instant = activities.inputs, (activities.lag == 0).any(axis=1)
    members = instant[inputs.row]
    graph: nx.DiGraph[int] = nx.DiGraph()
    ends = activities.target[inputs.row[members]]
    graph.add_edges_from(zip(inputs.pair[members].tolist(), ends.tolist(), strict=True))
    condensed = nx.condensation(graph)
    level = np.zeros(pairs, dtype=np.int64)
    for number, generation in enumerate(nx.topological_generations(condensed)):
        for node in generation:
            level[list(condensed.nodes[node]["members"])] = number
    return level


def need_of(activities: Activities, pairs: int) -> FloatArray:
    """Units that the planned activities take from each item-location (pairs x periods)."""
    inputs = activities.inputs
    need = np.zeros((pairs, activities.planned.shape[1]))
    periods = np.arange(need.shape[1])
    used = (periods >= inputs.first[:, None]) & (periods <= inputs.last[:, None])
    amount = activities.planned[inputs.row] * inputs.per_unit[:, None] * used
    known = inputs.pair >= 0
    np.add.at(need, inputs.pair[known], amount[known])
    return need


def planned_by_option(
    chain: Chain, options: Options, rows: pd.DataFrame, at: str = "period"
) -> FloatArray:
    """Units of result rows by option and period of their column ``at`` (options x periods)."""
    shape = (len(options.keys), chain.calendar.periods)
    periods = numbers_of(chain.calendar, rows[at])
    return scatter(shape, options.keys.find(rows), periods, rows["quantity"].to_numpy(np.float64))


def components(chain: Chain, places: Keys) -> tuple[IntArray, Inputs]:
    """What every production option takes: its row for each entry, and the entries (row: as is)."""
    options = chain.production.table[["item", "location", "version"]].assign(
        row=np.arange(len(chain.production.table))
    )
    used = options.merge(chain.bom, on=["item", "version"])
    row = used["row"].to_numpy(np.int64)
    pair = places.find(used, ["component", "location"])
    return row, Inputs(
        row, pair, used["quantity_per"].to_numpy(np.float64),
        used["first"].to_numpy(np.int64), used["last"].to_numpy(np.int64),
    )  # fmt: skip


def drawn_from(chain: Chain, places: Keys) -> IntArray:
    """Item-location at the supplier that each sourcing option takes from; -1: none modelled."""
    stock = places.find(chain.sourcing.table, ["item", "supplier"])
    return np.where(chain.sourcing.makes, stock, NO_ROW)


def components_of(chain: Chain, places: Keys, option: IntArray) -> tuple[IntArray, Inputs]:
    """What production options take, by entry: the place in ``option``, and the entries.

    An option may come several times.
    """
    row, entries = components(chain, places)
    entry, place = pairs_of(row, option)
    return place, Inputs(place, entries.pair[entry], entries.per_unit[entry],
                         entries.first[entry], entries.last[entry])  # fmt: skip


def pairs_of(left: IntArray, right: IntArray) -> tuple[IntArray, IntArray]:
    """Places of equal numbers: of each in ``left``, and of its counterpart in ``right``."""
    frames = [pd.DataFrame({"number": numbers, name: np.arange(len(numbers))})
              for name, numbers in (("left", left), ("right", right))]  # fmt: skip
    both = frames[0].merge(frames[1], on="number").sort_values(["right", "left"])
    return both["left"].to_numpy(np.int64), both["right"].to_numpy(np.int64)


def _builds(chain: Chain, places: Keys, planned: FloatArray) -> Activities:
    options = chain.production
    used = np.flatnonzero(planned.sum(axis=1) > 0)
    periods = np.arange(chain.calendar.periods)
    valid = (periods >= options.first[used, None]) & (periods <= options.last[used, None])
    return Activities(
        np.full(len(used), BUILD), used, np.full(len(used), NO_ROW), planned[used],
        options.lead_time[used], valid, places.find(options.table.iloc[used]),
        components_of(chain, places, used)[1], np.zeros(len(used)),
    )  # fmt: skip


def _transfers(chain: Chain, places: Keys, rows: pd.DataFrame) -> Activities:
    options = chain.lanes
    planned = planned_by_option(chain, options, rows)
    used = np.flatnonzero(planned.sum(axis=1) > 0)
    table = options.table.iloc[used]
    return Activities(
        np.full(len(used), TRANSFER), used, np.full(len(used), NO_ROW), planned[used],
        options.lead_time[used], np.ones((len(used), planned.shape[1]), dtype=bool),
        places.find(table, ["item", "destination"]),
        _one_each(places.find(table, ["item", "origin"])), np.zeros(len(used)),
    )  # fmt: skip


def _orders(chain: Chain, places: Keys, rows: pd.DataFrame) -> Activities:
    option = chain.sourcing.keys.find(rows)
    source = drawn_from(chain, places)[option]
    drawn = np.flatnonzero(source >= 0)
    periods, count = chain.calendar.periods, len(drawn)
    dispatch = numbers_of(chain.calendar, rows["dispatch"])[drawn]
    receipt = numbers_of(chain.calendar, rows["receipt"])[drawn]
    planned = scatter((count, periods), np.arange(count), dispatch,
                      rows["quantity"].to_numpy(np.float64)[drawn])  # fmt: skip
    lag = np.repeat((receipt - dispatch)[:, None], periods, axis=1)
    return Activities(
        np.full(count, ORDER), option[drawn], drawn, planned, lag,
        np.ones((count, periods), dtype=bool), places.find(rows)[drawn], _one_each(source[drawn]),
        np.zeros(count),
    )  # fmt: skip


def _one_each(pair: IntArray) -> Inputs:
    """Inputs of activities that take one unit of one item-location each."""
    count = len(pair)
    return Inputs(np.arange(count), pair, np.ones(count), np.full(count, -ALWAYS),
                  np.full(count, ALWAYS))  # fmt: skip
