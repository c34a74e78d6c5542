"""What will run short: the as-is plan lived through sampled demand and lead times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.service.forecasts.filling import Filled, lead_time_forecast
from app.service.futures.delays import Delays
from app.service.futures.drawn_demand import drawn_demand
from app.service.plain import records
from app.service.plans.planning import PlanningOptions, Progress, Stages, filled_by
from forecasts.lead_time import LeadTimeForecast
from solver.data import model_data
from solver.plan import Plan, plan_as_is
from supplychain.errors import PlanError
from supplychain.files import (
    Format,
    read_dataset,
    require_free,
    whole_or_nothing,
    write_tables,
)
from supplychain.network import Network
from supplychain.scenario import Scenario, apply, describe, read_scenario
from supplychain.scope import expand
from supplychain.simulation import (
    Futures,
    Simulation,
    rank_item_locations,
    revenue_values,
    simulate,
)

Json = dict[str, Any]
_MOST = 20
_TABLES = ("stock", "line_down", "service", "totals")


def run_shortages(
    dataset: Path,
    scenario: Path | None,
    samples: int,
    seed: int | None,
    options: PlanningOptions,
    out: Path | None = None,
    progress: Progress = lambda text: None,
    form: Format = "csv",
) -> Json:
    """Simulate the as-is plan of ``dataset`` through ``samples`` futures; what runs short, ranked.

    Writes the tables as ``form`` to the new folder ``out``, if given. Raises InputError and
    PlanError.
    """
    stages = Stages(progress)
    if out is not None:
        require_free(out)
    with stages.stage("read"):
        base = read_dataset(dataset)
        story = Scenario.calm() if scenario is None else read_scenario(scenario)
    filled = filled_by(base, options, stages)
    with stages.stage("forecast"):
        lead_times = (filled.lead_times or lead_time_forecast(base)) if options.forecast else None
    with stages.stage("plan"):
        expanded = expand(filled.network)
        network = apply(story, expanded)
        calm = plan_as_is(model_data(expanded), options.for_solver)
        plan = plan_as_is(model_data(network), options.for_solver) if scenario else calm
    if "no plan" in (plan.status, calm.status):
        raise PlanError("no plan: the solver found none in time; raise --time-limit")
    seed = seed if seed is not None else base.settings.seed or 0
    with stages.stage("simulate"):
        futures = sampled_futures(network, plan, filled, lead_times, samples, seed)
        result = simulate(network, dict(plan.tables), futures, dict(calm.tables))
        ranking = rank_item_locations(result, revenue_values(network))
    if out is not None:
        with stages.stage("write"), whole_or_nothing(out) as folder:
            tables = {name: getattr(result, name) for name in _TABLES}
            write_tables({**tables, "ranking": ranking}, folder, form)
    return {
        "path": str(dataset), "scenario": story.name, "changes": list(describe(story, expanded)),
        "samples": samples, "seed": seed, "forecast": filled.facts,
        "uncertain": {"demand": filled.demand is not None, "lead_times": lead_times is not None},
        "bucket": network.settings.bucket, "currency": network.settings.currency,
        "plan": {name: float(plan.tables["service"][name].sum())
                 for name in ("quantity", "on_time", "late", "lost", "open")},
        "totals": _spread(result), "items": _short(result, ranking), "lines": _lines(result),
        "out": None if out is None else str(out),
        "seconds": stages.rounded,
    }  # fmt: skip


def sampled_futures(
    network: Network, plan: Plan, filled: Filled, lead_times: LeadTimeForecast | None,
    samples: int, seed: int,
) -> Futures:  # fmt: skip
    """Demand and delays drawn together; equal ``seed``, equal futures.

    Demand: see ``drawn_demand``. Planned orders come after lead times drawn by sourcing option,
    less the lead time that the plan counts on; scheduled receipts miss their date as promises were
    missed. What one option sends is late together, in part.
    """
    random = np.random.default_rng(seed)
    drawn = drawn_demand(network.table("demand"), filled, samples, random)
    orders, receipts = plan.tables["orders"], plan.tables["receipts"]
    if lead_times is None:
        late = (np.zeros((len(rows), samples), dtype=np.int64) for rows in (orders, receipts))
        return Futures(drawn, *late)
    delays = Delays(network, lead_times, samples, random)
    return Futures(drawn, delays.of_orders(orders), delays.of_receipts(receipts))


def _spread(result: Simulation) -> Json:
    """Mean and 10, 50, 90 % of the units by sample."""
    return {str(name): {"mean": float(values.mean()),
                        **{f"P{level}": float(np.percentile(values, level))
                           for level in (10, 50, 90)}}
            for name, values in result.totals.items()}  # fmt: skip


def _short(result: Simulation, ranking: pd.DataFrame) -> list[Json]:
    """The item-locations that run short most: ranking with the first period that is likely to."""
    stock = result.stock
    likely = stock[stock["probability_of_stock_out"] >= 0.5]
    first = likely.groupby(["item", "location"])["period"].min()
    top = ranking[ranking["expected_shortage"] > 0.0].head(_MOST)
    rows = []
    for row in records(top):
        since = first.get((row["item"], row["location"]))
        rows.append({**row,
                     "likely_from": None if since is None else str(since.date())})  # fmt: skip
    return rows


def _lines(result: Simulation) -> list[Json]:
    table = result.line_down.sort_values(
        ["kind", "down_P50", "down_P90", "probability"],
        ascending=[True, True, True, False],
        kind="stable",
    )
    return records(table[table["probability"] > 0.0])
