"""Arguments and options that several commands share."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import typer


def show_version(wanted: bool) -> None:
    """Print the version and leave, where it is wanted."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"supplychain {version('supplychain-planner')}")
        raise typer.Exit


def finite(value: float | None) -> float | None:
    """The value; a usage error where it is infinite or no number."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("write a finite number")
    return value


Dataset = Annotated[
    Path,
    typer.Argument(metavar="DATASET", help="Folder of CSV or Parquet files, or an .xlsx workbook."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of text; no progress.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write everything to this new folder.")
]
OutDataset = Annotated[
    Path,
    typer.Option(metavar="DATASET", help="New folder (CSV), NAME.parquet (folder) or NAME.xlsx."),
]
PlanFormat = Annotated[
    Literal["csv", "parquet", "xlsx"], typer.Option("--format", help="Format of the result tables.")
]
DatasetFormat = Annotated[
    Literal["csv", "parquet", "xlsx"] | None,
    typer.Option("--format", help="Format of the dataset; else the suffix decides."),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="The service's folder: database, audit head; else SUPPLYCHAIN_FOLDER or the user's.",
    ),
]
Solver = Annotated[Literal["highs", "glop"], typer.Option(help="Solver of the linear programs.")]
TimeLimit = Annotated[
    float | None,
    typer.Option(min=0.0, callback=finite, metavar="S", help="Seconds allowed for each solve."),
]
PlanDir = Annotated[
    Path, typer.Argument(metavar="PLAN_DIR", help="Folder that plan or whatif wrote.")
]
Samples = Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="Sampled futures.")]
Seed = Annotated[
    int | None, typer.Option(min=0, help="Of the futures; else the dataset's setting.")
]
Last = Annotated[
    Path | None,
    typer.Option(
        metavar="PLAN_DIR",
        help="The last plan, which frozen periods repeat and changes count from.",
    ),
]
Forecast = Annotated[
    bool,
    typer.Option(
        "--forecast/--no-forecast",
        help="Let forecasts fill demand that is not firm, and lead times, where there is history.",
    ),
]
Quantiles = Annotated[
    str | None,
    typer.Option(metavar="LEVELS", help="Levels such as 0.1,0.5,0.9; else deciles, 0.95, 0.99."),
]
Frequency = Annotated[
    Literal["month", "week", "day"] | None,
    typer.Option(help="Length of a period; else as the dates say."),
]
Horizon = Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="Periods ahead.")]
Table = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the table here: .csv or .parquet.")
]
