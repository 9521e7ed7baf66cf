"""Tests that need nginx, Redis or PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.harness.absence import NotHereError
from tests.absence import absent


@contextmanager
def needing_what_may_be_absent() -> Iterator[None]:
    try:
        yield
    except NotHereError as error:
        absent(str(error))
