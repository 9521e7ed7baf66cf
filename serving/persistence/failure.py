"""What goes wrong with storage and passes again: a restarting database, a full disk, an object store away."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from serving.telemetry.metrics import Storage, observe_storage_failure


class StorageError(Exception):
    """Storage cannot be used right now. Nothing was acknowledged; the same request may succeed later."""


@contextmanager
def database_failures() -> Iterator[None]:
    """Turn whatever a driver raises into one error.

    Raises:
        StorageError: In place of SQLAlchemy's errors.
    """
    try:
        yield
    except SQLAlchemyError as error:
        observe_storage_failure(Storage.DATABASE)
        # The driver's words may repeat values.
        raise StorageError(f"the database failed: {type(error).__name__}") from error
