"""What the use cases of the service work with: the settings and the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.service.faults import Conflict
from app.service.settings import ServiceSettings, read_service_settings
from app.store.engine import Database
from supplychain.errors import FileError


@dataclass(frozen=True)
class Service:
    """The settings and the database of one running service; opened once a process."""

    settings: ServiceSettings
    database: Database


def open_service(settings: ServiceSettings | None = None) -> Service:
    """The service that ``settings`` (else the environment) describe; its folder is made.

    FileError where it cannot be.
    """
    settings = settings or read_service_settings()
    try:
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot be made ({error.strerror})"
        raise FileError(settings.folder, message, "name another SUPPLYCHAIN_FOLDER") from None
    return Service(settings, Database(settings.database))


@contextmanager
def ready_service(settings: ServiceSettings | None = None) -> Iterator[Service]:
    """The service with a database that is ready for use: an empty one gets its tables.

    Conflict where the tables are of another version; to change them is the operator's decision.
    """
    from app.store.migrate import current, newest, upgrade  # takes its time to load

    service = open_service(settings)
    try:
        present = current(service.database)
        if present is None:
            upgrade(service.database)
        elif present != newest():
            raise Conflict("the database was made by another version", "supplychain store upgrade")
        yield service
    finally:
        service.database.close()
