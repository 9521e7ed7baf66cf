"""The phone app without a network, with a false one, and on a phone that is full."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from benchmarks.phone_app.audit import violations
from benchmarks.phone_app.first_visit import bytes_until_photo, packed_bytes
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import choose, get_ready, go, kept_cases, name_crop, open_app
from majani.text.language import CAUSES
from tests.browser.app.steps import (
    KEPT_EXAMPLES,
    SENT,
    Photos,
    ask_about,
    ask_and_allow,
    delete,
    go_offline,
    in_database,
    only_case,
    wait_until,
)
from tests.browser.headlines import HEADLINES

pytestmark = pytest.mark.browser

# Everything that the note on answering without a network has said since the page was opened.
NOTE_SAYS = """
window.noteSaid = [];
new MutationObserver(() => {
  const state = document.querySelector("#offline")?.dataset.state;
  if (state && window.noteSaid.at(-1) !== state) window.noteSaid.push(state);
}).observe(document, { childList: true, subtree: true, attributes: true });
"""
# Of JavaScript and style sheets, before the model, as they travel.
MAX_FIRST_BYTES = 48_000
# Of everything, in any language, until a photo can be taken.
MAX_BYTES_UNTIL_PHOTO = 140_000
# Of the guide.
CROPS = 29
_LISTED = "fetch('/v1/texts/en').then((answer) => answer.json()).then(({examples}) => examples)"
_SHOWN = """address => new Promise((done) => {
  const image = new Image();
  image.onload = () => done(image.naturalWidth);
  image.onerror = () => done(0);
  image.src = address;
})"""


def test_first_visit_brings_little(browser: Browser, service: Service) -> None:
    assert 5_000 < packed_bytes(browser, service.url) <= MAX_FIRST_BYTES
    by_language = bytes_until_photo(browser, service.url)
    assert len(by_language) == 8
    assert max(by_language.values()) <= MAX_BYTES_UNTIL_PHOTO, by_language


def test_a_phone_with_everything_says_so_from_the_start(page: Page) -> None:
    page.add_init_script(NOTE_SAYS)
    page.reload()
    wait_until(page, lambda: page.evaluate("performance.getEntriesByName('majani-app').length"))
    # The network has started by then.
    page.wait_for_timeout(3000)
    assert page.evaluate("window.noteSaid") == ["ready"]


def test_phone_answers_without_a_network_after_the_first_visit(first_page: Page, photo: Photos) -> None:
    page = first_page
    get_ready(page)
    go_offline(page)
    # So the network may use several threads here too.
    assert page.evaluate("crossOriginIsolated")
    answers = [(kind, headline) for kind, headline in HEADLINES if kind != "dark"]
    for kind, headline in answers:
        go(page, "")
        ask_about(page, photo(kind))
        expect(page.locator("main h1")).to_have_text(headline)
        if kind in ("red", "leaf"):
            expect(page.locator(".answer .today li")).not_to_have_count(0)
            # Where nothing can be done, no plants are counted.
            expect(page.locator("[data-do=other-plants]")).to_have_count(int(kind == "red"))
        go(page, "answers")
        page.get_by_role("link", name=headline).click()
        expect(page.locator("main h1")).to_have_text(headline)
    assert [case["whereabouts"] for case in kept_cases(page)] == ["here"] * len(answers)


def test_a_network_that_asks_for_a_password_is_none(page: Page, photo: Photos) -> None:
    """It answers everything, in HTML, with 200."""
    asked: list[str] = []

    def ask_for_password(route: Route) -> None:
        asked.append(route.request.method)
        route.fulfill(status=200, content_type="text/html", body="<p>Log in</p>")

    page.route("**/v1/**", ask_for_password)
    ask_and_allow(page, photo("red"))
    # What is tried again was not taken as having arrived.
    wait_until(page, lambda: asked.count("POST") > 1)
    assert only_case(page)["whereabouts"] == "waiting"
    page.unroute("**/v1/**")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator(SENT)).to_be_visible()
    page.route("**/v1/**", ask_for_password)
    delete(page)
    wait_until(page, lambda: asked.count("DELETE") > 1)
    assert only_case(page)["whereabouts"] == "leaving"


def test_a_full_phone_is_told_and_nothing_is_lost(page: Page, photo: Photos) -> None:
    page.add_init_script(
        """const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...given) {
          if (this.name === "cases") throw new DOMException("full", "QuotaExceededError");
          return put.apply(this, given);
        };"""
    )
    page.reload()
    choose(page, [photo("red")])
    name_crop(page, "?")
    page.locator("#ask").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".shots > li")).to_have_count(1)
    expect(page.locator("#ask")).to_be_enabled()


def test_language_is_switched_and_stays_without_a_network(page: Page) -> None:
    page.get_by_label("Language").select_option(label="العربية")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.context.set_offline(True)
    page.goto(page.url.split("#")[0])
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    page.locator("#offline[data-state=ready]").wait_for()
    page.locator(".language select").select_option(label="Français")
    expect(page.locator("header").get_by_role("status")).not_to_be_empty()
    expect(page.locator("html")).to_have_attribute("lang", "ar")


def test_all_are_there_without_a_network_though_none_was_seen(first_page: Page) -> None:
    page = first_page
    listed = page.evaluate(_LISTED)
    files = [photo["file"] for photos in listed["photos"].values() for photo in photos]
    get_ready(page)
    # Of the three of the first screen, there is one here.
    expect(page.locator(".glimpses img")).to_have_count(1)
    expect(page.locator(".glimpses > *")).to_have_count(1)
    wait_until(page, lambda: len(page.evaluate(KEPT_EXAMPLES)) == len(files))
    assert {url.rpartition("/")[2] for url in page.evaluate(KEPT_EXAMPLES)} == set(files)
    wait_until(page, lambda: "/v1/causes?language=en" in in_database(page, "documents", "getAllKeys"))
    go_offline(page)
    assert all(page.evaluate(_SHOWN, f"/v1/examples/{file}") > 0 for file in files)
    go(page, f"causes/{CAUSES[0]}")
    expect(page.locator("[data-cause]")).to_have_count(len(CAUSES))
    opened = page.locator("[data-cause][open]")
    expect(opened).to_have_attribute("data-cause", CAUSES[0])
    expect(opened.locator("[data-sign]")).to_be_visible()
    expect(opened.locator(".today li")).not_to_have_count(0)


def test_leaflet_of_a_crop_that_the_model_lacks_is_three_taps_away_without_a_network(
    first_page: Page, service: Service
) -> None:
    page, names = first_page, set()
    # The last one is there without a network.
    for language in ("ar", "bn", "en", "es", "fr", "hi", "pt", "sw"):
        open_app(page, service.url, language=language)
        page.locator(".tabs a[href='#guide']").tap()
        expect(page.locator(".guide.crops [data-crop]")).to_have_count(CROPS)
        names.add(page.locator("label[for=wanted]").inner_text())
    assert len(names) == 8
    page.goto(f"{service.url}/")
    get_ready(page)
    go_offline(page)
    page.locator(".tabs a[href='#guide']").tap()
    page.locator("[data-crop=rice]").tap()
    assert violations(page) == []
    page.locator("[data-condition='rice.blast']").tap()
    expect(page.locator("[data-advice='rice.blast'] .today li").first).to_be_visible()
    assert violations(page) == []
