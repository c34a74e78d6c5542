"""(C2) to (C5) Capacities, the capacity_use table and the lines table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain
from supplychain.checker.decisions import Decisions
from supplychain.checker.keys import Keys, scatter
from supplychain.checker.report import Equation, Findings, FloatArray
from supplychain.checker.scheduled import Scheduled


@dataclass(frozen=True)
class Limit:
    """Capacity of one kind of owner and its use (matrices owners x periods, capacity units)."""

    equation: Equation
    kind: str
    owners: pd.DataFrame
    capacity: FloatArray
    committed: FloatArray
    used: FloatArray

    @property
    def load(self) -> FloatArray:
        """Use by scheduled receipts and by the plan."""
        return self.committed + self.used


def recompute_limits(
    chain: Chain,
    orders: Decisions,
    transfers: Decisions,
    builds: Decisions,
    scheduled: Scheduled,
) -> dict[str, Limit]:
    """All capacities by kind with their use; ``builds`` are all that is built, short or not."""
    periods = chain.calendar.periods
    ordered, sent, built = (
        decisions.capacity_used(periods) for decisions in (orders, transfers, builds)
    )
    shared = _group_use(chain, ordered, built)
    loads = _resource_use(chain, builds)
    sourcing, lanes, production = chain.sourcing, chain.lanes, chain.production
    limits = (
        _limit("C2", "sourcing", sourcing.keys, sourcing.capacity, scheduled.sourcing, ordered),
        _limit(
            "C3",
            "supplier_capacity",
            chain.groups,
            chain.group_capacity,
            scheduled.groups,
            shared,
        ),
        _limit("C4", "resources", chain.resources, chain.resource_capacity, None, loads),
        _limit("C4", "production", production.keys, production.capacity, None, built),
        _limit("C5", "lanes", lanes.keys, lanes.capacity, scheduled.lanes, sent),
    )
    return {limit.kind: limit for limit in limits}


def check_capacity(limits: Mapping[str, Limit], overtime: FloatArray, findings: Findings) -> None:
    """No capacity, resources with their overtime, is exceeded by receipts and plan together."""
    for kind, limit in limits.items():
        message, load = f"{kind} capacity is exceeded", limit.load
        capacity = limit.capacity + overtime if kind == "resources" else limit.capacity
        findings.at_most(limit.equation, message, limit.owners, load, capacity, load)


def check_capacity_use(
    limits: Mapping[str, Limit], table: pd.DataFrame, findings: Findings
) -> None:
    """The table agrees with the use recomputed, and no use of a limited capacity is left out."""
    for kind, limit in limits.items():
        rows = table[table["kind"] == kind]
        row = Keys(limit.owners, ["owner"]).find(rows)
        period = rows["period"].to_numpy(np.int64)
        capacity = limit.capacity[row, period]
        scale = np.where(np.isfinite(capacity), capacity, 0.0) + limit.load[row, period]
        stated = rows[["committed", "used"]].assign(capacity=rows["capacity"].fillna(np.inf))
        for column in ("capacity", "committed", "used"):
            expected = getattr(limit, column)[row, period]
            message = f"{column} is not as recomputed"
            keys = rows[["kind", "owner"]]
            findings.equal("capacity_use", message, keys, stated[column], expected, scale, period)
        absent = np.isfinite(limit.capacity) & (limit.load > findings.tolerance)
        absent[row, period] = False
        findings.record(
            "capacity_use", "use of a capacity is left out", limit.owners, absent, limit.load, 0.0
        )


def check_lines(limit: Limit, table: pd.DataFrame, chain: Chain, findings: Findings) -> None:
    """Load and capacity of lines are those of the resource; a line down runs below half."""
    resources = chain.network.table("resources")
    row, period = chain.resources.find(table), table["period"].to_numpy(np.int64)
    keys = table[["resource"]]
    load, capacity = limit.used[row, period], limit.capacity[row, period]
    findings.equal("lines", "load is not as recomputed", keys, table["load"], load, load, period)
    stated = table["capacity"].fillna(np.inf)
    findings.equal(
        "lines", "capacity is not that of the resource", keys, stated, capacity, load, period
    )
    place = resources["location"].to_numpy()[row]
    findings.record(
        "lines", "location is not that of the resource", keys, table["location"] != place
    )
    half = np.where(table["down"], table["calm_load"] / 2, np.inf)
    findings.at_most(
        "lines", "line is said to be down above half of its calm load", keys, load, half, half
    )


def _limit(
    equation: Equation,
    kind: str,
    keys: Keys,
    capacity: FloatArray,
    committed: FloatArray | None,
    used: FloatArray,
) -> Limit:
    taken = np.zeros_like(used) if committed is None else committed
    return Limit(equation, kind, keys.joined(), capacity, taken, used)


def _group_use(chain: Chain, ordered: FloatArray, built: FloatArray) -> FloatArray:
    """Dispatches and starts by supplier group, in units of the group."""
    total = np.zeros_like(chain.group_capacity)
    for options, used in ((chain.sourcing, ordered), (chain.production, built)):
        member = options.group >= 0
        share = used[member] * options.group_per_unit[member, None]
        np.add.at(total, options.group[member], share)
    return total


def _resource_use(chain: Chain, builds: Decisions) -> FloatArray:
    """Capacity that the builds started take, by resource and period."""
    needs = chain.network.table("production_resources")
    needs = needs[["item", "location", "version", "resource", "per_unit"]]
    rows = builds.table[["item", "location", "version", "period", "quantity"]]
    taken = rows.merge(needs, on=["item", "location", "version"])
    return scatter(
        chain.resource_capacity.shape,
        chain.resources.find(taken),
        taken["period"].to_numpy(np.int64),
        (taken["quantity"] * taken["per_unit"]).to_numpy(np.float64),
    )
