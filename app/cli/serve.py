"""Commands that keep the service running: serve, worker."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.options import Folder
from app.cli.output import guarded
from app.cli.root import app


@app.command(short_help="start the API, the planner's pages and the workers")
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; else 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; else 8000.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Start the service: API, planner's pages and workers, until Ctrl-C or SIGTERM.

    Settings come from the environment, as SUPPLYCHAIN_DATABASE_URL=postgresql://...; an empty
    database gets its tables. TLS: SUPPLYCHAIN_TLS_CERTIFICATE and SUPPLYCHAIN_TLS_KEY.
    """
    with guarded(context, as_json=False):
        settings = prepared(host=host, port=port, folder=folder)
        from app.jobs.supervisor import workers

        with workers(settings):
            answer(settings)


@app.command(short_help="start workers for the jobs of a service on PostgreSQL")
def worker(context: typer.Context, folder: Folder = None) -> None:
    """Start workers, SUPPLYCHAIN_JOB_WORKERS of them, until Ctrl-C or SIGTERM.

    For further computers beside the one that serves: they need the same PostgreSQL database.
    """
    with guarded(context, as_json=False):
        settings = prepared(folder=folder)
        from app.jobs.supervisor import until_told, workers

        with workers(settings):
            until_told()


def prepared(**options: Any) -> Any:
    """The settings, with the options that were given, and a database that is ready."""
    from app.service.context import ready_service
    from app.service.settings import read_service_settings

    settings = read_service_settings(**options)
    with ready_service(settings):
        return settings


def answer(settings: Any) -> None:
    """Answer requests until told to stop; each process of the API reads the environment.

    What the pages send is not packed: that would take the one thread that answers all planners a
    fifth of its time, to spare a network that is near.
    """
    import os

    import uvicorn

    os.environ.update(settings.environment)
    uvicorn.run(
        "app.api.site:create", factory=True, host=settings.host, port=settings.port,
        workers=settings.api_workers, ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key, log_config=None, access_log=False, server_header=False,
        ws_per_message_deflate=False,
        proxy_headers=bool(settings.proxies), forwarded_allow_ips=settings.proxies,
    )  # fmt: skip
