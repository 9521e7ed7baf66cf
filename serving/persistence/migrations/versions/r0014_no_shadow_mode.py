"""Drop the answers of challengers, which nothing shows any more.

An older release goes on beside it: only its page on the challenger and the storing of a challenger's answers fail.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Drop the table."""
    op.drop_table("shadow_answers")


def downgrade() -> None:
    """Make it again, empty."""
    op.create_table(
        "shadow_answers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("condition", sa.String(64)),
        sa.Column("probability", sa.Double()),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.UniqueConstraint("case_id", "model_version"),
    )
