"""What each reviewer said of a case at first, before they could see what others say.

An older release goes on beside it and leaves the column empty, as it is for reviews from before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    op.add_column("reviews", sa.Column("first_label", sa.String(64), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("reviews", "first_label")
