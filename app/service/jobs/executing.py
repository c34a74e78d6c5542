"""A job carried out: its data out of the database into a folder, and the use case of its kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd
from sqlmodel import Session

from app.service.buffers import BufferOptions, run_buffers
from app.service.context import Service
from app.service.data.frames import snapshot
from app.service.data.stored import find, load
from app.service.faults import NotFound
from app.service.forecasts.forecasting import (
    run_backtest,
    run_forecast_demand,
    run_forecast_lead_time,
)
from app.service.forecasts.overridden import read_overridden
from app.service.forecasts.overrides import overrides_of
from app.service.futures.robust import run_robust_plan
from app.service.futures.shortages import run_shortages
from app.service.futures.simulating import run_simulate
from app.service.jobs import kinds
from app.service.jobs.blobs import OVERRIDES, write_inputs, write_overrides, write_plan_dir
from app.service.jobs.views import ASKED, CONTENTS
from app.service.plans.explaining import run_compare, run_explain
from app.service.plans.planning import PlanningOptions, Progress
from app.service.plans.runs import run_plan, run_what_if
from app.service.previewing import run_preview
from app.service.views.boards import write_boards
from app.store.records import ActionRecord, Job, PlanRecord, Run
from supplychain.files import write_table, write_tables

Json = dict[str, Any]
Options = TypeVar("Options", bound=PlanningOptions)
PLAN = "plan"  # folder of the only plan of a run
_FORECASTS = ("forecast", "totals", "components")
_PATHS = ("path", "out", "model")
_TABLES = ("why", "causes", "fixes", "terms", "decisions")  # parts of a document that are tables


@dataclass(frozen=True)
class Task:
    """A job with all that it works on laid out in ``folder``.

    ``dataset`` is None for jobs that work on plans alone; ``inputs`` are the blobs of a dataset
    that came from a run, so that it is not kept again. ``again``: the run that is reproduced.
    ``action``: the row of the plan's actions that is looked at. Overrides of the forecast lie in
    a file beside the dataset, where there are any.
    """

    kind: str
    asked: kinds.Asked
    contents: tuple[str, ...]
    folder: Path
    dataset: Path | None = None
    dataset_revision: int = 0
    plans: tuple[Path, ...] = ()
    inputs: Json = field(default_factory=dict)
    again: str | None = None
    action: Json = field(default_factory=dict)

    @property
    def out(self) -> Path:
        """Where the results go."""
        return self.folder / "out"

    @property
    def stories(self) -> list[Path]:
        """The scenarios as files."""
        paths = []
        for number, content in enumerate(self.contents, 1):
            path = self.folder / f"scenario {number}.yaml"
            path.write_text(content, encoding="utf-8")
            paths.append(path)
        return paths

    @property
    def story(self) -> Path | None:
        """The only scenario, if there is one."""
        return next(iter(self.stories), None)

    @property
    def base(self) -> Path:
        """The dataset of a job that has one."""
        assert self.dataset is not None, self.kind
        return self.dataset

    @property
    def overrides(self) -> Path:
        """Where the overrides of the forecast are, if there are any."""
        return self.folder / f"{OVERRIDES}.parquet"

    def with_overrides(self, planning: Options) -> Options:
        """``planning`` with the overrides of the forecast that the job works with."""
        if not (self.overrides.exists() and _takes_overrides(self.asked)):
            return planning
        said = read_overridden(pd.read_parquet(self.overrides))
        return replace(planning, overrides=said)

    @property
    def last(self) -> Path | None:
        """The plan before, for a job that plans."""
        return self.plans[0] if self.plans else None


# --- what it works on ----------------------------------------------------------------------------


def prepare(service: Service, job: Job, folder: Path) -> Task:
    """Write what ``job`` works on to ``folder``; NotFound where it is gone meanwhile."""
    asked = kinds.read_parameters(job.kind, job.parameters[ASKED])
    task = Task(job.kind, asked, tuple(job.parameters[CONTENTS]), folder)
    if job.kind in kinds.ON_DATASET:
        task = _with_dataset(service, task, str(job.dataset_id))
    with service.database.reading() as session:
        if isinstance(asked, kinds.Reproduce):
            task = _original(session, task, asked.run)
            asked = task.asked
        task = _with_plans(session, task)
        if isinstance(asked, kinds.Preview):
            task = replace(task, action=_action(session, asked))
        if isinstance(asked, kinds.Simulate):
            task = _with_inputs(session, task, _run_of(session, asked.plan))
    return task


def _with_dataset(service: Service, task: Task, dataset_id: str) -> Task:
    with service.database.reading() as session:
        stored = load(service, session, find(snapshot(session), dataset_id))
        said = overrides_of(session, dataset_id)
    folder = task.folder / "dataset"
    filled = {name: table for name, table in stored.network.tables.items() if len(table)}
    write_tables(filled, folder, "parquet")
    if len(said) and _takes_overrides(task.asked):
        write_table(said, task.overrides, ".parquet")
    return replace(task, dataset=folder, dataset_revision=stored.revision)


def _takes_overrides(asked: kinds.Asked) -> bool:
    return bool(getattr(asked, "overrides", False))


def _with_inputs(session: Session, task: Task, run: Run) -> Task:
    folder = task.folder / "dataset"
    write_inputs(session, run, folder)
    write_overrides(session, run, task.overrides)
    return replace(task, dataset=folder, dataset_revision=run.dataset_revision, inputs=run.inputs)


def _with_plans(session: Session, task: Task) -> Task:
    folders = []
    for number, plan_id in enumerate(task.asked.plan_ids, 1):
        folders.append(task.folder / "plans" / str(number))
        write_plan_dir(session, _plan(session, plan_id).run_id, plan_id, folders[-1])
    return replace(task, plans=tuple(folders))


def _original(session: Session, task: Task, run_id: str) -> Task:
    """The job that made a run, to be carried out on the data that it was made from."""
    run = session.get(Run, run_id)
    if run is None:
        raise NotFound.of("run", run_id)
    asked = kinds.read_parameters(run.kind, run.options)
    task = replace(task, kind=run.kind, asked=asked, contents=tuple(run.scenarios), again=run.id)
    return _with_inputs(session, task, run) if run.inputs else task


def _run_of(session: Session, plan_id: str) -> Run:
    run = session.get(Run, _plan(session, plan_id).run_id)
    assert run is not None, "a plan goes with its run"
    return run


def _action(session: Session, asked: kinds.Preview) -> Json:
    found = session.get(ActionRecord, asked.action)
    if found is None or found.plan_id != asked.plan:
        raise NotFound.of("action", asked.action)
    return found.content


def _plan(session: Session, plan_id: str) -> PlanRecord:
    plan = session.get(PlanRecord, plan_id)
    if plan is None:
        raise NotFound.of("plan", plan_id)
    return plan


# --- carried out ---------------------------------------------------------------------------------


def execute(task: Task, progress: Progress = lambda text: None) -> Json:
    """Carry ``task`` out; the document of its use case, without paths. Files go to ``task.out``.

    Raises InputError and PlanError as the use case does.
    """
    document = _without_paths(_KINDS[task.kind](task, task.asked, progress))
    tables = {name: pd.DataFrame(document[name]).drop(columns="keys", errors="ignore")
              for name in _TABLES if document.get(name)}  # fmt: skip
    if document.get("pegging"):
        tables["pegging"] = pd.DataFrame(document["pegging"]["rows"])
    if tables:
        write_tables(tables, task.out, "parquet")
    return cast(Json, json.loads(json.dumps(document, default=str)))


def _without_paths(document: Json) -> Json:
    kept = {name: value for name, value in document.items() if name not in _PATHS}
    for name, value in kept.items():
        if name == "plans" and isinstance(value, list):
            kept[name] = [_without_paths(part) for part in value]
    return kept


def _what_if(task: Task, asked: kinds.WhatIf, progress: Progress) -> Json:
    planning = task.with_overrides(asked.planning)
    document = run_what_if(task.base, task.stories, planning, task.out, "parquet", progress,
                           task.last)  # fmt: skip
    write_boards(task.out)
    return document


def _plan_one(task: Task, asked: kinds.PlanOne, progress: Progress) -> Json:
    planning = task.with_overrides(asked.planning)
    return run_plan(task.base, task.story, asked.kind, planning, task.out / PLAN, "parquet",
                    None, progress, task.last)  # fmt: skip


def _robust_plan(task: Task, asked: kinds.RobustPlan, progress: Progress) -> Json:
    stories = [str(path) for path in task.stories]
    if asked.weights:
        stories = [
            f"{path}={weight!r}" for path, weight in zip(stories, asked.weights, strict=True)
        ]
    planning = task.with_overrides(asked.planning)
    return run_robust_plan(task.base, stories, planning, task.out / PLAN, "parquet",
                           progress, task.last)  # fmt: skip


def _shortages(task: Task, asked: kinds.Shortages, progress: Progress) -> Json:
    planning = task.with_overrides(asked.planning)
    return run_shortages(task.base, task.story, asked.samples, asked.seed, planning,
                         task.out, progress, "parquet")  # fmt: skip


def _simulate(task: Task, asked: kinds.Simulate, progress: Progress) -> Json:
    planning = task.with_overrides(asked.planning)
    return run_simulate(task.base, task.plans[0], task.story, asked.samples, asked.seed,
                        asked.replan, planning, task.out, progress, "parquet")  # fmt: skip


def _compare(task: Task, asked: kinds.Compare, progress: Progress) -> Json:
    progress("compare")
    return run_compare(task.plans[0], task.plans[1])


def _explain(task: Task, asked: kinds.Explain, progress: Progress) -> Json:
    return run_explain(task.plans[0], asked.why_not, asked.demand, asked.pegging, asked.supply,
                       progress)  # fmt: skip


def _preview(task: Task, asked: kinds.Preview, progress: Progress) -> Json:
    return run_preview(task.plans[0], task.action, asked.quantity, progress)


def _forecast_demand(task: Task, asked: kinds.ForecastDemand, progress: Progress) -> Json:
    task.out.mkdir()
    forecast, totals, components = (task.out / f"{name}.parquet" for name in _FORECASTS)
    return run_forecast_demand(task.base, asked.horizon, asked.quantiles, asked.frequency,
                               forecast, totals, components, progress)  # fmt: skip


def _forecast_lead_time(task: Task, asked: kinds.ForecastLeadTime, progress: Progress) -> Json:
    task.out.mkdir()
    return run_forecast_lead_time(task.base, asked.as_of, asked.quantiles, None,
                                  task.out / "forecast.parquet", progress)  # fmt: skip


def _backtest(task: Task, asked: kinds.Backtest, progress: Progress) -> Json:
    return run_backtest(task.base, asked.horizon, asked.origins, asked.frequency, task.out,
                        progress)  # fmt: skip


def _buffers(task: Task, asked: kinds.Buffers, progress: Progress) -> Json:
    options = BufferOptions(asked.service, asked.promise, asked.time_limit, asked.forecast)
    return run_buffers(task.base, options, task.out, progress, "parquet")


_KINDS: dict[str, Callable[[Task, Any, Progress], Json]] = {
    "what_if": _what_if, "plan": _plan_one, "robust_plan": _robust_plan,
    "shortages": _shortages, "simulate": _simulate,
    "compare": _compare, "explain": _explain, "preview": _preview,
    "forecast_demand": _forecast_demand, "forecast_lead_time": _forecast_lead_time,
    "backtest": _backtest, "buffers": _buffers,
}  # fmt: skip


# --- what came out -------------------------------------------------------------------------------


def plan_folders(out: Path) -> list[Path]:
    """The PLAN_DIRs in ``out``."""
    return sorted(path.parent for path in out.rglob("manifest.json")) if out.is_dir() else []


def run_files(out: Path, plans: Sequence[Path]) -> list[Path]:
    """The files in ``out`` that belong to no plan."""
    files = [path for path in out.rglob("*") if path.is_file()] if out.is_dir() else []
    return [file for file in files if not any(plan in file.parents for plan in plans)]
