"""(C10) Frozen periods, and the price of changing what the last plan decided."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from supplychain.checker.broken_rules import broken
from supplychain.checker.chain import Chain
from supplychain.checker.decisions import TABLE_OF, Decisions
from supplychain.checker.effects import Effect
from supplychain.checker.keys import NEVER, scatter
from supplychain.checker.report import Findings

KIND_OF = {"sourcing": "order", "lanes": "transfer", "production": "build"}
_LEVERS = ("substitutions", "short_builds", "overtime", "qualifications")
_KEY = ["kind", "owner", "period"]


def decided_changes(
    chain: Chain, decisions: list[Decisions], last: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Kind, owner, period, before and after of every decision of either plan.

    Decisions of the last plan count where their option is in the network and their period in the
    calendar; whether the option may still be used makes no difference.
    """
    pieces = []
    for made in decisions:
        options, shape = made.options, (len(made.options.keys), chain.calendar.periods)
        table = last[TABLE_OF[options.kind]]
        option, period = options.keys.find(table), table["period"].to_numpy(np.int64)
        before = scatter(shape, option, period, table["quantity"].to_numpy(np.float64))
        after = scatter(shape, made.option, made.period, made.quantity)
        rows, periods = np.nonzero((before != 0) | (after != 0))
        pieces.append(pd.DataFrame({
            "kind": KIND_OF[options.kind],
            "owner": options.keys.joined()["owner"].to_numpy()[rows],
            "period": periods,
            "before": before[rows, periods],
            "after": after[rows, periods],
        }))  # fmt: skip
    return pd.concat(pieces, ignore_index=True)


def check_changes(
    chain: Chain, changed: pd.DataFrame, table: pd.DataFrame, findings: Findings
) -> Effect:
    """The table holds what differs from the last plan, at change_cost a unit."""
    both = changed.merge(table, on=_KEY, how="outer", suffixes=("_due", ""), indicator=True)
    both["before_due"] = both["before_due"].fillna(0.0)
    both["after_due"] = both["after_due"].fillna(0.0)
    scale = (both["before_due"] + both["after_due"]).to_numpy(np.float64)
    difference = (both["after_due"] - both["before_due"]).abs().to_numpy(np.float64)
    labels, period = both[["kind", "owner"]], both["period"].to_numpy(np.int64)
    absent = (both["_merge"] == "left_only").to_numpy()
    missing = np.where(absent, difference, 0.0)
    findings.at_most("C10", "change is left out", labels, missing, 0.0, scale, period)
    cost = difference * chain.network.settings.change_cost
    for column in ("before", "after"):
        due = both[f"{column}_due"]
        stated = both[column].where(~absent, due)
        message = f"{column} of changes"
        findings.equal("C10", message, labels, stated, due, scale, period)
    stated = both["cost"].where(~absent, cost)
    findings.equal("money", "cost of changes", labels, stated, cost, cost, period)
    return Effect({"changes": float(cost.sum())})


def missed_freeze(chain: Chain, changed: pd.DataFrame) -> pd.DataFrame:
    """By how much decisions of the frozen periods differ from the last plan."""
    rows = changed[changed["period"] < chain.network.settings.frozen_periods]
    missed = (rows["after"] - rows["before"]).abs()
    scale = rows["after"] + rows["before"]
    return broken("frozen", rows["owner"], missed, scale, rows["period"])


def check_freeze(
    chain: Chain, decisions: list[Decisions], tables: Mapping[str, pd.DataFrame], findings: Findings
) -> None:
    """Without a last plan only the routine is decided in the frozen periods.

    A scheduled receipt is not moved into them, and one that is due in them is not cancelled.
    """
    frozen = chain.network.settings.frozen_periods
    if not frozen:
        return
    message = "decided in a frozen period"
    for made in decisions:
        bad = ~made.options.routine[made.option] & (made.period < frozen)
        findings.record("C10", message, made.labels, bad, made.quantity, 0.0, made.period)
    for name in _LEVERS:
        table = tables[name]
        period = table["period"].to_numpy(np.int64)
        labels = table[[column for column in table if column not in ("period", "ready")]]
        findings.record("C10", message, labels.iloc[:, :2], period < frozen, period=period)
    moved = tables["reschedules"]
    moment = moved["receipt"].where(moved["receipt"] != NEVER, moved["planned"])
    number = moment.to_numpy(np.int64)
    bad = (number != NEVER) & (number < frozen)
    findings.record("C10", message, moved[["order_id", "line", "kind"]], bad)
