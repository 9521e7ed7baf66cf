"""When the daily job last succeeded, and when each access token was last used.

An older release goes on beside it: it leaves the column empty and the table alone.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table and add the column."""
    jobs = op.create_table(
        "jobs",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_jobs"),
    )
    # A job that never runs is late too, counted from now.
    op.bulk_insert(jobs, [{"name": "forget", "succeeded_at": datetime.now(UTC)}])
    op.add_column("access_tokens", sa.Column("last_used_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Drop the column and the table."""
    op.drop_column("access_tokens", "last_used_on")
    op.drop_table("jobs")
