"""(C14) Products built without a component, parked and completed later."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.calendar import PERIODS_A_YEAR
from supplychain.checker.chain import Chain
from supplychain.checker.decisions import Decisions
from supplychain.checker.effects import Effect, check_allowed, check_money, flow
from supplychain.checker.keys import Keys, scatter
from supplychain.checker.report import Findings, FloatArray, IntArray

_ROW = ["item", "component", "location"]
_KEY = ["item", "location", "version", "component"]
_WEEKS_A_YEAR = 52


def check_short_builds(
    chain: Chain,
    short: Decisions,
    retrofits: pd.DataFrame,
    parked: pd.DataFrame,
    permitted: bool,
    findings: Findings,
) -> Effect:
    """Parked units follow from short builds and retrofits; what both use, bring and cost.

    The cost of building short is production and not counted here.
    """
    if not len(short.table) + len(retrofits) + len(parked):
        return Effect({})
    check_allowed("short_builds", short.table, _KEY, permitted, findings)
    check_allowed("retrofits", retrofits, _KEY, permitted, findings)
    arrivals = _check_retrofits(chain, retrofits, findings)
    cost = _check_parked(chain, short, retrofits, parked, findings)
    cost += _retrofit_cost(chain, retrofits, findings)
    built, quantity = short.table, retrofits["quantity"]
    spared = chain.quantity_per(built) * short.quantity
    fitted = chain.quantity_per(retrofits) * quantity
    uses = pd.concat([
        flow(built["component"], built["location"], short.period, -spared),
        flow(retrofits["component"], retrofits["location"], retrofits["period"], fitted),
    ], ignore_index=True)  # fmt: skip
    return Effect({"retrofit": cost}, cost, arrivals, uses)


def _check_retrofits(chain: Chain, table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """What retrofits bring, each the lead time of its row later and within the horizon."""
    period = table["period"].to_numpy(np.int64)
    receipt = period + _of_row(chain, table, "lead_time").astype(np.int64)
    stated, last = table["receipt"].to_numpy(np.int64), chain.calendar.periods - 1
    message, labels = "receipt is not period plus retrofit time", table[_KEY]
    findings.record("C14", message, labels, stated != receipt, stated, receipt, period)
    message = "completed after the horizon"
    findings.record("C14", message, labels, receipt > last, receipt, last, period)
    return flow(table["item"], table["location"], receipt, table["quantity"])


def _retrofit_cost(chain: Chain, table: pd.DataFrame, findings: Findings) -> float:
    cost = table["quantity"].to_numpy(np.float64) * _of_row(chain, table, "retrofit_cost")
    check_money("retrofits", table, _KEY, cost, cost, findings)
    return float(cost.sum())


def _check_parked(
    chain: Chain,
    short: Decisions,
    retrofits: pd.DataFrame,
    stated: pd.DataFrame,
    findings: Findings,
) -> float:
    """Units parked at the end of each period: in the table, within the places; returns the cost."""
    known = pd.concat([short.table[_KEY], retrofits[_KEY], stated[_KEY]]).drop_duplicates()
    keys = Keys(known, _KEY)
    shape = (len(keys), chain.calendar.periods)
    begun = scatter(shape, keys.find(short.table), short.receipt, short.quantity)
    ended = scatter(shape, keys.find(retrofits), *_moments(retrofits))
    parked = np.cumsum(begun - ended, axis=1)
    scale = np.cumsum(begun + ended, axis=1)
    findings.at_most(
        "C14", "more is completed than is parked (value: how much)", keys.frame, -parked, 0, scale
    )
    table = scatter(shape, keys.find(stated), *_moments(stated))
    findings.equal("C14", "parked is not as recomputed", keys.frame, table, parked, scale)
    _check_places(chain, keys.frame, parked, findings)
    weekly = _of_row(chain, stated, "weekly_cost") * _weeks(chain)
    cost = stated["quantity"].to_numpy(np.float64) * weekly
    check_money("parked", stated, _KEY, cost, cost, findings)
    by_key = _of_row(chain, keys.frame, "weekly_cost") * _weeks(chain)
    return float((parked * by_key[:, None]).sum())


def _check_places(chain: Chain, keys: pd.DataFrame, parked: FloatArray, findings: Findings) -> None:
    """All versions of a row of ``short_builds`` share its places."""
    rows = Keys(chain.network.table("short_builds"), _ROW)
    total = np.zeros((len(rows), parked.shape[1]))
    np.add.at(total, rows.find(keys), parked)
    places = chain.network.table("short_builds")["places"].fillna(np.inf).to_numpy(np.float64)
    findings.at_most(
        "C14", "more is parked than there are places", rows.frame, total, places[:, None], total
    )


def _moments(table: pd.DataFrame) -> tuple[IntArray, FloatArray]:
    return table["period"].to_numpy(np.int64), table["quantity"].to_numpy(np.float64)


def _of_row(chain: Chain, table: pd.DataFrame, column: str) -> FloatArray:
    """A column of ``short_builds`` for each row of ``table``."""
    rows = chain.network.table("short_builds")
    return rows[column].to_numpy(np.float64)[Keys(rows, _ROW).find(table)]


def _weeks(chain: Chain) -> float:
    """Weeks in a period."""
    return _WEEKS_A_YEAR / PERIODS_A_YEAR[chain.calendar.bucket]
