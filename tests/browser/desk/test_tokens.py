"""An administrator makes and revokes an access token: with the keyboard, without JavaScript, open to everybody."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from benchmarks.phone_app.audit import AXE, violations
from benchmarks.phone_app.browser import PHONE, phone
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from tests.absence import absent
from tests.browser.album import each_page
from tests.browser.desk.steps import press_until
from tests.browser.desk_screens import Desk, sign_in

pytestmark = pytest.mark.browser

ADDRESS = "/desk/tokens"


@pytest.fixture(scope="module")
def admin(desk: Desk) -> str:
    return desk.make_token(Role.ADMIN, name="office")


def test_keyboard_alone_makes_and_revokes(context: BrowserContext, desk: Desk, admin: str) -> None:
    page = context.new_page()
    sign_in(page, desk, token=admin)
    press_until(page, f"a[href='{ADDRESS}']")
    page.keyboard.press("Enter")
    page.locator("#name").wait_for()
    page.wait_for_load_state()
    press_until(page, "#name")
    page.keyboard.type("tablet 7")
    press_until(page, "#make")
    page.keyboard.press("Enter")
    token = page.locator(".made").inner_text()
    page.wait_for_load_state()
    press_until(page, f".screen a[href='{ADDRESS}']")
    page.keyboard.press("Enter")
    page.locator("#name").wait_for()
    page.wait_for_load_state()
    made = AccessTokens(desk.engine).find(token)
    assert (made.name, made.role) == ("tablet 7", Role.EXTENSION)
    press_until(page, f"[data-token='{made.id}'] [action$=revoke] button")
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-token='{made.id}'][data-good=no]")).to_be_visible()
    expect(page.locator(".made")).to_have_count(0)


def test_thumb_alone_without_javascript(browser: Browser, desk: Desk, admin: str) -> None:
    context = phone(browser, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, desk, language="ar", token=admin)
    page.goto(f"{desk.url}{ADDRESS}")
    page.locator("#name").fill("tablet 8")
    page.locator("#role").select_option("agronomist")
    page.locator("#make").tap()
    made = AccessTokens(desk.engine).find(page.locator(".made").inner_text())
    page.locator(f".screen a[href='{ADDRESS}']").tap()
    assert (made.name, made.role) == ("tablet 8", Role.AGRONOMIST)
    page.locator(f"[data-token='{made.id}'] [action$=revoke] button").tap()
    expect(page.locator(f"[data-token='{made.id}'][data-good=no]")).to_be_attached()
    context.close()


def test_it_fits_a_phone(browser: Browser, desk: Desk, admin: str) -> None:
    context = phone(browser)
    page = context.new_page()
    for language in ("fr", "ar", "hi"):
        sign_in(page, desk, language=language, token=admin)
        page.goto(f"{desk.url}{ADDRESS}")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"], language
        page.locator(".sign-out button").tap()
        page.locator("#token").wait_for()
    context.close()


def test_axe_finds_nothing(browser: Browser, desk: Desk, admin: str) -> None:
    if not AXE.exists():
        absent("axe-core is not installed; see `make app`")
    found: list[str] = []
    for page, language, seen_as in each_page(browser):
        sign_in(page, desk, language=language, token=admin)
        page.goto(f"{desk.url}{ADDRESS}")
        found.extend(f"{seen_as}: {violation}" for violation in violations(page))
        page.locator("#name").fill(f"tablet of {seen_as}")
        page.locator("#make").click()
        page.locator(".made").wait_for()
        found.extend(f"{seen_as}: {violation}" for violation in violations(page))
    assert found == []


def test_an_office_signs_in_over_its_own_network(browser: Browser, desk: Desk, token: str) -> None:
    """Without encryption a browser says less of the page that has sent a form."""
    context = browser.new_context(locale="en")
    here = urlsplit(desk.url)
    sign_in(context.new_page(), replace(desk, url=f"http://office.lan:{here.port}"), token=token)
    context.close()
