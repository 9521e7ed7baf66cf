"""The overview and the monthly report in a real browser, in front of the real server."""

import csv
import json
from collections.abc import Iterator
from io import StringIO

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.phone_app.audit import violations
from benchmarks.phone_app.browser import phone
from tests.browser.album import DEVICES, small_or_wide
from tests.browser.desk_screens import Desk, sign_in
from tests.browser.overview_screens import run_overview, walk

pytestmark = pytest.mark.browser

SCREEN = ("main", "main a")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with run_overview(tmp_path_factory.mktemp("overview")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """Signed in on a phone, without JavaScript, which these pages do not need."""
    context = phone(browser, java_script_enabled=False, locale="en", accept_downloads=True)
    page = context.new_page()
    complaints: list[str] = []
    sign_in(page, desk)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda one: complaints.append(one.url) if not one.url.startswith(desk.url) else None)
    page.goto(f"{desk.url}/desk/overview")
    yield page
    context.close()
    assert complaints == []


def test_every_page_is_open_to_everybody(browser: Browser, desk: Desk) -> None:
    """Nothing that axe finds, nothing wider than the screen, no small text, no target too small for a thumb."""
    found: list[str] = []

    def look(page: Page, name: str) -> None:
        found.extend(f"{name}: {violation}" for violation in violations(page))
        found.extend(f"{name}: {one}" for one in small_or_wide(page, *SCREEN))

    walk(browser, desk, look)
    assert found == []


def test_what_is_chosen_is_shown_and_taken_along(page: Page) -> None:
    page.locator("#weeks").select_option("4")
    page.locator("#crop").select_option("bean")
    page.locator("form.filters button").click()
    page.wait_for_url("**weeks=4**")
    expect(page.locator("#crop")).to_have_value("bean")
    assert small_or_wide(page, *SCREEN) == []
    shown = page.locator("section", has=page.locator("#findings"))
    names = shown.locator("tbody th").all_inner_texts()
    assert "Bean rust" in names
    assert not any("maize" in name.lower() for name in names)
    total = sum(int(row.locator("td").first.inner_text().replace(",", "")) for row in shown.locator("tbody tr").all())
    rows = list(csv.DictReader(StringIO(_download(page, "cases.csv"))))
    assert sum(int(row["cases"]) for row in rows) == total
    squares = [load for load in json.loads(_download(page, "areas.geojson"))["features"] if load["geometry"]]
    page.locator("summary").last.click()
    areas = page.locator("section", has=page.locator("#areas"))
    expect(areas.locator("tbody tr")).to_have_count(len(squares))
    expect(areas.locator(".map path[class^=level]")).to_have_count(len(squares))


def _download(page: Page, name: str) -> str:
    with page.expect_download() as download:
        page.locator(f"a[href*='{name}']").click()
    assert download.value.suggested_filename == name
    return download.value.path().read_text(encoding="utf-8")


def test_it_can_be_used_with_the_keyboard_alone(browser: Browser, desk: Desk) -> None:
    page = phone(browser, **DEVICES["desktop"]).new_page()
    sign_in(page, desk)
    page.goto(f"{desk.url}/desk/overview")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("4")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**weeks=4**")
    # What is wider than the screen is scrolled with arrows.
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.classList.contains('scroll')"):
            break
    else:
        pytest.fail("tables cannot be reached")
