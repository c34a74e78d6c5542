"""Checking a plan against every equation, from its tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from supplychain.checker.balance import check_balance, recompute_balance
from supplychain.checker.capacity import (
    check_capacity,
    check_capacity_use,
    check_lines,
    recompute_limits,
)
from supplychain.checker.chain import Chain, read_chain
from supplychain.checker.decisions import (
    Decisions,
    check_dates,
    check_permitted,
    read_decisions,
)
from supplychain.checker.demand import (
    check_deliveries,
    check_no_idle_stock,
    check_service,
    recompute_service,
)
from supplychain.checker.money import (
    check_budget,
    check_closing,
    check_costs_of,
    check_terms,
    holding_cost,
    recompute_closing,
    recompute_terms,
)
from supplychain.checker.report import CheckReport, Findings
from supplychain.checker.results import read_results
from supplychain.checker.scheduled import check_receipts, simulate_receipts
from supplychain.checker.values import Values, recompute_values
from supplychain.network import Network

Kind = Literal["as-is", "response"]


class PermittedResponses(Protocol):
    """What a scenario lets the response plan do; ``budget`` in money, None: no limit."""

    @property
    def reallocation(self) -> bool:
        """Whether allocation may look at the margin."""

    @property
    def transfers(self) -> bool:
        """Whether lanes that are not routine may be used."""

    @property
    def alternates(self) -> bool:
        """Whether sourcing and production that are not routine may be used."""

    @property
    def budget(self) -> float | None:
        """Limit of the premium, in money."""


def check_plan(
    network: Network,
    results: Mapping[str, pd.DataFrame],
    kind: Kind,
    responses: PermittedResponses | None,
    tolerance: float = 1e-6,
) -> CheckReport:
    """Recompute every equation of a plan from its tables, sharing nothing with the solver.

    ``network`` is what the plan was made for: wildcards expanded, scenario applied. ``responses``
    may be None for the as-is plan only (ValueError). A difference is a violation where it exceeds
    ``tolerance`` * max(1, size of the flows or amounts of its row). Tables that cannot be read
    (equation ``tables``) are not checked further. Optimality is not checked, and fair share only
    in that no stock is idle while demand goes unserved.
    """
    rules = _rules(kind, responses)
    chain = read_chain(network)
    findings = Findings(chain.calendar, tolerance)
    tables = read_results(results, chain, findings)
    if tables is None:
        return findings.report(np.nan)
    decisions = [
        read_decisions(tables, options)
        for options in (chain.sourcing, chain.lanes, chain.production)
    ]
    for made in decisions:
        check_dates(made, chain, findings)
        check_permitted(made, rules.permitted[made.options.kind], rules.message, findings)
    return findings.report(_check_outcome(decisions, tables, rules, chain, findings))


@dataclass(frozen=True)
class _Rules:
    """What the kind of plan and the responses ask for; ``permitted``: alternatives by kind."""

    permitted: Mapping[str, bool]
    message: str
    is_fair: bool
    budget: float | None


def _rules(kind: Kind, responses: PermittedResponses | None) -> _Rules:
    if kind == "as-is":
        nothing = dict.fromkeys(("sourcing", "lanes", "production"), False)
        return _Rules(nothing, "not routine in an as-is plan", True, None)
    if responses is None:
        raise ValueError("the check of a response plan needs the scenario's responses")
    alternates, transfers = responses.alternates, responses.transfers
    permitted = {"sourcing": alternates, "lanes": transfers, "production": alternates}
    message = "not routine, and the responses do not permit it"
    return _Rules(permitted, message, not responses.reallocation, responses.budget)


def _check_outcome(
    decisions: list[Decisions],
    tables: Mapping[str, pd.DataFrame],
    rules: _Rules,
    chain: Chain,
    findings: Findings,
) -> float:
    """Check everything that follows from the decisions; returns the profit."""
    orders, transfers, builds = decisions
    scheduled = simulate_receipts(chain)
    check_receipts(scheduled, tables["receipts"], chain, findings)
    limits = recompute_limits(chain, orders, transfers, builds, scheduled)
    check_capacity(limits, findings)
    check_capacity_use(limits, tables["capacity_use"], findings)
    check_lines(limits["resources"], tables["lines"], chain, findings)
    balance = recompute_balance(chain, orders, transfers, builds, tables["deliveries"], scheduled)
    check_balance(balance, tables["inventory"], chain, findings)
    service = recompute_service(chain, tables["deliveries"])
    check_deliveries(service, tables["deliveries"], findings)
    check_service(service, tables["service"], findings)
    if rules.is_fair:
        check_no_idle_stock(service, balance.on_hand, chain, findings)
    values = recompute_values(chain)
    closing = recompute_closing(chain, balance, scheduled, values)
    check_closing(closing, tables["closing"], findings)
    decided = _decided(decisions, values, findings)
    check_budget(decided["premium"], rules.budget, findings)
    holding = holding_cost(chain, balance, values)
    terms = recompute_terms(decided, service, holding, closing)
    check_terms(terms, tables["costs"], findings)
    return terms["profit"]


def _decided(decisions: list[Decisions], values: Values, findings: Findings) -> dict[str, float]:
    """Cost terms and premium of all decisions."""
    total: dict[str, float] = {"premium": 0.0}
    for made in decisions:
        for term, amount in check_costs_of(made, values, findings).items():
            total[term] = total.get(term, 0.0) + amount
    return total
