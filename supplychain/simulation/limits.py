"""Capacities that activities share, less what the rest of the plan takes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain
from supplychain.checker.keys import Keys, numbers_of, scatter
from supplychain.checker.report import FloatArray, IntArray
from supplychain.simulation.activities import (
    BUILD,
    ORDER,
    TRANSFER,
    Activities,
    pairs_of,
    planned_by_option,
)

ROUNDING = 1e-5  # of a capacity (at least of one unit): what a solver may exceed it by


@dataclass(frozen=True)
class Limits:
    """Limited capacities and their use by activities.

    ``room`` (limits x periods) is what scheduled receipts and orders that draw on no stock leave;
    inf: no limit. Entry e of ``row``, ``limit`` and ``per_unit``: one unit of the activity takes so
    many units of the limit. ``resource`` numbers the limit of each row of ``resources``, -1 where
    it has none.
    """

    room: FloatArray
    row: IntArray
    limit: IntArray
    per_unit: FloatArray
    resource: IntArray


def resource_needs(chain: Chain) -> tuple[IntArray, IntArray, FloatArray]:
    """Production option, resource and units of it for one unit started, by entry."""
    needs = chain.network.table("production_resources")
    option = chain.production.keys.find(needs)
    known = option >= 0
    return (option[known], chain.resources.find(needs)[known],
            needs["per_unit"].to_numpy(np.float64)[known])  # fmt: skip


def free_room(chain: Chain, tables: Mapping[str, pd.DataFrame]) -> dict[str, FloatArray]:
    """Capacity by kind that scheduled receipts leave (owners x periods); inf: no limit."""
    capacity = {
        "sourcing": (chain.sourcing.keys, chain.sourcing.capacity),
        "lanes": (chain.lanes.keys, chain.lanes.capacity),
        "production": (chain.production.keys, chain.production.capacity),
        "supplier_capacity": (chain.groups, chain.group_capacity),
        "resources": (chain.resources, chain.resource_capacity),
    }
    use = tables["capacity_use"]
    left = {}
    for kind, (keys, matrix) in capacity.items():
        rows = use[use["kind"] == kind]
        owner = Keys(keys.joined(), ["owner"]).find(rows)
        periods = numbers_of(chain.calendar, rows["period"])
        committed = scatter(matrix.shape, owner, periods, rows["committed"].to_numpy(np.float64))
        left[kind] = np.maximum(matrix - committed, 0.0)
    return left


def read_limits(chain: Chain, activities: Activities, tables: Mapping[str, pd.DataFrame]) -> Limits:
    """The limits of the activities of a plan with the result ``tables``."""
    left = free_room(chain, tables)
    _add_overtime(chain, tables.get("overtime"), left["resources"])
    _take_for_other_orders(chain, activities, tables["orders"], left)
    kinds = list(left)
    offsets = dict(zip(kinds, np.cumsum([0, *(len(left[kind]) for kind in kinds)]), strict=False))
    room = np.concatenate([left[kind] for kind in kinds])
    row, limit, per_unit = _uses(chain, activities, {k: int(n) for k, n in offsets.items()})
    limited = np.isfinite(room).any(axis=1)
    kept = limited[limit]
    number = np.cumsum(limited) - 1
    row, limit, per_unit = row[kept], number[limit[kept]], per_unit[kept]
    planned = np.zeros((int(limited.sum()), room.shape[1]))
    np.add.at(planned, limit, activities.planned[row] * per_unit[:, None])
    lines = offsets["resources"] + np.arange(len(chain.resources))
    resource = np.where(limited[lines], number[lines], -1)
    return Limits(_rounded(room[limited], planned), row, limit, per_unit, resource)


def _rounded(room: FloatArray, planned: FloatArray) -> FloatArray:
    """``room``, or what the plan uses where that exceeds it by no more than rounding."""
    within = planned <= room + ROUNDING * np.maximum(room, 1.0)
    return np.where(within, np.maximum(room, planned), room)


def _add_overtime(chain: Chain, overtime: pd.DataFrame | None, resources: FloatArray) -> None:
    """Add the capacity that the plan buys by overtime."""
    if overtime is not None and len(overtime):
        periods = numbers_of(chain.calendar, overtime["period"])
        resources += scatter(resources.shape, chain.resources.find(overtime), periods,
                             overtime["quantity"].to_numpy(np.float64))  # fmt: skip


def _take_for_other_orders(
    chain: Chain, activities: Activities, orders: pd.DataFrame, left: dict[str, FloatArray]
) -> None:
    """Take what orders that draw on no stock use, in the period of their dispatch."""
    others = np.ones(len(orders), dtype=bool)
    others[activities.order_row[activities.kind == ORDER]] = False
    used = planned_by_option(chain, chain.sourcing, orders[others], "dispatch")
    left["sourcing"] = np.maximum(left["sourcing"] - used, 0.0)
    member = chain.sourcing.group >= 0
    shared = np.zeros_like(left["supplier_capacity"])
    per_unit = chain.sourcing.group_per_unit[member, None]
    np.add.at(shared, chain.sourcing.group[member], used[member] * per_unit)
    left["supplier_capacity"] = np.maximum(left["supplier_capacity"] - shared, 0.0)


def _uses(
    chain: Chain, activities: Activities, offsets: Mapping[str, int]
) -> tuple[IntArray, IntArray, FloatArray]:
    """Activity, limit (numbered from the offset of its kind) and units a unit, by entry."""
    parts: list[tuple[IntArray, IntArray, FloatArray]] = []
    for kind, name, options in ((BUILD, "production", chain.production),
                                (TRANSFER, "lanes", chain.lanes),
                                (ORDER, "sourcing", chain.sourcing)):  # fmt: skip
        rows = np.flatnonzero(activities.kind == kind)
        option = activities.option[rows]
        parts.append((rows, offsets[name] + option, np.ones(len(rows))))
        group = options.group[option]
        parts.append((rows[group >= 0], offsets["supplier_capacity"] + group[group >= 0],
                      options.group_per_unit[option[group >= 0]]))  # fmt: skip
    option, resource, per_unit = resource_needs(chain)
    builds = np.flatnonzero(activities.kind == BUILD)
    entry, build = pairs_of(option, activities.option[builds])
    parts.append((builds[build], offsets["resources"] + resource[entry], per_unit[entry]))
    row, limit, units = (np.concatenate(column) for column in zip(*parts, strict=True))
    return row, limit, units
