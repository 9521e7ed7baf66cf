"""Bring a database to the tables that the code expects."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from serving.persistence.engine import StorageError, connect, disposing, is_sqlite, read_only, take_turn

_SCRIPTS = "serving.persistence:migrations"
# Any number, as long as nothing else in the database locks the same one.
_LOCK = 20_261_124


class NewerTablesError(StorageError):
    """A later release made the tables, and an older one was gone back to."""

    def __init__(self) -> None:
        super().__init__("a newer release made these tables")


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, all or none; processes that start together take turns.

    Raises:
        NewerTablesError: Nothing was changed.
    """
    config = _config()
    with engine.begin() as connection:
        take_turn(connection, _LOCK)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NewerTablesError from error


def is_current(engine: Engine) -> bool:
    """Whether the database has all migrations.

    Raises:
        NewerTablesError: It has others.
    """
    heads, scripts = _heads(engine), ScriptDirectory.from_config(_config())
    if not heads <= {one.revision for one in scripts.walk_revisions()}:
        raise NewerTablesError
    return heads == set(scripts.get_heads())


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
        if is_sqlite(engine):
            # Of several processes that start, one may take a while.
            with disposing(connect(url, is_patient=True)) as patient:
                upgrade(patient)
        elif not is_current(engine):
            logger.error("the database lacks migrations; run: majani-admin store upgrade")
    except NewerTablesError as error:
        logger.error("%s; this one uses them as they are", error)
    except SQLAlchemyError:
        logger.exception("the database cannot be used; nothing will be kept until it can")
    return engine
