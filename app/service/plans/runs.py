"""Use cases from files to results: what-ifs, one plan, and the check of a plan on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from app.service.plans.files import verify, write_plan
from app.service.plans.outputs import check_names, compare, write_what_if
from app.service.plans.planning import PlanningOptions, Progress, Stages, make_plan, what_if
from app.service.plans.summary import summarize, summarize_plan
from app.service.plans.tables import read_last
from solver.mps import write_mps
from solver.plan import PlanKind
from supplychain.checker import CheckReport
from supplychain.errors import FileError, InputError, Problem
from supplychain.files import Format, read_dataset, require_free, whole_or_nothing
from supplychain.network import Network
from supplychain.scenario import Scenario, read_scenario

Json = dict[str, Any]
T = TypeVar("T")


def run_what_if(
    dataset: Path,
    scenarios: Sequence[Path],
    options: PlanningOptions,
    out: Path | None = None,
    form: Format = "csv",
    progress: Progress = lambda text: None,
    last: Path | None = None,
) -> Json:
    """Plan every scenario on ``dataset`` as-is and in response; the summary, with a comparison.

    ``last`` is the PLAN_DIR that frozen periods repeat and that changes are counted from. Writes
    everything to ``out``, if given. Raises InputError with the problems of all files.
    """
    stages = Stages(progress)
    _require_free(out)
    with stages.stage("read"):
        base, stories = _read(dataset, scenarios)
        check_names(stories)
        before = None if last is None else read_last(last)
    result = what_if(base, stories, options, progress, before)
    summary = summarize(result)
    rows = compare(summary["scenarios"])
    if out is not None:
        with stages.stage("write"), whole_or_nothing(out) as folder:
            write_what_if(result, rows, folder, form)
    return {**summary, "comparison": rows, "out": _shown(out),
            "seconds": _merged(stages, summary["seconds"])}  # fmt: skip


def run_plan(
    dataset: Path,
    scenario: Path | None,
    kind: PlanKind,
    options: PlanningOptions,
    out: Path | None = None,
    form: Format = "csv",
    export_model: Path | None = None,
    progress: Progress = lambda text: None,
    last: Path | None = None,
) -> Json:
    """Make one plan of ``kind``, of the base data where ``scenario`` is None; its summary.

    ``last`` as for what-ifs. Writes a PLAN_DIR to ``out`` and the model to ``export_model``, if
    given.
    """
    stages = Stages(progress)
    _require_free(out, export_model)
    with stages.stage("read"):
        base, stories = _read(dataset, [] if scenario is None else [scenario])
        before = None if last is None else read_last(last)
    outcome = make_plan(base, stories[0] if stories else None, kind, options, progress, before)
    with _targets(out, export_model) as (folder, model):
        if folder is not None:
            with stages.stage("write plan"):
                write_plan(outcome, kind, options, folder, form)
        if model is not None:
            with stages.stage("write model"):
                write_mps(outcome.plans[kind].program, model)
    summary = summarize_plan(outcome, kind)
    return {**summary, "out": _shown(out), "model": _shown(export_model),
            "seconds": _merged(stages, summary["seconds"])}  # fmt: skip


def run_verify(dataset: Path, folder: Path, scenario: Path | None = None) -> Json:
    """Check PLAN_DIR ``folder``; ``passed`` says whether every equation and the manifest hold."""
    report, disagreements, content = verify(dataset, folder, scenario)
    return {
        "path": str(folder), "kind": content["kind"], "scenario": content.get("scenario"),
        "status": content.get("status"), "currency": content.get("currency"),
        "passed": report is not None and report.passed and not disagreements,
        "objective": {"manifest": content.get("objective"),
                      "recomputed": None if report is None else report.objective},
        "equations": [] if report is None else _equations(report),
        "violations": [] if report is None else [v.as_dict() for v in report.violations],
        "disagreements": disagreements,
    }  # fmt: skip


def _equations(report: CheckReport) -> list[Json]:
    return [{"equation": name, "checked": rows, "violated": report.failed.get(name, 0)}
            for name, rows in sorted(report.checked.items())]  # fmt: skip


def _read(dataset: Path, scenarios: Sequence[Path]) -> tuple[Network, list[Scenario]]:
    """Read all files, or raise InputError with the problems of all of them."""
    problems: list[Problem] = []
    base = _collected(problems, read_dataset, dataset)
    stories = [_collected(problems, read_scenario, path) for path in scenarios]
    if base is None or problems:
        raise InputError(problems)
    return base, [story for story in stories if story is not None]


def _collected(problems: list[Problem], read: Callable[[Path], T], path: Path) -> T | None:
    try:
        return read(path)
    except InputError as error:
        problems += error.problems
        return None


def _require_free(*targets: Path | None) -> None:
    """FileError, before anything is planned, where a target exists or holds another one."""
    given = [target for target in targets if target is not None]
    for target in given:
        require_free(target)
        inside = [other for other in given if target.absolute() in other.absolute().parents]
        if inside:
            raise FileError(inside[0], f"lies in {target}", "name a path outside of it")


@contextmanager
def _targets(*targets: Path | None) -> Iterator[list[Path | None]]:
    """Temporary paths for ``targets``, whole or nothing each; None stays None."""
    with ExitStack() as stack:
        yield [None if target is None else stack.enter_context(whole_or_nothing(target))
               for target in targets]  # fmt: skip


def _shown(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _merged(stages: Stages, planning: dict[str, float]) -> dict[str, float]:
    """Seconds of reading, planning and writing, in this order."""
    seconds = stages.rounded
    return {"read": seconds.pop("read"), **planning, **seconds}
