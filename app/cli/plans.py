"""Commands that plan: whatif, plan, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.options import (
    AsJson,
    Dataset,
    Forecast,
    Last,
    Out,
    PlanFormat,
    Solver,
    TimeLimit,
)
from app.cli.output import exit_without_plan, guarded, print_document
from app.cli.root import app


@app.command(short_help="compare doing nothing with the best response")
def whatif(
    context: typer.Context,
    dataset: Dataset,
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO", help="YAML files.")],
    out: Out = None,
    form: PlanFormat = "csv",
    solver: Solver = "highs",
    time_limit: TimeLimit = None,
    forecast: Forecast = True,
    last: Last = None,
    full: Annotated[
        bool, typer.Option("--full", help="Show each of several scenarios in full.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare doing nothing (as-is) with the best response, under one or more scenarios."""
    with guarded(context, as_json) as progress:
        from app import render
        from app.service.planning import PlanningOptions
        from app.service.runs import run_what_if

        options = PlanningOptions(solver, time_limit, forecast=forecast)
        document = run_what_if(dataset, scenarios, options, out, form, progress, last)
    print_document(document, as_json, lambda shown, width: render.what_if(shown, width, full))
    exit_without_plan(
        document["calm"]["solve"], *(s for o in document["scenarios"] for s in o["solve"].values())
    )


@app.command(short_help="make one plan")
def plan(
    context: typer.Context,
    dataset: Dataset,
    scenario: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML file; without it the base data.")
    ] = None,
    kind: Annotated[
        Literal["response", "as-is"],
        typer.Option(help="All that is permitted, or routine options only."),
    ] = "response",
    out: Out = None,
    form: PlanFormat = "csv",
    export_model: Annotated[
        Path | None, typer.Option(metavar="FILE.mps", help="Write the linear program as MPS.")
    ] = None,
    solver: Solver = "highs",
    time_limit: TimeLimit = None,
    forecast: Forecast = True,
    last: Last = None,
    as_json: AsJson = False,
) -> None:
    """Make one plan, of the base data or under a scenario."""
    with guarded(context, as_json) as progress:
        from app import render
        from app.service.planning import PlanningOptions
        from app.service.runs import run_plan

        options = PlanningOptions(solver, time_limit, forecast=forecast)
        document = run_plan(
            dataset, scenario, kind, options, out, form, export_model, progress, last
        )
    print_document(document, as_json, render.plan)
    exit_without_plan(document["solve"])


@app.command(short_help="check a plan on disk against every equation")
def verify(
    context: typer.Context,
    dataset: Dataset,
    plan_dir: Annotated[
        Path, typer.Argument(metavar="PLAN_DIR", help="Folder that plan or whatif wrote.")
    ],
    scenario: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML file instead of the plan's own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a plan on disk against every equation, independently of the solver."""
    with guarded(context, as_json) as progress:
        from app import render_data
        from app.service.runs import run_verify

        progress("verify")
        document = run_verify(dataset, plan_dir, scenario)
    print_document(document, as_json, render_data.verification)
    if not document["passed"]:
        raise typer.Exit(1)
