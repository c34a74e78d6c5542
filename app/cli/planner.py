"""The command planner: the planner's pages on this computer, with nothing else to start."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.options import Folder
from app.cli.output import guarded
from app.cli.root import app
from app.cli.serve import answer, prepared


@app.command(short_help="open the planner's pages on the example company")
def planner(
    context: typer.Context,
    folder: Folder = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0: one that is free.")
    ] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the pages in a browser.")
    ] = True,
    log: Annotated[
        bool, typer.Option("--log/--no-log", help="Write a line for each request to stderr.")
    ] = False,
) -> None:
    """Open the planner's pages on the example company, for this computer only, until Ctrl-C.

    Data is kept in a folder of its own. The address printed logs in once, within two minutes.
    """
    with guarded(context, as_json=False) as progress:
        progress("prepare the example company")
        settings, ticket = _prepared(folder, port, "info" if log else "warning")
    address = f"http://127.0.0.1:{settings.port}"
    threading.Thread(target=_announce, args=(address, ticket, settings.folder, browser),
                     daemon=True).start()  # fmt: skip
    from app.jobs.supervisor import workers

    with workers(settings):
        answer(settings)


def _prepared(folder: Path | None, port: int, log_level: str) -> tuple[Any, str]:
    """The settings of a service with the example company, and a ticket for a login."""
    from app.service.context import ready_service
    from app.service.settings import read_service_settings
    from app.service.trying import prepare_trial

    settings = prepared(
        folder=folder or read_service_settings().folder / "planner", host="127.0.0.1",
        port=_free_port(port), planner=True, api_workers=1, log_level=log_level,
    )  # fmt: skip
    with ready_service(settings) as service:
        return settings, prepare_trial(service)


def _free_port(wanted: int) -> int:
    """The port that is wanted, or one that is free; InputError where another program has it."""
    import socket

    from app.service import InputError, Problem

    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", wanted))
        except OSError:
            raise InputError([Problem("options", "is in use by another program",
                                      "name another port, or leave it out for a free one",
                                      column="--port", value=str(wanted))]) from None  # fmt: skip
        return int(found.getsockname()[1])


def _announce(address: str, ticket: str, folder: Path, browser: bool) -> None:
    """Tell the address once the server answers, alone on the last line, and open it."""
    import time
    import webbrowser
    from urllib.request import urlopen

    for _ in range(240):
        try:
            urlopen(f"{address}/health/live", timeout=1).close()
            break
        except OSError:
            time.sleep(0.25)
    entry = f"{address}/login/ticket?ticket={ticket}"
    typer.echo(f"\nThe planner's pages are open; its data is in {folder}. Ctrl-C ends it.\n"
               "Open this address within two minutes, it logs in once; for another one start "
               "the command again:\n", err=True)  # fmt: skip
    typer.echo(entry)
    if browser:
        webbrowser.open(entry)
