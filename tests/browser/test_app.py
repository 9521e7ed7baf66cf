"""The phone app in a real browser, in front of the real server: with a network, without one, and in between."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, Route, expect

from benchmarks.phone_app.audit import violations
from benchmarks.phone_app.browser import phone
from benchmarks.phone_app.first_visit import packed_bytes
from benchmarks.phone_app.service import Service, run_service
from benchmarks.phone_app.walk import ask, choose, get_ready, kept_cases, open_app
from benchmarks.serving_speed.server import ROOT, prepare_database
from majani.bundle import write_bundle
from tests.browser.browsers import browser_or_skip
from tests.browser.screenshots import walk
from tests.pictures import PictureFactory
from tests.tiny_bundle import tiny_bundle

pytestmark = pytest.mark.browser

CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# Of JavaScript and style sheets, before the model, as they travel.
MAX_FIRST_BYTES = 80_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Not built, its tests are skipped; in CI that would hide them, so there they fail."""
    if not (ROOT / "web/dist/index.html").exists():
        report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        report("the phone app is not built; see `make app`")
    work = tmp_path_factory.mktemp("app")
    write_bundle(tiny_bundle(), work / "bundle")
    prepare_database(work)
    with run_service(work, bundle=work / "bundle") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from browser_or_skip(*CAMERA)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = phone(browser, permissions=["camera", "clipboard-read", "clipboard-write"], locale="en")
    context.set_default_timeout(15_000)
    yield context
    # What is still on its way need not be waited for.
    context.unroute_all(behavior="ignoreErrors")
    context.close()


@pytest.fixture
def page(context: BrowserContext, service: Service) -> Page:
    """The app on its first visit."""
    page = context.new_page()
    open_app(page, service.url)
    return page


@pytest.fixture
def photo(pictures: PictureFactory) -> Callable[[str], FilePayload]:
    """A file as the browser hands it over, by the name of its picture."""

    def made(kind: str) -> FilePayload:
        return {"name": f"{kind}.jpg", "mimeType": "image/jpeg", "buffer": getattr(pictures, kind)()}

    return made


def kept_at_service(service: Service) -> list[tuple[str, bool]]:
    path = service.env["MAJANI_DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT public_id, keeps_photos FROM cases ORDER BY id").fetchall()


def heading(page: Page) -> str:
    return page.locator("main h1").inner_text()


def only_case(page: Page) -> dict[str, Any]:
    (one,) = kept_cases(page)
    return one


def go(page: Page, screen: str) -> None:
    page.evaluate(f"() => {{ location.hash = '{screen}' }}")


def test_first_visit_brings_little(browser: Browser, service: Service) -> None:
    assert 5_000 < packed_bytes(browser, service.url) <= MAX_FIRST_BYTES


@pytest.mark.parametrize(
    ("kind", "headline"),
    [
        ("red", "Bean rust"),
        ("leaf", "Healthy common bean"),
        ("grey", "We can't tell what this is"),
        ("dark", "We need a better photo"),
        ("blue", "We see no leaf here"),
    ],
)
def test_phone_answers_without_a_network_after_the_first_visit(
    kind: str, headline: str, page: Page, context: BrowserContext, photo: Callable[[str], FilePayload]
) -> None:
    get_ready(page)
    context.set_offline(True)
    page.reload()
    page.locator("#offline[data-state=ready]").wait_for()
    choose(page, [photo(kind)])
    ask(page)
    assert heading(page) == headline
    assert page.locator(".advice .today li").count() > 0 or kind not in ("red", "leaf")
    go(page, "answers")
    page.get_by_role("link", name=headline).click()
    expect(page.locator("main h1")).to_have_text(headline)
    assert only_case(page)["whereabouts"] == "here"


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
    choose(page, [photo("red"), photo("leaf")])
    page.locator("#consent").check()
    ask(page)
    expect(page.locator(".standing[data-whereabouts=waiting]")).to_be_visible()
    page.get_by_role("button", name="No, wrong").click()
    go(page, "answers")
    expect(page.get_by_text("1 plant waits for a network.")).to_be_visible()
    assert kept_at_service(service) == before
    context.set_offline(False)
    expect(page.locator(".standing[data-whereabouts=sent]")).to_be_visible()
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
    choose(page, [photo("red")])
    page.locator("#consent").check()
    ask(page)
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
    """It was tried, and never arrived: the service is asked by its key alone."""
    get_ready(page)
    before = kept_at_service(service)
    page.route("**/v1/diagnoses", lambda route: route.abort())
    choose(page, [photo("red")])
    page.locator("#consent").check()
    ask(page)
    page.wait_for_function("() => document.querySelector('.standing') !== null")
    page.wait_for_timeout(300)
    assert only_case(page)["wasTried"]
    page.unroute("**/v1/diagnoses")
    sizes: list[int] = []
    page.on("request", lambda request: sizes.append(len(request.post_data_buffer or b"")))
    delete(page)
    expect(page.get_by_text("There are none yet.")).to_be_visible()
    assert 0 < max(sizes) < 500
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
        choose(page, [photo(kind)])
        page.locator("#consent").check()
        ask(page)
    expect(page.locator(".standing[data-whereabouts=sent]")).to_be_visible()
    assert [one["whereabouts"] for one in kept_cases(page)] == ["waiting", "sent"]


def test_a_network_that_asks_for_a_password_is_none(page: Page, photo: Callable[[str], FilePayload]) -> None:
    """It answers everything, in HTML, with 200."""
    get_ready(page)
    page.route("**/v1/**", lambda route: route.fulfill(status=200, content_type="text/html", body="<p>Log in</p>"))
    choose(page, [photo("red")])
    page.locator("#consent").check()
    ask(page)
    page.wait_for_timeout(1_000)
    assert only_case(page)["whereabouts"] == "waiting"
    page.unroute("**/v1/**")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator(".standing[data-whereabouts=sent]")).to_be_visible()
    page.route("**/v1/**", lambda route: route.fulfill(status=200, content_type="text/html", body="<p>Log in</p>"))
    delete(page)
    page.wait_for_timeout(1_000)
    assert only_case(page)["whereabouts"] == "leaving"


def test_a_full_phone_is_told_and_nothing_is_lost(
    context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    context.add_init_script(
        """const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...given) {
          if (this.name === "cases") throw new DOMException("full", "QuotaExceededError");
          return put.apply(this, given);
        };"""
    )
    page = context.new_page()
    open_app(page, service.url)
    get_ready(page)
    choose(page, [photo("red")])
    page.locator("#ask").click()
    expect(page.get_by_role("alert")).to_contain_text("Perhaps it is full")
    assert page.locator(".shots > li").count() == 1
    assert page.locator("#ask").is_enabled()


def test_where_nothing_can_be_kept_the_page_stays(context: BrowserContext, service: Service) -> None:
    context.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }")
    page = context.new_page()
    with page.expect_console_message(lambda message: "goes on without the app" in message.text):
        page.goto(service.url)
    assert page.locator("form.card button").is_visible()


def test_what_was_sent_is_deleted_at_the_service_too(
    page: Page, context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    get_ready(page)
    before = kept_at_service(service)
    choose(page, [photo("red")])
    page.locator("#consent").check()
    ask(page)
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
    """The service has it, but its answer was lost; only sending it again tells where it is."""
    get_ready(page)
    before = kept_at_service(service)

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/v1/diagnoses", swallow)
    choose(page, [photo("red")])
    page.locator("#consent").check()
    ask(page)
    page.wait_for_timeout(1_000)
    assert len(kept_at_service(service)) == len(before) + 1
    assert only_case(page)["whereabouts"] == "waiting"
    page.unroute("**/v1/diagnoses")
    delete(page)
    expect(page.get_by_text("There are none yet.")).to_be_visible()
    assert kept_at_service(service) == before


def delete(page: Page) -> None:
    page.locator("button.quiet").click()
    page.get_by_role("button", name="Yes, delete it for good").click()


def test_service_answers_while_the_phone_cannot(
    context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    """The model has not arrived; then there is no network either; then there is one."""
    page = context.new_page()
    context.route("**/*.onnx", lambda route: route.abort())
    open_app(page, service.url)
    page.locator("#offline[data-state=absent]").wait_for()
    context.set_offline(True)
    choose(page, [photo("red")])
    page.locator("#ask").click()
    expect(page.get_by_text("Your photos wait for a network")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_role("heading", name="Bean rust")).to_be_visible()
    one = only_case(page)
    assert (one["whereabouts"], one["keepsPhotos"]) == ("sent", False)
    assert kept_at_service(service)[-1] == (one["receipt"]["id"], 0)


def test_another_model_takes_over_when_it_is_there(page: Page, photo: Callable[[str], FilePayload]) -> None:
    def rename(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"version": "2027.01.01-00000000"})

    get_ready(page)
    choose(page, [photo("red")])
    ask(page)
    page.route("**/v1/model", rename)
    page.evaluate("() => dispatchEvent(new Event('online'))")
    go(page, "more")
    expect(page.get_by_text("Model of January 1, 2027 (00000000)")).to_be_visible()
    go(page, "")
    choose(page, [photo("leaf")])
    ask(page)
    old, new = (one["diagnosis"]["model_version"] for one in kept_cases(page))
    assert (old == new, new) == (False, "2027.01.01-00000000")


def test_rules_that_the_app_does_not_know_are_left_to_the_service(
    context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    def advance(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"schema_version": 2})

    page = context.new_page()
    context.route("**/v1/model", advance)
    open_app(page, service.url)
    choose(page, [photo("red")])
    ask(page)
    expect(page.get_by_role("heading", name="Bean rust")).to_be_visible()
    assert only_case(page)["whereabouts"] == "sent"


def test_a_damaged_model_is_not_used(context: BrowserContext, service: Service) -> None:
    def damage(route: Route) -> None:
        answer = route.fetch()
        body = bytearray(answer.body())
        body[len(body) // 2] ^= 1
        route.fulfill(response=answer, body=bytes(body))

    page = context.new_page()
    context.route("**/*.onnx", damage)
    with page.expect_console_message(lambda message: "arrived damaged" in message.text):
        open_app(page, service.url)
    context.unroute("**/*.onnx")
    page.locator("#offline[data-state=absent] button").click()
    get_ready(page)


def test_a_damaged_runtime_is_fetched_anew(context: BrowserContext, service: Service) -> None:
    damaged: list[str] = []

    def damage(route: Route) -> None:
        answer = route.fetch()
        damaged.append(route.request.url)
        route.fulfill(response=answer, body=bytes(len(answer.body())))

    page = context.new_page()
    context.route("**/ort/*.wasm.gz", damage)
    with page.expect_console_message(lambda message: "arrived damaged" in message.text):
        open_app(page, service.url)
    context.unroute("**/ort/*.wasm.gz")
    page.reload()
    get_ready(page)
    assert damaged


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


def test_photos_of_the_form_are_taken_over(
    context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    """Somebody was faster than the script."""
    page = context.new_page()
    held: list[Route] = []
    page.route("**/app/assets/*.js", lambda route: held.append(route))  # noqa: PLW0108 - marked by Playwright
    page.goto(service.url, wait_until="commit")
    page.locator("form #choose").set_input_files([photo("red")])
    for route in held:
        route.continue_()
    page.unroute("**/app/assets/*.js")
    page.locator("#app .shots li").wait_for()


def test_page_without_the_app_stays(context: BrowserContext, service: Service) -> None:
    page = context.new_page()
    open_app(page, service.url)
    get_ready(page)
    page.goto(f"{service.url}/?plain=1")
    page.get_by_role("link", name="Kiswahili").click()
    page.wait_for_timeout(300)
    assert page.locator("#app").count() == 0
    assert page.locator("form.card button").is_visible()


def test_camera_takes_what_is_in_the_frame(page: Page) -> None:
    page.get_by_role("button", name="Take a photo").click()
    page.get_by_role("button", name="Take it").click()
    shown = page.locator(".shots img")
    shown.wait_for()
    size = shown.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])")
    assert size[0] == size[1] > 300


def test_a_photo_is_cut_and_turned(page: Page, photo: Callable[[str], FilePayload]) -> None:
    get_ready(page)
    choose(page, [photo("red")])
    wait_for_size(page, 320, 240)
    page.get_by_role("button", name="Nearer").click()
    page.get_by_role("slider").fill("2")
    page.get_by_role("button", name="Done").click()
    wait_for_size(page, 160, 120)
    page.get_by_role("button", name="Turn").click()
    wait_for_size(page, 120, 160)


def wait_for_size(page: Page, width: int, height: int) -> None:
    page.wait_for_function(
        """([width, height]) => {
          const shown = document.querySelector(".shots img");
          return shown?.naturalWidth === width && shown.naturalHeight === height;
        }""",
        arg=[width, height],
    )


def test_poor_photo_is_told_before_anybody_asks(page: Page, photo: Callable[[str], FilePayload]) -> None:
    choose(page, [photo("dark")])
    assert "too dark" in page.get_by_role("alert").inner_text()


def test_photo_is_upright_however_the_phone_was_held(page: Page, pictures: PictureFactory) -> None:
    choose(page, [{"name": "lying.jpg", "mimeType": "image/jpeg", "buffer": pictures.exif_rotated(6)}])
    wait_for_size(page, 96, 64)


def test_no_more_than_five_photos(page: Page, photo: Callable[[str], FilePayload]) -> None:
    page.locator("#choose").set_input_files([photo("red")] * 7)
    page.locator("#ask:enabled").wait_for()
    assert page.locator(".shots > li").count() == 5
    assert page.get_by_role("button", name="Another leaf").count() == 0


def test_a_file_that_no_phone_opens_goes_to_the_service(page: Page, service: Service) -> None:
    get_ready(page)
    heic = (ROOT / "tests/heic/leaf.heic").read_bytes()
    page.locator("#choose").set_input_files([{"name": "leaf.heic", "mimeType": "image/heic", "buffer": heic}])
    expect(page.get_by_text("This phone cannot open it.")).to_be_visible()
    page.locator("#ask").click()
    page.locator(".answer h1").wait_for()
    page.wait_for_function("() => document.querySelector('.answer .label') !== null")
    assert only_case(page)["whereabouts"] == "sent"
    assert kept_at_service(service)[-1] == (only_case(page)["receipt"]["id"], 0)


def test_language_is_switched_and_stays_without_a_network(page: Page, context: BrowserContext) -> None:
    get_ready(page)
    go(page, "more")
    page.get_by_role("button", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    context.set_offline(True)
    page.goto(page.url.split("#")[0])
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    page.locator("#offline[data-state=ready]").wait_for()
    go(page, "more")
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "ar")


def test_answer_is_shared_as_text_and_picture(page: Page, photo: Callable[[str], FilePayload]) -> None:
    get_ready(page)
    choose(page, [photo("red")])
    ask(page)
    page.evaluate("() => { delete Navigator.prototype.share; delete Navigator.prototype.canShare }")
    page.get_by_role("button", name="Share as text").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert "Bean rust" in page.evaluate("() => navigator.clipboard.readText()")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Share as a picture").click()
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")


def test_visit_of_an_extension_worker(
    page: Page, context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    get_ready(page)
    go(page, "more")
    page.get_by_label("Access token").fill("majani_nothing")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This token is not valid")).to_be_visible()
    page.get_by_label("Access token").fill(service.make_token("extension"))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Signed in: Field phone")).to_be_visible()
    context.set_offline(True)
    go(page, "visit")
    page.get_by_label("Farm or place").fill("Upper farm")
    page.get_by_role("button", name="Begin a visit").click()
    for kind, plot in (("red", "A"), ("leaf", "B")):
        choose(page, [photo(kind)])
        ask(page)
        page.get_by_label("Plot").fill(plot)
        page.get_by_label("Note").fill("3, perhaps 4")
        page.get_by_label("Note").blur()
        page.get_by_role("link", name="Next plant").click()
    go(page, "visit")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as a table (CSV)").click()
    lines = saved.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[1:5] for line in lines[1:]] == [
        ["A", "bean", "condition", "bean.rust"],
        ["B", "bean", "healthy", "bean.healthy"],
    ]
    assert all('"3, perhaps 4"' in line for line in lines[1:])
    page.emulate_media(media="print")
    assert page.locator(".sheet tbody tr").count() == 2
    assert page.locator(".sheet").is_visible()
    assert not page.locator(".tabs").is_visible()
    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Delete this visit").click()
    page.get_by_role("button", name="Yes, delete it for good").click()
    assert page.get_by_role("button", name="Upper farm").count() == 0
    assert len(kept_cases(page)) == 2


def test_a_revoked_token_signs_out(page: Page, service: Service) -> None:
    get_ready(page)
    go(page, "more")
    page.get_by_label("Access token").fill(service.make_token("extension"))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation").get_by_text("Visit")).to_be_visible()
    service.revoke_tokens()
    page.reload()
    expect(page.get_by_role("navigation").get_by_text("Visit")).not_to_be_visible()


def test_a_leaf_is_asked_about_with_the_keyboard_alone(page: Page, photo: Callable[[str], FilePayload]) -> None:
    get_ready(page)
    # At most from one end of the page to the other: what is being drawn anew may take the focus with it.
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.innerText.trim()") == "Choose photos you have":
            break
    else:
        pytest.fail("the keyboard does not get to the photos")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([photo("red")])
    page.locator("#ask:enabled").wait_for()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == "ask":
            break
    page.keyboard.press("Enter")
    page.locator(".answer h1").wait_for()
    assert heading(page) == "Bean rust"


def test_every_screen_is_open_to_everybody(browser: Browser, service: Service) -> None:
    """Nothing that axe finds, nothing wider than the screen, no text below 16 px, no target too small for a thumb."""
    found: list[str] = []

    def look(page: Page, name: str) -> None:
        found.extend(f"{name}: {one}" for one in violations(page))
        # Paper is nearer to the eye than a phone in the sun, and nobody touches it.
        if not name.endswith("sheet"):
            found.extend(f"{name}: {one}" for one in page.evaluate(SMALL_OR_WIDE))

    walk(browser, service, look)
    assert found == []


SMALL_OR_WIDE = """
() => {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) found.push(`${document.documentElement.scrollWidth} px wide`);
  const isSeen = one => one.checkVisibility({ checkOpacity: true }) && one.getBoundingClientRect().width > 1;
  for (const one of document.querySelectorAll("main *, nav *, header *")) {
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== "");
    const isSmall = own && isSeen(one) && parseFloat(getComputedStyle(one).fontSize) < 16;
    if (isSmall) found.push(`small: ${one.outerHTML.slice(0, 80)}`);
  }
  for (const one of document.querySelectorAll("button, .tabs a, .button, select, summary")) {
    const { width, height } = one.getBoundingClientRect();
    const isTiny = isSeen(one) && (height < 44 || width < 44);
    if (isTiny) found.push(`${width} x ${height}: ${one.outerHTML.slice(0, 80)}`);
  }
  return found;
}
"""


def test_at_twice_the_size_nothing_is_cut_off(page: Page) -> None:
    get_ready(page)
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    for screen in ("", "more", "privacy", "answers"):
        go(page, screen)
        page.locator("main h1").wait_for()
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), screen


def test_service_worker_is_told_what_it_may(page: Page, service: Service) -> None:
    answer = page.request.get(f"{service.url}/app/sw.js")
    assert answer.headers["service-worker-allowed"] == "/"
    manifest = page.request.get(f"{service.url}/app/manifest.webmanifest").json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    for icon in manifest["icons"]:
        assert page.request.get(f"{service.url}{icon['src']}").body().startswith(b"\x89PNG")
