"""An administrator makes and revokes an access token: with the keyboard, without JavaScript."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from tests.browser.desk.steps import press_until
from tests.browser.desk_screens import Desk, sign_in

pytestmark = pytest.mark.browser

TO_TOKENS = "a[href='/desk/tokens']"


def test_keyboard_alone_makes_and_revokes_without_javascript(browser: Browser, desk: Desk) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, desk, token=desk.make_token(Role.ADMIN, name="office"))
        press_until(page, TO_TOKENS, "Enter")
        page.locator("#name").wait_for()
        page.wait_for_load_state()
        press_until(page, "#name")
        page.keyboard.type("tablet 7")
        press_until(page, "#make", "Enter")
        token = page.locator(".made").inner_text()
        page.wait_for_load_state()
        press_until(page, f".screen {TO_TOKENS}", "Enter")
        page.locator("#name").wait_for()
        page.wait_for_load_state()
        made = AccessTokens(desk.engine).find(token)
        assert (made.name, made.role) == ("tablet 7", Role.EXTENSION)
        press_until(page, f"[data-token='{made.id}'] [action$=revoke] button", "Enter")
        expect(page.locator(f"[data-token='{made.id}'][data-good=no]")).to_be_visible()
        expect(page.locator(".made")).to_have_count(0)


def test_an_office_signs_in_over_its_own_network(browser: Browser, desk: Desk, token: str) -> None:
    """Without encryption a browser says less of the page that has sent a form."""
    here = urlsplit(desk.url)
    with browser.new_context(locale="en") as context:
        sign_in(context.new_page(), replace(desk, url=f"http://office.lan:{here.port}"), token=token)
