"""Visits of extension workers, and which access token replaces which.

An older release goes on beside it: it leaves the column empty and the table alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table and add the column."""
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(36), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.UniqueConstraint("public_id", name="uq_visits_public_id"),
        sa.ForeignKeyConstraint(["worker_id"], ["access_tokens.id"], name="fk_visits_worker_id_access_tokens"),
    )
    op.create_index("ix_visits_started_at", "visits", ["started_at"])
    op.create_index("ix_visits_worker_id_updated_at", "visits", ["worker_id", "updated_at"])
    op.create_index("ix_visits_worker_id_started_at", "visits", ["worker_id", "started_at"])
    op.add_column("access_tokens", sa.Column("worker_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop the column and the table."""
    op.drop_column("access_tokens", "worker_id")
    op.drop_table("visits")
