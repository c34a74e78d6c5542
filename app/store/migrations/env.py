"""Runs the steps on the connection that :mod:`app.store.migrate` gives, in its transaction."""

from alembic import context
from sqlmodel import SQLModel

from app.store import contract  # noqa: F401 - registers the tables of the contract

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
