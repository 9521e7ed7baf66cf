"""Bring a database to the tables that the code expects."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from serving.persistence.engine import connect, disposing, is_sqlite, read_only, take_turn

_SCRIPTS = "serving.persistence:migrations"
# Any number, as long as nothing else in the database locks the same one.
_LOCK = 20_261_124


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, all or none; processes that start together take turns."""
    config = _config()
    with engine.begin() as connection:
        take_turn(connection, _LOCK)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Whether the database has all migrations."""
    return _heads(engine) == set(ScriptDirectory.from_config(_config()).get_heads())


def is_newer(engine: Engine) -> bool:
    """Whether a later release made the tables, as after going back to an older one."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return not is_empty(engine) and not _heads(engine) <= known


def is_empty(engine: Engine) -> bool:
    """Whether the database has never had any. A file that is not there stays so: SQLite would make it."""
    file = engine.url.database if is_sqlite(engine) else None
    is_absent = file is not None and not file.startswith("file:") and not Path(file).exists()
    return is_absent or not _heads(engine)


def _heads(engine: Engine) -> set[str]:
    with read_only(engine).connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    return config


logger = logging.getLogger(__name__)


def open_database(url: str, *, is_patient: bool = False) -> Engine:
    """Connect; SQLite is brought up to date, any other belongs to an operator who does that when it suits.

    A database that is not ready does not keep the service from starting: farmers are answered without it.
    """
    engine = connect(url, is_patient=is_patient)
    try:
        if is_newer(engine):
            logger.error("a newer release made the tables; this one uses them as they are")
        elif is_sqlite(engine):
            # Of several processes that start, one may take a while.
            with disposing(connect(url, is_patient=True)) as patient:
                upgrade(patient)
        elif not is_current(engine):
            logger.error("the database lacks migrations; run: majani-admin store upgrade")
    except SQLAlchemyError:
        logger.exception("the database cannot be used; nothing will be kept until it can")
    return engine
