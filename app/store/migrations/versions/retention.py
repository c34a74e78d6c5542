"""When rows were deleted, and up to which revision a dataset has forgotten which ones were."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """What was deleted before counts as deleted now; nothing is forgotten yet."""
    at = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    deleted_at = sa.Column("deleted_at", sa.DateTime(), nullable=False, server_default=at)
    op.add_column("deleted_rows", deleted_at)
    op.create_index("ix_deleted_rows_deleted_at", "deleted_rows", ["deleted_at"])
    forgotten = sa.Column("forgotten", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("datasets", forgotten)


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_deleted_rows_deleted_at", "deleted_rows")
    for table, column in (("deleted_rows", "deleted_at"), ("datasets", "forgotten")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
