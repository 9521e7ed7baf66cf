"""What 0.3.0 changes: which program sent a case, what sender and experts said beside the reviews, no challengers.

An older release goes on beside it and leaves the columns empty. It cannot list access tokens while one is of a program;
of 0.2.0, the page on the challenger and the storing of a challenger's answers fail.
"""

import sqlalchemy as sa
from alembic import op

from serving.persistence.migrations.versions.r0005_release_0_1 import create_shadow_answers

revision = "0016"
down_revision = "0013"


def upgrade() -> None:
    """Add the columns, with the index that lists by one, and drop the answers that nothing shows any more."""
    op.add_column("cases", sa.Column("client_id", sa.Integer()))
    op.create_index("ix_cases_client_id_created_at", "cases", ["client_id", "created_at"])
    op.create_index("ix_cases_model_version_created_at", "cases", ["model_version", "created_at"])
    op.add_column("cases", sa.Column("exchange", sa.JSON(none_as_null=True)))
    op.drop_table("shadow_answers")
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("done", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("later_id", sa.Integer(), sa.ForeignKey("cases.id", ondelete="SET NULL"), index=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "taught_photos",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("district", sa.String(64), nullable=False, index=True),
        sa.Column("public_id", sa.String(22), nullable=False, unique=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("label", sa.String(64)),
        sa.Column("visit", sa.String(16), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "refits",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("district", sa.String(64), nullable=False, index=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_by", sa.Integer()),
        sa.Column("first_at", sa.DateTime(timezone=True)),
        sa.Column("used_by", sa.Integer()),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("undone_by", sa.Integer()),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    """Undo it; the table of answers is empty."""
    op.drop_table("refits")
    op.drop_table("taught_photos")
    op.drop_table("follow_ups")
    create_shadow_answers()
    op.drop_column("cases", "exchange")
    op.drop_index("ix_cases_model_version_created_at", "cases")
    op.drop_index("ix_cases_client_id_created_at", "cases")
    op.drop_column("cases", "client_id")
