"""(C4) Overtime: capacity of resources beyond the normal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain
from supplychain.checker.effects import Effect, check_allowed, check_money
from supplychain.checker.keys import Keys, scatter
from supplychain.checker.report import Findings, FloatArray

_KEY = ["resource", "step"]


def overtime_capacity(chain: Chain, table: pd.DataFrame) -> FloatArray:
    """Capacity that overtime adds, by resource and period."""
    period, quantity = table["period"].to_numpy(np.int64), table["quantity"].to_numpy(np.float64)
    row = chain.resources.find(table)
    return scatter(chain.resource_capacity.shape, row, period, quantity)


def check_overtime(
    chain: Chain, table: pd.DataFrame, permitted: bool, findings: Findings
) -> Effect:
    """Each step within its capacity, cut as the resource is; its cost is all premium.

    A resource whose stated capacity is 0 cannot be cut: all of the step is there.
    """
    if not len(table):
        return Effect({})
    check_allowed("overtime", table, _KEY, permitted, findings)
    steps = chain.network.table("overtime")
    step = Keys(steps, _KEY).find(table)
    row, period = chain.resources.find(table), table["period"].to_numpy(np.int64)
    stated = chain.network.table("resources")["capacity"].to_numpy(np.float64)[row]
    in_force = chain.resource_capacity[row, period]
    cut = np.where(stated > 0, in_force / np.where(stated > 0, stated, 1.0), 1.0)
    share = np.where(np.isnan(stated), 0.0, np.minimum(cut, 1.0))
    limit = steps["capacity"].to_numpy(np.float64)[step] * share
    quantity = table["quantity"].to_numpy(np.float64)
    message = "overtime is above the capacity of its step"
    findings.at_most("C4", message, table[_KEY], quantity, limit, quantity, period)
    cost = quantity * steps["unit_cost"].to_numpy(np.float64)[step]
    check_money("overtime", table, _KEY, cost, cost, findings)
    return Effect({"overtime": float(cost.sum())}, float(cost.sum()))
