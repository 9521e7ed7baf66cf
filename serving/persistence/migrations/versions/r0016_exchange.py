"""What sender and experts said to each other beside the reviews.

An older release goes on beside it and leaves the column empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the column."""
    op.add_column("cases", sa.Column("exchange", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("cases", "exchange")
