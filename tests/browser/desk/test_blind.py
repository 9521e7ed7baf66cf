"""Reviewers say what they see before the model does, at a desk and on a phone, with a line for the farmer."""

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.phone_app.browser import PHONE, phone
from serving.persistence.reviews import Reviews
from tests.browser.desk.steps import reviewed, saved, settled
from tests.browser.desk_screens import HEALTHY, RUST, Desk, sign_in

pytestmark = pytest.mark.browser


def shown_conditions(page: Page) -> set[str]:
    """Crops of the conditions in the list of all."""
    values = page.locator("#condition option").evaluate_all("options => options.map(option => option.value)")
    return {value.partition(".")[0] for value in values if value}


def kept(desk: Desk, case: str) -> tuple[str, str | None]:
    [record] = Reviews(desk.engine).of_case(case)
    return record.review.label, record.review.remark


def test_reviewer_at_a_desk(page: Page, desk: Desk) -> None:
    """By single keys: another crop, a line for the farmer, the verdict, and only then the model."""
    case = desk.send(HEALTHY, RUST, seed=60, crop="bean")["id"]
    page.goto(f"{desk.url}/desk/cases/{case}")
    settled(page)
    expect(page.locator(".answer")).to_have_count(0)
    expect(page.get_by_text("%")).to_have_count(0)
    assert shown_conditions(page) == {"bean"}
    page.keyboard.press("c")
    page.keyboard.type("Coffee")
    page.keyboard.press("Escape")
    assert shown_conditions(page) == {"coffee"}
    page.keyboard.press("l")
    page.keyboard.type("Look at the undersides")
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    page.keyboard.type("Cercospora leaf spot of cof")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    saved(page)
    assert kept(desk, case) == ("coffee.cercospora", "undersides")
    page.keyboard.press("z")
    reviewed(page)
    expect(page.locator(".answer h2")).to_be_visible()
    expect(page.locator("button.confirm, button .share:not(:empty)").first).to_be_visible()
    assert shown_conditions(page) == {"bean"}


@pytest.mark.parametrize("language", ["en", "bn"])
def test_reviewer_on_a_phone(language: str, browser: Browser, desk: Desk, token: str) -> None:
    cases = [desk.send(HEALTHY, RUST, seed=61)["id"], desk.send(RUST, seed=62)["id"]]
    context = phone(browser)
    page = context.new_page()
    sign_in(page, desk, language=language, token=token)
    # The second time with the note above it that the first was saved.
    for case, last in zip(cases, (False, True), strict=True):
        address = f"{desk.url}/desk/cases/{case}"
        page.goto(f"{address}?saved={cases[0]}" if last else address)
        settled(page)
        expect(page.locator(".saved")).to_have_count(int(last))
        box = page.locator(".choice button").first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < PHONE["height"], case
        photo = page.locator(".strip img:not(.heat)").first.bounding_box()
        assert photo is not None
        # Still large enough to see spots on.
        assert photo["height"] >= PHONE["height"] / 4
        page.locator("#remark").select_option("officer")
        page.locator("button[value='bean.rust']").tap()
        saved(page)
        assert kept(desk, case) == ("bean.rust", "officer")
    page.locator(".saved a").tap()
    reviewed(page)
    expect(page.locator(".answer h2")).to_be_visible()
    context.close()
