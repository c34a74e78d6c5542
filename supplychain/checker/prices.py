"""Cost and premium of decisions; (C7) prices of sourcing that rise in steps."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain
from supplychain.checker.decisions import Decisions
from supplychain.checker.keys import tally
from supplychain.checker.report import BoolArray, Findings, FloatArray
from supplychain.checker.values import Values, price_without_premium


def cost_and_premium(
    decisions: Decisions, values: Values, chain: Chain, findings: Findings
) -> tuple[FloatArray, FloatArray]:
    """Cost and premium of each row of the decisions, in money.

    Where the option has price steps these replace its unit cost, and what ``unit_costs`` puts on
    the stated unit cost comes on top of every step.
    """
    options, option, period = decisions.options, decisions.option, decisions.period
    price = options.unit_cost[option, period]
    free = price_without_premium(options, values)[option, period]
    cost = decisions.quantity * price
    premium = decisions.quantity * np.maximum(price - free, 0.0)
    if options.kind != "sourcing":
        return cost, premium
    steps = _steps(chain)
    extra = price - options.table["unit_cost"].to_numpy(np.float64)[option]
    stepped, step_cost, step_premium = _stepwise(decisions, steps, extra, free)
    _check_ends(decisions, steps, findings)
    return np.where(stepped, step_cost, cost), np.where(stepped, step_premium, premium)


def _steps(chain: Chain) -> pd.DataFrame:
    """Steps by option number: from (lower end), to (upper end) and price."""
    table = chain.network.table("price_steps")
    table = table.assign(option=chain.sourcing.keys.find(table), to=table["up_to"].fillna(np.inf))
    table = table[table["option"] >= 0].sort_values(["option", "to"])
    start = table.groupby("option")["to"].shift().fillna(0.0)
    return table.assign(start=start)[["option", "start", "to", "unit_cost"]]


def _stepwise(
    decisions: Decisions, steps: pd.DataFrame, extra: FloatArray, free: FloatArray
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Which rows have price steps, with their cost and premium by step."""
    count = len(decisions.quantity)
    rows = pd.DataFrame({"row": np.arange(count), "option": decisions.option})
    parts = rows.merge(steps, on="option")
    row = parts["row"].to_numpy(np.int64)
    start, end = parts["start"].to_numpy(np.float64), parts["to"].to_numpy(np.float64)
    amount = np.clip(decisions.quantity[row], start, end) - start
    price = parts["unit_cost"].to_numpy(np.float64) + extra[row]
    premium = amount * np.maximum(price - free[row], 0.0)
    stepped = np.isin(np.arange(count), row)
    return stepped, tally(row, amount * price, count), tally(row, premium, count)


def _check_ends(decisions: Decisions, steps: pd.DataFrame, findings: Findings) -> None:
    """(C7) Nothing is ordered beyond the last step."""
    most = np.full(len(decisions.options.keys), np.inf)
    last = steps.groupby("option")["to"].max()
    most[last.index.to_numpy(np.int64)] = last.to_numpy(np.float64)
    limit, quantity = most[decisions.option], decisions.quantity
    message = "more is ordered than the price steps offer"
    findings.at_most("C7", message, decisions.labels, quantity, limit, quantity, decisions.period)
