"""A plan carried into another scenario than the one that it was made for.

Its decisions stand: the same is ordered, built and moved, and scheduled receipts are rescheduled as
decided. What is on order follows the lead times of the new scenario and waits where it cannot be
dispatched, in the order of its dates, after scheduled receipts; see ``solver.receipts``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from solver.costs import owners, supplier_makes
from solver.data import positions
from solver.program import Floats, Ints
from solver.receipts import NEVER, CommittedReceipts, Sources, commit_receipts, dispatch_parts
from supplychain.network import Network
from supplychain.overrides import effective

_OPTION = ["item", "location", "supplier", "mode"]


def carried_into(network: Network, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Result ``tables`` of a plan, as they would come about in ``network`` (scenario applied).

    ``orders`` and ``receipts`` get the dates at which they leave and arrive; an order that arrives
    beyond the horizon has its date there, one that is never dispatched is left out: it is not paid.
    ``capacity_use`` tells what scheduled receipts take, ``closing`` what of them comes after the
    horizon. All else stays.
    """
    committed = commit_receipts(network)
    late = (committed.receipt < 0) & (committed.dispatch != NEVER)
    beyond = pd.Series(committed.quantity[late]).groupby(committed.table["item"].to_numpy()[late])
    closing = tables["closing"]
    return {
        **tables, "receipts": _receipts(network, committed),
        "orders": _orders(network, tables["orders"], committed.used),
        "capacity_use": _use(network, committed.used),
        "closing": closing.assign(beyond=closing["item"].map(beyond.sum()).astype(float).fillna(0)),
    }  # fmt: skip


def _receipts(network: Network, committed: CommittedReceipts) -> pd.DataFrame:
    """Scheduled receipts in parts, with blank dates where a part never leaves or arrives."""
    table = committed.table[["order_id", "line", "item", "location", "origin", "due"]]
    for name, numbers in (("dispatch", committed.dispatch), ("receipt", committed.receipt)):
        dates = pd.Series(network.calendar.dates_of(np.maximum(numbers, 0)))
        table = table.assign(**{name: dates.where(numbers >= 0)})
    return table.assign(quantity=committed.quantity)


def _orders(network: Network, orders: pd.DataFrame, used: Mapping[str, Floats]) -> pd.DataFrame:
    """Orders with the dates of ``network``, in parts where capacity is short."""
    sources, dispatch = _sources(network, orders)
    makes = supplier_makes(network, orders)
    quantity = orders["quantity"].to_numpy(dtype=float)
    left = _left(network, used)
    taken = {kind: values.copy() for kind, values in used.items()}
    parts: list[tuple[int, int, int, float]] = []
    for row in np.lexsort((np.arange(len(orders)), dispatch)).tolist():
        if makes[row] or dispatch[row] >= network.calendar.periods:
            parts.append((row, int(dispatch[row]), 0, float(quantity[row])))
        else:
            parts += dispatch_parts(row, dispatch, quantity, sources, left, taken)
    sent = pd.DataFrame(parts, columns=["row", "leaves", "receipt", "quantity"])
    sent = sent[sent["leaves"] != NEVER].sort_values(["row", "leaves"])
    row, leaves = (sent[name].to_numpy(dtype=np.int64) for name in ("row", "leaves"))
    units = sent["quantity"].to_numpy(dtype=float)
    found, share = orders.iloc[row].reset_index(drop=True), units / quantity[row]
    dates = network.calendar.dates_of
    return found.assign(
        dispatch=dates(leaves), receipt=dates(leaves + sources.transit[row]), quantity=units,
        cost=found["cost"] * share, premium=found["premium"] * share,
    )  # fmt: skip


def _sources(network: Network, orders: pd.DataFrame) -> tuple[Sources, Ints]:
    """The sourcing option of each order in ``network``, and the period in which it should leave."""
    sourcing, calendar = network.table("sourcing"), network.calendar
    index = pd.MultiIndex.from_frame(sourcing[_OPTION])
    row = np.asarray(index.get_indexer(pd.MultiIndex.from_frame(orders[_OPTION])), np.int64)
    period = calendar.index(orders["period"])
    lead_time = effective(network, "lead_times", "sourcing", sourcing, "lead_time")[row, period]
    unstated = np.where(supplier_makes(network, sourcing), np.inf, 0.0)
    stated = sourcing["transit_time"].to_numpy(dtype=float)
    transit = np.minimum(np.where(np.isnan(stated), unstated, stated)[row], lead_time)
    groups = pd.MultiIndex.from_frame(network.table("supplier_capacity")[["supplier", "group"]])
    group = positions(groups, sourcing["supplier"], sourcing["group"])
    per_unit = sourcing["group_per_unit"].to_numpy(dtype=float)
    sources = Sources(["sourcing"] * len(row), row, transit.astype(np.int64), group[row],
                       per_unit[row])  # fmt: skip
    return sources, (period + lead_time - transit).astype(np.int64)


def _left(network: Network, used: Mapping[str, Floats]) -> dict[str, Floats]:
    """Capacity of options and groups that scheduled receipts leave; inf: no limit."""
    left = {}
    for kind in ("sourcing", "supplier_capacity"):
        stated = effective(network, "capacities", kind, network.table(kind), "capacity")
        left[kind] = np.maximum(np.where(np.isnan(stated), np.inf, stated) - used[kind], 0.0)
    return left


def _use(network: Network, used: Mapping[str, Floats]) -> pd.DataFrame:
    """What scheduled receipts take of capacities, where they take any."""
    tables = []
    for kind, amounts in used.items():
        owner, period = np.nonzero(amounts)
        tables.append(pd.DataFrame({
            "kind": kind, "owner": np.array(owners(network, kind), dtype=object)[owner],
            "period": network.calendar.dates_of(period), "committed": amounts[owner, period],
        }))  # fmt: skip
    return pd.concat(tables, ignore_index=True).astype({"kind": "str", "owner": "str"})
