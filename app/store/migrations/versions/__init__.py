"""The steps, found by alembic."""
