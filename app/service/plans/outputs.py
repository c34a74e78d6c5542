"""What a run leaves on disk: plans, reports and a comparison, written whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from app.service.plans.files import write_plan
from app.service.plans.planning import Outcome, WhatIf
from supplychain.errors import Problem, ScenarioError
from supplychain.files import Format, write_tables
from supplychain.scenario import Scenario

Json = dict[str, Any]
_LONGEST_NAME = 80


def write_what_if(what_if: WhatIf, rows: Sequence[Json], folder: Path, form: Format) -> None:
    """Write a folder per scenario into ``folder``, and ``rows`` to comparison.csv if several.

    The folder of a scenario holds ``as-is`` and ``response``, each a PLAN_DIR, and ``report.html``,
    which is left out where there is no plan.
    """
    folder.mkdir()
    for outcome in what_if.outcomes:
        _write_outcome(what_if, outcome, folder / slug(outcome.scenario.name), form)
    if len(rows) > 1:
        write_tables({"comparison": pd.DataFrame(rows)}, folder, "csv")


def _write_outcome(what_if: WhatIf, outcome: Outcome, folder: Path, form: Format) -> None:
    from app.service.report.page import write_report

    for kind in outcome.plans:
        write_plan(outcome, kind, what_if.options, folder / kind, form)
    plans = (what_if.calm, *outcome.plans.values())
    if all(plan.status != "no plan" for plan in plans):
        write_report(what_if, outcome, folder / "report.html")


def slug(name: str) -> str:
    """The folder name of a scenario: its letters and digits in lower case, joined by hyphens."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")[:_LONGEST_NAME] or "scenario"


def check_names(scenarios: Sequence[Scenario]) -> None:
    """ScenarioError where two scenarios have the same name, or names that look the same."""
    first: dict[str, Scenario] = {}
    problems = []
    for scenario in scenarios:
        other = first.setdefault(slug(scenario.name), scenario)
        if other is not scenario:
            message = f"has the name of {other.source}"
            problems.append(Problem(scenario.source, message, "rename one of them",
                                    column="name", value=scenario.name))  # fmt: skip
    if problems:
        raise ScenarioError(problems)


def compare(scenarios: Sequence[Json]) -> list[Json]:
    """One row a scenario, from the summaries of their outcomes; None where there is no plan.

    ``not_served`` counts units lost or still open at the end, ``saved`` is the profit of the
    response less that of the as-is plan.
    """
    return [_comparison_row(scenario) for scenario in scenarios]


def _comparison_row(scenario: Json) -> Json:
    units, costs = scenario["units"], scenario["costs"]
    as_is, response = costs["as-is"].get("profit"), costs["response"].get("profit")
    down = _first_down(scenario["lines"])
    return {
        "scenario": scenario["name"],
        "not_served_as_is": not_served(units["as-is"]),
        "not_served_response": not_served(units["response"]),
        "profit_as_is": as_is, "profit_response": response,
        "saved": None if as_is is None or response is None else response - as_is,
        "premium": costs["response"].get("premium"),
        "first_line_down": down.get("down_from"), "first_line": down.get("line"),
    }  # fmt: skip


def not_served(units: Mapping[str, float]) -> float | None:
    """Units lost or open at the end; None where there is no plan."""
    return units["lost"] + units["open"] if units else None


def _first_down(lines: Sequence[Json]) -> Json:
    """The line that stops first in the as-is plan, empty if none does."""
    down = [{"line": line["name"], **line["as-is"]} for line in lines if "as-is" in line]
    stopped = [row for row in down if row["down_from"]]
    return min(stopped, key=lambda row: (row["down_from"], row["line"]), default={})
