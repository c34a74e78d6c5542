"""Use cases on plans that exist: why, what would fix it, why not, pegging, and their difference."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pandas as pd

from app.service.plain import plain, records
from app.service.plans.files import read_manifest
from app.service.plans.planning import PlanningOptions, Progress, Stages, make_plan
from app.service.plans.tables import read_own_last, read_plan_network, read_plan_tables
from solver.optimizer import SolverOptions
from solver.plan import Plan, PlanKind
from solver.reasons.comparison import decision_table, term_table
from solver.reasons.fixes import fix_table
from solver.reasons.pegging import link_table, peg, peg_table
from solver.reasons.sentences import answer_sentences, decision_sentences, fix_sentences
from solver.reasons.why import why_table
from solver.reasons.why_not import why_not
from solver.reasons.wishes import parse_wish, wished_rows
from solver.reasons.words import why_sentences
from supplychain.errors import FileError, InputError, Problem
from supplychain.frames import near
from supplychain.network import Network

Json = dict[str, Any]
_TINY = 1e-6


def run_explain(
    folder: Path,
    question: str | None = None,
    demand: str | None = None,
    pegging: bool = False,
    supply: str | None = None,
    progress: Progress = lambda text: None,
) -> Json:
    """Reasons for the plan in PLAN_DIR ``folder``.

    Why each unit is late or lost and what would fix it; or only the answer to a ``question`` (why
    not?), or the ``pegging`` of its supply, where these are asked for. ``demand`` (ITEM or
    ITEM@LOCATION) chooses demand rows, ``supply`` the supply whose way to demand is pegged. The
    plan is made again from its input where prices are needed; InputError where a file, the question
    or a name is wrong.
    """
    stages = Stages(progress)
    content = read_manifest(folder)
    document: Json = {
        "path": str(folder), **{name: content.get(name) for name in (
            "kind", "scenario", "status", "objective", "currency")}, "demand": demand,
        "notes": [],
    }  # fmt: skip
    with stages.stage("read"):
        tables = read_plan_tables(folder)
        _, network, _ = read_plan_network(folder)
        item, location = _demand(network, demand)
        if question is not None:
            wished_rows(network, parse_wish(question))  # what is asked in vain is told at once
    document["bucket"] = network.calendar.bucket
    if pegging or supply:
        with stages.stage("pegging"):
            document["pegging"] = _pegging(network, tables, item, location, supply or "")
    if question is not None or not (pegging or supply):
        with stages.stage("plan"):
            plan = _planned_again(folder, content, document["notes"])
        solver = _solver(folder)
        if question is not None:
            with stages.stage("why not"):
                answers = why_not(plan, question, solver)
                document["why_not"] = _plain(answer_sentences(answers, network))
        else:
            document |= reasons(plan, solver, stages, item, location)
    return {**document, "seconds": stages.rounded}


def reasons(
    plan: Plan, solver: SolverOptions, stages: Stages, item: str = "", location: str = ""
) -> Json:
    """Why demand of ``plan`` is late or lost, and what would fix it, as plain data."""
    network = plan.model.data.network
    with ThreadPoolExecutor(1) as beside:  # the solver releases the interpreter while it works
        valued = beside.submit(fix_table, plan, solver)
        with stages.stage("why"):
            causes = why_table(plan, solver)
            causes = causes[_matches(causes, item, location)].reset_index(drop=True)
        with stages.stage("fixes"):
            fixes = valued.result()
    return {
        "why": _plain(why_sentences(causes, network)), "causes": records(causes),
        "fixes": _plain(fix_sentences(fixes, network)),
    }  # fmt: skip


def _matches(table: pd.DataFrame, item: str, location: str) -> pd.Series:
    found = (table["item"] == item) | (item == "")
    return found & ((table["location"] == location) | (location == ""))


def _demand(network: Network, text: str | None) -> tuple[str, str]:
    """Item and location of ITEM[@LOCATION]; InputError where no demand row has them."""
    if not text:
        return "", ""
    table = network.table("demand")
    item, _, location = text.rpartition("@") if "@" in text else (text, "", "")
    if _matches(table, item, location).any():
        return item, location
    names = set(table["item"]) | set(table["item"] + "@" + table["location"])
    raise InputError([Problem("--demand", "no demand row has this item and location",
                              f"write ITEM or ITEM@LOCATION{near(text, sorted(names))}",
                              value=text)])  # fmt: skip


def _pegging(
    network: Network, tables: dict[str, pd.DataFrame], item: str, location: str, supply: str
) -> Json:
    """Chains of supply of the demand chosen, or of the supply; else links, level by level."""
    pegged = peg(network, tables)
    if not (item or supply):
        return {"of": "all", "rows": records(link_table(pegged))}
    table = peg_table(pegged, item, location)
    if supply:
        name, _, place = supply.rpartition("@") if "@" in supply else (supply, "", "")
        found = _matches(table, name, place)
        if not found.any():
            known = sorted(set(table["item"]) | set(table["item"] + "@" + table["location"]))
            raise InputError([Problem("--supply", "nothing of this item comes in there",
                                      f"write ITEM or ITEM@LOCATION{near(supply, known)}",
                                      value=supply)])  # fmt: skip
        table = table[found]
    return {"of": "demand", "rows": records(table)}


def _solver(folder: Path) -> SolverOptions:
    return _options(folder).for_solver


def _options(folder: Path) -> PlanningOptions:
    """The options of a PLAN_DIR; its input holds its forecasts already."""
    try:
        content = json.loads((folder / "options.json").read_text(encoding="utf-8"))
        known = {field.name for field in fields(PlanningOptions)}
        own = {name: value for name, value in content.items() if name in known}
        return PlanningOptions(**{**own, "forecast": False})
    except (OSError, ValueError, TypeError) as error:
        raise FileError(folder / "options.json", f"cannot be read ({error})",
                        "plan again") from None  # fmt: skip


def _planned_again(folder: Path, content: Json, notes: list[str]) -> Plan:
    """The plan made again from the input beside it, with its prices."""
    kind = cast(PlanKind, content["kind"])
    base, _, scenario = read_plan_network(folder)
    before = read_own_last(folder)
    plan = make_plan(base, scenario, kind, _options(folder), last=before).plans[kind]
    if plan.status == "no plan":
        raise FileError(folder, "cannot be planned again in the time allowed",
                        "plan with a longer --time-limit")  # fmt: skip
    told = float(content.get("objective") or 0.0)
    if abs(plan.objective - told) > _TINY * max(1.0, abs(told)):
        notes.append(f"planned again, the plan has another profit: {plan.objective:,.2f}")
    return plan


def _plain(rows: list[Json]) -> list[Json]:
    return [{name: plain(value) for name, value in row.items()} for row in rows]


def run_compare(before: Path, after: Path) -> Json:
    """The difference of the plans in two PLAN_DIRs: money by term, decisions, input."""
    folders = (before, after)
    tables = [read_plan_tables(folder) for folder in folders]
    parts = [read_plan_network(folder) for folder in folders]
    contents = [read_manifest(folder) for folder in folders]
    network = parts[1][1]
    decisions = decision_table(tables[0], tables[1], _prices(parts[0][1], network))
    names = ("kind", "scenario", "status", "objective", "currency")
    return {
        "plans": [{"path": str(folder), **{name: content.get(name) for name in names}}
                  for folder, content in zip(folders, contents, strict=True)],
        "input": _input_differences([part[0] for part in parts], [part[2] for part in parts]),
        "units": [_units(side["service"]) for side in tables],
        "terms": records(term_table(tables[0], tables[1], decisions)),
        "decisions": _plain(decision_sentences(decisions, network)),
    }  # fmt: skip


def _prices(before: Network, after: Network) -> pd.DataFrame:
    """Demand rows of both plans with their prices; those of the second where they differ."""
    keys = ["item", "location", "period", "customer"]
    both = pd.concat([after.table("demand"), before.table("demand")])
    return both.drop_duplicates(keys)


def _units(service: pd.DataFrame) -> dict[str, float]:
    names = {"quantity": "demanded", "on_time": "on_time", "late": "late", "lost": "lost",
             "open": "open"}  # fmt: skip
    return {name: float(service[column].sum()) for column, name in names.items()}


def _input_differences(networks: list[Network], scenarios: list[Any]) -> list[str]:
    """What differs in what the two plans were made from, in words."""
    found = []
    for name, table in networks[0].tables.items():
        other = networks[1].table(name)
        if not table.equals(other):
            found.append(f"table {name}: {len(table):,} rows, {len(other):,} rows in the second")
    if scenarios[0].disruptions != scenarios[1].disruptions:
        found.append("the disruptions of their scenarios")
    if scenarios[0].responses != scenarios[1].responses:
        found.append("the responses that their scenarios permit")
    return found
