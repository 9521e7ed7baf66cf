"""On a phone, also without JavaScript."""

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.phone_app.browser import PHONE, phone
from tests.browser.desk.steps import reviewed, said
from tests.browser.desk_screens import HEALTHY, RUST, Desk, sign_in

pytestmark = pytest.mark.browser

# Of a thumb, in CSS pixels.
MIN_TARGET = 44


class TestPhone:
    def test_thumb_alone_without_javascript(self, browser: Browser, desk: Desk, token: str) -> None:
        case = desk.send(HEALTHY, RUST, seed=41)["id"]
        context = phone(browser, java_script_enabled=False)
        page = context.new_page()
        sign_in(page, desk, language="ar", token=token)
        page.locator(f".queue a[href$='{case}']").tap()
        page.locator(".heat-switch label").tap()
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
        context.close()

    def test_everything_fits_and_is_large_enough(self, browser: Browser, desk: Desk, token: str) -> None:
        desk.send(HEALTHY, RUST, seed=42)
        context = phone(browser)
        page = context.new_page()
        for language in ("fr", "ar", "hi"):
            sign_in(page, desk, language=language, token=token)
            for screen in ("/desk", "/desk/next"):
                page.goto(f"{desk.url}{screen}")
                page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
                assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"], language
                for target in page.locator("button, select, textarea, nav a, .button, .queue a, .saved a").all():
                    box = target.bounding_box()
                    assert box is not None
                    assert box["height"] >= MIN_TARGET, (language, target.inner_text())
            page.locator(".sign-out button").tap()
            page.locator("#token").wait_for()
        context.close()
