"""What the smallest phone shows first: what is needed first."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import go
from tests.browser.app.steps import SMALLEST, Photos, add_plant, ask_about, box_of, sign_in, start_visit

pytestmark = pytest.mark.browser

LYING: ViewportSize = {"width": 568, "height": 320}
BROKEN = """
() => [...document.querySelectorAll(".visit-fields .tiles b, :is(.icons, .verdicts) > *")].flatMap(({ lastChild }) =>
  [...lastChild.data.matchAll(/\\S+/g)].filter(({ index, 0: word }) => {
    const range = new Range();
    range.setStart(lastChild, index);
    range.setEnd(lastChild, index + word.length);
    return range.getClientRects().length > 1;
  }).map(([word]) => word))
"""


@pytest.mark.parametrize("viewport", [SMALLEST, LYING], ids=["standing", "lying"])
def test_shutter_is_on_the_screen_and_has_the_focus(page: Page, viewport: ViewportSize) -> None:
    page.set_viewport_size(viewport)
    page.locator("[data-do=camera]").click()
    shutter = page.locator("[data-do=shoot]")
    expect(shutter).to_be_focused()
    assert box_of(shutter)["bottom"] <= viewport["height"]


def test_answer_says_first_what_to_do_today_and_each_tool_has_its_word_whole_in_every_language(
    page: Page, photo: Photos
) -> None:
    page.set_viewport_size(SMALLEST)
    ask_about(page, photo("red"))
    own, today, caution = (box_of(page.locator(name)) for name in (".own img", ".today h2", ".caution"))
    assert own["bottom"] < today["top"] < caution["top"]
    # Of what a list says, how sure it is does not get lost.
    go(page, "answers")
    expect(page.locator(".case .label")).not_to_be_empty()
    # A finger on its margin is on it.
    page.locator(".case").click(position={"x": 4, "y": 4})
    expect(page.get_by_role("heading", name="Bean rust")).to_be_visible()
    page.locator("details.kept > summary").click()
    tools = page.locator(".icons > .second")
    for language in page.locator(".language option").evaluate_all("these => these.map((one) => one.value)"):
        page.locator(".language select").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert all(word.strip() for word in tools.all_inner_texts())
        assert page.evaluate(BROKEN) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") == SMALLEST["width"]
    expect(tools).not_to_have_count(0)


def test_no_word_of_a_visit_is_broken(page: Page, service: Service, photo: Photos) -> None:
    sign_in(page, service.make_token())
    start_visit(page, "Upper farm")
    add_plant(page, photo("red"), "1")
    expect(page.locator(".visit-fields .tiles b")).not_to_have_count(0)
    for width in (SMALLEST["width"], 412):
        page.set_viewport_size({"width": width, "height": 915})
        assert page.evaluate(BROKEN) == []
