"""From a review at the desk to the farmer's phone, which was without a network and killed in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from benchmarks.phone_app.audit import violations
from benchmarks.phone_app.browser import DESKTOP, phone
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import get_ready, go, kept_cases, open_app, ready_page
from tests.browser.app.steps import ask_about, run_app, wait_until
from tests.browser.interrupted import kill_browser, persistent_phone
from tests.pictures import PictureFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """With nobody's cases: experts open the first of their queue."""
    office = {"OFFICE_NAME": "Office", "OFFICE_TELEPHONE": "+254700000000", "OFFICE_MESSENGER": "whatsapp"}
    with run_app(tmp_path, **office) as running:
        yield running


@pytest.mark.timeout(300)
def test_verdict_reaches_a_phone_that_was_killed_in_between(
    browser: Browser, service: Service, pictures: PictureFactory, tmp_path: Path
) -> None:
    def start(*, offline: bool = False) -> tuple[BrowserContext, Page]:
        context = persistent_phone(browser.browser_type, tmp_path / "profile")
        context.set_offline(offline)
        page = context.pages[0]
        page.goto(f"{service.url}/")
        page.locator("#app").wait_for()
        return context, page

    context = persistent_phone(browser.browser_type, tmp_path / "profile")
    page = context.pages[0]
    open_app(page, service.url)
    get_ready(page)
    context.set_offline(True)
    ask_about(page, _leaf(pictures.grey()))
    # Asked in the field, where nothing leaves the phone; and it dies before it could.
    page.locator("[data-do=ask-expert]").tap()
    page.locator("[data-expert=asked]").wait_for()
    kill_browser(context)

    context, page = start()
    wait_until(page, lambda: kept_cases(page)[0].get("isExpertAsked"))
    kill_browser(context)

    desk = browser.new_page(viewport=DESKTOP)
    _review(desk, service)
    desk.close()

    context, page = start(offline=True)
    expect(page.locator("[data-news]")).to_have_count(0)
    kill_browser(context)

    # The next contact.
    context, page = start()
    page.locator("[data-news] a").tap()
    _read(page)
    kill_browser(context)

    # And from then on in the field too.
    context, page = start(offline=True)
    expect(page.locator("[data-news]")).to_have_count(0)
    go(page, f"case/{kept_cases(page)[0]['id']}")
    _read(page)
    # And in the list of answers.
    go(page, "answers")
    expect(page.locator(".case [data-badge=condition]")).to_be_visible()
    context.close()


@pytest.mark.timeout(300)
def test_expert_asks_and_the_farmer_answers(browser: Browser, service: Service, pictures: PictureFactory) -> None:
    page = ready_page(phone(browser), service.url)
    # Sure answers have a way to a person too.
    ask_about(page, _leaf(pictures.red()), crop="bean")
    expect(page.locator("[data-do=call]")).to_have_attribute("href", "tel:+254700000000")
    write = page.locator("[data-do=write]").get_attribute("href") or ""
    assert write.startswith("https://wa.me/254700000000?text=")
    assert "Bean%20rust" in write
    page.locator("[data-do=ask-expert]").tap()
    wait_until(page, lambda: kept_cases(page)[0].get("isExpertAsked"))

    desk = browser.new_page(viewport=DESKTOP)
    _open_case(desk, service)
    desk.locator("#remark").select_option("ask_half")
    desk.locator("button[value=cannot_tell]").click()
    desk.locator(".saved").wait_for()

    page.reload()
    page.locator("[data-exchange=yes]").tap()
    wait_until(page, lambda: kept_cases(page)[0].get("isExchangeSent"))
    expect(page.locator("[data-expert=asked]")).to_be_visible()
    assert violations(page) == []

    desk.goto(f"{service.url}/desk/next")
    expect(desk.locator(".exchange[data-reply=yes]")).to_be_visible()
    page.context.close()
    desk.close()


def _leaf(photo: bytes) -> FilePayload:
    return {"name": "leaf.jpg", "mimeType": "image/jpeg", "buffer": photo}


def _review(page: Page, service: Service) -> None:
    """An expert takes the first case of the queue for rust, and adds a line."""
    _open_case(page, service)
    page.locator("#remark").select_option("undersides")
    page.locator("#crop").select_option("bean")
    page.locator("#condition").select_option("bean.rust")
    page.locator("button[value=other]").click()
    page.locator(".saved").wait_for()


def _open_case(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/desk?language=en")
    page.locator("#token").fill(service.make_token())
    page.keyboard.press("Enter")
    page.locator("[data-signal=expert_asked]").wait_for()
    page.goto(f"{service.url}/desk/next")
    page.locator("form.review[data-settled]").wait_for()


def _read(page: Page) -> None:
    """What the expert says, their line, and the advice that goes with it."""
    expect(page.locator(".expert[data-verdict=condition][data-condition='bean.rust']")).to_be_visible()
    expect(page.locator(".expert .remark")).not_to_be_empty()
    expect(page.locator(".expert .today li").first).to_be_visible()
    expect(page.locator("[data-do=ask-expert]")).to_have_count(0)
    assert violations(page) == []
