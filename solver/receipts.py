"""When scheduled receipts arrive: what is blocked at dispatch waits, in the order of its dates.

A scheduled receipt leaves its origin a transit time before it is due. If that lies before the
start it is in transit already and arrives when due. Otherwise it needs capacity of its option and
of the supplier's group in the period of dispatch; a queue in the order of planned dispatch, order
and line takes the capacity there is, in parts if need be. New orders get what is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from solver.costs import supplier_makes
from solver.program import Floats, Ints
from supplychain.network import Network
from supplychain.overrides import effective

IN_TRANSIT = -1
NEVER = -2
BEYOND = -1
_TINY = 1e-12


@dataclass(frozen=True)
class CommittedReceipts:
    """Parts of scheduled receipts: rows of ``table`` (one a part) with the arrays beside it.

    ``dispatch`` is IN_TRANSIT where the part is on its way or has no origin, NEVER where it is not
    dispatched by the end;
    ``receipt`` is -1 where it arrives after the horizon. ``used`` is the capacity taken, by kind
    (sourcing, lanes, supplier_capacity): rows of that table x periods. ``sources`` are the options
    that the parts come by.
    """

    table: pd.DataFrame
    dispatch: Ints
    receipt: Ints
    quantity: Floats
    used: dict[str, Floats]
    sources: Sources


@dataclass(frozen=True)
class Sources:
    """Options that receipts come by: table ("": none), row, transit, group row and use of it."""

    kind: list[str]
    row: Ints
    transit: Ints
    group: Ints
    group_per_unit: Floats

    def part(self, rows: Ints) -> Sources:
        """Those of ``rows``."""
        return Sources([self.kind[row] for row in rows.tolist()], self.row[rows],
                       self.transit[rows], self.group[rows], self.group_per_unit[rows])  # fmt: skip


def commit_receipts(network: Network) -> CommittedReceipts:
    """Dispatch every scheduled receipt as early as capacity allows."""
    table = network.table("scheduled_receipts")
    table = table[table["quantity"] > 0].reset_index(drop=True)
    horizon = network.settings.periods
    due = np.maximum(network.calendar.index(table["due"]), 0) if len(table) else np.zeros(0, int)
    sources = _match(network, table)
    planned = due - sources.transit
    kinds = ("sourcing", "lanes", "supplier_capacity")
    capacity = {kind: effective(network, "capacities", kind, network.table(kind), "capacity")
                for kind in kinds}  # fmt: skip
    left = {kind: np.where(np.isnan(values), np.inf, values) for kind, values in capacity.items()}
    used = {kind: np.zeros_like(values) for kind, values in left.items()}
    quantity = table["quantity"].to_numpy(dtype=float)
    parts: list[tuple[int, int, int, float]] = []
    order = np.lexsort((table["line"], table["order_id"], planned))
    for row in order.tolist():
        if sources.kind[row] == "" or planned[row] < 0:
            arrival = due[row] if due[row] < horizon else BEYOND
            parts.append((row, IN_TRANSIT, arrival, quantity[row]))
        else:
            parts += dispatch_parts(row, planned, quantity, sources, left, used)
    rows = np.array([part[0] for part in parts], np.int64)
    by_row = np.argsort(rows, kind="stable")
    return CommittedReceipts(
        table.iloc[rows[by_row]].reset_index(drop=True),
        np.array([part[1] for part in parts], np.int64)[by_row],
        np.array([part[2] for part in parts], np.int64)[by_row],
        np.array([part[3] for part in parts], float)[by_row],
        used,
        sources.part(rows[by_row]),
    )


def dispatch_parts(
    row: int,
    planned: Ints,
    quantity: Floats,
    sources: Sources,
    left: dict[str, Floats],
    used: dict[str, Floats],
) -> list[tuple[int, int, int, float]]:
    """Parts (row, dispatch, receipt, quantity) of one receipt, taking capacity as it goes."""
    kind, option, group = sources.kind[row], sources.row[row], sources.group[row]
    per_unit, transit = sources.group_per_unit[row], int(sources.transit[row])
    horizon = left[kind].shape[1]
    rest = quantity[row]
    parts = []
    for period in range(int(planned[row]), horizon):
        room = left[kind][option, period]
        if group >= 0 and per_unit > 0:
            room = min(room, left["supplier_capacity"][group, period] / per_unit)
        part = min(rest, room)
        if part <= _TINY * quantity[row] and rest > 0:
            continue
        left[kind][option, period] -= part
        used[kind][option, period] += part
        if group >= 0:
            left["supplier_capacity"][group, period] -= part * per_unit
            used["supplier_capacity"][group, period] += part * per_unit
        arrival = period + transit
        parts.append((row, period, arrival if arrival < horizon else BEYOND, part))
        rest -= part
        if rest <= _TINY * quantity[row]:
            return parts
    return [*parts, (row, NEVER, BEYOND, rest)]


def _match(network: Network, table: pd.DataFrame) -> Sources:
    """The option each receipt comes by: sourcing before lanes, routine before others, then mode."""
    sourcing, lanes = network.table("sourcing"), network.table("lanes")
    makes = supplier_makes(network, sourcing)
    transit = sourcing["transit_time"].where(
        sourcing["transit_time"].notna(), sourcing["lead_time"].where(makes, 0.0)
    )
    groups = network.table("supplier_capacity")
    group_row = {
        key: n for n, key in enumerate(zip(groups["supplier"], groups["group"], strict=True))
    }
    pairs = zip(sourcing["supplier"], sourcing["group"], strict=True)
    group = np.array([group_row.get(pair, -1) for pair in pairs], np.int64)
    by_source = _first_by_route(sourcing, ["item", "location", "supplier"])
    by_lane = _first_by_route(lanes, ["item", "destination", "origin"])
    found_kind, found_row = [], []
    for key in zip(table["item"], table["location"], table["origin"], strict=True):
        kind, rows = ("sourcing", by_source) if key in by_source else ("lanes", by_lane)
        found_kind.append(kind if key in rows else "")
        found_row.append(rows.get(key, 0))
    rows_of = np.array(found_row, np.int64)
    is_sourcing = np.array([kind == "sourcing" for kind in found_kind], bool)
    is_lane = np.array([kind == "lanes" for kind in found_kind], bool)
    transit_of = np.zeros(len(table), np.int64)
    transit_of[is_sourcing] = transit.to_numpy(dtype=float)[rows_of[is_sourcing]]
    transit_of[is_lane] = lanes["lead_time"].to_numpy(dtype=float)[rows_of[is_lane]]
    group_of, per_unit = np.full(len(table), -1, np.int64), np.ones(len(table))
    group_of[is_sourcing] = group[rows_of[is_sourcing]]
    per_unit[is_sourcing] = sourcing["group_per_unit"].to_numpy(dtype=float)[rows_of[is_sourcing]]
    return Sources(found_kind, rows_of, transit_of, group_of, per_unit)


def _first_by_route(options: pd.DataFrame, route: list[str]) -> dict[tuple[str, ...], int]:
    """Row of the preferred option of every route: routine first, then by mode."""
    ordered = options.assign(row=np.arange(len(options)), other=~options["routine"])
    ordered = ordered.sort_values([*route, "other", "mode"]).drop_duplicates(route)
    keys = ordered[route].itertuples(index=False, name=None)
    return dict(zip(keys, ordered["row"].tolist(), strict=True))
