"""How Alembic reaches the database: over the connection that :mod:`serving.persistence.migration` hands over."""

from alembic import context

from serving.persistence.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite can only change a table by copying it.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
