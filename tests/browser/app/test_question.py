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

RUST_NAME, SPOT_NAME = NAMES[RUST]["name"], NAMES[SPOT]["name"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """To this bundle a red leaf is rust or angular leaf spot, nearly alike."""
    with run_app(tmp_path_factory.mktemp("question"), tiny_bundle({SPOT: (39.9, -20, -20)})) as running:
        yield running


def test_it_is_asked_and_answered_without_a_network(page: Page, photo: Photos) -> None:
    go_offline(page)
    ask_about(page, photo("red"))
    question, headline = page.locator(f"[data-question='{RUST} {SPOT}']"), page.locator("main h1")
    expect(headline).to_contain_text(SPOT_NAME)
    question.locator("[data-reply=yes]").click()
    # Never most likely: how often answers are right was measured without questions.
    expect(page.locator(".answer[data-grade=probably]")).to_be_visible()
    expect(headline).to_contain_text(RUST_NAME)
    expect(headline).not_to_contain_text(SPOT_NAME)
    # What can't be undone is said for what is most likely, a choice or an expert's word alone.
    expect(page.locator(".today:not(.practices), .product")).to_have_count(0)
    page.locator("[data-do=sure] > summary, details.kept > summary").first.click()
    assert not any(digit in page.locator(".confidence").inner_text() for digit in "0123456789")
    question.locator("[data-reply=no]").click()
    expect(headline).to_contain_text(SPOT_NAME)
    expect(page.locator(".candidates > li").last).to_contain_text(RUST_NAME)
    page.reload()
    expect(question.locator("[data-reply=no]")).to_have_attribute("aria-pressed", "true")
    question.locator("[data-reply=unsure]").click()
    expect(headline).to_contain_text(RUST_NAME)
    expect(headline).to_contain_text(SPOT_NAME)
    for kind in ("leaf", "blue"):
        go(page, "")
        ask_about(page, photo(kind))
        expect(page.locator("[data-question]")).to_have_count(0)


def test_a_reply_reaches_the_service_that_has_the_case(page: Page, service: Service, photo: Photos) -> None:
    ask_and_allow(page, photo("red"))
    expect(page.locator(SENT)).to_be_visible()
    page.context.set_offline(True)
    page.locator("[data-reply=yes]").click()
    expect(page.locator("[data-reply=yes][aria-pressed=true]")).to_be_visible()
    page.context.set_offline(False)
    wait_until(page, lambda: only_case(page).get("isReplySent"))
    [(stored,)] = service.rows("SELECT question FROM cases")
    assert json.loads(stored)["likelier"] == RUST
