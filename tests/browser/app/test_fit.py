"""What the smallest phone shows: everything within its width, also with large letters; first what is needed first."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, ViewportSize, expect

from benchmarks.phone_app.browser import phone
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready
from tests.browser.app.steps import go
from tests.browser.screenshots import screens

pytestmark = pytest.mark.browser

SMALLEST: ViewportSize = {"width": 320, "height": 568}
LYING: ViewportSize = {"width": 568, "height": 320}
# Elements with something to see or touch that begin or end beyond the screen; what lies in a picture to be moved may.
BEYOND = """
() => [...document.querySelectorAll("#app *")]
  .filter((one) => !one.closest(".unseen, .window, .sheet"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.left < -1 || box.right > document.documentElement.clientWidth + 1))
  .map(([one, box]) => `${one.localName}.${one.classList} ${Math.round(box.left)} to ${Math.round(box.right)}`)
"""


@pytest.mark.parametrize("language", ["sw", "ar"])
def test_large_letters_stay_within_the_smallest_phone(browser: Browser, service: Service, language: str) -> None:
    context = phone(browser, viewport=SMALLEST, permissions=["camera"])
    context.set_default_timeout(15_000)
    page = context.new_page()
    beyond: list[str] = []
    for screen in screens(page, service, language):
        page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
        if screen != "visit_sheet":
            beyond += [f"{screen}: {one}" for one in page.evaluate(BEYOND)]
            width_px = page.evaluate("() => document.documentElement.scrollWidth")
            beyond += [f"{screen}: {width_px} px wide"] if width_px > SMALLEST["width"] else []
    context.close()
    assert beyond == []


@pytest.mark.parametrize("viewport", [SMALLEST, LYING], ids=["standing", "lying"])
def test_shutter_is_on_the_screen_and_has_the_focus(page: Page, viewport: ViewportSize) -> None:
    page.set_viewport_size(viewport)
    page.locator("[data-do=camera]").click()
    shutter = page.locator("[data-do=shoot]")
    expect(shutter).to_be_focused()
    assert bottom(shutter) <= viewport["height"]


def test_answer_says_first_what_to_do_today(page: Page, photo: Callable[[str], FilePayload]) -> None:
    page.set_viewport_size(SMALLEST)
    get_ready(page)
    choose(page, [photo("red")])
    ask(page)
    today = page.locator(".today h2")
    assert bottom(page.locator(".caution")) < top(today) < top(page.locator(".case-photos img"))
    # Of what a list says, how sure it is does not get lost.
    go(page, "answers")
    expect(page.locator(".case .label")).not_to_be_empty()
    # A finger on its margin is on it.
    page.locator(".case").click(position={"x": 4, "y": 4})
    expect(page.get_by_role("heading", name="Bean rust")).to_be_visible()


def top(one: Locator) -> float:
    box = one.bounding_box()
    assert box is not None
    return box["y"]


def bottom(one: Locator) -> float:
    box = one.bounding_box()
    assert box is not None
    return box["y"] + box["height"]
