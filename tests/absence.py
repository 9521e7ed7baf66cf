"""What a machine may lack, and what becomes of the tests that need it."""

import os
from typing import NoReturn

import pytest


def absent(reason: str) -> NoReturn:
    """End a test that needs what is not here: it is skipped; in CI that would hide it, so there it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
