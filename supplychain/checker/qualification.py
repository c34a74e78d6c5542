"""(C6) Qualification of sources as a decision."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain
from supplychain.checker.effects import Effect, check_allowed, check_money
from supplychain.checker.keys import tally
from supplychain.checker.report import Findings, IntArray

_KEY = ["item", "location", "supplier", "mode"]


def first_periods(chain: Chain, table: pd.DataFrame) -> IntArray:
    """First period of orders by sourcing option: when it is qualified, by then or by the plan."""
    options = chain.sourcing
    first = options.first.copy()
    option, ready = options.keys.find(table), _ready(chain, table)
    chosen = options.must_qualify[option]
    np.minimum.at(first, option[chosen], ready[chosen])
    return first


def check_qualifications(
    chain: Chain, table: pd.DataFrame, permitted: bool, findings: Findings
) -> Effect:
    """Only of options that need it, once, ready in time; its cost is paid once, all premium."""
    if not len(table):
        return Effect({})
    options, name = chain.sourcing, "qualifications"
    check_allowed(name, table, _KEY, permitted, findings)
    option, labels = options.keys.find(table), table[_KEY]
    period = table["period"].to_numpy(np.int64)
    message = "qualified without need"
    findings.record("C6", message, labels, ~options.must_qualify[option], period=period)
    starts = tally(option, np.ones(len(option)), len(options.keys))[option]
    findings.record("C6", "qualified more than once", labels, starts > 1, starts, 1, period)
    ready, stated = _ready(chain, table), table["ready"].to_numpy(np.int64)
    message = "ready is not period plus qualification time"
    findings.record("C6", message, labels, stated != ready, stated, ready, period)
    cost = options.table["qualification_cost"].fillna(0.0).to_numpy(np.float64)[option]
    check_money(name, table, _KEY, cost, cost, findings)
    return Effect({"qualification": float(cost.sum())}, float(cost.sum()))


def _ready(chain: Chain, table: pd.DataFrame) -> IntArray:
    time = chain.sourcing.table["qualification_time"].fillna(0).to_numpy(np.int64)
    ready: IntArray = table["period"].to_numpy(np.int64) + time[chain.sourcing.keys.find(table)]
    return ready
