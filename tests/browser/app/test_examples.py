"""Example photos on the phone: they come after the model, unasked, and are there without a network."""

from playwright.sync_api import BrowserContext, Page, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import get_ready, open_app
from tests.browser.app.steps import go_offline, wait_until

_KEPT = "caches.open('examples').then((cache) => cache.keys()).then((keys) => keys.map(({url}) => url))"
_LISTED = "fetch('/v1/texts/en').then((answer) => answer.json()).then(({examples}) => examples)"
_SAVES = "Object.defineProperty(navigator, 'connection', { value: { type: 'wifi', saveData: true } })"
_SHOWN = """address => new Promise((done) => {
  const image = new Image();
  image.onload = () => done(image.naturalWidth);
  image.onerror = () => done(0);
  image.src = address;
})"""


def test_all_are_there_without_a_network_though_none_was_seen(page: Page) -> None:
    listed = page.evaluate(_LISTED)
    files = [photo["file"] for photos in listed["photos"].values() for photo in photos]
    get_ready(page)
    # Of the three of the first screen, there is one here.
    expect(page.locator(".glimpses img")).to_have_count(1)
    expect(page.locator(".glimpses > *")).to_have_count(1)
    wait_until(page, lambda: len(page.evaluate(_KEPT)) == len(files))
    assert {url.rpartition("/")[2] for url in page.evaluate(_KEPT)} == set(files)
    go_offline(page)
    assert all(page.evaluate(_SHOWN, f"/v1/examples/{file}") > 0 for file in files)


def test_a_phone_that_saves_data_fetches_none_unasked(context: BrowserContext, service: Service) -> None:
    context.add_init_script(_SAVES)
    page = context.new_page()
    open_app(page, service.url)
    page.locator("#offline button").click()
    get_ready(page)
    page.wait_for_timeout(1000)
    assert page.evaluate(_KEPT) == []
