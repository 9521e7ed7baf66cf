"""The phone app with the shipped bundle against the service, on real photos; and through kills and cuts."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.phone_app.browser import PHONE, SLOWDOWN, phone
from benchmarks.phone_app.interrupted import interrupt
from benchmarks.phone_app.parity import agreement, pairs
from benchmarks.phone_app.service import Service, run_service
from benchmarks.phone_app.walk import ask, choose, get_ready, go, open_app
from benchmarks.serving_speed.photo import pick
from benchmarks.serving_speed.server import ROOT
from tests.absence import absent
from tests.browser.app.steps import go_offline

pytestmark = [pytest.mark.browser, pytest.mark.mirror]

# A sample of what `python -m benchmarks.phone_app` measures.
COMPARED = 24
WAITING = 4
# Photos of each case, 19 in all.
CASES = (1, 2, 3, 4, 5, 4)
WIDTHS_PX = (320, 360, 412)
# Of the middle of the button: nothing lies over it, and it is on the screen.
_TOUCHED = """one => {
  const { left, top, width, height, bottom } = one.getBoundingClientRect();
  return one.contains(document.elementFromPoint(left + width / 2, top + height / 2)) && bottom <= innerHeight;
}"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    if not (ROOT / "web/dist/index.html").exists():
        absent("the phone app is not built; see `make app`")
    with run_service(tmp_path, examples=ROOT / "data/examples") as running:
        yield running


def test_both_say_the_same(browser: Browser, service: Service, mirror: Path) -> None:
    found = pairs(browser, service.url, pick(mirror, COMPARED))
    share, difference = agreement(found)
    # One of so few may lie on a threshold.
    assert share >= 1 - 1 / COMPARED, [one.photo.name for one in found if not one.agrees]
    assert difference <= 0.02


@pytest.mark.timeout(600)
def test_every_waiting_case_arrives_once(browser: Browser, service: Service, mirror: Path, tmp_path: Path) -> None:
    ended = interrupt(browser.browser_type, service, pick(mirror, WAITING), tmp_path)
    assert ended.asked == ended.kept == ended.distinct, ended
    assert ended.asked == WAITING
    assert ended.kills + ended.cuts > 0


def test_the_next_step_is_on_the_screen(browser: Browser, service: Service, mirror: Path) -> None:
    """The button that asks without scrolling, and how to confirm an answer on the second screen, by a photo too."""
    context = phone(browser)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    open_app(page, service.url)
    get_ready(page)
    photos = iter(pick(mirror, sum(CASES)))
    hidden = []
    for count in CASES:
        choose(page, [next(photos) for _ in range(count)])
        for width, large in product(WIDTHS_PX, (False, True)):
            page.set_viewport_size({"width": width, "height": PHONE["height"]})
            page.evaluate("large => { document.documentElement.style.fontSize = large ? '200%' : '' }", large)
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            if not page.locator("#ask").evaluate(_TOUCHED):
                hidden.append((count, width, large))
        for _ in range(count):
            page.locator("[data-do=remove]").first.click()
        page.locator(".shots > li").wait_for(state="detached")
    assert hidden == []

    page.set_viewport_size(PHONE)
    page.evaluate("() => { document.documentElement.style.fontSize = '' }")
    for photo in sorted((mirror / "plantdoc/test/Potato leaf late blight").glob("*.jpg")):
        choose(page, [photo])
        ask(page, "potato")
        if page.locator(".answer.condition").count():
            break
        page.locator(".tabs a").first.click()
    confirm = page.locator(".confirm").bounding_box()
    assert confirm is not None
    assert confirm["y"] < 2 * PHONE["height"]

    example = page.locator(".confirm [data-do=example] img").first
    example.scroll_into_view_if_needed()
    expect(example).not_to_have_js_property("naturalWidth", 0)
    answer = page.url.partition("#")[2]
    go(page, "")
    go_offline(page)
    go(page, answer)
    page.locator(".confirm").scroll_into_view_if_needed()
    expect(example).not_to_have_js_property("naturalWidth", 0)
    page.locator(".confirm [data-do=example]").first.click()
    expect(page.locator(".examples")).to_contain_text("Hughes")
    context.close()
