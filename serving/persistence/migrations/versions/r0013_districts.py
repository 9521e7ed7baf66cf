"""The district that an access token is bound to, and who made and revoked it.

An older release goes on beside it and leaves the columns empty; it lets a bound token see all districts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("access_tokens", sa.Column("district", sa.String(64), nullable=True))
    for column in ("made_by", "revoked_by"):
        op.add_column("access_tokens", sa.Column(column, sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    for column in ("revoked_by", "made_by", "district"):
        op.drop_column("access_tokens", column)
