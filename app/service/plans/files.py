"""PLAN_DIR: a plan on disk, complete in itself, and the check of one."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, cast

import pandas as pd

from app.service.plans.planning import Outcome, PlanningOptions
from solver.plan import Plan, PlanKind
from supplychain.checker import CheckReport, check_plan
from supplychain.errors import FileError
from supplychain.files import Format, read_dataset, read_frames, write_tables
from supplychain.network import Network
from supplychain.scenario import Scenario, apply, read_scenario
from supplychain.scope import expand

MANIFEST = "manifest.json"
RESULTS = ("orders", "transfers", "builds", "receipts", "inventory", "deliveries", "service",
           "closing", "costs", "capacity_use", "lines", "qualifications", "substitutions",
           "short_builds", "retrofits", "parked", "overtime", "reschedules", "contracts", "changes",
           "broken_rules", "actions", "levers")  # fmt: skip
LAST = "last"  # folder of a PLAN_DIR with the decisions of the plan before it
DECISIONS = ("orders", "transfers", "builds")
PlanFormat = Literal["csv", "parquet", "xlsx"]


def write_plan(
    outcome: Outcome, kind: PlanKind, options: PlanningOptions, folder: Path, form: Format
) -> None:
    """Write one plan of ``outcome`` with its input tables, scenario, options and manifest."""
    plan = outcome.plans[kind]
    tables = dict(outcome.tables[kind])
    if kind == "response" and len(outcome.actions.columns):
        tables |= {"actions": outcome.actions, "levers": outcome.levers}
    folder.mkdir(parents=True)
    inputs = {name: table for name, table in outcome.filled.network.tables.items()
              if len(table)}  # fmt: skip
    write_tables(inputs, folder / "input", "csv")
    write_tables(tables, folder / "plan.xlsx" if form == "xlsx" else folder, form)
    if outcome.last is not None:
        write_tables(dict(outcome.last.tables), folder / LAST, "csv")
    (folder / "scenario.yaml").write_text(outcome.scenario.to_yaml(), encoding="utf-8")
    _write_json(folder / "options.json", asdict(options))
    _write_json(folder / MANIFEST, manifest(outcome, kind, plan, options, form))


def manifest(
    outcome: Outcome, kind: PlanKind, plan: Plan, options: PlanningOptions, form: Format
) -> dict[str, Any]:
    """What a plan is and where it comes from."""
    rows, columns = plan.program.shape
    return {
        "kind": kind, "format": form, "scenario": outcome.scenario.name,
        "input_hash": outcome.base.input_hash, "filled_hash": outcome.filled.network.input_hash,
        "forecast": outcome.filled.facts or None, "plan_hash": plan.plan_hash,
        "version": version("supplychain-planner"), "ortools": version("ortools"),
        "options": asdict(options), "status": plan.status,
        "objective": None if plan.status == "no plan" else plan.objective,
        "bound": _finite(plan.bound), "gap": _finite(plan.gap),
        "currency": outcome.base.settings.currency, "rows": rows, "columns": columns,
        "seconds": plan.seconds, "notices": list(outcome.base.notices),
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, indent=2, default=str, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of PLAN_DIR ``folder``; FileError if it is none."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError:
        remedy = "name a folder that plan or whatif wrote with --out"
        raise FileError(folder, "is no PLAN_DIR: it has no manifest.json", remedy) from None
    except ValueError as error:
        raise FileError(folder / MANIFEST, f"is not valid JSON ({error})", "plan again") from None
    if not isinstance(content, dict) or content.get("kind") not in ("as-is", "response"):
        raise FileError(folder / MANIFEST, "does not name the kind of plan", "plan again")
    return content


def read_results(folder: Path, form: str) -> dict[str, pd.DataFrame]:
    """Read the result tables of PLAN_DIR ``folder``."""
    source = folder / "plan.xlsx" if form == "xlsx" else folder
    return {name: frame for name, frame in read_frames(source).items() if name in RESULTS}


def kept_decisions(folder: Path) -> dict[str, pd.DataFrame] | None:
    """Read the decisions of the plan before that PLAN_DIR ``folder`` keeps; None: there is none."""
    kept = folder / LAST
    if not kept.is_dir():
        return None
    return {name: frame for name, frame in read_frames(kept).items() if name in DECISIONS}


def verify(
    dataset: Path, folder: Path, scenario_path: Path | None
) -> tuple[CheckReport | None, list[str], dict[str, Any]]:
    """Check PLAN_DIR ``folder`` against a dataset and a scenario, sharing nothing with the solver.

    Without ``scenario_path`` the plan's own scenario holds. Returns the report (None where there
    is no plan to check), what else is wrong in words, and the manifest.
    """
    base, content = read_dataset(dataset), read_manifest(folder)
    own = folder / "scenario.yaml"
    scenario = (
        read_scenario(scenario_path or own) if scenario_path or own.exists() else Scenario.calm()
    )
    wrong = disagreements(base, content)
    network = apply(scenario, expand(made_from(base, folder, content, wrong)))
    if content.get("status") == "no plan":
        return None, [*wrong, "the folder holds no plan: its status is no plan"], content
    kind = cast(PlanKind, content["kind"])
    results = read_results(folder, str(content.get("format", "csv")))
    last = kept_decisions(folder)
    report = check_plan(network, results, kind, scenario.responses, last=last)
    objective = float(content.get("objective") or 0.0)
    if not abs(objective - report.objective) <= 1e-6 * max(1.0, abs(report.objective)):
        wrong.append(f"the manifest says objective {objective!r}, the tables {report.objective!r}")
    return report, wrong, content


def disagreements(base: Network, content: dict[str, Any]) -> list[str]:
    """What the manifest of a plan says against the dataset ``base``, in words."""
    filled = content.get("filled_hash") if content.get("forecast") else None
    if base.input_hash in (content.get("input_hash"), filled):
        return []
    return ["the plan was made from other data: its input_hash is not that of the dataset"]


def made_from(base: Network, folder: Path, content: dict[str, Any], wrong: list[str]) -> Network:
    """The data that the plan was made from: ``base``, with the forecasts kept beside the plan.

    Forecasts replace demand that is not firm, and lead times; ``wrong`` is told of anything else
    that differs, and ``base`` stands then.
    """
    if not content.get("forecast"):
        return base
    kept = read_dataset(folder / "input")
    if kept.input_hash != content.get("filled_hash"):
        wrong.append("the input tables beside the plan are not those that it was made from")
        return base
    others = [name for name in base.tables if name not in ("demand", "sourcing")]
    same = all(kept.table(name).equals(base.table(name)) for name in others)
    firm = [network.table("demand").query("firm").drop(columns="quantity").reset_index(drop=True)
            for network in (base, kept)]  # fmt: skip
    terms = [network.table("sourcing").drop(columns="lead_time") for network in (base, kept)]
    if not (same and firm[0].equals(firm[1]) and terms[0].equals(terms[1])):
        wrong.append("the input tables beside the plan differ by more than their forecasts")
        return base
    return kept
