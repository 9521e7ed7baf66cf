"""What leaves the phone, and what is taken back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, Route, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready, kept_cases
from tests.browser.app.steps import ask_and_allow, delete, go, kept_at_service, only_case

pytestmark = pytest.mark.browser


def test_nothing_leaves_the_phone_unless_it_is_allowed(
    page: Page, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    get_ready(page)
    before = kept_at_service(service)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    choose(page, [photo("red")])
    assert not page.locator("#consent").is_checked()
    ask(page)
    page.get_by_role("button", name="Yes, right").click()
    page.wait_for_timeout(300)
    assert "POST" not in sent
    assert kept_at_service(service) == before


def test_allowed_photos_wait_for_the_network_and_arrive_once(
    page: Page, context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    get_ready(page)
    before = kept_at_service(service)
    context.set_offline(True)
    ask_and_allow(page, photo("red"), photo("leaf"))
    expect(page.locator(".standing[data-whereabouts=waiting]")).to_be_visible()
    page.get_by_role("button", name="No, wrong").click()
    go(page, "answers")
    expect(page.get_by_text("1 plant waits for a network.")).to_be_visible()
    assert kept_at_service(service) == before
    shown = page.locator(".case img").get_attribute("src")
    context.set_offline(False)
    expect(page.locator(".standing[data-whereabouts=sent]")).to_be_visible()
    # However often the list is read again, its pictures are loaded once.
    assert page.locator(".case img").get_attribute("src") == shown
    (arrived,) = kept_at_service(service)[len(before) :]
    one = only_case(page)
    assert arrived == (one["receipt"]["id"], 1)
    answer = page.request.get(
        f"{service.url}/v1/diagnoses/{arrived[0]}", headers={"Authorization": f"Bearer {one['receipt']['token']}"}
    ).json()
    assert len(answer["photos"]) == 2
    expect(page.locator("#app")).to_be_visible()
    page.wait_for_timeout(500)
    assert only_case(page)["isVerdictSent"]


def test_what_waits_can_be_taken_back(
    page: Page, context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    get_ready(page)
    before = kept_at_service(service)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    context.set_offline(True)
    ask_and_allow(page, photo("red"))
    delete(page)
    expect(page.get_by_text("There are none yet.")).to_be_visible()
    context.set_offline(False)
    page.wait_for_timeout(1_000)
    # Not even to be deleted there.
    assert "POST" not in sent
    assert kept_at_service(service) == before


def test_photos_of_a_deleted_case_are_not_sent_to_find_out(
    page: Page, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    """It was tried, and never arrived: the service is told by its key alone."""
    get_ready(page)
    before = kept_at_service(service)
    page.route("**/v1/diagnoses", lambda route: route.abort())
    ask_and_allow(page, photo("red"))
    page.wait_for_function("() => document.querySelector('.standing') !== null")
    page.wait_for_timeout(300)
    assert only_case(page)["wasTried"]
    page.unroute("**/v1/diagnoses")
    sent: list[tuple[str, int]] = []
    page.on("request", lambda request: sent.append((request.method, len(request.post_data_buffer or b""))))
    delete(page)
    expect(page.get_by_text("There are none yet.")).to_be_visible()
    assert ("DELETE", 0) in sent
    assert max(size for _, size in sent) == 0
    assert kept_at_service(service) == before


def test_a_case_that_is_stuck_lets_others_pass(page: Page, photo: Callable[[str], FilePayload]) -> None:
    get_ready(page)
    first: list[str] = []

    def fail_first(route: Route) -> None:
        key = route.request.headers["idempotency-key"]
        first.append(key)
        if key == first[0]:
            route.fulfill(status=500, body="a proxy's page")
        else:
            route.continue_()

    page.route("**/v1/diagnoses", fail_first)
    for kind in ("red", "leaf"):
        go(page, "")
        ask_and_allow(page, photo(kind))
    expect(page.locator(".standing[data-whereabouts=sent]")).to_be_visible()
    assert [one["whereabouts"] for one in kept_cases(page)] == ["waiting", "sent"]


def test_what_was_sent_is_deleted_at_the_service_too(
    page: Page, context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    get_ready(page)
    before = kept_at_service(service)
    ask_and_allow(page, photo("red"))
    expect(page.locator(".standing[data-whereabouts=sent]")).to_be_visible()
    assert len(kept_at_service(service)) == len(before) + 1
    context.set_offline(True)
    delete(page)
    expect(page.locator(".standing[data-whereabouts=leaving]")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_text("There are none yet.")).to_be_visible()
    assert kept_at_service(service) == before


def test_what_may_have_arrived_is_found_and_deleted(
    page: Page, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    """The service has it, but its answer was lost."""
    get_ready(page)
    before = kept_at_service(service)

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/v1/diagnoses", swallow)
    ask_and_allow(page, photo("red"))
    page.wait_for_timeout(1_000)
    assert len(kept_at_service(service)) == len(before) + 1
    assert only_case(page)["whereabouts"] == "waiting"
    page.unroute("**/v1/diagnoses")
    delete(page)
    expect(page.get_by_text("There are none yet.")).to_be_visible()
    assert kept_at_service(service) == before
