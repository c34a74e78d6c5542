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
    PlanDir,
    PlanFormat,
    Seed,
    Solver,
    TimeLimit,
    finite,
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
        from app.service.plans.planning import PlanningOptions
        from app.service.plans.runs import run_what_if

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
        list[str] | None,
        typer.Option(metavar="FILE", help="YAML file; without it the base data. With --robust "
                     "several, each with its weight: FILE=0.3."),
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
    robust: Annotated[
        bool, typer.Option("--robust", help="Plan for sampled futures, not for their mean.")
    ] = False,
    futures: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Sampled for each scenario.")
    ] = 10,
    common_periods: Annotated[
        int, typer.Option(min=0, metavar="F", help="First periods decided alike in all futures.")
    ] = 4,
    risk_weight: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, callback=finite, metavar="W",
                     help="Weight of the mean profit of the worst futures."),
    ] = 0.2,
    tail: Annotated[
        float,
        typer.Option(min=0.001, max=1.0, callback=finite, help="Share of futures that are worst."),
    ] = 0.2,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make one plan, of the base data or under a scenario; --robust: for many futures."""
    given = scenario or []
    if robust and (kind == "as-is" or export_model):
        raise typer.BadParameter("--robust makes a response plan; leave out --export-model")
    if len(given) > 1 and not robust:
        raise typer.BadParameter("several scenarios need --robust, or whatif")
    with guarded(context, as_json) as progress:
        from app import render, render_uncertainty
        from app.service.futures.robust import RobustOptions, run_robust_plan
        from app.service.plans.planning import PlanningOptions
        from app.service.plans.runs import run_plan

        if robust:
            chosen = RobustOptions(
                solver=solver, time_limit=time_limit, candidates=0, samples=0, forecast=forecast,
                futures=futures, common_periods=common_periods, risk_weight=risk_weight,
                tail=tail, seed=seed,
            )  # fmt: skip
            document = run_robust_plan(dataset, given, chosen, out, form, progress, last)
        else:
            story = Path(given[0]) if given else None
            options = PlanningOptions(solver, time_limit, forecast=forecast)
            document = run_plan(
                dataset, story, kind, options, out, form, export_model, progress, last
            )
    print_document(document, as_json, render.plan)
    if robust and not as_json:
        print_document(document, False, render_uncertainty.robust)
    exit_without_plan(document["solve"])


@app.command(short_help="check a plan on disk against every equation")
def verify(
    context: typer.Context,
    dataset: Dataset,
    plan_dir: PlanDir,
    scenario: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML file instead of the plan's own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a plan on disk against every equation, independently of the solver."""
    with guarded(context, as_json) as progress:
        from app import render_data
        from app.service.plans.runs import run_verify

        progress("verify")
        document = run_verify(dataset, plan_dir, scenario)
    print_document(document, as_json, render_data.verification)
    if not document["passed"]:
        raise typer.Exit(1)
