"""The question that went with an answer, and its sender's reply.

An older release goes on beside it and leaves the column empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column."""
    op.add_column("cases", sa.Column("question", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("cases", "question")
