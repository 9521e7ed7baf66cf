"""The model and what runs it arrive on the phone: with consent, in pieces, damaged, replaced by others."""

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready, go, kept_cases, name_crop, open_app
from tests.browser.app.steps import KEPT_EXAMPLES, Photos, ask_about, kept_at_service, only_case

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("connection", ["{ type: 'cellular' }", "{ type: 'wifi', saveData: true }", "undefined"])
def test_megabytes_that_may_cost_are_downloaded_with_consent(
    connection: str, context: BrowserContext, service: Service
) -> None:
    page, fetched = context.new_page(), []
    page.add_init_script(f"Object.defineProperty(navigator, 'connection', {{ value: {connection} }})")
    page.on("request", lambda request: fetched.append(request.url) if ".onnx" in request.url else None)
    open_app(page, service.url)
    page.get_by_role("button", name="MB").wait_for()
    page.wait_for_timeout(500)
    assert fetched == []
    page.locator("#offline button").click()
    get_ready(page)
    assert fetched != []
    if "saveData" in connection:
        # Example photos were not part of what was allowed.
        page.wait_for_timeout(1000)
        assert page.evaluate(KEPT_EXAMPLES) == []


def test_service_answers_while_the_phone_cannot(context: BrowserContext, service: Service, photo: Photos) -> None:
    """The model has not arrived; then there is no network either; then there is one."""
    page = context.new_page()
    context.route("**/*.onnx", lambda route: route.abort())
    open_app(page, service.url)
    # It knows the crops, and how large the download is.
    page.locator("#offline[data-state=absent] button", has_text="MB").wait_for()
    choose(page, [photo("red")])
    name_crop(page, "?")
    context.set_offline(True)
    page.locator("#ask").click()
    expect(page.locator(".answer [data-state=offline]")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_role("heading", name="Bean rust")).to_be_visible()
    one = only_case(page)
    assert (one["whereabouts"], one["keepsPhotos"]) == ("sent", False)
    assert kept_at_service(service)[-1] == (one["receipt"]["id"], 0)


def test_advice_that_arrives_late_joins_the_answer(context: BrowserContext, service: Service, photo: Photos) -> None:
    page = context.new_page()
    context.route("**/v1/texts/*/advice", lambda route: route.abort())
    open_app(page, service.url)
    choose(page, [photo("red")])
    page.locator("#offline[data-state=fetching]").wait_for()
    ask(page)
    expect(page.get_by_role("heading", name="Bean rust")).to_be_visible()
    expect(page.locator(".today li")).to_have_count(0)
    context.unroute("**/v1/texts/*/advice")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator(".today li")).not_to_have_count(0)
    go(page, "")
    get_ready(page)


def test_another_model_takes_over_when_it_is_there(context: BrowserContext, first_page: Page, photo: Photos) -> None:
    page = first_page
    get_ready(page)
    ask_about(page, photo("red"))
    _change_model(context, version="2027.01.01-00000000")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    go(page, "more")
    expect(page.get_by_text("Model of 1 January 2027 (00000000)")).to_be_visible()
    go(page, "")
    ask_about(page, photo("leaf"))
    old, new = (case["diagnosis"]["model_version"] for case in kept_cases(page))
    assert (old == new, new) == (False, "2027.01.01-00000000")


def test_rules_that_the_app_does_not_know_are_left_to_the_service(
    context: BrowserContext, service: Service, photo: Photos
) -> None:
    page = context.new_page()
    _change_model(context, schema_version=5)
    open_app(page, service.url)
    ask_about(page, photo("red"), crop=None)
    expect(page.get_by_role("heading", name="Bean rust")).to_be_visible()
    assert only_case(page)["whereabouts"] == "sent"


@pytest.mark.parametrize(("part", "is_asked_for"), [("*.onnx", True), ("ort/*.wasm.gz", False)])
def test_what_arrives_damaged_is_not_used_and_fetched_anew(
    part: str, is_asked_for: bool, context: BrowserContext, service: Service
) -> None:
    def damage(route: Route) -> None:
        answer = route.fetch()
        body = bytearray(answer.body())
        body[len(body) // 2] ^= 1
        route.fulfill(response=answer, body=bytes(body))

    page = context.new_page()
    context.route(f"**/{part}", damage)
    with page.expect_console_message(lambda message: "arrived damaged" in message.text):
        open_app(page, service.url)
    context.unroute(f"**/{part}")
    if is_asked_for:
        page.locator("#offline[data-state=absent] button").click()
    else:
        page.reload()
    get_ready(page)


def test_a_download_goes_on_where_it_broke_off(context: BrowserContext, service: Service) -> None:
    page, asked = context.new_page(), []

    def break_off(route: Route) -> None:
        asked.append(route.request.headers["range"])
        if len(asked) == 3:
            route.abort()
        else:
            route.continue_()

    context.route("**/ort/*.wasm.gz", break_off)
    with page.expect_console_message(lambda message: "AwayError" in message.text):
        open_app(page, service.url)
    broken = asked[-1]
    page.reload()
    get_ready(page)
    # The part that failed is asked for again, and none of those that had arrived.
    assert asked.count(broken) == 2
    assert len(asked) == len(set(asked)) + 1


def test_the_app_can_be_installed(page: Page, service: Service) -> None:
    manifest = page.request.get(f"{service.url}/app/manifest.webmanifest").json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    for icon in manifest["icons"]:
        assert page.request.get(f"{service.url}{icon['src']}").body().startswith(b"\x89PNG")


def _change_model(context: BrowserContext, **changes: object) -> None:
    def change(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | changes)

    context.route("**/v1/model", change)
