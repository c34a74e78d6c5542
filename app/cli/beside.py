"""The service's database for commands that run beside it, in the folder that they name.

Whoever can run these reads and writes the database anyway, so they ask for no login; the audit
names them the local operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli.output import guarded

if TYPE_CHECKING:
    from app.service.context import Service


@contextmanager
def ready(context: typer.Context, as_json: bool, folder: Path | None) -> Iterator[Service]:
    """The service with a database that is ready for use; errors become messages and exit codes."""
    with guarded(context, as_json):
        from app.service.context import ready_service
        from app.service.settings import read_service_settings

        with ready_service(read_service_settings(folder=folder)) as service:
            yield service


@contextmanager
def as_it_is(context: typer.Context, as_json: bool, folder: Path | None) -> Iterator[Service]:
    """The service with its database as it is, whatever its shape."""
    with guarded(context, as_json):
        from app.service.context import open_service
        from app.service.settings import read_service_settings

        service = open_service(read_service_settings(folder=folder))
        try:
            yield service
        finally:
            service.database.close()
