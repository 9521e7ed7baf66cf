"""Reviews of kept cases, what makes a case worth one, and who is signed in at the review desk.

An older release goes on beside it: what it does not know may be absent or has a default.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables and add the columns."""
    # One by one: what Alembic does for SQLite in a batch makes a copy and drops the original, and with it, by their
    # foreign keys, all photos and feedback.
    op.add_column("cases", sa.Column("signals", sa.JSON(), nullable=True))
    op.add_column("cases", sa.Column("worth", sa.Double(), nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("reviews_wanted", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("cases", sa.Column("opened_by", sa.Integer(), nullable=True))
    op.add_column("cases", sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_cases_worth", "cases", ["worth"])
    op.add_column("photos", sa.Column("likeliest", sa.String(64), nullable=True))
    op.add_column("photos", sa.Column("embedding", sa.LargeBinary(), nullable=True))
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("condition", sa.String(64), nullable=True),
        sa.Column("note", sa.String(500), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_reviews_case_id_cases", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["reviewer_id"], ["access_tokens.id"], name="fk_reviews_reviewer_id_access_tokens"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("case_id", "reviewer_id", name="uq_reviews_case_id"),
    )
    op.create_index("ix_reviews_reviewer_id", "reviews", ["reviewer_id"])
    op.create_table(
        "desk_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"], ["access_tokens.id"], name="fk_desk_sessions_token_id_access_tokens", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_desk_sessions"),
        sa.UniqueConstraint("secret_hash", name="uq_desk_sessions_secret_hash"),
    )
    op.create_index("ix_desk_sessions_expires_at", "desk_sessions", ["expires_at"])


def downgrade() -> None:
    """Drop the tables and columns, and with them all reviews."""
    op.drop_table("desk_sessions")
    op.drop_table("reviews")
    for column in ("embedding", "likeliest"):
        op.drop_column("photos", column)
    op.drop_index("ix_cases_worth", "cases")
    for column in ("opened_at", "opened_by", "reviews_wanted", "worth", "signals"):
        op.drop_column("cases", column)
