"""Which program sent a case, by the number of its access token.

An older release goes on beside it and leaves the column empty; it cannot list access tokens while one is of a program.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column, and the index that lists by it."""
    op.add_column("cases", sa.Column("client_id", sa.Integer(), nullable=True))
    op.create_index("ix_cases_client_id_created_at", "cases", ["client_id", "created_at"])


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_cases_client_id_created_at", "cases")
    op.drop_column("cases", "client_id")
