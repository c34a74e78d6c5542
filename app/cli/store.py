"""Commands on the service's database: its shape, backups, and datasets in and out."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from app.cli.beside import as_it_is, ready
from app.cli.options import AsJson, Dataset, Folder
from app.cli.output import print_document
from app.cli.root import store_app

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the dataset in the store.")]


@store_app.command("upgrade", short_help="bring the tables up to date")
def upgrade(
    context: typer.Context,
    to: Annotated[str, typer.Option(metavar="REVISION", help="No further than this.")] = "head",
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Bring the tables of the database up to date; its data stays."""
    with as_it_is(context, as_json, folder) as service:
        from app import render_store
        from app.service.upkeep import upgrade_store

        document = upgrade_store(service, to)
    print_document(document, as_json, render_store.shape)


@store_app.command("downgrade", short_help="take the tables back to an earlier version")
def downgrade(
    context: typer.Context,
    to: Annotated[str, typer.Argument(metavar="REVISION", help="Such as 0001, or base: none.")],
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Take the tables back; what an earlier version has no place for is lost: back up first."""
    with as_it_is(context, as_json, folder) as service:
        from app import render_store
        from app.service.upkeep import downgrade_store

        document = downgrade_store(service, to)
    print_document(document, as_json, render_store.shape)


@store_app.command("backup", short_help="write the whole database to one file")
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file.")],
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Write the database as it is now to one file, while the service runs; keep it safe."""
    with as_it_is(context, as_json, folder) as service:
        from app import render_store
        from app.service.data.backups import backup as write_backup

        document = dataclasses.asdict(write_backup(service, file))
    print_document(document, as_json, render_store.backup)


@store_app.command("restore", short_help="fill an empty database from a backup")
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="That backup wrote.")],
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Fill an empty database, SQLite or PostgreSQL, from a backup of either."""
    with as_it_is(context, as_json, folder) as service:
        from app import render_store
        from app.service.data.backups import restore as read_backup

        document = dataclasses.asdict(read_backup(service, file))
    print_document(document, as_json, render_store.backup)


@store_app.command("tidy", short_help="delete what is no longer kept")
def tidy(context: typer.Context, as_json: AsJson = False, folder: Folder = None) -> None:
    """Delete what is older than SUPPLYCHAIN_KEEP_DAYS, as the workers do every hour.

    That is finished jobs with their logs, told messages, marks of deleted rows, expired answers and
    files that no run names. Runs, plans, decisions and the audit stay.
    """
    with ready(context, as_json, folder) as service:
        from app import render_store
        from app.jobs.tidying import tidy_all

        document = {"keep_days": service.settings.keep_days, "deleted": tidy_all(service)}
    print_document(document, as_json, render_store.tidied)


@store_app.command("load", short_help="put a dataset into the store")
def load(
    context: typer.Context,
    dataset: Dataset,
    name: Name,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Let the stored dataset NAME be the one at DATASET, and share the scenarios in its folder."""
    with ready(context, as_json, folder) as service:
        from app import render_store
        from app.service.data.loading import load_dataset
        from app.service.identity.identity import OPERATOR

        document = load_dataset(service, OPERATOR, dataset, name)
    print_document(document, as_json, render_store.loaded)


@store_app.command("export", short_help="write a stored dataset to files")
def export(
    context: typer.Context,
    name: Name,
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="New folder (CSV), NAME.parquet (folder) or NAME.xlsx."),
    ],
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Write a stored dataset to files, without loss."""
    with ready(context, as_json, folder) as service:
        from app import render_store
        from app.service.data.loading import export_dataset
        from app.service.identity.identity import OPERATOR

        document = export_dataset(service, OPERATOR, name, out)
    print_document(document, as_json, render_store.exported)
