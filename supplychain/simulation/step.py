"""One period of all futures: from the state at its beginning to the state at its end.

The equations are in the package docstring. A state holds what is physically there and how far the
plan has got; between two periods the plan may be replaced, by going on with another execution
and a state whose ``started`` counts from its beginning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplychain.checker.report import FloatArray, IntArray
from supplychain.simulation.activities import BUILD, ORDER
from supplychain.simulation.allocation import Allocation, Entries, Wants, allocate
from supplychain.simulation.demand_rows import serve_oldest_first
from supplychain.simulation.execution import Arrivals, Execution
from supplychain.simulation.futures import Futures
from supplychain.simulation.groups import Groups


@dataclass(frozen=True, eq=False)
class State:
    """All samples at the beginning of ``period``; no array is ever changed.

    ``on_hand`` (n x N), ``in_transit`` (W x n x N): units that arrive in this period, the next and
    so on; ``started`` (F x N): units of every activity so far; ``served`` (D x N): units of every
    demand row so far.
    """

    period: int
    on_hand: FloatArray
    in_transit: FloatArray
    started: FloatArray
    served: FloatArray


@dataclass(frozen=True, eq=False)
class Lived:
    """What happened in one period; B builds are the first of the activities.

    ``arrivals`` and ``uses`` (n x N); ``unmet`` (n x N) units of needs of an item-location that its
    stock could not meet, ``newly_unmet`` those of them that were first wanted in this period;
    ``coverage`` (n x N) the share of all claims that the stock covered. ``builds`` (B x N) are
    units started of each build. ``rows`` lists the demand rows that could be served,
    ``delivered`` and ``waiting`` (rows x N) the units served in the period and those not yet.
    ``started`` (F x N) are the units of all activities.
    """

    period: int
    arrivals: FloatArray
    uses: FloatArray
    unmet: FloatArray
    newly_unmet: FloatArray
    coverage: FloatArray
    builds: FloatArray
    rows: IntArray
    delivered: FloatArray
    waiting: FloatArray
    started: FloatArray


def initial_state(execution: Execution, futures: Futures) -> State:
    """All samples at the start: opening stock, nothing started or served."""
    samples = futures.samples
    window = execution.longest_lag(futures) + 1
    pairs = len(execution.places)
    return State(
        0, np.repeat(execution.opening[:, None], samples, axis=1),
        np.zeros((window, pairs, samples)), np.zeros((len(execution.activities), samples)),
        np.zeros((len(execution.demand.pair), samples)),
    )  # fmt: skip


def step(
    execution: Execution, futures: Futures, arrivals: Arrivals, state: State
) -> tuple[State, Lived]:
    """Live through one period: receive, build, move, deliver; equations (S1) to (S9)."""
    period = state.period
    received = arrivals.units_in(period, len(execution.places)) + state.in_transit[0]
    stock = state.on_hand + received
    active, behind = _behind(execution, state)
    lag = _lags(execution, futures, period, active)
    orders = _Orders.of(execution, futures, state)
    wants = _wants(execution, period, active, behind, lag, orders)
    allocation = _allocate(execution, period, wants, stock)
    started, granted = np.split(allocation.granted, [len(active)])
    rest = wants.quantity - allocation.granted
    delivered = orders.serve(granted)
    delivered += _serve_from_spare(execution, period, wants, rest, orders, delivered, stock)
    in_transit, at_once = _send(execution, state, active, started, lag)
    received += at_once
    waiting = np.maximum(orders.remaining - delivered, 0.0)
    unmet, newly = _unmet(execution, period, allocation, orders, waiting)
    progress = _added(state.started, active, started)
    new = progress - state.started
    builds = new[execution.activities.kind == BUILD]
    served = _added(state.served, orders.rows, delivered)
    lived = Lived(period, received, state.on_hand + received - stock, unmet, newly,
                  allocation.coverage, builds, orders.rows, delivered, waiting, new)  # fmt: skip
    return State(period + 1, stock, in_transit, progress, served), lived


def _added(total: FloatArray, rows: IntArray, amount: FloatArray) -> FloatArray:
    """``total`` with ``amount`` added to its ``rows``, a new array."""
    result = total.copy()
    result[rows] += amount
    return result


def _allocate(execution: Execution, period: int, wants: Wants, stock: FloatArray) -> Allocation:
    """Allocate ``stock``, which is left with what remains, and the capacity of the period."""
    capacity = execution.limits.room[:, period]
    dust = 1e-9 * np.maximum(np.where(np.isfinite(capacity), capacity, 0.0), 1.0)
    room = np.repeat(capacity[:, None], stock.shape[1], axis=1)
    return allocate(wants, stock, room, execution.dust, dust, execution.level)


def _behind(execution: Execution, state: State) -> tuple[IntArray, FloatArray]:
    """(S3): activities that are behind the plan, and by how much (rows x N)."""
    activities, period = execution.activities, state.period
    target = execution.planned_to_date[:, period]
    behind = target[:, None] - state.started
    behind[behind <= 1e-9 * np.maximum(target, 1.0)[:, None]] = 0.0
    active = np.flatnonzero(behind.any(axis=1) & activities.open[:, period])
    return active, behind[active]


@dataclass(frozen=True)
class _Orders:
    """Demand rows that can be served in a period, sorted by item-location and age.

    ``remaining`` (rows x N) is what is unserved, ``want`` the part of it that the plan would have
    served by now; ``groups`` are the item-locations.
    """

    rows: IntArray
    pair: IntArray
    due: IntArray
    remaining: FloatArray
    want: FloatArray
    groups: Groups
    pairs: int

    @classmethod
    def of(cls, execution: Execution, futures: Futures, state: State) -> _Orders:
        demand = execution.demand
        rows = demand.open_in(state.period)
        wanted, served = futures.demand[rows], state.served[rows]
        remaining = np.maximum(wanted - served, 0.0)
        share = demand.planned_share[rows, state.period][:, None]
        want = np.clip(wanted * share - served, 0.0, remaining)
        pair = demand.pair[rows]
        return cls(rows, pair, demand.due[rows], remaining, want, Groups(pair),
                   len(execution.places))  # fmt: skip

    def serve(self, granted: FloatArray) -> FloatArray:
        """(S8): what is ``granted`` to the item-locations, handed to the oldest rows first."""
        return self._hand_out(granted, self.want)

    def serve_more(self, spare: FloatArray, delivered: FloatArray) -> FloatArray:
        """(S9): what is ``spare``, to the rows that still wait."""
        want = np.maximum(self.remaining - delivered, 0.0)
        most = np.minimum(spare, self.groups.sum(want))
        return self._hand_out(most, want)

    def _hand_out(self, amount: FloatArray, want: FloatArray) -> FloatArray:
        if not len(self.rows):
            return np.zeros_like(want)
        by_pair = np.zeros((self.pairs, want.shape[1]))
        by_pair[self.groups.keys] = amount
        return serve_oldest_first(by_pair, want, self.pair, self.due)


def _lags(execution: Execution, futures: Futures, period: int, active: IntArray) -> IntArray:
    """(S2): periods to the receipt of what is started in ``period`` (rows x N), 0 at least."""
    activities = execution.activities
    lag = np.repeat(activities.lag[active, period, None], futures.samples, axis=1)
    ordered = np.flatnonzero(activities.kind[active] == ORDER)
    lag[ordered] += futures.order_delays[activities.order_row[active[ordered]]]
    return np.maximum(lag, 0)


def _wants(
    execution: Execution,
    period: int,
    active: IntArray,
    behind: FloatArray,
    lag: IntArray,
    orders: _Orders,
) -> Wants:
    """Activities first, then the deliveries of each item-location as one row."""
    activities, inputs = execution.activities, execution.activities.inputs
    count, served = len(active), orders.groups.keys
    used = inputs.in_period(period)
    entries = Entries(inputs.row[used], inputs.pair[used], inputs.per_unit[used])
    entries = entries.of_rows(active, len(activities))
    level = np.zeros(count, dtype=np.int64)
    np.maximum.at(level, entries.row, execution.level[entries.owner])
    limits = execution.limits
    uses = Entries(limits.row, limits.limit, limits.per_unit).of_rows(active, len(activities))
    deliveries = count + np.arange(len(served))
    return Wants(
        np.concatenate([behind, orders.groups.sum(orders.want)]),
        np.concatenate([level, execution.level[served]]),
        np.concatenate([activities.target[active], np.full(len(served), -1)]),
        np.concatenate([lag == 0, np.zeros((len(served), lag.shape[1]), dtype=bool)]),
        Entries(np.concatenate([entries.row, deliveries]), np.concatenate([entries.owner, served]),
                np.concatenate([entries.per_unit, np.ones(len(served))])),
        uses,
    )  # fmt: skip


def _send(
    execution: Execution, state: State, active: IntArray, started: FloatArray, lag: IntArray
) -> tuple[FloatArray, FloatArray]:
    """What is in transit afterwards (W x n x N), and what arrived within the period (n x N)."""
    window, pairs, samples = state.in_transit.shape
    target = execution.activities.target[active]
    sent = np.zeros_like(state.in_transit)
    sent[:-1] = state.in_transit[1:]
    row, sample = np.nonzero((started > 0) & (lag > 0) & (lag <= window))
    place = ((lag[row, sample] - 1) * pairs + target[row]) * samples + sample
    np.add.at(sent.reshape(-1), place, started[row, sample])
    at_once = np.zeros((pairs, samples))
    instant = np.flatnonzero((lag == 0).any(axis=1))
    filled = Groups(target[instant])
    at_once[filled.keys] = filled.sum(started[instant] * (lag[instant] == 0))
    return sent, at_once


def _serve_from_spare(
    execution: Execution,
    period: int,
    wants: Wants,
    rest: FloatArray,
    orders: _Orders,
    delivered: FloatArray,
    stock: FloatArray,
) -> FloatArray:
    """(S9): units delivered beyond the plan (rows x N), taken out of ``stock``.

    Spare is what neither the plan holds at the end of the period nor a use still wants.
    """
    places, inputs = orders.groups.keys, wants.inputs
    here = np.flatnonzero(np.isin(inputs.owner, places))
    wanted = Groups(inputs.owner[here]).sum(rest[inputs.row[here]] * inputs.per_unit[here, None])
    spare = stock[places] - execution.planned_on_hand[places, period, None] - wanted
    spare[spare <= execution.dust[places, None]] = 0.0
    more = orders.serve_more(spare, delivered)
    stock[places] -= orders.groups.sum(more)
    return more


def _unmet(
    execution: Execution,
    period: int,
    allocation: Allocation,
    orders: _Orders,
    waiting: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """(S10): units of needs that stock could not meet, and those first wanted now (n x N)."""
    places = orders.groups.keys
    claimed = allocation.claimed.copy()
    claimed[places] -= orders.groups.sum(orders.want)
    unmet = np.maximum(claimed, 0.0) * (1.0 - allocation.coverage)
    newly = np.minimum(unmet, execution.planned_need[:, period, None])
    unmet[places] += orders.groups.sum(waiting)
    fresh = execution.demand.first[orders.rows] == period
    newly[places] += orders.groups.sum(waiting * fresh[:, None])
    for units in (unmet, newly):
        units[units <= execution.dust[:, None]] = 0.0
    return unmet, newly
