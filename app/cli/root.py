"""The command line's root: the applications that commands are added to, and its own options."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.options import show_version

# typer would load pydantic to find that --help was not given: 0.15 s of every call
_LEAF: dict[str, Any] = {"help": False}
_GROUPS = ("import", "forecast", "user", "token", "audit")
_NO_HELP: dict[str, Any] = {**_LEAF, **dict.fromkeys(_GROUPS, _LEAF)}

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"default_map": _NO_HELP, "help_option_names": ["-h", "--help"]},
)
import_app = typer.Typer(no_args_is_help=True, help="turn another system's data into a dataset")
app.add_typer(import_app, name="import")
forecast_app = typer.Typer(no_args_is_help=True, help="forecast demand or lead times")
app.add_typer(forecast_app, name="forecast")
user_app = typer.Typer(no_args_is_help=True, help="who may use the service, and as what")
app.add_typer(user_app, name="user")
token_app = typer.Typer(no_args_is_help=True, help="secrets with which machines come to the API")
app.add_typer(token_app, name="token")
audit_app = typer.Typer(no_args_is_help=True, help="who did what when, and whether that is whole")
app.add_typer(audit_app, name="audit")
store_app = typer.Typer(no_args_is_help=True, help="the service's database, and what is in it")
app.add_typer(store_app, name="store")


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
) -> None:
    """Plan supply through a disruption: what runs short, what it costs, what to do, and why.

    DATASET is a folder of CSV or Parquet files, or an Excel workbook. Results go to stdout,
    progress and errors to stderr. Exit codes: 0 done, 1 no plan or a failed check, 2 wrong input.
    """
