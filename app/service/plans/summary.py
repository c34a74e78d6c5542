"""What a person or a machine wants to know of plans, as plain data: the same for every shell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from app.service.plain import plain
from app.service.plans.planning import Outcome, WhatIf
from solver.plan import Plan, PlanKind
from supplychain.network import Network
from supplychain.scope import needed_item_locations

Json = dict[str, Any]
UNITS = ("demanded", "on_time", "late", "lost", "open")


def summarize(what_if: WhatIf) -> Json:
    """Everything that ``whatif`` prints: dataset, calm plan, scenarios, comparison, seconds."""
    return {
        "dataset": describe_dataset(what_if.base, what_if.expanded),
        "forecast": what_if.filled.facts,
        "calm": {"units": _units(what_if.calm), "costs": _costs(what_if.calm),
                 "solve": solve_facts(what_if.calm)},
        "scenarios": [summarize_outcome(o, what_if.calm) for o in what_if.outcomes],
        "seconds": _rounded(what_if.seconds),
    }  # fmt: skip


def describe_dataset(base: Network, expanded: Network) -> Json:
    """The situation: how large the supply chain is, its calendar and its demand."""
    tables, calendar = expanded.tables, expanded.calendar
    demand = tables["demand"]
    return {
        "items": len(tables["items"]), "locations": len(tables["locations"]),
        "item_locations": len(needed_item_locations(expanded)),
        "sourcing_options": len(tables["sourcing"]),
        "production_options": len(tables["production"]),
        "lanes": len(tables["lanes"]), "scheduled_receipts": len(tables["scheduled_receipts"]),
        "start": str(calendar.date(0).date()),
        "end": str(calendar.date(calendar.periods - 1).date()),
        "periods": calendar.periods, "bucket": calendar.bucket,
        "currency": base.settings.currency, "demand_rows": len(demand),
        "demand_units": float(demand["quantity"].sum()), "note": base.settings.note,
        "notices": list(base.notices), "input_hash": base.input_hash,
    }  # fmt: skip


def summarize_outcome(outcome: Outcome, calm: Plan) -> Json:
    """One scenario: what it changes, units, money, brands, plants, lines, actions, solves."""
    plans = outcome.plans
    return {
        "name": outcome.scenario.name, "description": outcome.scenario.description,
        "changes": list(outcome.changes), "responses": outcome.scenario.responses.model_dump(),
        "units": {kind: _units(plan) for kind, plan in plans.items()},
        "costs": {kind: _costs(plan) for kind, plan in plans.items()},
        "by_kind": _by_group(outcome, _kinds(outcome.network)),
        "by_brand": _by_group(outcome, _brands(outcome.network)),
        "by_plant": _by_plant(outcome, calm),
        "lines": _lines(outcome),
        "actions": _actions(outcome),
        "levers": outcome.levers.to_dict("records"),
        "solve": {kind: solve_facts(plan) for kind, plan in plans.items()},
        "seconds": _rounded(outcome.seconds),
    }  # fmt: skip


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in seconds.items()}


def solve_facts(plan: Plan) -> Json:
    """Status, objective, bound, gap, size and seconds of one plan."""
    rows, columns = plan.program.shape
    none = plan.status == "no plan"
    return {
        "status": plan.status, "objective": None if none else plan.objective,
        "bound": plan.bound if np.isfinite(plan.bound) else None,
        "gap": plan.gap if np.isfinite(plan.gap) else None, "rows": rows, "columns": columns,
        "seconds": round(plan.seconds, 3), "plan_hash": plan.plan_hash,
    }  # fmt: skip


def _units(plan: Plan) -> dict[str, float]:
    if plan.status == "no plan":
        return {}
    service = plan.tables["service"].rename(columns={"quantity": "demanded"})
    return {name: float(service[name].sum()) for name in UNITS}


def _costs(plan: Plan) -> dict[str, float]:
    if plan.status == "no plan":
        return {}
    table = plan.tables["costs"]
    return {str(k): float(v) for k, v in zip(table["term"], table["amount"], strict=True)}


def _kinds(network: Network) -> pd.Series:
    """Product or spare part: what each demanded item is."""
    items = network.table("items").set_index("item")
    return items["kind"].replace("", "unclassified")


def _brands(network: Network) -> pd.Series:
    items = network.table("items").set_index("item")
    return items["brand"].where(items["brand"] != "", "(no brand)")


def _by_group(outcome: Outcome, group_of: pd.Series) -> list[Json]:
    """Units of both plans by a property of the item, most demanded first."""
    rows: dict[str, Json] = {}
    for kind, plan in outcome.plans.items():
        if plan.status == "no plan":
            continue
        service = plan.tables["service"].rename(columns={"quantity": "demanded"})
        sums = service.groupby(service["item"].map(group_of))[list(UNITS)].sum()
        for name, row in sums.iterrows():
            entry = rows.setdefault(
                str(name), {"name": str(name), "demanded": float(row["demanded"])}
            )
            entry[kind] = {unit: float(row[unit]) for unit in UNITS[1:]}
    return sorted(rows.values(), key=lambda entry: -entry["demanded"])


def _by_plant(outcome: Outcome, calm: Plan) -> list[Json]:
    """Units of demanded items built at each location in the calm plan and in both plans."""
    network = outcome.network
    final = final_items(network)
    rows: dict[str, Json] = {}
    plans = {"calm": calm, **{str(kind): plan for kind, plan in outcome.plans.items()}}
    for kind, plan in plans.items():
        if plan.status == "no plan":
            continue
        builds = plan.tables["builds"]
        sums = builds[builds["item"].isin(final)].groupby("location")["quantity"].sum()
        for location, quantity in sums.items():
            rows.setdefault(str(location), {"name": str(location)})[kind] = float(quantity)
    filled: list[Json] = []
    for name, row in rows.items():
        filled.append({"name": name, **{kind: row.get(kind, 0.0) for kind in plans}})
    return sorted(filled, key=lambda row: -float(row["calm"]))


def final_items(network: Network) -> set[str]:
    """Demanded items that are products; all demanded items where none is called so."""
    items = network.table("items")
    demanded = set(network.table("demand")["item"])
    products = demanded & set(items.loc[items["kind"] == "product", "item"])
    return products or demanded


def _lines(outcome: Outcome) -> list[Json]:
    """Lines that make final items: first period down, periods down, and what each waits for."""
    detail = outcome.network.table("production_resources")
    final = set(detail.loc[detail["item"].isin(final_items(outcome.network)), "resource"])
    rows: dict[str, Json] = {}
    for kind, tables in outcome.tables.items():
        lines = tables.get("lines")
        if lines is None:
            continue
        for resource, table in lines[lines["resource"].isin(final)].groupby("resource"):
            location = str(table["location"].iloc[0])
            entry = rows.setdefault(str(resource), {"name": str(resource), "location": location})
            entry[kind] = _line(outcome.network, table)
    return list(rows.values())


def _line(network: Network, table: pd.DataFrame) -> Json:
    down = table[table["down"]]
    if not len(down):
        return {"down_from": None, "label": "", "periods_down": 0, "waits_for": ""}
    first = down["period"].iloc[0]
    label = network.calendar.label(network.calendar.number(first.date()))
    return {"down_from": str(first.date()), "label": label, "periods_down": len(down),
            "waits_for": str(down["waits_for"].iloc[0])}  # fmt: skip


def _actions(outcome: Outcome) -> list[Json]:
    calendar = outcome.network.calendar
    rows = []
    for row in outcome.actions.to_dict("records"):
        decide, until = row["decide_by"], row["until"]
        rows.append({
            **{str(k): plain(v) for k, v in row.items()},
            "decide_by": str(decide.date()), "until": str(until.date()),
            "decide_by_label": calendar.label(calendar.number(decide.date())),
            "latest": None if pd.isna(row["latest"]) else str(row["latest"].date()),
        })  # fmt: skip
    return rows


def summarize_plan(outcome: Outcome, kind: PlanKind) -> Json:
    """What ``plan`` prints: one plan with its dataset, units, money and solve."""
    plan = outcome.plans[kind]
    return {
        "kind": kind, "scenario": outcome.scenario.name, "changes": list(outcome.changes),
        "dataset": describe_dataset(outcome.base, outcome.network),
        "forecast": outcome.filled.facts,
        "units": _units(plan), "costs": _costs(plan),
        "by_brand": _by_group(outcome, _brands(outcome.network)),
        "solve": solve_facts(plan), "seconds": _rounded(outcome.seconds),
    }  # fmt: skip
