"""Connections to PostgreSQL that tell when they are broken, and that nobody has to wait for.

The driver lets some of the socket's errors through as they are. SQLAlchemy would take them for mistakes of the program,
and keep the connection for the next request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pg8000
from sqlalchemy import Engine, event

# Every transaction of a request takes milliseconds.
_ABANDONED_MS = 10_000


class Connection(pg8000.Connection):  # type: ignore[misc]
    """A connection whose every failure is one of the driver's own errors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        with _network_errors():
            super().__init__(*args, **kwargs)

    def handle_messages(self, context: Any) -> None:
        """Read what the server answers."""
        with _network_errors():
            super().handle_messages(context)


def use_own_connections(engine: Engine) -> None:
    """Have ``engine`` connect with :class:`Connection`."""

    def connect(_: object, __: object, arguments: list[Any], options: dict[str, Any]) -> Connection:
        return Connection(*arguments, **options)

    event.listen(engine, "do_connect", connect)


def end_abandoned_transactions(engine: Engine) -> None:
    """Have the server end a transaction that its process does not go on with.

    A machine that is frozen or cut off in the middle of one holds the key of the case that it was keeping. The phone
    sends that case again, to another machine, which could not keep it for as long as the connection seems to be alive:
    often two hours.
    """

    def ask(connection: Any, _: object) -> None:
        # Of the session, so not within a transaction, with which it could be taken back.
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"SET idle_in_transaction_session_timeout = {_ABANDONED_MS}")
        cursor.close()
        connection.autocommit = False

    event.listen(engine, "connect", ask)


@contextmanager
def _network_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # In the driver's words, by which SQLAlchemy recognises them.
        raise pg8000.InterfaceError("network error") from error
