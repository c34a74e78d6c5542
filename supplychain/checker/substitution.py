"""(C12) Approved substitutes of components."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain
from supplychain.checker.decisions import Decisions
from supplychain.checker.effects import Effect, check_allowed, check_money, flow
from supplychain.checker.keys import Keys, numbers_of
from supplychain.checker.report import Findings
from supplychain.checker.values import Values

_ROW = ["item", "component", "substitute", "location"]
_KEY = ["item", "location", "version", "component", "substitute"]
_USE = ["item", "location", "version", "component", "period"]


def check_substitutions(
    chain: Chain,
    builds: Decisions,
    table: pd.DataFrame,
    values: Values,
    permitted: bool,
    findings: Findings,
) -> Effect:
    """Approved, within what the builds use, at the ratio of the green list; cost and premium."""
    if not len(table):
        return Effect({})
    name, labels = "substitutions", table[_KEY]
    check_allowed(name, table, _KEY, permitted, findings)
    green = chain.network.table("substitutes")
    row = Keys(green, _ROW).find(table)
    period = table["period"].to_numpy(np.int64)
    first = numbers_of(chain.calendar, green["approved_from"])[row]
    message = "used before it is approved"
    findings.record("C12", message, labels, period < first, period, first, period)
    quantity = table["quantity"].to_numpy(np.float64)
    ratio = green["ratio"].to_numpy(np.float64)[row]
    used, stated = ratio * quantity, table["used"].to_numpy(np.float64)
    findings.equal("C12", "used is not ratio times quantity", labels, stated, used, used, period)
    _check_limit(chain, builds, table.assign(used=used), findings)
    extra = green["extra_cost"].to_numpy(np.float64)[row]
    above = (
        extra
        + ratio * values.replacement[values.items.find(table, ["substitute"])]
        - values.replacement[values.items.find(table, ["component"])]
    )
    cost, premium = extra * quantity, np.maximum(above, 0.0) * quantity
    check_money(name, table, _KEY, cost, premium, findings)
    place = table["location"]
    saved = flow(table["component"], place, period, -quantity)
    drawn = flow(table["substitute"], place, period, used)
    uses = pd.concat([saved, drawn], ignore_index=True)
    return Effect({"substitution": float(cost.sum())}, float(premium.sum()), uses=uses)


def _check_limit(chain: Chain, builds: Decisions, table: pd.DataFrame, findings: Findings) -> None:
    """No more of a component is replaced than builds, and substitutions by it, would use."""
    replaced = table.groupby(_USE)["quantity"].sum().reset_index()
    built = builds.table[[*_USE[:3], "period", "quantity"]]
    limit = replaced.merge(built, on=[*_USE[:3], "period"], how="left", suffixes=("", "_built"))
    by_builds = limit["quantity_built"].fillna(0.0) * chain.quantity_per(limit)
    onwards = table.drop(columns="component").rename(columns={"substitute": "component"})
    used = onwards.groupby(_USE)["used"].sum().reset_index()
    by_others = limit[_USE].merge(used, on=_USE, how="left")["used"].fillna(0.0)
    total = by_builds.to_numpy(np.float64) + by_others.to_numpy(np.float64)
    findings.at_most(
        "C12", "more of the component is replaced than is used", limit[_USE[:4]],
        limit["quantity"], total, total, limit["period"],
    )  # fmt: skip
