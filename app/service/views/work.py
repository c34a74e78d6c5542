"""Work in the background as people see it: what it is about, how far it is, where its result is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml
from sqlmodel import Session, col, select

from app.service.context import Service
from app.service.identity.identity import Identity
from app.service.jobs.views import CONTENTS, JobView, jobs
from app.service.jobs.views import job as job_view
from app.store.records import Dataset, Job, PlanRecord, Run

Json = dict[str, Any]
NAMES = {"what_if": "Plans", "shortages": "How sure is it?", "explain": "Reasons",
         "compare": "Comparison", "forecast_demand": "Demand forecast",
         "forecast_lead_time": "Lead-time forecast", "backtest": "Accuracy of forecasts",
         "simulate": "Simulation", "buffers": "Safety stock", "plan": "Plan",
         "robust_plan": "Robust plan", "reproduce": "Reproduction",
         "preview": "Another quantity"}  # fmt: skip
_STAGES: Mapping[str, tuple[str, ...]] = {
    "what_if": ("read", "forecast", "prepare", "scenario", "plans", "lines", "actions",
                "confidence", "calm plan", "write", "publish"),
    "shortages": ("read", "forecast", "plan", "simulate", "write", "publish"),
    "forecast_demand": ("read", "forecast", "totals", "components", "write", "publish"),
    "forecast_lead_time": ("read", "forecast", "write", "publish"),
    "backtest": ("read", "backtest", "write", "publish"),
    "plan": ("read", "forecast", "prepare", "plan", "write plan", "publish"),
    "robust_plan": ("read", "forecast", "futures", "robust plan", "write plan", "publish"),
}  # fmt: skip
_WORDS = {
    "read": "reading the data", "forecast": "forecasting demand and lead times",
    "prepare": "laying out the network", "scenario": "applying the scenario",
    "plans": "solving the as-is plan and the response", "lines": "finding lines that stop",
    "actions": "finding what each action is worth", "confidence": "trying actions in many futures",
    "calm plan": "solving the calm plan", "write": "writing the results", "plan": "solving",
    "publish": "storing the results", "simulate": "living through many futures",
    "totals": "adding up brands and regions", "components": "working out components",
    "backtest": "judging every method on the past", "write plan": "writing the plan",
    "futures": "drawing futures", "robust plan": "solving for all futures",
}  # fmt: skip
_JUDGING = ("judge methods", "try ")  # first words of what is told between stages
_PAGES = {"what_if": "board", "shortages": "board", "plan": "plan", "explain": "explain",
          "compare": "compare", "forecast_demand": "forecasts", "forecast_lead_time": "forecasts",
          "backtest": "forecasts"}  # fmt: skip
_PARTS = {"forecast_demand": "Demand", "forecast_lead_time": "Lead times", "backtest": "Accuracy"}


@dataclass(frozen=True)
class Work:
    """A job: ``about`` names its scenarios; ``page`` with ``address`` is where its result is."""

    job: JobView
    name: str
    about: str
    stage: str
    done: float | None
    page: str = ""
    address: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        between = " " if self.name.endswith("?") else ": "
        return f"{self.name}{between}{self.about}" if self.about else self.name


def work(
    service: Service, identity: Identity, limit: int = 8, dataset_id: str | None = None
) -> list[Work]:
    """The last jobs that ``identity`` may see, the newest first."""
    found = jobs(service, identity, dataset_id=dataset_id, limit=limit)
    with service.database.reading() as session:
        return [_work(session, one) for one in found]


def work_of(service: Service, identity: Identity, job_id: str) -> Work:
    """One job; NotFound where ``identity`` may not see it."""
    found = job_view(service, identity, job_id)
    with service.database.reading() as session:
        return _work(session, found)


def _work(session: Session, job: JobView) -> Work:
    name = NAMES.get(job.kind, job.kind)
    stage, done = how_far(job.kind, job.stage)
    record = session.get(Job, job.id)
    texts = record.parameters.get(CONTENTS, []) if record else []
    about = ", ".join(filter(None, map(_scenario_name, texts)))
    page, address = _result(session, job, about)
    return Work(job, name, about, stage, done, page, address)


def how_far(kind: str, stage: str) -> tuple[str, float | None]:
    """A stage in words, and the share of the stages that is behind it; None: not known."""
    stages = _STAGES.get(kind, ())
    if stage.startswith(_JUDGING):
        return f"judging methods of forecasting ({stage.split(': ')[-1]})", _share(stages)
    parts = [part for part in reversed(stage.split(": ")) if part in stages or part in _WORDS]
    if not parts:
        return stage, None
    return _WORDS.get(parts[0], parts[0]), _share(stages, parts[0])


def _share(stages: tuple[str, ...], stage: str = "forecast") -> float | None:
    return stages.index(stage) / len(stages) if stage in stages else None


@lru_cache(maxsize=256)
def _scenario_name(text: str) -> str:
    """The name of a scenario, which was checked when the job was asked for."""
    content = yaml.safe_load(text)
    return str(content.get("name", "")) if isinstance(content, dict) else ""


def _result(session: Session, job: JobView, about: str) -> tuple[str, dict[str, str]]:
    """The page with the result of a job and its address; ("", {}) where no page shows it."""
    page = _PAGES.get(job.kind, "")
    if not page or job.state != "succeeded":
        return "", {}
    dataset = session.get(Dataset, job.dataset_id) if job.dataset_id else None
    address = {"dataset": dataset.name} if dataset else {}
    if job.kind in _PARTS:
        return page, {**address, "forecast_part": _PARTS[job.kind]}
    run, scenario = _case(session, job, about)
    return page, {**address, **({"run": run, "scenario": scenario} if run else {})}


def _case(session: Session, job: JobView, about: str) -> tuple[str, str]:
    """The run and scenario that a page is opened with for a job."""
    named = job.parameters.get("plan") or job.parameters.get("after")
    query = select(PlanRecord).join(Run, col(Run.id) == col(PlanRecord.run_id))
    if job.kind == "shortages":  # shown beside the plans of its scenario
        query = query.where(Run.dataset_id == job.dataset_id, PlanRecord.scenario == about)
    else:
        query = query.where(PlanRecord.run_id == job.id)
    query = query.order_by(col(Run.created_at).desc(), PlanRecord.scenario)
    found = session.get(PlanRecord, named) if named else session.exec(query).first()
    return (found.run_id, found.scenario) if found else ("", "")
