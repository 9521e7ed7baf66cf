"""Counts of cases: those of each night, so that pages are quick, and those by week, which are kept for years.

An older release goes on beside it and leaves both tables alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "case_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("condition", sa.String(64), nullable=True),
        sa.Column("crop_hint", sa.String(64), nullable=True),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("reviewed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_counts"),
    )
    op.create_index("ix_case_counts_day", "case_counts", ["day"])
    op.create_table(
        "weekly_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("reviewed", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_weekly_counts"),
        sa.UniqueConstraint("week", "place", "label", name="uq_weekly_counts_week"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("weekly_counts")
    op.drop_index("ix_case_counts_day", "case_counts")
    op.drop_table("case_counts")
