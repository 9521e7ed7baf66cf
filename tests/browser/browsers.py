"""The distribution's browser for tests."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from benchmarks.phone_app.browser import launch


def browser_or_skip(*flags: str) -> Iterator[Browser]:
    """Absent, its tests are skipped; in CI that would hide them, so there they fail."""
    try:
        with launch(*flags) as running:
            yield running
    except FileNotFoundError as error:
        report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        report(str(error))
