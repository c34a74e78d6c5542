"""Checking a plan against every equation, from its tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from supplychain.checker.allocation import missed_floors, missed_spread
from supplychain.checker.balance import check_balance, recompute_balance
from supplychain.checker.broken_rules import check_broken_rules
from supplychain.checker.capacity import (
    Limit,
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
    together,
)
from supplychain.checker.demand import (
    Service,
    check_deliveries,
    check_no_idle_stock,
    check_service,
    recompute_service,
)
from supplychain.checker.effects import Effect
from supplychain.checker.last_plan import (
    check_changes,
    check_freeze,
    decided_changes,
    missed_freeze,
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
from supplychain.checker.overtime import check_overtime, overtime_capacity
from supplychain.checker.production_rules import check_production_rules
from supplychain.checker.qualification import check_qualifications, first_periods
from supplychain.checker.report import CheckReport, Findings
from supplychain.checker.rescheduling import check_reschedules
from supplychain.checker.results import read_last, read_results
from supplychain.checker.scheduled import check_receipts, simulate_receipts
from supplychain.checker.short_builds import check_short_builds
from supplychain.checker.sourcing_rules import check_contracts, check_order_sizes, check_shares
from supplychain.checker.substitution import check_substitutions
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
    def substitutes(self) -> bool:
        """Whether approved substitutes may replace components."""

    @property
    def expedite(self) -> bool:
        """Whether scheduled receipts may be moved or cancelled."""

    @property
    def short_builds(self) -> bool:
        """Whether products may be built short and completed later."""

    @property
    def overtime(self) -> bool:
        """Whether resources may run beyond their capacity."""

    @property
    def plant_spread(self) -> float | None:
        """Largest difference in the use of locations, 0 to 1; None: not asked."""

    @property
    def budget(self) -> float | None:
        """Limit of the premium, in money."""


def check_plan(
    network: Network,
    results: Mapping[str, pd.DataFrame],
    kind: Kind,
    responses: PermittedResponses | None,
    tolerance: float = 1e-6,
    last: Mapping[str, pd.DataFrame] | None = None,
) -> CheckReport:
    """Recompute every equation of a plan from its tables, sharing nothing with the solver.

    ``network`` is what the plan was made for: wildcards expanded, scenario applied. ``responses``
    may be None for the as-is plan only (ValueError). ``last`` holds the tables orders, transfers
    and builds of the plan before, None: there was none. A difference is a violation where it
    exceeds ``tolerance`` * max(1, size of the flows or amounts of its row). Tables that cannot be
    read (equation ``tables``) are not checked further; a table of a lever that is missing is an
    empty one. Optimality is not checked, priorities are not, and fair share only in that no stock
    is idle while demand goes unserved.
    """
    rules = _rules(kind, responses)
    chain = read_chain(network)
    findings = Findings(chain.calendar, tolerance)
    tables = read_results(results, chain, findings)
    before = None if last is None else read_last(last, chain, findings)
    if tables is None or (before is None and last is not None):
        return findings.report(np.nan)
    plan = _read_plan(chain, tables, before)
    _check_decisions(plan, rules, findings)
    return findings.report(_check_outcome(plan, rules, findings))


@dataclass(frozen=True)
class _Rules:
    """What the kind of plan and the responses ask for.

    ``permitted``: alternatives by kind of option, and levers by the table of their rows.
    """

    permitted: Mapping[str, bool]
    message: str
    is_fair: bool
    budget: float | None = None
    spread: float | None = None


_LEVERS = ("qualifications", "substitutions", "short_builds", "overtime", "reschedules")


def _rules(kind: Kind, responses: PermittedResponses | None) -> _Rules:
    if kind == "as-is":
        nothing = dict.fromkeys(("sourcing", "lanes", "production", *_LEVERS), False)
        return _Rules(nothing, "not routine in an as-is plan", True)
    if responses is None:
        raise ValueError("the check of a response plan needs the scenario's responses")
    alternates = responses.alternates
    permitted = {
        "sourcing": alternates, "lanes": responses.transfers, "production": alternates,
        "qualifications": alternates, "substitutions": responses.substitutes,
        "short_builds": responses.short_builds, "overtime": responses.overtime,
        "reschedules": responses.expedite,
    }  # fmt: skip
    message = "not routine, and the responses do not permit it"
    return _Rules(
        permitted, message, not responses.reallocation, responses.budget, responses.plant_spread
    )


@dataclass(frozen=True)
class _Plan:
    """A plan read against its network; ``built`` is all that is built, short builds with it."""

    chain: Chain
    tables: Mapping[str, pd.DataFrame]
    last: Mapping[str, pd.DataFrame] | None
    values: Values
    orders: Decisions
    transfers: Decisions
    builds: Decisions
    short: Decisions
    built: Decisions

    @property
    def decisions(self) -> list[Decisions]:
        """Orders, transfers and builds."""
        return [self.orders, self.transfers, self.builds]


def _read_plan(
    chain: Chain, tables: Mapping[str, pd.DataFrame], last: Mapping[str, pd.DataFrame] | None
) -> _Plan:
    orders = read_decisions("orders", tables["orders"], chain.sourcing)
    transfers = read_decisions("transfers", tables["transfers"], chain.lanes)
    builds = read_decisions("builds", tables["builds"], chain.production)
    parked = tables["short_builds"].rename(columns={"ready": "receipt"})
    short = read_decisions("short_builds", parked, chain.production)
    built = together(builds, short)
    values = recompute_values(chain)
    return _Plan(chain, tables, last, values, orders, transfers, builds, short, built)


def _check_decisions(plan: _Plan, rules: _Rules, findings: Findings) -> None:
    """What each decision must keep by itself."""
    qualified = first_periods(plan.chain, plan.tables["qualifications"])
    for made in (*plan.decisions, plan.short):
        first = qualified if made.options.kind == "sourcing" else made.options.first
        check_dates(made, first, plan.chain, findings)
        check_permitted(made, rules.permitted[made.options.kind], rules.message, findings)
    check_order_sizes(plan.orders, findings)
    if plan.last is None:
        check_freeze(plan.chain, [*plan.decisions, plan.short], plan.tables, findings)


def _check_outcome(plan: _Plan, rules: _Rules, findings: Findings) -> float:
    """Check everything that follows from the decisions; returns the profit."""
    chain, tables = plan.chain, plan.tables
    planned = simulate_receipts(chain)
    check_receipts(planned, tables["receipts"], chain, findings)
    moved, scheduled = check_reschedules(
        chain, planned, tables["reschedules"], rules.permitted["reschedules"], findings
    )
    levers = [moved, *_check_levers(plan, rules, findings)]
    limits = recompute_limits(chain, plan.orders, plan.transfers, plan.built, scheduled)
    check_capacity(limits, overtime_capacity(chain, tables["overtime"]), findings)
    check_capacity_use(limits, tables["capacity_use"], findings)
    check_lines(limits["resources"], tables["lines"], chain, findings)
    balance = recompute_balance(
        chain, plan.orders, plan.transfers, plan.builds, plan.built, tables["deliveries"],
        planned, levers,
    )  # fmt: skip
    check_balance(balance, tables["inventory"], chain, findings)
    service = recompute_service(chain, tables["deliveries"])
    check_deliveries(service, tables["deliveries"], findings)
    check_service(service, tables["service"], findings)
    if rules.is_fair:
        check_no_idle_stock(service, balance.on_hand, chain, findings)
    levers.append(_check_rules(plan, rules, service, limits["resources"], findings))
    closing = recompute_closing(chain, balance, scheduled, plan.values)
    check_closing(closing, tables["closing"], findings)
    made = [check_costs_of(d, plan.values, chain, findings) for d in (*plan.decisions, plan.short)]
    holding = holding_cost(chain, balance, plan.values)
    terms = recompute_terms([*made, *levers], service, holding, closing)
    check_budget(terms["premium"], rules.budget, findings)
    check_terms(terms, tables["costs"], findings)
    return terms["profit"]


def _check_levers(plan: _Plan, rules: _Rules, findings: Findings) -> list[Effect]:
    """Check the levers by themselves; their effects on stock and money."""
    chain, tables, permitted = plan.chain, plan.tables, rules.permitted
    return [
        check_qualifications(
            chain, tables["qualifications"], permitted["qualifications"], findings
        ),
        check_substitutions(
            chain, plan.builds, tables["substitutions"], plan.values, permitted["substitutions"],
            findings,
        ),
        check_short_builds(
            chain, plan.short, tables["retrofits"], tables["parked"], permitted["short_builds"],
            findings,
        ),
        check_overtime(chain, tables["overtime"], permitted["overtime"], findings),
        check_production_rules(chain, plan.built, findings),
        check_contracts(chain, plan.orders, tables["contracts"], findings),
    ]  # fmt: skip


def _check_rules(
    plan: _Plan, rules: _Rules, service: Service, resources: Limit, findings: Findings
) -> Effect:
    """Check the rules that may be broken at a weight; the cost of changing the last plan."""
    chain, tables = plan.chain, plan.tables
    missed = [check_shares(chain, plan.orders, rules.permitted["sourcing"], findings)]
    if not rules.is_fair:
        missed.append(missed_floors(chain, service))
    if rules.spread is not None:
        missed.append(missed_spread(chain, resources.used, rules.spread))
    changes = Effect({})
    if plan.last is not None:
        changed = decided_changes(chain, plan.decisions, plan.last)
        changes = check_changes(chain, changed, tables["changes"], findings)
        missed.append(missed_freeze(chain, changed))
    check_broken_rules(chain, missed, tables["broken_rules"], findings)
    return changes
