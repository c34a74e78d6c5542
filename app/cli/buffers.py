"""The command on safety stock: buffers."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.options import AsJson, Dataset, Forecast, Out, TimeLimit
from app.cli.output import guarded, print_document
from app.cli.root import app


@app.command(short_help="safety stock at least cost, and what closes the gap to recovery")
def buffers(
    context: typer.Context,
    dataset: Dataset,
    service: Annotated[
        float,
        typer.Option(min=0.5, max=0.9999, help="Chance that demand stays within its bound."),
    ] = 0.95,
    promise: Annotated[
        int, typer.Option(min=0, max=1000, metavar="N", help="Periods in which demand is served.")
    ] = 0,
    out: Out = None,
    time_limit: TimeLimit = None,
    forecast: Forecast = True,
    as_json: AsJson = False,
) -> None:
    """Place safety stock at least cost; price what survives the outage of each location."""
    with guarded(context, as_json) as progress:
        from app import render_buffers
        from app.service.buffers import BufferOptions, run_buffers

        options = BufferOptions(service, promise, time_limit, forecast)
        document = run_buffers(dataset, options, out, progress)
    print_document(document, as_json, render_buffers.buffers)
