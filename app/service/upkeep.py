"""The shape of the database: brought up to date, or taken back, by its operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic.util import CommandError

from app.service.context import Service
from app.service.faults import NotFound
from app.store.engine import Database
from app.store.migrate import current, downgrade, newest, upgrade

Json = dict[str, Any]


def upgrade_store(service: Service, to: str = "head") -> Json:
    """Bring the tables up to the revision ``to``; NotFound where there is none above."""
    return _moved(service, upgrade, to)


def downgrade_store(service: Service, to: str) -> Json:
    """Take the tables back to the revision ``to``; what that has no place for is lost."""
    return _moved(service, downgrade, to)


def _moved(service: Service, move: Callable[[Database, str], None], to: str) -> Json:
    before = current(service.database)
    try:
        move(service.database, to)
    except CommandError:
        message = f"there is no way from revision {before or 'base'} to {to!r}"
        raise NotFound(message, f"the newest is {newest()}") from None
    return {"before": before, "revision": current(service.database), "newest": newest()}
