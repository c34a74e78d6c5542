"""What the library of durable jobs keeps of them: beside the service's own tables, or apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import delete, inspect, table

from app.service.settings import ServiceSettings
from app.store.engine import Database

_TABLE = "workflow_status"  # the library sweeps up what else it kept of a workflow without its row


def has_workflows(settings: ServiceSettings) -> bool:
    """Whether a worker has ever run, and made the library's tables."""
    with _opened(settings) as database:
        return inspect(database.engine).has_table(_TABLE, schema=_schema(database))


def forget_workflows(settings: ServiceSettings) -> None:
    """Forget all workflows: a job that is back from a backup must not count as carried out."""
    if not has_workflows(settings):
        return
    with _opened(settings) as database, database.writing() as session:
        session.execute(delete(table(_TABLE, schema=_schema(database))))


def _schema(database: Database) -> str | None:
    return None if database.is_sqlite else "dbos"


@contextmanager
def _opened(settings: ServiceSettings) -> Iterator[Database]:
    database = Database(settings.jobs_database)
    try:
        yield database
    finally:
        database.close()
