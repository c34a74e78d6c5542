"""Plans of hand-solved cases of the levers; the one place that says how they are checked."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from app.service.plans.planning import model_options
from solver.data import model_data
from solver.optimizer import SolverOptions
from solver.options import LAST_TABLES, LastPlan
from solver.plan import Plan, PlanKind, plan_as_is, plan_response
from supplychain.checker import check_plan
from supplychain.network import Network
from supplychain.scenario import Responses
from supplychain.scope import expand
from supplychain.settings import read_settings

NOTHING_NEW = Responses(
    transfers=False, alternates=False, substitutes=False, expedite=False, short_builds=False,
    overtime=False,
)  # fmt: skip


def planned(
    network: Network,
    kind: PlanKind = "response",
    responses: Responses | None = None,
    last: LastPlan | None = None,
    solver: SolverOptions | None = None,
) -> Plan:
    """The plan of ``network``, which must be optimal and whose terms must add up to its profit."""
    network, responses = expand(network), responses or Responses()
    data, solver = model_data(network), solver or SolverOptions(gap=1e-9)
    if kind == "as-is":
        plan = plan_as_is(data, solver, last)
    else:
        permitted, reallocation = model_options(responses, last)
        plan = plan_response(data, permitted, reallocation, solver)
    assert plan.status == "optimal"
    costs = plan.tables["costs"].set_index("term")["amount"]
    paid = costs.drop(["revenue", "closing", "profit", "premium"]).sum()
    assert abs(costs["revenue"] + costs["closing"] - paid - costs["profit"]) < 1e-6
    report = check_plan(network, plan.tables, kind, responses,
                        last=None if last is None else last.tables)  # fmt: skip
    assert report.passed, "\n".join(str(violation) for violation in report.violations)
    return plan


def as_last(plan: Plan) -> LastPlan:
    """The decisions of ``plan``, for the plan that follows it."""
    tables = {name: plan.tables[name] for name in LAST_TABLES if name in plan.tables}
    moved = tables.get("reschedules")
    if moved is not None:
        tables["reschedules"] = moved.assign(period=moved["receipt"]).dropna(subset="period")
    return LastPlan(tables)


def with_settings(network: Network, **settings: float) -> Network:
    """``network`` with other settings."""
    table = network.table("settings")
    table = table[~table["name"].isin(list(settings))]
    more = pd.DataFrame({"name": list(settings), "value": [str(v) for v in settings.values()]})
    changed = network.replace(settings=pd.concat([table, more], ignore_index=True))
    settled, problems = read_settings(changed.tables)
    assert not problems
    return replace(changed, settings=settled)


def broken(plan: Plan) -> dict[str, float]:
    """Quantity by rule of what is broken."""
    table = plan.tables.get("broken_rules")
    if table is None or not len(table):
        return {}
    totals = table.groupby("rule")["quantity"].sum()
    return {str(rule): float(total) for rule, total in totals.items()}
