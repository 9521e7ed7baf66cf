"""What 0.4.0 changes: a report hides a case until somebody decides, and what is deleted is noted in a table.

An older release goes on beside it: it leaves the columns empty, and its queue has no reported case. What it deletes it
writes into files, which the next ``store forget`` takes over.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("cases", sa.Column("reported_at", sa.DateTime(timezone=True)))
    op.add_column("cases", sa.Column("reported_by", sa.Integer()))
    op.create_index("ix_cases_reported_at", "cases", ["reported_at"])
    op.add_column("cases", sa.Column("alias_hash", sa.String(64)))
    op.create_index("ix_cases_alias_hash", "cases", ["alias_hash"])
    op.add_column("access_tokens", sa.Column("reports_on", sa.Date()))
    op.add_column("access_tokens", sa.Column("reports", sa.Integer()))
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("id_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Undo it; what is reported stays hidden."""
    op.drop_table("erasures")
    op.drop_column("access_tokens", "reports")
    op.drop_column("access_tokens", "reports_on")
    op.drop_index("ix_cases_alias_hash", "cases")
    op.drop_column("cases", "alias_hash")
    op.drop_index("ix_cases_reported_at", "cases")
    op.drop_column("cases", "reported_by")
    op.drop_column("cases", "reported_at")
