"""Commands under uncertainty: simulate. Robust planning is an option of plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import (
    AsJson,
    Dataset,
    Forecast,
    Out,
    PlanDir,
    Samples,
    Seed,
    Solver,
    TimeLimit,
)
from app.cli.output import guarded, print_document
from app.cli.root import app


@app.command(short_help="live a plan through uncertain demand and lead times")
def simulate(
    context: typer.Context,
    dataset: Dataset,
    plan_dir: PlanDir,
    scenario: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="YAML file to live through instead of the plan's own."),
    ] = None,
    samples: Samples = 1000,
    seed: Seed = None,
    replan: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="K", help="Plan again every K periods: a few futures a minute."
        ),
    ] = None,
    out: Out = None,
    solver: Solver = "highs",
    time_limit: TimeLimit = None,
    forecast: Forecast = True,
    as_json: AsJson = False,
) -> None:
    """Live a plan through sampled futures: units, money, lines that stop, service, with spread."""
    with guarded(context, as_json) as progress:
        from app import render_uncertainty
        from app.service.futures.simulating import run_simulate
        from app.service.plans.planning import PlanningOptions

        options = PlanningOptions(solver, time_limit, forecast=forecast)
        document = run_simulate(dataset, plan_dir, scenario, samples, seed, replan, options, out,
                                progress)  # fmt: skip
    print_document(document, as_json, render_uncertainty.simulation)
