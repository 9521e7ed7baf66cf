"""A phone that finds its place slowly loses neither an answer nor a case."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready
from tests.browser.app.steps import only_case

pytestmark = pytest.mark.browser

# Shorter than the app's own patience of 8 s, which one that waits for the place uses up.
AT_ONCE_S = 6
HANGS = "() => { navigator.geolocation.getCurrentPosition = () => {} }"
SENT = ".standing[data-whereabouts=sent]"


def ask_with_place(page: Page, photo: FilePayload) -> float:
    """Ask, and tell how long the answer took, in seconds."""
    choose(page, [photo])
    page.locator("#consent").check()
    page.locator("#consent-place").check()
    began = time.monotonic()
    ask(page)
    return time.monotonic() - began


def test_case_is_kept_and_answered_while_the_place_hangs(
    page: Page, context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    context.grant_permissions(["geolocation"])
    get_ready(page)
    page.evaluate(HANGS)
    assert ask_with_place(page, photo("red")) < AT_ONCE_S
    assert only_case(page)["whereabouts"] == "waiting"
    # Whatever becomes of the place, it is sent.
    expect(page.locator(SENT)).to_be_visible()
    kept = only_case(page)["receipt"]["id"]
    assert service.rows("SELECT latitude, longitude FROM cases WHERE public_id = ?", kept) == [(None, None)]
