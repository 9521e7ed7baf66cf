"""The phone app in a real browser, in front of the real server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page

from benchmarks.phone_app.browser import phone
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import get_ready, open_app, ready_page
from tests.browser.app.steps import Photos, in_database, run_app
from tests.pictures import PictureFactory


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_app(tmp_path_factory.mktemp("app"), CROPS_FIRST="tomato") as running:
        yield running


def _bought(browser: Browser) -> Iterator[BrowserContext]:
    context = phone(browser, permissions=["camera", "clipboard-read", "clipboard-write"], locale="en")
    yield context
    # What is still on its way need not be waited for.
    context.unroute_all(behavior="ignoreErrors")
    context.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A phone that has never seen the app."""
    yield from _bought(browser)


@pytest.fixture
def first_page(context: BrowserContext, service: Service) -> Page:
    """The app on its first visit."""
    page = context.new_page()
    open_app(page, service.url)
    return page


@pytest.fixture(scope="module")
def _ready_phone(browser: Browser, service: Service) -> Iterator[BrowserContext]:
    for context in _bought(browser):
        ready_page(context, service.url).close()
        yield context


@pytest.fixture
def page(_ready_phone: BrowserContext, service: Service) -> Iterator[Page]:
    """The app on a phone that can answer by itself, and on which nobody has asked or chosen anything."""
    page = _ready_phone.new_page()
    # No page of the app, which would remember.
    page.goto(f"{service.url}/v1/crops")
    for store in ("cases", "visits", "settings"):
        in_database(page, store, "clear")
    open_app(page, service.url)
    get_ready(page)
    yield page
    _ready_phone.set_offline(False)
    for opened in _ready_phone.pages:
        opened.unroute_all(behavior="ignoreErrors")
        opened.close()


@pytest.fixture
def photo(pictures: PictureFactory) -> Photos:
    """A file as the browser hands it over, by the name of its picture."""

    def made(kind: str) -> FilePayload:
        return {"name": f"{kind}.jpg", "mimeType": "image/jpeg", "buffer": getattr(pictures, kind)()}

    return made
