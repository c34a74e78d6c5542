"""Commands on datasets: check, convert, generate, import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.options import (
    AsJson,
    Dataset,
    DatasetFormat,
    OutDataset,
    finite,
)
from app.cli.output import guarded, print_document
from app.cli.root import app, import_app


@app.command(short_help="validate a dataset, summarise its structure")
def check(context: typer.Context, dataset: Dataset, as_json: AsJson = False) -> None:
    """Validate a dataset and summarise the structure of its supply chain."""
    with guarded(context, as_json) as progress:
        from app import render_data
        from app.service.datasets import check_dataset

        progress("check")
        document = check_dataset(dataset)
    print_document(document, as_json, render_data.structure)


@app.command(short_help="write a dataset in another format")
def convert(
    context: typer.Context,
    dataset: Dataset,
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="New folder (CSV), NAME.parquet (folder) or NAME.xlsx."),
    ],
    form: DatasetFormat = None,
    as_json: AsJson = False,
) -> None:
    """Write a dataset in another format, without loss; sub-folders such as scenarios stay."""
    with guarded(context, as_json) as progress:
        from app import render_data
        from app.service.datasets import convert_dataset

        progress("convert")
        document = convert_dataset(dataset, out, form)
    print_document(document, as_json, render_data.written)


@app.command(short_help="make the synthetic example company")
def generate(
    context: typer.Context,
    out: OutDataset,
    size: Annotated[
        Literal["small", "medium", "large"],
        typer.Option(help="About 350, 5,000 or 30,000 item-locations."),
    ] = "small",
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal data.")] = 1,
    form: DatasetFormat = None,
    as_json: AsJson = False,
) -> None:
    """Make the synthetic example company, with scenarios beside it."""
    with guarded(context, as_json) as progress:
        from app import render_data
        from app.service.datasets import generate_dataset

        progress("generate")
        document = generate_dataset(size, seed, out, form)
    print_document(document, as_json, render_data.written)


@import_app.command("frepple", short_help="import a dump of a frePPLe system")
def import_frepple(
    context: typer.Context,
    dump: Annotated[Path, typer.Argument(metavar="DUMP.json", help="Fixture of a frePPLe system.")],
    out: OutDataset,
    bucket: Annotated[Literal["day", "week"], typer.Option(help="Length of a period.")] = "week",
    start: Annotated[
        str | None, typer.Option(metavar="DATE", help="First period; else from the dump.")
    ] = None,
    periods: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Periods; else to the last demand.")
    ] = None,
    revenue_factor: Annotated[
        float, typer.Option(min=0.0, callback=finite, help="Revenue of a unit over its cost.")
    ] = 2.0,
    backorder_rate: Annotated[
        float,
        typer.Option(min=0.0, callback=finite,
                     help="Cost of a unit waiting a week over its revenue."),
    ] = 0.01,
    currency: Annotated[str | None, typer.Option(help="Currency; else from the dump.")] = None,
    unsupplied: Annotated[
        Literal["stand-in", "leave out"] | None,
        typer.Option(help="Demand that nothing replenishes; else as the dump says."),
    ] = None,
    form: DatasetFormat = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Import a frePPLe dump (Django fixture in JSON); what has no counterpart is listed."""
    with guarded(context, as_json) as progress:
        from app import render_data
        from app.service.datasets import import_frepple_dump

        progress("import")
        document = import_frepple_dump(
            dump, out, form, start=start, bucket=bucket, periods=periods, currency=currency,
            revenue_factor=revenue_factor, backorder_rate=backorder_rate, unsupplied=unsupplied,
        )  # fmt: skip
    print_document(document, as_json, render_data.written)
