"""What the smallest phone shows first: what is needed first."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Locator, Page, ViewportSize, expect

from benchmarks.phone_app.walk import ask, choose, get_ready, go
from tests.browser.app.steps import SMALLEST

pytestmark = pytest.mark.browser

LYING: ViewportSize = {"width": 568, "height": 320}


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
    assert bottom(page.locator(".caution")) < top(today) < top(page.locator(".own img"))
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
