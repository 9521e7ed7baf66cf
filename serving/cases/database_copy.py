"""Copies all rows from one database to another, also from SQLite to PostgreSQL and back."""

from sqlalchemy import Connection, Engine, Integer, Table, delete, exists, func, insert, select, text

from serving.persistence.engine import database_failures, is_sqlite, read_only
from serving.persistence.models import Base, Erasure, Job

_BATCH = 500
# Sorted so that each row comes after the rows that it refers to.
_TABLES = Base.metadata.sorted_tables


def copy_database(source: Engine, target: Engine) -> None:
    """Replace all rows of ``target`` by those of ``source`` at one moment, all or none; both need all migrations."""
    one_moment = read_only(source)
    if not is_sqlite(source):
        one_moment = one_moment.execution_options(isolation_level="REPEATABLE READ")
    with database_failures(), one_moment.connect() as reader, target.begin() as writer:
        for table in reversed(_TABLES):
            writer.execute(delete(table))
        for table in _TABLES:
            _copy_table(table, reader, writer)
            if not is_sqlite(target):
                _count_on(table, writer)


def is_unused(engine: Engine) -> bool:
    """Whether nothing has been stored in a database with all migrations."""
    tables = [table for table in _TABLES if table.name not in (Job.__tablename__, Erasure.__tablename__)]
    with database_failures(), read_only(engine).connect() as connection:
        return not any(connection.scalar(select(exists().select_from(table))) for table in tables)


def _copy_table(table: Table, reader: Connection, writer: Connection) -> None:
    (key,) = table.primary_key.columns
    part = select(table).order_by(key).limit(_BATCH)
    asking = part
    while rows := reader.execute(asking).mappings().all():
        writer.execute(insert(table), [dict(row) for row in rows])
        asking = part.where(key > rows[-1][key.name])


def _count_on(table: Table, connection: Connection) -> None:
    """Have PostgreSQL number the next row after the copied ones; SQLite does so by itself."""
    (key,) = table.primary_key.columns
    if isinstance(key.type, Integer):
        sequence = func.pg_get_serial_sequence(table.name, key.name)
        last = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
        connection.execute(select(func.setval(sequence, last, text("false"))))
