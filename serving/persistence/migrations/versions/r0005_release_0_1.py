"""All tables of 0.1.0, the first release.

What later releases add, an older one leaves empty while it goes on beside them, so it may be absent or has a default.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = None


def upgrade() -> None:
    """Create the tables. Their constraints get the names that :mod:`serving.persistence.models` gives to all."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("message_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "recipients",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("language", sa.String(16)),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("public_id", sa.String(22), nullable=False, unique=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("crop_hint", sa.String(64)),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("condition", sa.String(64)),
        sa.Column("probability", sa.Double()),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("keeps_photos", sa.Boolean(), nullable=False),
        sa.Column("signals", sa.JSON()),
        sa.Column("worth", sa.Double(), nullable=False, server_default="0", index=True),
        sa.Column("reviews_wanted", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("opened_by", sa.Integer()),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "photos",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("heatmap", sa.LargeBinary()),
        sa.Column("heatmap_rows", sa.Integer()),
        sa.Column("heatmap_columns", sa.Integer()),
        sa.Column("path", sa.String(64)),
        sa.Column("likeliest", sa.String(64)),
        sa.Column("embedding", sa.LargeBinary()),
        sa.Column("luminance", sa.Double()),
        sa.Column("sharpness", sa.Double()),
        sa.UniqueConstraint("case_id", "position"),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("condition", sa.String(64)),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id", ondelete="SET NULL"), index=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "access_tokens",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), sa.ForeignKey("access_tokens.id"), nullable=False, index=True),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("condition", sa.String(64)),
        sa.Column("note", sa.String(500)),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_label", sa.String(64)),
        sa.UniqueConstraint("case_id", "reviewer_id"),
    )
    create_shadow_answers()
    op.create_table(
        "desk_sessions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("token_id", sa.Integer(), sa.ForeignKey("access_tokens.id", ondelete="CASCADE"), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )


def create_shadow_answers() -> None:
    """Create the answers of challengers, which 0.3.0 drops; going back from it needs them again."""
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


def downgrade() -> None:
    """Drop the tables, and with them all cases; kept photos stay where they are."""
    for table in ("desk_sessions", "shadow_answers", "reviews", "access_tokens", "idempotency_keys", "feedback"):
        op.drop_table(table)
    for table in ("photos", "cases", "recipients", "deliveries"):
        op.drop_table(table)
