"""Scheduled receipts: what is blocked waits in a queue for the capacity to dispatch it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain, Options
from supplychain.checker.keys import NEVER, UNKNOWN, Keys, numbers_of, scatter
from supplychain.checker.report import BoolArray, Findings, FloatArray, IntArray

_PART = ["order_id", "line", "dispatch", "receipt"]


@dataclass(frozen=True)
class Scheduled:
    """Where the scheduled receipts end up.

    ``parts``: a row for each part of an order with the period numbers of its dispatch and receipt
    (NEVER: none) and its quantity. The matrices are the capacity that they take, by option or
    group and period, in units of the capacity.
    """

    parts: pd.DataFrame
    sourcing: FloatArray
    lanes: FloatArray
    groups: FloatArray


@dataclass
class _Queue:
    """Committed orders that are still to be dispatched, in the order of the queue."""

    orders: pd.DataFrame
    option: IntArray
    lane: IntArray
    group: IntArray
    per_unit: FloatArray


def simulate_receipts(chain: Chain) -> Scheduled:
    """Dispatch every scheduled receipt as early as capacity allows, earlier plans first."""
    orders = _planned_orders(chain)
    waiting = orders[orders["planned"] >= 0]
    arriving = orders[orders["planned"] < 0]
    arriving = arriving.assign(dispatch=NEVER, receipt=arriving["due"], sent=True)
    queue = _queue(chain, waiting)
    parts = pd.concat([arriving, _dispatch(chain, queue)], ignore_index=True)
    late = (parts["receipt"] >= chain.calendar.periods).to_numpy()
    parts.loc[late, "receipt"] = NEVER
    return Scheduled(parts, *committed(chain, parts))


def check_receipts(
    scheduled: Scheduled, table: pd.DataFrame, chain: Chain, findings: Findings
) -> None:
    """The receipts table must be what the queue gives."""
    parts = scheduled.parts
    order = chain.network.table("scheduled_receipts")
    known = Keys(order, ["order_id", "line"])
    ordered = order["quantity"].to_numpy(np.float64)
    both = parts[[*_PART, "quantity"]].merge(
        table[[*_PART, "quantity"]], on=_PART, how="outer", suffixes=("_due", "")
    )
    both = both.fillna({"quantity": 0.0, "quantity_due": 0.0})
    moment = np.where(both["receipt"] == NEVER, both["dispatch"], both["receipt"])
    findings.equal(
        "receipts",
        "scheduled receipt is not as the queue dispatches it",
        both[["order_id", "line"]],
        both["quantity"],
        both["quantity_due"],
        ordered[known.find(both)],
        np.where(moment == NEVER, chain.calendar.periods - 1, moment),
    )
    due = order["due"].to_numpy("datetime64[s]")[known.find(table)]
    findings.record(
        "receipts",
        "due date is not that of the scheduled receipt",
        table[["order_id", "line"]],
        table["due"].to_numpy("datetime64[s]") != due,
    )


def _planned_orders(chain: Chain) -> pd.DataFrame:
    """Orders with option or lane, transit, effective due and planned dispatch (-1: on its way)."""
    table = chain.network.table("scheduled_receipts")
    table = table[table["quantity"] > 0].reset_index(drop=True)
    sourcing, lanes = chain.sourcing, chain.lanes
    option = _match(sourcing, ["item", "location", "supplier"], table)
    lane = _match(lanes, ["item", "destination", "origin"], table)
    lane = np.where(option == UNKNOWN, lane, UNKNOWN)
    base = sourcing.table["lead_time"].where(sourcing.makes, 0.0)
    by_option = sourcing.table["transit_time"].fillna(base).to_numpy(np.float64)
    by_lane = lanes.table["lead_time"].to_numpy(np.float64)
    transit = np.zeros(len(table), dtype=np.int64)
    transit[option >= 0] = by_option[option[option >= 0]]
    transit[lane >= 0] = by_lane[lane[lane >= 0]]
    due = np.maximum(numbers_of(chain.calendar, table["due"]), 0)
    matched = (option >= 0) | (lane >= 0)
    planned = np.where(matched, np.maximum(due - transit, -1), -1)
    columns = ["order_id", "line", "item", "location", "origin", "quantity"]
    return table[columns].assign(
        option=option, lane=lane, transit=transit, due=due, planned=planned
    )


def _match(options: Options, columns: list[str], orders: pd.DataFrame) -> IntArray:
    """Number of the option of each order: routine ones first, then the first mode."""
    rows = options.table[[*columns, "mode"]].assign(
        alternative=~options.routine, number=np.arange(len(options.table))
    )
    rows = rows.sort_values([*columns, "alternative", "mode"]).drop_duplicates(columns)
    found = Keys(rows, columns).find(orders, ["item", "location", "origin"])
    numbers = np.append(rows["number"].to_numpy(np.int64), UNKNOWN)
    return np.where(orders["origin"] == "", UNKNOWN, numbers[found])


def _queue(chain: Chain, orders: pd.DataFrame) -> _Queue:
    orders = orders.sort_values(["planned", "order_id", "line"]).reset_index(drop=True)
    option = orders["option"].to_numpy(np.int64)
    groups = np.append(chain.sourcing.group, UNKNOWN)
    per_unit = np.append(chain.sourcing.group_per_unit, 0.0)
    group = np.where(per_unit[option] > 0, groups[option], UNKNOWN)
    return _Queue(orders, option, orders["lane"].to_numpy(np.int64), group, per_unit[option])


def _dispatch(chain: Chain, queue: _Queue) -> pd.DataFrame:
    """Parts of the queued orders, with what is not dispatched within the horizon as a part."""
    limited = _is_limited(chain, queue)
    free = queue.orders[~limited]
    dispatch = free["planned"].where(free["planned"] < chain.calendar.periods, NEVER)
    pieces = [free.assign(dispatch=dispatch), _dispatch_limited(chain, queue, limited)]
    parts = pd.concat(pieces, ignore_index=True)
    sent = parts["dispatch"] != NEVER
    receipt = (parts["dispatch"] + parts["transit"]).where(sent, NEVER)
    return parts.assign(receipt=receipt, sent=sent)


def _is_limited(chain: Chain, queue: _Queue) -> BoolArray:
    """Which orders may have to wait: those whose option, lane or group has a limit."""
    by_option = np.append(np.isfinite(chain.sourcing.capacity).any(axis=1), False)
    by_lane = np.append(np.isfinite(chain.lanes.capacity).any(axis=1), False)
    by_group = np.append(np.isfinite(chain.group_capacity).any(axis=1), False)
    return np.asarray(by_option[queue.option] | by_lane[queue.lane] | by_group[queue.group])


def _dispatch_limited(chain: Chain, queue: _Queue, limited: BoolArray) -> pd.DataFrame:
    """Simulate the queue: each order takes, from its plan on, what those before it left over."""
    option_left = chain.sourcing.capacity.copy()
    lane_left = chain.lanes.capacity.copy()
    group_left = chain.group_capacity.copy()
    planned = queue.orders["planned"].to_numpy(np.int64)
    quantity = queue.orders["quantity"].to_numpy(np.float64)
    rows: list[int] = []
    moments: list[int] = []
    amounts: list[float] = []
    for row in np.flatnonzero(limited):
        option, lane, group = queue.option[row], queue.lane[row], queue.group[row]
        left = option_left[option] if lane < 0 else lane_left[lane]
        room = np.maximum(left[planned[row] :], 0.0)
        if group >= 0:
            shared = np.maximum(group_left[group, planned[row] :], 0.0)
            room = np.minimum(room, shared / queue.per_unit[row])
        sent = np.diff(np.minimum(np.cumsum(room), quantity[row]), prepend=0.0)
        left[planned[row] :] -= sent
        if group >= 0:
            group_left[group, planned[row] :] -= sent * queue.per_unit[row]
        for moment in np.flatnonzero(sent > 0):
            rows.append(int(row))
            moments.append(int(planned[row] + moment))
            amounts.append(float(sent[moment]))
        if (rest := quantity[row] - float(sent.sum())) > 1e-9 * quantity[row]:
            rows.append(int(row))
            moments.append(NEVER)
            amounts.append(rest)
    return queue.orders.iloc[rows].assign(
        dispatch=np.array(moments, dtype=np.int64), quantity=np.array(amounts, dtype=np.float64)
    )


def committed(chain: Chain, parts: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Capacity of sourcing, lanes and groups that parts take in the periods of their dispatch."""
    periods = chain.calendar.periods
    option, lane = parts["option"].to_numpy(np.int64), parts["lane"].to_numpy(np.int64)
    dispatch, quantity = parts["dispatch"].to_numpy(np.int64), parts["quantity"].to_numpy()
    group = np.append(chain.sourcing.group, UNKNOWN)[option]
    per_unit = np.append(chain.sourcing.group_per_unit, 0.0)[option]
    return (
        scatter((len(chain.sourcing.keys), periods), option, dispatch, quantity),
        scatter((len(chain.lanes.keys), periods), lane, dispatch, quantity),
        scatter((len(chain.groups), periods), group, dispatch, quantity * per_unit),
    )
