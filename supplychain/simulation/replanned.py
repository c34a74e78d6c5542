"""A plan lived through one future and made anew every few periods, from what is there by then.

At the beginning of period K, 2K, ... the network of the moment (``moment``) is planned again: the
new plan replaces the rest of the old one. What was ordered stays ordered, what is in transit stays
so; orders not placed yet, and what a supplier that makes the item has not sent yet, are decided
anew. The planner knows what has happened and what is on its way (late orders as due now), and
expects of the rest what the first plan did: forecasts are not made anew. A period is then lived
through by the rules of the package; see Sethi and Sorger (1991), Annals of Operations Research 29,
387-415, for planning on a rolling horizon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from supplychain.checker.keys import Keys
from supplychain.checker.report import IntArray
from supplychain.network import Network
from supplychain.simulation.execution import (
    NEVER_ARRIVES,
    Arrivals,
    Execution,
    read_execution,
    sampled_arrivals,
)
from supplychain.simulation.futures import Futures
from supplychain.simulation.lines import LineWatch, read_lines
from supplychain.simulation.measures import ServiceMeasure
from supplychain.simulation.moment import network_at, pending_of
from supplychain.simulation.money import MoneyMeasure
from supplychain.simulation.recipes import parked_until_now
from supplychain.simulation.simulate import all_builds
from supplychain.simulation.step import Lived, State, initial_state, step

Tables = Mapping[str, pd.DataFrame]
_OPTION = ["item", "location", "supplier", "mode"]
_PLACE = ["item", "location"]
_SERVED = ["item", "location", "period", "customer"]
_AT_ONCE = ("contracts", "changes")  # tables whose cost is that of the first plan


class Planner(Protocol):
    """Plans the network of a moment."""

    def __call__(self, network: Network, premium: float) -> tuple[Tables, IntArray] | None:
        """Result tables, and the delay of each of their orders; None: the old plan goes on.

        ``premium`` is what was spent of the budget so far.
        """


@dataclass(frozen=True, eq=False)
class Lifeline:
    """One future with replanning: rows of ``Simulation.totals`` and ``money``, and of ``down``.

    ``plans`` counts the plans made on the way.
    """

    totals: pd.DataFrame
    money: pd.DataFrame
    down: IntArray
    plans: int


def simulate_replanned(
    network: Network,
    tables: Tables,
    futures: Futures,
    every: int,
    planner: Planner,
    reference: Tables | None = None,
) -> Lifeline:
    """Live the plan with result ``tables`` through a future of one sample, replanning every so
    many periods; the other arguments are those of ``simulate``."""
    futures.check_fits(network, tables)
    life = _Life.at_start(network, tables, futures)
    execution = life.execution
    service, money = ServiceMeasure(execution, futures), MoneyMeasure(execution, tables, futures)
    builds = None if reference is None else reference["builds"]
    watch = LineWatch(execution, read_lines(execution, all_builds(tables), builds), 1)
    plans, premium = 0, 0.0
    for period in range(execution.periods):
        if period and period % every == 0:
            premium += _premium(life.tables, network, period - every, period)
            made = planner(life.network_now(), premium)
            if made is not None:
                life, plans = life.replanned(*made), plans + 1
                money.follow(life.execution, life.tables, period)
                watch.follow(life.execution)
        life, lived = life.stepped()
        service.observe(lived)
        watch.observe(lived)
        money.observe(life.state, lived)
    return Lifeline(service.totals(), money.table(life.state, life.arrivals), watch.first, plans)


def _premium(tables: Tables, network: Network, first: int, last: int) -> float:
    """Premium of what a plan decides from period ``first`` to before ``last``."""
    begin, end = network.calendar.date(first), network.calendar.date(last)
    total = 0.0
    for rows in tables.values():
        if {"premium", "period"} <= set(rows.columns):
            now = (rows["period"] >= begin) & (rows["period"] < end)
            total += float(rows.loc[now, "premium"].sum())
    moves = tables.get("reschedules", pd.DataFrame())
    return total + (float(moves["premium"].sum()) if "premium" in moves else 0.0)


@dataclass(frozen=True, eq=False)
class _Life:
    """Where a future stands: the plan in force, its state, and what is on order."""

    network: Network
    tables: Tables
    futures: Futures
    execution: Execution
    arrivals: Arrivals
    pending: pd.DataFrame
    state: State

    @classmethod
    def at_start(cls, network: Network, tables: Tables, futures: Futures) -> _Life:
        execution = read_execution(network, tables)
        arrivals = sampled_arrivals(execution, futures)
        pending = pending_of(network, execution, tables, arrivals.period[:, 0].astype(np.int64))
        state = initial_state(execution, futures)
        return cls(network, tables, futures, execution, arrivals, pending, state)

    def network_now(self) -> Network:
        return network_at(self.network, self.execution, self.state, self.pending,
                          self.futures.demand[:, 0])  # fmt: skip

    def stepped(self) -> tuple[_Life, Lived]:
        """One period later, and what happened in it."""
        state, lived = step(self.execution, self.futures, self.arrivals, self.state)
        return replace(self, state=state), lived

    def replanned(self, tables: Tables, delays: IntArray) -> _Life:
        """The same moment with the plan ``tables`` in force; ``delays`` (orders x 1)."""
        made = {name: rows for name, rows in tables.items() if name not in _AT_ONCE}
        made["deliveries"] = pd.concat([self._delivered(), tables["deliveries"]])
        made["inventory"] = self._all_places(tables["inventory"])
        made |= parked_until_now(self.execution, self.state, self.tables, made)
        execution = read_execution(self._network_known(), made)
        receipts = np.zeros((len(tables["receipts"]), 1), dtype=np.int64)
        futures = Futures(self.futures.demand, delays, receipts)
        pending = self._pending(execution, futures, tables)
        arrivals = Arrivals(
            execution.places.find(pending), pending["quantity"].to_numpy(np.float64),
            pending["expected"].to_numpy(np.int64),
            pending["arrives"].to_numpy(np.int16)[:, None], execution.periods,
        )  # fmt: skip
        return replace(self, network=self._qualified(), tables=made, futures=futures,
                       execution=execution, arrivals=arrivals, pending=pending,
                       state=self._state(execution, futures))  # fmt: skip

    def _delivered(self) -> pd.DataFrame:
        """What each demand row was served so far, as deliveries of the last period."""
        served = self.state.served[:, 0]
        rows = self.execution.demand.table[_SERVED]
        date = self.network.calendar.date(self.state.period - 1)
        return rows.assign(served=date, quantity=served)[served > 0]

    def _all_places(self, inventory: pd.DataFrame) -> pd.DataFrame:
        """``inventory`` with the item-locations that a later demand needs no more."""
        places = self.execution.places.frame[~self.execution.is_parked]
        missing = places[Keys(inventory[_PLACE].drop_duplicates(), _PLACE).find(places) < 0]
        date = self.network.calendar.date(self.state.period)
        rows = missing.assign(period=date, on_hand=0.0, arrivals=0.0, uses=0.0)
        return pd.concat([inventory, rows], ignore_index=True) if len(rows) else inventory

    def _network_known(self) -> Network:
        """The network with the demand that is known by now, over the whole calendar."""
        rows = self.execution.demand
        past, happened = rows.due < self.state.period, self.futures.demand[:, 0]
        planned = self.network.table("demand")["quantity"].to_numpy(np.float64)
        quantity = np.where(past, happened, planned)
        return self.network.replace(demand=rows.table.assign(quantity=quantity))

    def _qualified(self) -> Network:
        """The network in which what was begun to be qualified will be ready."""
        rows = self.tables.get("qualifications", pd.DataFrame())
        if not len(rows):
            return self.network
        begun = rows[rows["period"] < self.network.calendar.date(self.state.period)]
        sourcing = self.network.table("sourcing").set_index(_OPTION)
        ready = begun.set_index(_OPTION)["ready"]
        sourcing["qualified_from"] = ready.reindex(sourcing.index).fillna(
            sourcing["qualified_from"]
        )
        return self.network.replace(sourcing=sourcing.reset_index())

    def _pending(self, execution: Execution, futures: Futures, tables: Tables) -> pd.DataFrame:
        """What stays on order, as the new plan reschedules it, and what the new plan orders."""
        period, old = self.state.period, self.pending
        old = old[(old["arrives"] >= period) & (old["placed"] < period)]
        old = _moved(old, tables.get("reschedules", pd.DataFrame()), self.network)
        arrival = sampled_arrivals(execution, futures).period[:, 0].astype(np.int64)
        new = pending_of(self.network, execution, tables, arrival)
        ordered = new[: len(execution.orders.pair)]
        return pd.concat([old, ordered], ignore_index=True)

    def _state(self, execution: Execution, futures: Futures) -> State:
        """The state with nothing of the new plan started, over its item-locations."""
        fresh, old = initial_state(execution, futures), self.state
        place = execution.places.find(self.execution.places.frame)
        width = max(len(fresh.in_transit), len(old.in_transit))
        on_hand = np.zeros_like(fresh.on_hand)
        in_transit = np.zeros((width, len(execution.places), 1))
        on_hand[place[place >= 0]] = old.on_hand[place >= 0]
        in_transit[: len(old.in_transit), place[place >= 0]] = old.in_transit[:, place >= 0]
        return State(old.period, on_hand, in_transit, fresh.started, old.served)


def _moved(pending: pd.DataFrame, moves: pd.DataFrame, network: Network) -> pd.DataFrame:
    """``pending`` as rescheduled: a part that is moved keeps the periods by which it is late."""
    if not len(moves):
        return pending
    rows = moves[moves["order_id"].isin(pending.index.astype("str"))]
    number = rows["order_id"].astype("int64")
    taken = rows["quantity"].groupby(number).sum()
    left = pending["quantity"] - taken.reindex(pending.index, fill_value=0.0)
    kept = (rows["kind"] != "cancel").to_numpy()
    parts = pending.loc[number[kept]]
    receipt = network.calendar.index(rows.loc[kept, "receipt"])
    late = np.where(parts["expected"] == NEVER_ARRIVES, 0, parts["arrives"] - parts["expected"])
    parts = parts.assign(quantity=rows.loc[kept, "quantity"].to_numpy(), expected=receipt,
                         arrives=np.minimum(receipt + np.maximum(late, 0),
                                            network.calendar.periods))  # fmt: skip
    return pd.concat([pending.assign(quantity=left.clip(lower=0.0)), parts])
