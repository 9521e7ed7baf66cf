"""How bright and sharp photos are, and what a challenger says of cases.

An older release goes on beside it: it leaves the columns empty and the table alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns and create the table."""
    for column in ("luminance", "sharpness"):
        op.add_column("photos", sa.Column(column, sa.Double(), nullable=True))
    op.create_table(
        "shadow_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("condition", sa.String(64), nullable=True),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_shadow_answers_case_id_cases", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_shadow_answers"),
        sa.UniqueConstraint("case_id", "model_version", name="uq_shadow_answers_case_id"),
    )
    op.create_index("ix_shadow_answers_answered_at", "shadow_answers", ["answered_at"])


def downgrade() -> None:
    """Drop the table and the columns."""
    op.drop_table("shadow_answers")
    for column in ("sharpness", "luminance"):
        op.drop_column("photos", column)
