"""Commands that look ahead: forecast demand, forecast lead-time, backtest, shortages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import (
    AsJson,
    Dataset,
    Forecast,
    Frequency,
    Horizon,
    Out,
    Quantiles,
    Samples,
    Seed,
    Solver,
    Table,
    TimeLimit,
)
from app.cli.output import guarded, print_document
from app.cli.root import app, forecast_app

History = Annotated[
    Path,
    typer.Argument(metavar="HISTORY", help="Dataset, or one .csv or .parquet: item, [location,] "
                   "period, quantity[, in_stock]."),
]  # fmt: skip


@forecast_app.command("demand", short_help="quantiles of demand by item, location and period")
def demand(
    context: typer.Context,
    history: History,
    horizon: Horizon,
    quantiles: Quantiles = None,
    frequency: Frequency = None,
    out: Table = None,
    totals: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Reconcile, and write brands and regions here."),
    ] = None,
    components: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the demand of components here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forecast demand: mean and quantiles by item, location and period. Without --out as CSV."""
    with guarded(context, as_json) as progress:
        from app import render_forecasts
        from app.service.forecasts.forecasting import run_forecast_demand

        document = run_forecast_demand(history, horizon, quantiles, frequency, out, totals,
                                       components, progress)  # fmt: skip
    if document["table"] is not None and not as_json:
        typer.echo(render_forecasts.csv(document["table"]), nl=False)
        return
    print_document(document, as_json, render_forecasts.demand)


@forecast_app.command("lead-time", short_help="quantiles of lead times, or of open orders")
def lead_time(
    context: typer.Context,
    receipts: Annotated[
        Path,
        typer.Argument(metavar="RECEIPTS", help="Dataset, or one .csv or .parquet of past orders."),
    ],
    as_of: Annotated[str, typer.Option(metavar="DATE", help="What was known on this day.")],
    quantiles: Quantiles = None,
    orders: Annotated[
        Path | None,
        typer.Option(metavar="OPEN", help="Open orders: each gets an arrival of its own."),
    ] = None,
    out: Table = None,
    as_json: AsJson = False,
) -> None:
    """Forecast lead times in days from order to receipt. Without --out as CSV."""
    with guarded(context, as_json) as progress:
        from app import render_forecasts
        from app.service.forecasts.forecasting import run_forecast_lead_time

        document = run_forecast_lead_time(receipts, as_of, quantiles, orders, out, progress)
    if document["table"] is not None and not as_json:
        typer.echo(render_forecasts.csv(document["table"]), nl=False)
        return
    print_document(document, as_json, render_forecasts.lead_time)


@app.command(short_help="judge the forecasting methods on the past")
def backtest(
    context: typer.Context,
    history: History,
    horizon: Horizon,
    origins: Annotated[int, typer.Option(min=1, max=100, metavar="K", help="Origins.")] = 2,
    frequency: Frequency = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Judge every forecasting method at rolling origins, by class of demand."""
    with guarded(context, as_json) as progress:
        from app import render_forecasts
        from app.service.forecasts.forecasting import run_backtest

        document = run_backtest(history, horizon, origins, frequency, out, progress)
    print_document(document, as_json, render_forecasts.backtest)


@app.command(short_help="what will run short, when, and how sure that is")
def shortages(
    context: typer.Context,
    dataset: Dataset,
    scenario: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML file; without it the base data.")
    ] = None,
    samples: Samples = 1000,
    seed: Seed = None,
    out: Out = None,
    solver: Solver = "highs",
    time_limit: TimeLimit = None,
    forecast: Forecast = True,
    as_json: AsJson = False,
) -> None:
    """Live the as-is plan through sampled demand and lead times: what runs short, and when."""
    with guarded(context, as_json) as progress:
        from app import render_forecasts
        from app.service.futures.shortages import run_shortages
        from app.service.plans.planning import PlanningOptions

        options = PlanningOptions(solver, time_limit, forecast=forecast)
        document = run_shortages(dataset, scenario, samples, seed, options, out, progress)
    print_document(document, as_json, render_forecasts.shortages)
