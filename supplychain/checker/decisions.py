"""The decisions of a plan: which option, in which period, how much, and when it takes effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain, Options
from supplychain.checker.keys import scatter
from supplychain.checker.report import Findings, FloatArray, IntArray

TABLE_OF = {"sourcing": "orders", "lanes": "transfers", "production": "builds"}


@dataclass(frozen=True)
class Decisions:
    """Rows of orders, transfers, builds or short builds against their options, by row.

    ``name`` is the result table. ``period`` is that of the decision; ``dispatch`` and ``receipt``
    follow from the network, not from the table.
    """

    name: str
    options: Options
    table: pd.DataFrame
    option: IntArray
    period: IntArray
    dispatch: IntArray
    receipt: IntArray
    quantity: FloatArray

    @property
    def labels(self) -> pd.DataFrame:
        """Key columns of the rows, without the period."""
        return self.table[self.options.keys.columns]

    def capacity_used(self, periods: int) -> FloatArray:
        """Quantity by option and the period that capacity counts in (options x periods)."""
        shape = (len(self.options.keys), periods)
        return scatter(shape, self.option, self.dispatch, self.quantity)


def read_decisions(name: str, table: pd.DataFrame, options: Options) -> Decisions:
    """The rows of the result table ``name``, which uses ``options``."""
    option = options.keys.find(table)
    period = table["period"].to_numpy(np.int64)
    receipt = period + options.lead_time[option, period]
    dispatch = period
    if options.kind == "sourcing":
        dispatch = receipt - options.transit[option, period]
    quantity = table["quantity"].to_numpy(np.float64)
    return Decisions(name, options, table, option, period, dispatch, receipt, quantity)


def check_dates(decisions: Decisions, first: IntArray, chain: Chain, findings: Findings) -> None:
    """(C6) Within the dates of the option, received within the horizon, dates as they follow.

    ``first`` is the period from which each option may be used, once qualified.
    """
    options, option, period = decisions.options, decisions.option, decisions.period
    periods = chain.calendar.periods

    def require(message: str, value: IntArray, limit: IntArray | int, good: object) -> None:
        bad = ~np.asarray(good, dtype=bool)
        findings.record("C6", message, decisions.labels, bad, value, limit, period)

    begin, last = first[option], options.last[option]
    require("used before it is qualified or valid", period, begin, period >= begin)
    require("used after it is available or valid", period, last, period <= last)
    received = decisions.receipt
    require("received after the horizon", received, periods - 1, received < periods)
    stated = decisions.table["receipt"].to_numpy(np.int64)
    require("receipt is not period plus lead time", stated, received, stated == received)
    if options.kind == "sourcing":
        sent = decisions.dispatch
        stated = decisions.table["dispatch"].to_numpy(np.int64)
        require("dispatch is not receipt less transit time", stated, sent, stated == sent)


def together(builds: Decisions, short_builds: Decisions) -> Decisions:
    """All that is built, complete or short."""
    columns = ["item", "location", "version", "period", "quantity"]
    pieces = [made.table[columns] for made in (builds, short_builds)]
    table = pd.concat(pieces, ignore_index=True)
    return read_decisions("builds", table, builds.options)


def check_permitted(
    decisions: Decisions, permitted: bool, message: str, findings: Findings
) -> None:
    """Only routine options unless ``permitted``; the routine column is that of the option."""
    routine = decisions.options.routine[decisions.option]
    stated = decisions.table["routine"].to_numpy(bool)
    labels, period = decisions.labels, decisions.period
    findings.record(
        "responses", "routine is not that of the option", labels, stated != routine, period=period
    )
    bad = ~routine & (not permitted)
    findings.record("responses", message, labels, bad, decisions.quantity, 0.0, period)
