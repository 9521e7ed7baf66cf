"""A sentence that a reviewer chooses for the sender; which sender of a messenger a case is of, and what they were told.

An older release goes on beside it and leaves the columns empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("reviews", sa.Column("remark", sa.String(64), nullable=True))
    op.add_column("cases", sa.Column("sender_hash", sa.String(64), nullable=True))
    op.add_column("cases", sa.Column("told_label", sa.String(64), nullable=True))
    op.create_index("ix_cases_sender_hash", "cases", ["sender_hash"])


def downgrade() -> None:
    """Drop the columns."""
    op.drop_index("ix_cases_sender_hash", "cases")
    for column in ("told_label", "sender_hash"):
        op.drop_column("cases", column)
    op.drop_column("reviews", "remark")
