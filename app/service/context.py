"""What the use cases of the service work with: the settings and the database."""

from __future__ import annotations

from dataclasses import dataclass

from app.service.settings import ServiceSettings
from app.store.engine import Database


@dataclass(frozen=True)
class Service:
    """The settings and the database of one running service; opened once a process."""

    settings: ServiceSettings
    database: Database


def open_service(settings: ServiceSettings | None = None) -> Service:
    """The service that ``settings`` (else the environment) describe; its folder is made."""
    settings = settings or ServiceSettings()
    settings.folder.mkdir(parents=True, exist_ok=True)
    return Service(settings, Database(settings.database))
