"""The network of a moment: what a planner finds who plans again in the middle of a future."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd

from supplychain.checker.report import FloatArray, IntArray
from supplychain.frames import empty_frame
from supplychain.network import Network
from supplychain.schema import TABLES
from supplychain.simulation.execution import NEVER_ARRIVES, Execution
from supplychain.simulation.step import State

_KEY = ["order_id", "line"]
_TERMS = ["expedite_cost", "earliest", "cancel_cost"]
_DUST = 1e-6  # units; less is the rounding of a simulation


def pending_of(
    network: Network, execution: Execution, tables: Mapping[str, pd.DataFrame], arrival: IntArray
) -> pd.DataFrame:
    """What is on order outside the network, and scheduled receipts, a row each.

    Columns: item, location, origin, quantity, ``placed`` and ``leaves`` (periods of order and of
    dispatch; scheduled receipts are placed before the start), ``expected`` and ``arrives`` (periods
    of receipt as planned, and as it will be in this future: ``arrival``), and the terms on which a
    scheduled receipt can be moved.
    """
    calendar, orders, receipts = execution.chain.calendar, execution.orders, execution.receipts
    ordered = tables["orders"].iloc[orders.delay_row]
    bought = pd.DataFrame({
        "item": ordered["item"], "location": ordered["location"], "origin": ordered["supplier"],
        "quantity": orders.quantity, "placed": orders.earliest,
        "leaves": calendar.index(ordered["dispatch"]), "expected": orders.planned,
    })  # fmt: skip
    rows = tables["receipts"].iloc[receipts.delay_row]
    stated = network.table("scheduled_receipts").set_index(_KEY)[_TERMS]
    terms = stated.reindex(pd.MultiIndex.from_frame(rows[_KEY])).reset_index(drop=True)
    scheduled = pd.DataFrame({
        "item": rows["item"].to_numpy(), "location": rows["location"].to_numpy(),
        "origin": rows["origin"].to_numpy(), "quantity": receipts.quantity, "placed": -1,
        "leaves": np.where(rows["dispatch"].isna(), -1, receipts.earliest),
        "expected": receipts.planned,
    }).join(terms)  # fmt: skip
    return pd.concat([bought, scheduled], ignore_index=True).assign(arrives=arrival)


def network_at(
    network: Network, execution: Execution, state: State, pending: pd.DataFrame, demand: FloatArray
) -> Network:
    """``network`` as it is at the beginning of ``state.period``, in a future of one sample.

    The calendar begins there. Stock is what is on hand; what is on its way is a scheduled receipt:
    what has left keeps no origin and takes no capacity again, what is overdue is expected at once.
    Of demand due before (``demand``: units by row in this future) what waits is left, later demand
    is as it was planned with. Parked units are not part of it.
    """
    period, calendar = state.period, network.calendar
    start = calendar.date(period).date()
    settings = dataclasses.replace(network.settings, start=start, periods=calendar.periods - period)
    moved = Network(network.tables, settings, network.notices)
    return moved.replace(
        stock=_stock(network, execution, state), demand=demand_at(execution, state, demand),
        scheduled_receipts=_on_its_way(network, execution, state, pending),
    )  # fmt: skip


def demand_at(execution: Execution, state: State, demand: FloatArray) -> pd.DataFrame:
    """Demand of ``execution`` that is still to be served: what waits, and what comes."""
    rows, table = execution.demand, execution.demand.table
    waits = np.maximum(demand - state.served[:, 0], 0.0)
    waits[(waits < _DUST) | (rows.last < state.period)] = 0.0
    past = rows.due < state.period
    quantity = np.where(past, waits, table["quantity"].to_numpy(np.float64))
    return table.assign(quantity=quantity).loc[~past | (waits > 0)]


def _stock(network: Network, execution: Execution, state: State) -> pd.DataFrame:
    places = execution.places.frame[~execution.is_parked]
    on_hand = np.maximum(state.on_hand[~execution.is_parked, 0], 0.0)
    held: pd.DataFrame = places.assign(quantity=on_hand)[on_hand > _DUST]
    stock = network.table("stock")
    held = held.reindex(columns=stock.columns).astype(stock.dtypes.to_dict())
    return pd.concat([stock[execution.places.find(stock) < 0], held], ignore_index=True)


def _on_its_way(
    network: Network, execution: Execution, state: State, pending: pd.DataFrame
) -> pd.DataFrame:
    """Scheduled receipts of the moment; ``order_id`` of a pending row is its number."""
    calendar, period = network.calendar, state.period
    coming = pending[(pending["arrives"] >= period) & (pending["placed"] < period)]
    expected = coming["expected"].replace(NEVER_ARRIVES, calendar.periods).clip(lower=period)
    rows = coming[["item", "location", "quantity", *_TERMS]].assign(
        order_id=coming.index.astype("str"), due=calendar.dates_of(expected),
        origin=coming["origin"].where(coming["leaves"] >= period, ""),
    )  # fmt: skip
    place, ahead = np.nonzero(state.in_transit[:, ~execution.is_parked, 0].T > _DUST)
    sent = execution.places.frame.iloc[place].assign(
        quantity=state.in_transit[ahead, place, 0], due=calendar.dates_of(period + ahead),
        order_id=[f"sent {place}-{ahead}" for place, ahead in zip(place, ahead, strict=True)],
        origin="",
    )  # fmt: skip
    empty = empty_frame(TABLES["scheduled_receipts"])
    table = pd.concat([rows, sent], ignore_index=True).assign(line="1")
    return table.reindex(columns=empty.columns).astype(empty.dtypes.to_dict())
