"""What is no disease: fetched after the model, and there without a network."""

from playwright.sync_api import Page, expect

from benchmarks.phone_app.walk import get_ready, go
from majani.text.language import CAUSES
from tests.browser.app.steps import go_offline, wait_until

_KEPT = """() => new Promise((done) => {
  indexedDB.open("majani").onsuccess = ({ target }) => {
    const asked = target.result.transaction("documents").objectStore("documents").getAllKeys();
    asked.onsuccess = () => done(asked.result);
  };
})"""


def test_they_are_read_without_a_network_though_none_was_opened(page: Page) -> None:
    get_ready(page)
    wait_until(page, lambda: "/v1/causes?language=en" in page.evaluate(_KEPT))
    go_offline(page)
    go(page, f"causes/{CAUSES[0]}")
    expect(page.locator("[data-cause]")).to_have_count(len(CAUSES))
    opened = page.locator("[data-cause][open]")
    expect(opened).to_have_attribute("data-cause", CAUSES[0])
    expect(opened.locator("[data-sign]")).to_be_visible()
    expect(opened.locator(".today li")).not_to_have_count(0)
