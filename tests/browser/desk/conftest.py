"""The review desk in a real browser, in front of the real server."""

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import delete

from benchmarks.phone_app.browser import DESKTOP
from serving.persistence.models import Case
from tests.browser.desk_screens import DOUBTFUL, HEALTHY, RUST, Desk, run_desk, sign_in

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with run_desk(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture
def token(desk: Desk) -> str:
    """Make the token of a reviewer who has no case yet."""
    return desk.make_token(name=f"desk {next(_NUMBERS)}")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP, locale="en")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, desk: Desk, token: str) -> Page:
    """At a desk where three cases wait, signed in."""
    # A case of a test before may wait for a second reviewer.
    with desk.engine.begin() as connection:
        connection.execute(delete(Case))
    for number in range(3):
        desk.send((RUST, HEALTHY, DOUBTFUL)[number], seed=number)
    page = context.new_page()
    sign_in(page, desk, token=token)
    return page
