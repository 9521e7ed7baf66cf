"""What leaves the phone, and what is taken back."""

from time import monotonic

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, Route, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready, go, kept_cases
from tests.browser.app.steps import (
    SENT,
    Photos,
    ask_and_allow,
    delete,
    kept_at_service,
    only_case,
    wait_until,
)

pytestmark = pytest.mark.browser


def test_nothing_leaves_the_phone_unless_it_is_allowed(page: Page, service: Service, photo: Photos) -> None:
    before, sent = kept_at_service(service), _methods(page)
    choose(page, [photo("red")])
    expect(page.locator("#consent")).not_to_be_checked()
    ask(page)
    page.locator("button[data-verdict=right]").click()
    expect(page.locator("p[data-verdict=right]")).not_to_be_empty()
    assert_only_the_next_arrives(page, service, photo("leaf"), sent, before)
    assert [case["whereabouts"] for case in kept_cases(page)] == ["here", "sent"]


def test_allowed_photos_wait_for_the_network_and_arrive_once(page: Page, service: Service, photo: Photos) -> None:
    before = kept_at_service(service)
    page.context.set_offline(True)
    ask_and_allow(page, photo("red"), photo("leaf"))
    expect(page.locator(".standing[data-whereabouts=waiting]")).to_be_visible()
    page.locator("button[data-verdict=wrong]").click()
    go(page, "answers")
    expect(page.locator("[data-waiting='1']")).to_be_visible()
    assert kept_at_service(service) == before
    shown = page.locator(".case img").get_attribute("src")
    page.context.set_offline(False)
    expect(page.locator(SENT)).to_be_visible()
    # However often the list is read again, its pictures are loaded once.
    expect(page.locator(".case img")).to_have_attribute("src", shown or "")
    (arrived,) = kept_at_service(service)[len(before) :]
    receipt = only_case(page)["receipt"]
    assert arrived == (receipt["id"], 1)
    own = {"Authorization": f"Bearer {receipt['token']}"}
    answer = page.request.get(f"{service.url}/v1/diagnoses/{receipt['id']}", headers=own).json()
    assert len(answer["photos"]) == 2
    wait_until(page, lambda: only_case(page)["isVerdictSent"])


def test_what_waits_can_be_taken_back(page: Page, service: Service, photo: Photos) -> None:
    before, sent = kept_at_service(service), _methods(page)
    page.context.set_offline(True)
    ask_and_allow(page, photo("red"))
    delete(page)
    expect(page.locator("#none")).to_be_visible()
    page.context.set_offline(False)
    assert_only_the_next_arrives(page, service, photo("leaf"), sent, before)
    # Not even to be deleted there.
    assert "DELETE" not in sent


def test_what_was_sent_is_deleted_at_the_service_too(page: Page, service: Service, photo: Photos) -> None:
    before = kept_at_service(service)
    ask_and_allow(page, photo("red"))
    expect(page.locator(SENT)).to_be_visible()
    assert len(kept_at_service(service)) == len(before) + 1
    page.context.set_offline(True)
    delete(page)
    expect(page.locator(".standing[data-whereabouts=leaving]")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#none")).to_be_visible()
    assert kept_at_service(service) == before


def test_what_may_have_arrived_is_found_and_deleted(page: Page, service: Service, photo: Photos) -> None:
    """The service has it, but its answer was lost."""
    before = kept_at_service(service)
    swallowed: list[str] = []

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()
        swallowed.append(route.request.method)

    page.route("**/v1/diagnoses", swallow)
    ask_and_allow(page, photo("red"))
    # What is tried again was not taken as having arrived.
    wait_until(page, lambda: swallowed.count("POST") > 1)
    assert len(kept_at_service(service)) == len(before) + 1
    assert only_case(page)["whereabouts"] == "waiting"
    delete(page)
    wait_until(page, lambda: "DELETE" in swallowed)
    assert only_case(page)["whereabouts"] == "leaving"
    page.unroute("**/v1/diagnoses")
    expect(page.locator("#none")).to_be_visible()
    assert kept_at_service(service) == before


def test_case_is_kept_answered_and_sent_while_the_place_hangs(
    context: BrowserContext, first_page: Page, service: Service, photo: Photos
) -> None:
    context.grant_permissions(["geolocation"])
    get_ready(first_page)
    first_page.evaluate("() => { navigator.geolocation.getCurrentPosition = () => {} }")
    choose(first_page, [photo("red")])
    first_page.locator("#consent").check()
    first_page.locator("#consent-place").check()
    began = monotonic()
    ask(first_page)
    # Shorter than the app's own patience of 8 s, which one that waits for the place uses up.
    assert monotonic() - began < 6
    assert only_case(first_page)["whereabouts"] == "waiting"
    expect(first_page.locator(SENT)).to_be_visible()
    kept = only_case(first_page)["receipt"]["id"]
    assert service.rows("SELECT latitude, longitude FROM cases WHERE public_id = ?", kept) == [(None, None)]


def _methods(page: Page) -> list[str]:
    """Of requests, as they are made from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    return sent


def assert_only_the_next_arrives(
    page: Page, service: Service, photo: FilePayload, sent: list[str], before: list[tuple[str, bool]]
) -> None:
    """One after the other they are sent, so when a later case has arrived, one that has not does not leave any more."""
    go(page, "")
    ask_and_allow(page, photo)
    expect(page.locator(SENT)).to_be_visible()
    assert sent.count("POST") == 1
    (arrived,) = kept_at_service(service)[len(before) :]
    assert arrived == (kept_cases(page)[-1]["receipt"]["id"], 1)
