"""Releases outlive their dataset, and are numbered by a counter that never falls."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_DATASET = "releases_dataset_id_fkey"
# as PostgreSQL names them by itself, and as SQLite does from here on
_NAMES = {"fk": "%(table_name)s_%(column_0_name)s_fkey",
          "uq": "%(table_name)s_%(column_0_name)s_key",
          "pk": "%(table_name)s_pkey"}  # fmt: skip


def upgrade() -> None:
    """Count on from the highest number that is known."""
    with op.batch_alter_table("releases", naming_convention=_NAMES) as batch:
        batch.drop_constraint(_DATASET, type_="foreignkey")
    op.create_table(
        "counters",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.execute("INSERT INTO counters (name, value) "
               "SELECT 'releases', max(sequence) FROM releases HAVING count(*) > 0")  # fmt: skip


def downgrade() -> None:
    """Releases of datasets that are gone go, as they did then."""
    op.drop_table("counters")
    op.execute("DELETE FROM releases WHERE dataset_id NOT IN (SELECT id FROM datasets)")
    with op.batch_alter_table("releases", naming_convention=_NAMES) as batch:
        batch.create_foreign_key(_DATASET, "datasets", ["dataset_id"], ["id"], ondelete="CASCADE")
