"""What a command refuses: ``majani-train`` says it in one line instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager


class RefusedError(Exception):
    """A command cannot do what it was asked; the text says why."""


@contextmanager
def refusing(*errors: type[Exception]) -> Iterator[None]:
    """Turn errors that have other bases into refusals."""
    try:
        yield
    except errors as error:
        raise RefusedError(str(error)) from error
