"""The database as the service finds it when it starts."""

import logging

from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from serving.persistence.engine import connect, is_sqlite
from serving.persistence.migration import is_current, upgrade

logger = logging.getLogger(__name__)


def open_database(url: str, *, is_patient: bool = False) -> Engine:
    """Connect; SQLite is brought up to date, any other belongs to an operator who does that when it suits.

    A database that is not ready does not keep the service from starting: farmers are answered without it.

    Args:
        url: In SQLAlchemy's form.
        is_patient: As of :func:`serving.persistence.engine.connect`.
    """
    engine = connect(url, is_patient=is_patient)
    try:
        if is_sqlite(engine):
            upgrade(engine)
        elif not is_current(engine):
            logger.error("the database lacks migrations; run: flask --app serving.app store upgrade")
    # Alembic's own error: the tables are newer than this code, as after going back to an older release.
    except (SQLAlchemyError, CommandError):
        logger.exception("the database cannot be used; nothing will be kept until it can")
    return engine
