"""Every screen is open to everybody, and loads nothing from elsewhere."""

import pytest
from playwright.sync_api import Browser, Page

from benchmarks.phone_app.audit import AXE, violations
from serving.access.role import Role
from serving.persistence.reviews import ReviewQueue
from tests.absence import absent
from tests.browser.album import each_page
from tests.browser.desk.steps import open_case
from tests.browser.desk_screens import Desk, fill, show_heatmaps, sign_in, walk

pytestmark = pytest.mark.browser


def test_nothing_is_loaded_from_elsewhere_and_nothing_complains(page: Page, desk: Desk) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    open_case(page)
    show_heatmaps(page)
    assert complaints == []
    assert [url for url in asked if not url.startswith(desk.url)] == []


def test_axe_finds_nothing(browser: Browser, desk: Desk) -> None:
    if not AXE.exists():
        absent("axe-core is not installed; see `make app`")
    found: list[str] = []
    looked: list[str] = []

    def look(page: Page, name: str) -> None:
        looked.append(name)
        found.extend(f"{name}: {violation}" for violation in violations(page))

    fill(desk)
    walk(browser, desk, look)
    assert ReviewQueue(desk.engine).count(0) > 0
    for page, language, seen_as in each_page(browser):
        sign_in(page, desk, language=language, token=desk.make_token(Role.ADMIN, name=f"office {seen_as}"))
        page.goto(f"{desk.url}/desk/tokens")
        look(page, f"{seen_as}_tokens")
        page.locator("#name").fill(f"tablet of {seen_as}")
        page.locator("#make").click()
        page.locator(".made").wait_for()
        look(page, f"{seen_as}_tokens_made")
    assert found == []
    assert len(looked) == len(set(looked)) == 34
