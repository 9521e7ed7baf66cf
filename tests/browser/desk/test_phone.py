"""On a phone, also without JavaScript."""

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.phone_app.browser import PHONE, phone
from serving.access.role import Role
from tests.browser.desk.steps import kept, reviewed, said, saved, settled
from tests.browser.desk_screens import HEALTHY, RUST, Desk, sign_in

pytestmark = pytest.mark.browser

# Of a thumb, in CSS pixels.
MIN_TARGET = 44


def test_thumb_alone_without_javascript(browser: Browser, desk: Desk, token: str) -> None:
    case = desk.send(HEALTHY, RUST, seed=41)["id"]
    with phone(browser, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, desk, language="ar", token=token)
        page.locator(f".queue a[href$='{case}']").tap()
        page.locator("label[for=heat]").tap()
        expect(page.locator(".heat").first).to_be_visible()
        page.locator("#note").fill("ok")
        page.locator("button[value=cannot_tell]").tap()
        expect(page.locator(".saved")).to_be_visible()
        assert said(desk, case) == [("cannot_tell", "ok")]
        page.locator(".saved a").tap()
        reviewed(page)
        page.locator("#condition").select_option("bean.angular_leaf_spot")
        page.locator("button[value=other]").tap()
        expect(page.locator(".saved")).to_be_visible()
        assert said(desk, case) == [("bean.angular_leaf_spot", "ok")]
        expect(page.locator("kbd").first).to_be_hidden()
        page.locator(".sign-out button").tap()
        expect(page.locator("#token")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "bn"])
def test_verdict_is_in_reach_below_a_photo_with_its_spots(
    language: str, browser: Browser, desk: Desk, token: str
) -> None:
    cases = [desk.send(HEALTHY, RUST, seed=61)["id"], desk.send(RUST, seed=62)["id"]]
    with phone(browser) as context:
        page = context.new_page()
        sign_in(page, desk, language=language, token=token)
        # The second time with the note above it that the first was saved.
        for case, last in zip(cases, (False, True), strict=True):
            address = f"{desk.url}/desk/cases/{case}"
            page.goto(f"{address}?saved={cases[0]}" if last else address)
            settled(page)
            expect(page.locator(".saved")).to_have_count(int(last))
            button, photo = (
                page.locator(one).first.bounding_box() or {} for one in (".choice button", ".strip img:not(.heat)")
            )
            assert button["y"] + button["height"] < PHONE["height"], case
            # Still large enough to see spots on.
            assert photo["height"] >= PHONE["height"] / 4
            page.locator("#remark").select_option("officer")
            page.locator("button[value='bean.rust']").tap()
            saved(page)
            assert kept(desk, case) == ("bean.rust", "officer")
        page.locator(".saved a").tap()
        reviewed(page)
        expect(page.locator(".answer h2")).to_be_visible()


def test_everything_fits_and_is_large_enough(browser: Browser, desk: Desk) -> None:
    desk.send(HEALTHY, RUST, seed=42)
    touched = "button, select, textarea, nav a, .button, .queue a, .saved a"
    with phone(browser) as context:
        page = context.new_page()
        admin = desk.make_token(Role.ADMIN, name="office")
        for language in ("fr", "ar", "hi"):
            sign_in(page, desk, language=language, token=admin)
            for screen in (
                "/desk",
                "/desk/next",
                "/desk/tokens",
                "/desk/teach?district=Kitui",
                "/desk/agreement",
                "/desk/visits",
            ):
                page.goto(f"{desk.url}{screen}")
                page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
                assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"], language
                for target in page.locator(touched).all():
                    box = target.bounding_box()
                    assert box is not None
                    assert box["height"] >= MIN_TARGET, (language, target.inner_text())
            page.locator(".sign-out button").tap()
            page.locator("#token").wait_for()
