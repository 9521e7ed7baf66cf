"""The distribution's browser for tests."""

from collections.abc import Iterator

from playwright.sync_api import Browser

from benchmarks.phone_app.browser import launch
from tests.absence import absent


def browser_or_skip(*flags: str) -> Iterator[Browser]:
    try:
        with launch(*flags) as running:
            yield running
    except FileNotFoundError as error:
        absent(str(error))
