"""One question below an unsure answer: asked and answered without a network, and sent with a case."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import go
from tests.browser.app.steps import SENT, Photos, ask_about, ask_and_allow, go_offline, only_case, run_app, wait_until
from tests.browser.app.test_answer import NAMES, RUST, SPOT
from tests.tiny_bundle import tiny_bundle

pytestmark = pytest.mark.browser

RUST_NAME = NAMES[RUST]["name"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """To this bundle a red leaf is rust or angular leaf spot, nearly alike."""
    with run_app(tmp_path_factory.mktemp("question"), tiny_bundle({SPOT: (39.9, -20, -20)})) as running:
        yield running


def test_it_is_asked_and_answered_without_a_network(page: Page, photo: Photos) -> None:
    go_offline(page)
    ask_about(page, photo("red"))
    question, headline = page.locator(f"[data-question='{RUST} {SPOT}']"), page.locator("main h1").inner_text()
    question.locator("[data-reply=yes]").click()
    expect(question.locator(f"[role=status][data-likelier='{RUST}']")).to_be_visible()
    # What can't be undone is said for a name or an expert's word alone.
    expect(question.locator(".today")).to_have_count(0)
    # A number would be a promise that nobody measured, and a product a purchase.
    expect(page.locator(".confidence, .product")).to_have_count(0)
    expect(page.locator(".candidates > li").first).to_contain_text(RUST_NAME)
    assert page.locator("main h1").inner_text() == headline
    # A sign that is missing names nothing.
    question.locator("[data-reply=no]").click()
    expect(question.locator("[role=status]")).to_contain_text(RUST_NAME)
    expect(page.locator(".candidates > li").last).to_contain_text(RUST_NAME)
    page.reload()
    expect(question.locator("[data-reply=no]")).to_have_attribute("aria-pressed", "true")
    question.locator("[data-reply=unsure]").click()
    expect(question.locator(f"[data-likelier='{RUST}']")).to_have_count(0)
    for kind in ("leaf", "blue"):
        go(page, "")
        ask_about(page, photo(kind))
        expect(page.locator("[data-question]")).to_have_count(0)


def test_a_reply_reaches_the_service_that_has_the_case(page: Page, service: Service, photo: Photos) -> None:
    ask_and_allow(page, photo("red"))
    expect(page.locator(SENT)).to_be_visible()
    page.context.set_offline(True)
    page.locator("[data-reply=yes]").click()
    expect(page.locator(f"[data-likelier='{RUST}']")).to_be_visible()
    page.context.set_offline(False)
    wait_until(page, lambda: only_case(page).get("isReplySent"))
    [(stored,)] = service.rows("SELECT question FROM cases")
    assert json.loads(stored)["likelier"] == RUST
