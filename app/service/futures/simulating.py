"""A plan on disk lived through uncertain demand and lead times, with or without replanning."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.service.forecasts.filling import lead_time_forecast
from app.service.futures.sampled import Draw, draws, joined
from app.service.plans.files import disagreements, made_from, read_manifest
from app.service.plans.planning import (
    PlanningOptions,
    Progress,
    Stages,
    filled_by,
    model_options,
)
from app.service.plans.tables import read_plan_tables
from forecasts.executors import InProcess, process_pool
from forecasts.quantiles import Floats
from solver.data import model_data
from solver.elsewhere import carried_into
from solver.plan import PlanKind, plan_as_is, plan_for
from supplychain.errors import FileError, PlanError
from supplychain.files import (
    Format,
    read_dataset,
    require_free,
    whole_or_nothing,
    write_tables,
)
from supplychain.network import Network
from supplychain.scenario import Responses, Scenario, apply, describe, read_scenario
from supplychain.scope import expand
from supplychain.simulation import Lifeline, simulate, simulate_replanned

Json = dict[str, Any]
Tables = Mapping[str, pd.DataFrame]
NORMAL = 1.959964  # 97.5 % quantile of the standard normal distribution
LEVELS = (10, 50, 90)


@dataclass(frozen=True, eq=False)
class Subject:
    """A plan and the network that it is lived through in.

    ``tables`` are its results, carried into ``network`` where that has another scenario; ``calm``
    are those of the as-is plan without scenario, which loads of lines are measured against.
    """

    network: Network
    tables: Tables
    calm: Tables
    kind: PlanKind
    responses: Responses


@dataclass(frozen=True, eq=False)
class Lived:
    """Measures by future: ``totals`` (units), ``money`` and ``down`` (lines x N), as a table each.

    ``lines`` describes the rows of ``down``, the number of periods where a line runs on.
    """

    totals: pd.DataFrame
    money: pd.DataFrame
    down: npt.NDArray[np.int64]
    lines: pd.DataFrame
    plans: int = 0


def run_simulate(
    dataset: Path,
    folder: Path,
    scenario: Path | None,
    samples: int,
    seed: int | None,
    every: int | None,
    options: PlanningOptions,
    out: Path | None = None,
    progress: Progress = lambda text: None,
    form: Format = "csv",
) -> Json:
    """Live the plan in PLAN_DIR ``folder`` through ``samples`` futures; their distribution.

    ``scenario``: lived through instead of the plan's own. ``every``: periods after which the rest
    is planned again, None: never. Writes tables as ``form`` to the new folder ``out``. Raises
    InputError, PlanError, and FileError where ``folder`` does not belong to ``dataset``.
    """
    stages = Stages(progress)
    if out is not None:
        require_free(out)
    with stages.stage("read"):
        base = read_dataset(dataset)
        content, stated = _plan_network(base, folder)
        own = read_scenario(folder / "scenario.yaml")
        story = own if scenario is None else read_scenario(scenario)
        tables = read_plan_tables(folder)
    filled = replace(filled_by(base, options, stages), network=stated)
    with stages.stage("forecast"):
        lead_times = (filled.lead_times or lead_time_forecast(base)) if options.forecast else None
    seed = seed if seed is not None else base.settings.seed or 0
    with stages.stage("calm plan"):
        expanded = expand(stated)
        subject = subject_of(expanded, tables, cast(PlanKind, content["kind"]), own, story, options)
    with stages.stage("simulate"):
        batches = draws(subject.network, filled, lead_times, samples, seed)
        if every is None:
            lived = live(subject, list(batches))
        else:
            lived = live_replanned(subject, list(batches), every, options, progress)
    if out is not None:
        with stages.stage("write"), whole_or_nothing(out) as target:
            write_tables({"futures": futures_table(lived), "lines": _line_rows(subject, lived)},
                         target, form)  # fmt: skip
    return {
        "path": str(folder), "kind": content["kind"], "plan_scenario": own.name,
        "scenario": story.name, "changes": list(describe(story, expanded)), "samples": samples,
        "seed": seed, "replan": every, "plans": lived.plans,
        "uncertain": {"demand": filled.demand is not None, "lead_times": lead_times is not None},
        "bucket": base.settings.bucket, "currency": base.settings.currency,
        "planned": _planned(tables), **distribution(lived),
        "lines": _lines(subject, lived), "out": None if out is None else str(out),
        "seconds": stages.rounded,
    }  # fmt: skip


def _plan_network(base: Network, folder: Path) -> tuple[Json, Network]:
    """Manifest of a plan, and the data that it was made from."""
    content = read_manifest(folder)
    wrong = disagreements(base, content)
    stated = made_from(base, folder, content, wrong)
    if content.get("status") == "no plan":
        raise PlanError(f"{folder} holds no plan: its status is no plan")
    if wrong:
        raise FileError(folder, wrong[0], "name the dataset that it was made from, or plan again")
    return content, stated


def subject_of(
    expanded: Network, tables: Tables, kind: PlanKind, own: Scenario, story: Scenario,
    options: PlanningOptions,
) -> Subject:  # fmt: skip
    """A plan made under ``own``, to be lived through under ``story``; solves the calm plan."""
    network = apply(story, expanded)
    if story.disruptions != own.disruptions:
        tables = carried_into(network, tables)
    calm = plan_as_is(model_data(expanded), options.for_solver)
    if calm.status == "no plan":
        raise PlanError("no calm plan: the solver found none in time; raise --time-limit")
    return Subject(network, tables, calm.tables, kind, story.responses)


# --- lives ----------------------------------------------------------------------------------------


def live(subject: Subject, batches: list[Draw]) -> Lived:
    """The plan as it stands, all futures at once."""
    futures = joined([drawn.futures(subject.tables) for drawn in batches])
    result = simulate(subject.network, subject.tables, futures, subject.calm)
    lines = result.line_down[["kind", "name", "location"]]
    return Lived(result.totals, result.money, result.down, lines)


def live_replanned(
    subject: Subject, batches: list[Draw], every: int, options: PlanningOptions, progress: Progress,
    workers: int | None = None,
) -> Lived:  # fmt: skip
    """Future by future, planned again every so many periods, side by side in processes."""
    lines = live(subject, [_first(batches[0])]).lines
    tasks = [_one(drawn, sample) for drawn in batches for sample in range(drawn.samples)]
    count = min(workers or os.cpu_count() or 1, len(tasks))
    with InProcess() if count == 1 else process_pool(count) as pool:
        found = []
        for number, life in enumerate(_lives(pool, subject, tasks, every, options), 1):
            progress(f"simulate: {number} of {len(tasks)} futures")
            found.append(life)
    totals, money = (
        pd.concat([getattr(life, name) for life in found], ignore_index=True)
        .rename_axis("sample") for name in ("totals", "money")
    )  # fmt: skip
    down = np.concatenate([life.down for life in found], axis=1)
    return Lived(totals, money, down, lines, sum(life.plans for life in found))


def _lives(
    pool: Executor, subject: Subject, tasks: list[Draw], every: int, options: PlanningOptions
) -> Any:
    return pool.map(partial(_life, subject, every, options), tasks)


def _life(subject: Subject, every: int, options: PlanningOptions, drawn: Draw) -> Lifeline:
    """One future with replanning."""
    again = partial(_plan_again, subject, options, drawn)
    return simulate_replanned(subject.network, subject.tables, drawn.futures(subject.tables),
                              every, again, subject.calm)  # fmt: skip


def _plan_again(
    subject: Subject, options: PlanningOptions, drawn: Draw, network: Network, premium: float
) -> tuple[Tables, npt.NDArray[np.int64]] | None:
    """The same kind of plan for the ``network`` of a moment, with what is left of the budget."""
    pairs = subject.tables["inventory"][["item", "location"]].drop_duplicates(ignore_index=True)
    data = model_data(network, pairs)
    permitted, reallocation = model_options(subject.responses)
    if permitted.budget is not None:
        permitted = replace(permitted, budget=max(permitted.budget - premium, 0.0))
    plan = plan_for(subject.kind, data, permitted, reallocation, options.for_solver)
    if plan.status == "no plan":
        return None
    return plan.tables, drawn.of_orders(plan.tables["orders"])


def _first(drawn: Draw) -> Draw:
    return _one(drawn, 0)


def _one(drawn: Draw, sample: int) -> Draw:
    """One of the futures of a draw."""
    at = slice(sample, sample + 1)
    return Draw(
        drawn.network, drawn.ratios[:, at],
        None if drawn.orders is None else drawn.orders[:, :, at],
        None if drawn.receipts is None else drawn.receipts[:, at],
    )  # fmt: skip


# --- what is told ---------------------------------------------------------------------------------


def futures_table(lived: Lived) -> pd.DataFrame:
    """A row for each future: units, service level, terms of the profit."""
    totals = lived.totals.assign(service_level=service_level(lived.totals))
    return totals.join(lived.money.rename(columns={"lost": "lost_cost"})).reset_index()


def service_level(totals: pd.DataFrame) -> pd.Series:
    """Share of demand served on time (fill rate, beta); 1 where nothing is demanded."""
    return (totals["on_time"] / totals["demanded"]).fillna(1.0)


def distribution(lived: Lived) -> Json:
    """Mean with its 95 % confidence interval, and 10, 50, 90 %, of units, service and money."""
    units: Json = {str(name): spread(values) for name, values in lived.totals.items()}
    units["service_level"] = spread(service_level(lived.totals))
    return {"units": units,
            "money": {str(name): spread(values) for name, values in lived.money.items()
                      if name == "profit" or (values != 0).any()}}  # fmt: skip


def spread(values: pd.Series | Floats) -> Json:
    """Mean, half the width of its 95 % confidence interval (normal, None of one), quantiles."""
    found = np.asarray(values, dtype=float)
    error = found.std(ddof=1) / np.sqrt(len(found)) if len(found) > 1 else None
    return {"mean": float(found.mean()),
            "plus_minus": None if error is None else float(NORMAL * error),
            **{f"P{level}": float(np.percentile(found, level)) for level in LEVELS}}  # fmt: skip


def _planned(tables: Tables) -> Json:
    """Units and profit of the plan itself."""
    service, costs = tables["service"], tables["costs"].set_index("term")["amount"]
    units = {name: float(service[name].sum()) for name in ("on_time", "late", "lost", "open")}
    return {"demanded": float(service["quantity"].sum()), **units, "profit": float(costs["profit"])}


def _line_rows(subject: Subject, lived: Lived) -> pd.DataFrame:
    """Lines and products by plant: chance to be down, and by when."""
    periods, calendar = subject.network.calendar.periods, subject.network.calendar
    table = lived.lines.assign(probability=(lived.down < periods).mean(axis=1))
    for level in LEVELS:
        at = np.quantile(lived.down, level / 100, axis=1, method="inverted_cdf").astype(np.int64)
        dates = pd.Series(calendar.dates_of(at), index=table.index)
        table[f"down_P{level}"] = dates.where(at < periods)
    return table


def _lines(subject: Subject, lived: Lived) -> list[Json]:
    from app.service.plain import records

    table = _line_rows(subject, lived)
    return records(table[table["probability"] > 0].sort_values(
        ["kind", "down_P50", "down_P90", "probability"], ascending=[True, True, True, False],
        kind="stable"))  # fmt: skip
