"""(C13) Shares of versions, (C15) smallest runs, and what giving up content costs."""

from __future__ import annotations

import numpy as np

from supplychain.checker.chain import Chain
from supplychain.checker.decisions import Decisions
from supplychain.checker.effects import Effect
from supplychain.checker.keys import scatter, tally
from supplychain.checker.report import Findings, FloatArray


def check_production_rules(chain: Chain, built: Decisions, findings: Findings) -> Effect:
    """Shares and runs of all that is ``built``, short or complete, and its price reduction."""
    options = chain.production
    shape = (len(options.keys), chain.calendar.periods)
    runs = scatter(shape, built.option, built.period, built.quantity)
    _check_runs(chain, runs, findings)
    _check_shares(chain, runs.sum(axis=1), findings)
    reduction = options.table["price_reduction"].fillna(0.0).to_numpy(np.float64)
    return Effect({"price_reduction": float((runs.sum(axis=1) * reduction).sum())})


def _check_runs(chain: Chain, runs: FloatArray, findings: Findings) -> None:
    """(C15) A version runs at its minimum in a period, or not at all."""
    least = chain.production.table["min_run"].fillna(0.0).to_numpy(np.float64)[:, None]
    asked = np.where(runs > findings.tolerance, np.broadcast_to(least, runs.shape), 0.0)
    keys = chain.production.keys.frame
    findings.at_most("C15", "smallest run (value) is above the run", keys, asked, runs, asked)


def _check_shares(chain: Chain, built: FloatArray, findings: Findings) -> None:
    """(C13) A version makes at most its share of what its location builds of the item."""
    table = chain.production.table
    group = np.asarray(table.groupby(["item", "location"]).ngroup(), dtype=np.int64)
    total = tally(group, built, len(table))[group]
    limit = table["max_share"].fillna(1.0).to_numpy(np.float64) * total
    keys = chain.production.keys.frame
    findings.at_most("C13", "version is above its share of builds", keys, built, limit, total)
