"""The phone app with the shipped bundle against the service, on real photos; and through kills and cuts."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.phone_app.browser import PHONE, SLOWDOWN, phone
from benchmarks.phone_app.parity import agreement, pairs
from benchmarks.phone_app.service import Service, run_service
from benchmarks.phone_app.walk import ask, choose, get_ready, go, name_crop, open_app, ready_page
from benchmarks.serving_speed.photo import pick
from benchmarks.serving_speed.server import ROOT
from tests.browser.app.steps import require_build
from tests.browser.app.test_answer import check
from tests.browser.interrupted import interrupt

pytestmark = [pytest.mark.browser, pytest.mark.mirror]

# A sample of what `python -m benchmarks.phone_app parity` measures.
COMPARED = 24
WAITING = 4
# Photos of each case, 19 in all.
CASES = (1, 2, 3, 4, 5, 4)
WIDTHS_PX = (320, 360, 412)
# Folders of the mirror, and their crop: places that nothing was learned from.
REAL = (
    ("plantdoc/test/Tomato Septoria leaf spot", "tomato"),
    ("plantdoc/test/Potato leaf late blight", "potato"),
    ("plantdoc/test/Corn rust leaf", "maize"),
    ("orchard_apple/scab", "apple"),
    ("orchard_apple/rust", "apple"),
)
# At most, where words are longest, or letters highest.
SCREENS_IN = {"fr": 1.8, "sw": 1.8, "bn": 1.8}
# Of the middle of the button: nothing lies over it, and it is on the screen.
_TOUCHED = """one => {
  const { left, top, width, height, bottom } = one.getBoundingClientRect();
  return one.contains(document.elementFromPoint(left + width / 2, top + height / 2)) && bottom <= innerHeight;
}"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    require_build()
    with run_service(tmp_path_factory.mktemp("shipped"), examples=ROOT / "data/examples") as running:
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
    """The button that asks, without scrolling."""
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
    context.close()


def test_real_answers_are_short_and_the_first_card_the_first(browser: Browser, service: Service, mirror: Path) -> None:
    context = phone(browser, locale="en")
    page = ready_page(context, service.url)
    seen, cases = {"cards": 0, "named": 0}, []
    for folder, crop in REAL:
        for file in sorted((mirror / folder).glob("*.jpg"))[:2]:
            go(page, "")
            choose(page, [file])
            name_crop(page, crop)
            page.locator("#ask:enabled").wait_for()
            ask(page)
            check(page)
            cases.append(page.url.partition("#")[2])
            seen["cards"] += page.locator(".candidates > li").count() > 0
            seen["named"] += page.locator(".answer.condition").count()
    for language, screens in SCREENS_IN.items():
        page.locator(".language select").select_option(language)
        for case in cases:
            go(page, case)
            expect(page.locator("html")).to_have_attribute("lang", language)
            check(page, screens)
    context.close()
    assert min(seen.values()) > 0, seen
