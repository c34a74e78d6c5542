"""The command planner: the planner's pages on this computer, with nothing else to start."""

from __future__ import annotations

import threading
from typing import Annotated

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
) -> None:
    """Open the planner's pages on the example company, for this computer only, until Ctrl-C.

    Data is kept in a folder of its own. The address printed logs in once, within two minutes.
    """
    with guarded(context, as_json=False) as progress:
        from app.service.context import ready_service
        from app.service.settings import read_service_settings
        from app.service.trying import prepare_trial

        progress("prepare the example company")
        settings = prepared(
            folder=folder or read_service_settings().folder / "planner",
            host="127.0.0.1", port=port or _free_port(), planner=True, api_workers=1,
        )  # fmt: skip
        with ready_service(settings) as service:
            ticket = prepare_trial(service)
        address = f"http://127.0.0.1:{settings.port}"
        threading.Thread(target=_announce, args=(address, ticket, browser), daemon=True).start()
        from app.jobs.supervisor import workers

        with workers(settings):
            answer(settings)


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _announce(address: str, ticket: str, browser: bool) -> None:
    """Tell the address once the server answers, and open it."""
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
    typer.echo(entry)
    if browser:
        webbrowser.open(entry)
