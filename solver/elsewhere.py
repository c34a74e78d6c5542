"""A plan carried into another scenario than the one that it was made for.

Its decisions stand: the same is ordered, built and moved, and scheduled receipts are rescheduled as
decided. What is on order follows the lead times of the new scenario and waits where it cannot be
dispatched, in the order of its dates, after scheduled receipts; see ``solver.receipts``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from solver.costs import supplier_makes
from solver.data import positions
from solver.receipts import IN_TRANSIT, NEVER, Sources, commit_receipts, dispatch_parts
from supplychain.network import Network
from supplychain.overrides import effective

_OPTION = ["item", "location", "supplier", "mode"]


def carried_into(network: Network, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Result ``tables`` of a plan, as they would come about in ``network`` (scenario applied).

    ``orders`` and ``receipts`` get the dates at which they leave and arrive; an order that arrives
    beyond the horizon has its date there, one that is never dispatched is left out: it is not paid.
    ``capacity_use`` tells what scheduled receipts take. All else stays.
    """
    committed = commit_receipts(network)
    calendar = network.calendar

    def dates(numbers: np.ndarray) -> pd.Series:
        found = pd.Series(calendar.dates_of(np.maximum(numbers, 0)))
        return found.where(numbers >= 0)

    columns = ["order_id", "line", "item", "location", "origin", "due"]
    receipts = committed.table[columns].assign(
        dispatch=dates(committed.dispatch), receipt=dates(committed.receipt),
        quantity=committed.quantity,
    )  # fmt: skip
    late = committed.table.assign(quantity=committed.quantity)
    late = late[(committed.receipt < 0) & (committed.dispatch != NEVER)]
    beyond = late.groupby("item")["quantity"].sum()
    closing, orders = tables["closing"], _orders(network, tables["orders"], committed.used)
    return {
        **tables, "receipts": receipts, "orders": orders,
        "capacity_use": _use(network, committed.used),
        "closing": closing.assign(beyond=closing["item"].map(beyond).fillna(0.0).astype(float)),
    }  # fmt: skip


def _orders(network: Network, orders: pd.DataFrame, used: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Orders with the dates of ``network``, in parts where capacity is short."""
    sourcing, calendar = network.table("sourcing"), network.calendar
    index = pd.MultiIndex.from_frame(sourcing[_OPTION])
    row = np.asarray(index.get_indexer(pd.MultiIndex.from_frame(orders[_OPTION])), np.int64)
    period = calendar.index(orders["period"])
    lead_time = effective(network, "lead_times", "sourcing", sourcing, "lead_time")[row, period]
    makes = supplier_makes(network, sourcing)
    stated = sourcing["transit_time"].to_numpy(dtype=float)
    stated = np.where(np.isnan(stated), np.where(makes, np.inf, 0.0), stated)[row]
    transit = np.minimum(stated, lead_time).astype(np.int64)
    dispatch = (period + lead_time).astype(np.int64) - transit
    groups = network.table("supplier_capacity")[["supplier", "group"]]
    sources = Sources(
        ["sourcing"] * len(row), row, transit,
        positions(pd.MultiIndex.from_frame(groups), sourcing["supplier"], sourcing["group"])[row],
        sourcing["group_per_unit"].to_numpy(dtype=float)[row],
    )  # fmt: skip
    left = {}
    for kind in ("sourcing", "supplier_capacity"):
        stated = effective(network, "capacities", kind, network.table(kind), "capacity")
        left[kind] = np.maximum(np.where(np.isnan(stated), np.inf, stated) - used[kind], 0.0)
    taken = {kind: values.copy() for kind, values in used.items()}
    quantity = orders["quantity"].to_numpy(dtype=float)
    parts: list[tuple[int, int, int, float]] = []
    for order in np.lexsort((np.arange(len(row)), dispatch)).tolist():
        if makes[row[order]] or dispatch[order] >= calendar.periods:
            parts.append((order, int(dispatch[order]), 0, float(quantity[order])))
        else:
            parts += dispatch_parts(order, dispatch, quantity, sources, left, taken)
    parts = sorted(part for part in parts if part[1] not in (NEVER, IN_TRANSIT))
    order, leaves, _, units = (
        (np.array(column) for column in zip(*parts, strict=True))
        if parts
        else (np.zeros((4, 0), np.int64))
    )
    share = units / quantity[order]
    found = orders.iloc[order].reset_index(drop=True)
    return found.assign(
        dispatch=calendar.dates_of(leaves), receipt=calendar.dates_of(leaves + transit[order]),
        quantity=units, cost=found["cost"] * share, premium=found["premium"] * share,
    )  # fmt: skip


def _use(network: Network, used: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """What scheduled receipts take of capacities, where they take any."""
    from solver.costs import owners

    tables = []
    for kind, amounts in used.items():
        owner, period = np.nonzero(amounts)
        tables.append(pd.DataFrame({
            "kind": kind, "owner": np.array(owners(network, kind), dtype=object)[owner],
            "period": network.calendar.dates_of(period), "committed": amounts[owner, period],
        }))  # fmt: skip
    return pd.concat(tables, ignore_index=True).astype({"kind": "str", "owner": "str"})
