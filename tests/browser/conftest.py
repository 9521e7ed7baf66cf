"""One browser for all tests; each takes a context of its own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.phone_app.browser import launch
from tests.absence import absent
from tests.browser.album import CAMERA

# As long as a page waits by default; a busy machine is no bug.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with launch(*CAMERA, "--host-resolver-rules=MAP office.lan 127.0.0.1") as running:
            yield running
    except FileNotFoundError as error:
        absent(str(error))
