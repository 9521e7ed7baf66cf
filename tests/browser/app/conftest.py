"""The phone app in a real browser, in front of the real server."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page

from benchmarks.phone_app.browser import phone
from benchmarks.phone_app.service import Service, run_service
from benchmarks.phone_app.walk import open_app
from benchmarks.serving_speed.server import ROOT
from majani.model.bundle import write_bundle
from tests.absence import absent
from tests.pictures import PictureFactory
from tests.tiny_bundle import tiny_bundle
from tests.tiny_examples import write_tiny_examples


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    if not (ROOT / "web/dist/index.html").exists():
        absent("the phone app is not built; see `make app`")
    work = tmp_path_factory.mktemp("app")
    write_bundle(tiny_bundle(), work / "bundle")
    with run_service(work, bundle=work / "bundle", examples=write_tiny_examples(work / "examples")) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = phone(browser, permissions=["camera", "clipboard-read", "clipboard-write"], locale="en")
    yield context
    # What is still on its way need not be waited for.
    context.unroute_all(behavior="ignoreErrors")
    context.close()


@pytest.fixture
def page(context: BrowserContext, service: Service) -> Page:
    """The app on its first visit."""
    page = context.new_page()
    open_app(page, service.url)
    return page


@pytest.fixture
def photo(pictures: PictureFactory) -> Callable[[str], FilePayload]:
    """A file as the browser hands it over, by the name of its picture."""

    def made(kind: str) -> FilePayload:
        return {"name": f"{kind}.jpg", "mimeType": "image/jpeg", "buffer": getattr(pictures, kind)()}

    return made
