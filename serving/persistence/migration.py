"""Bring a database to the tables that the code expects."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from serving.persistence.engine import is_sqlite, reading

_SCRIPTS = "serving.persistence:migrations"
# Any number, as long as nothing else in the database locks the same one.
_LOCK = 20_261_124


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, all or none; processes that start together take turns."""
    config = _config()
    with engine.begin() as connection:
        _wait_for_turn(connection, engine)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Whether the database has all migrations."""
    return _heads(engine) == set(ScriptDirectory.from_config(_config()).get_heads())


def is_empty(engine: Engine) -> bool:
    """Whether the database has never had any; SQLite makes an empty one wherever somebody looks for one."""
    return not _heads(engine)


def _heads(engine: Engine) -> set[str]:
    with reading(engine).connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    return config


def _wait_for_turn(connection: Connection, engine: Engine) -> None:
    # SQLite has taken its only write lock by beginning.
    if not is_sqlite(engine):
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
