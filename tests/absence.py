"""What a machine may lack, and what becomes of the tests that need it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest

from benchmarks.harness.absence import NotHereError


def absent(reason: str) -> NoReturn:
    """End a test that needs what is not here: it is skipped; in CI that would hide it, so there it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def needing_what_may_be_absent() -> Iterator[None]:
    """For tests that need nginx, Redis or PostgreSQL."""
    try:
        yield
    except NotHereError as error:
        absent(str(error))
