"""What 0.2.0 added to the tables: jobs, visits, events, counts, experts' words to senders, districts.

An older release goes on beside it: it leaves the columns empty and the tables alone, and lets a token that is bound to
a district see all of them.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0005"

_COLUMNS = (
    ("access_tokens", "last_used_on", sa.Date()),
    ("access_tokens", "worker_id", sa.Integer()),
    ("access_tokens", "district", sa.String(64)),
    ("access_tokens", "made_by", sa.Integer()),
    ("access_tokens", "revoked_by", sa.Integer()),
    ("cases", "question", sa.JSON()),
    ("cases", "sender_hash", sa.String(64)),
    ("cases", "told_label", sa.String(64)),
    ("reviews", "remark", sa.String(64)),
)


def upgrade() -> None:
    """Create the tables and add the columns."""
    jobs = op.create_table(
        "jobs",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=False),
    )
    # A job that never runs is late too, counted from now.
    op.bulk_insert(jobs, [{"name": "forget", "succeeded_at": datetime.now(UTC)}])
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind))
    op.create_index("ix_cases_sender_hash", "cases", ["sender_hash"])
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("public_id", sa.String(36), nullable=False, unique=True),
        sa.Column("worker_id", sa.Integer(), sa.ForeignKey("access_tokens.id"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Index("ix_visits_worker_id_updated_at", "worker_id", "updated_at"),
        sa.Index("ix_visits_worker_id_started_at", "worker_id", "started_at"),
    )
    op.create_table(
        "receivers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("kinds", sa.String(500), nullable=False),
        sa.Column("may_be_private", sa.Boolean(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("receiver_id", sa.Integer(), sa.ForeignKey("receivers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id", ondelete="CASCADE"), index=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure", sa.String(16)),
        sa.UniqueConstraint("receiver_id", "event_id"),
        sa.Index("ix_outbox_state", "state", "receiver_id", "due_at"),
    )
    op.create_table(
        "case_counts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("day", sa.Date(), nullable=False, index=True),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("condition", sa.String(64)),
        sa.Column("crop_hint", sa.String(64)),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("reviewed", sa.Integer(), nullable=False),
    )
    op.create_table(
        "weekly_counts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("reviewed", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Integer()),
        sa.UniqueConstraint("week", "place", "label"),
    )


def downgrade() -> None:
    """Drop the tables and the columns."""
    for table in ("weekly_counts", "case_counts", "outbox", "receivers", "visits", "jobs"):
        op.drop_table(table)
    op.drop_index("ix_cases_sender_hash", "cases")
    for table, name, _ in _COLUMNS:
        op.drop_column(table, name)
