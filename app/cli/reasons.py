"""Commands on plans that exist: explain, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson, PlanDir
from app.cli.output import guarded, print_document
from app.cli.root import app


@app.command(short_help="why a plan is as it is, and what would change it")
def explain(
    context: typer.Context,
    plan_dir: PlanDir,
    why_not: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What would bring this in: 'order MCU-7 from BROKER-2'."),
    ] = None,
    demand: Annotated[
        str | None, typer.Option(metavar="ITEM[@LOCATION]", help="Only demand of this item.")
    ] = None,
    pegging: Annotated[
        bool, typer.Option("--pegging", help="Which supply goes into which demand.")
    ] = False,
    supply: Annotated[
        str | None,
        typer.Option(metavar="ITEM[@LOCATION]", help="Which demand supply of this item serves."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Why demand is late or lost, what would fix it, why not, and which supply serves what."""
    with guarded(context, as_json) as progress:
        from app import render_reasons
        from app.service.plans.explaining import run_explain

        document = run_explain(plan_dir, why_not, demand, pegging, supply, progress)
    print_document(document, as_json, render_reasons.explanation)


@app.command(short_help="the difference of two plans, in decisions and in money")
def compare(
    context: typer.Context,
    plan_a: Annotated[Path, typer.Argument(metavar="PLAN_A", help="PLAN_DIR to start from.")],
    plan_b: Annotated[Path, typer.Argument(metavar="PLAN_B", help="PLAN_DIR to compare it with.")],
    as_json: AsJson = False,
) -> None:
    """What the second plan adds, drops and moves, and why the money moves."""
    with guarded(context, as_json) as progress:
        from app import render_reasons
        from app.service.plans.explaining import run_compare

        progress("compare")
        document = run_compare(plan_a, plan_b)
    print_document(document, as_json, render_reasons.comparison)
