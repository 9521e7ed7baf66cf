"""Who signs in again, goes back, presses twice or is not alone loses nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.phone_app.browser import DESKTOP
from serving.access.tokens import AccessTokens
from serving.persistence.reviews import Reviews
from tests.browser.desk.steps import case_id, open_case, reviewed, said, saved, settled
from tests.browser.desk_screens import Desk, sign_in

pytestmark = pytest.mark.browser


def test_a_note_outlives_signing_in_again(page: Page, desk: Desk, token: str) -> None:
    case = open_case(page)
    page.locator("#note").fill("three lines of careful words")
    tokens = AccessTokens(desk.engine)
    tokens.revoke(tokens.find(token).id)
    page.locator("button[value=bad_photo]").click()
    page.locator("#token").fill(desk.make_token())
    page.keyboard.press("Enter")
    settled(page)
    assert case_id(page) == case
    expect(page.locator("#note")).to_have_value("three lines of careful words")
    page.locator("button[value=bad_photo]").click()
    saved(page)
    assert said(desk, case) == [("bad_photo", "three lines of careful words")]
    # So does what was changed in it.
    page.goto(f"{desk.url}/desk/cases/{case}")
    settled(page)
    page.locator("#note").fill("other words")
    page.reload()
    settled(page)
    expect(page.locator("#note")).to_have_value("other words")
    page.locator("#note").fill("")
    page.locator("button[value=bad_photo]").click()
    page.locator(".saved a").click()
    reviewed(page)
    expect(page.locator("#note")).to_have_value("")


def test_two_browsers_with_the_same_case(page: Page, browser: Browser, desk: Desk) -> None:
    case = open_case(page)
    other = browser.new_page(viewport=DESKTOP)
    sign_in(other, desk, token=desk.make_token())
    other.goto(f"{desk.url}/desk/cases/{case}")
    settled(other)
    page.locator("button[value=bad_photo]").click()
    other.locator("button[value=not_a_plant]").click()
    for one in (page, other):
        saved(one)
    assert sorted(label for label, _ in said(desk, case)) == ["bad_photo", "not_a_plant"]
    other.close()


def test_pressed_twice_is_one_review_of_one_case(page: Page, desk: Desk, token: str) -> None:
    """The second time, another case may already be there."""
    case = open_case(page)
    # However slow this machine is, on the next page no time passes in between.
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    page.keyboard.press("b")
    page.locator(".saved").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("b")
    page.locator("button[value=bad_photo]").click()
    expect(page.locator("form.review:not([data-settled])")).to_be_visible()
    page.clock.resume()
    saved(page)
    reviewer = AccessTokens(desk.engine).find(token).id
    assert [case_id for case_id, _ in Reviews(desk.engine).latest(reviewer, limit=5)] == [case]
