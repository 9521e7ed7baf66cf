"""The review desk in a real browser: on a phone without JavaScript, at a desk with the keyboard alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from benchmarks.phone_app.audit import AXE, violations
from benchmarks.phone_app.browser import DESKTOP, PHONE, phone
from serving.access.tokens import AccessTokens
from serving.store.queue import Queue
from serving.store.reviews import Reviews
from tests.absence import absent
from tests.browser.desk_screens import DOUBTFUL, HEALTHY, RUST, Desk, fill, run_desk, show_heatmaps, sign_in, walk

pytestmark = pytest.mark.browser

# Of a thumb, in CSS pixels.
MIN_TARGET = 44
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with run_desk(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture
def token(desk: Desk) -> str:
    """Of a reviewer whom nobody has given any case yet."""
    return desk.make_token(name=f"desk {next(_NUMBERS)}")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP, locale="en")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, desk: Desk, token: str) -> Page:
    """At a desk, with three cases and more waiting, signed in."""
    for number in range(3):
        desk.send((RUST, HEALTHY, DOUBTFUL)[number], seed=number)
    page = context.new_page()
    sign_in(page, desk, token=token)
    return page


def open_case(page: Page) -> str:
    """Go to the next case; returns its id."""
    page.goto(page.url.partition("/desk")[0] + "/desk/next")
    settled(page)
    return case_id(page)


def settled(page: Page) -> None:
    """Wait for a case that takes what one says of it."""
    page.locator("form.review[data-settled]").wait_for()


def saved(page: Page) -> None:
    """Wait for what comes after a review, which may be another case."""
    page.locator(".saved").wait_for()
    page.wait_for_load_state()
    if page.locator("form.review").count():
        settled(page)


def reviewed(page: Page) -> None:
    """Wait for a case as who has reviewed it sees it again, which the case that was there before is not."""
    page.locator(".own").wait_for()
    page.wait_for_load_state()


def case_id(page: Page) -> str:
    return page.url.rpartition("/desk/cases/")[2].partition("?")[0]


def said(desk: Desk, case: str) -> list[tuple[str, str | None]]:
    return [(one.review.label, one.review.note) for one in Reviews(desk.engine).of_case(case)]


def press_until(page: Page, selector: str, key: str = "Tab", *, most: int = 60) -> None:
    """Move with the keyboard until an element has the focus, which has to be seen."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", selector
            return
    raise AssertionError(f"{selector} is not reached with {key}")


class TestKeyboard:
    def test_alone_leads_through_the_whole_walk(self, context: BrowserContext, desk: Desk, token: str) -> None:
        """Sign in, choose a case, look, say what it is, correct it, sign out: no mouse, no single keys."""
        desk.send(RUST, seed=31)
        page = context.new_page()
        page.goto(f"{desk.url}/desk")
        press_until(page, "#token")
        page.keyboard.type(token)
        page.keyboard.press("Enter")
        page.locator(".begin").wait_for()
        press_until(page, ".begin a")
        page.keyboard.press("Enter")
        settled(page)
        case = case_id(page)
        press_until(page, "#heat")
        page.keyboard.press("Space")
        expect(page.locator(".heat").first).to_be_visible()
        press_until(page, "#condition")
        page.keyboard.type("Cercospora leaf spot of cof")
        press_until(page, "#note")
        page.keyboard.type("pale middle")
        press_until(page, "button[value=other]", "Shift+Tab")
        page.keyboard.press("Enter")
        saved(page)
        assert said(desk, case) == [("coffee.cercospora", "pale middle")]
        press_until(page, ".saved a")
        page.keyboard.press("Enter")
        reviewed(page)
        settled(page)
        press_until(page, ".choice button")
        page.keyboard.press("Enter")
        saved(page)
        assert said(desk, case) == [("bean.rust", "pale middle")]
        press_until(page, ".sign-out button")
        page.keyboard.press("Enter")
        expect(page.locator("#token")).to_be_visible()

    def test_content_is_one_step_away(self, page: Page) -> None:
        open_case(page)
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#content")).to_be_focused()
        press_until(page, ".strip a, .saved a", most=1)

    def test_single_keys_review_case_after_case(self, page: Page, desk: Desk) -> None:
        seen = [open_case(page)]
        for key in ("1", "b", "t"):
            page.keyboard.press(key)
            page.wait_for_url(lambda url: seen[-1] not in url.partition("?")[0])
            saved(page)
            seen.append(case_id(page))
        labels = [said(desk, case)[0][0] for case in seen[:3]]
        assert labels[1:] == ["bad_photo", "cannot_tell"]
        assert labels[0].startswith("bean.")
        page.keyboard.press("z")
        reviewed(page)
        assert case_id(page) == seen[2]

    def test_single_keys_show_the_heatmap_and_put_aside(self, page: Page, desk: Desk) -> None:
        case = open_case(page)
        page.keyboard.press("h")
        expect(page.locator(".heat").first).to_be_visible()
        page.keyboard.press("h")
        expect(page.locator(".heat").first).to_be_hidden()
        page.keyboard.press("x")
        page.wait_for_url(lambda url: case not in url)
        assert said(desk, case) == []

    def test_single_keys_choose_from_the_list(self, page: Page, desk: Desk) -> None:
        case = open_case(page)
        page.keyboard.press("o")
        expect(page.locator("#condition")).to_be_focused()
        page.keyboard.type("Late blight of tom")
        page.keyboard.press("Escape")
        page.keyboard.press("s")
        saved(page)
        assert said(desk, case) == [("tomato.late_blight", None)]

    def test_who_writes_presses_no_keys(self, page: Page, desk: Desk) -> None:
        case = open_case(page)
        page.keyboard.press("w")
        expect(page.locator("#note")).to_be_focused()
        page.keyboard.type("1 bad photo? not the best, x")
        expect(page.locator("#note")).to_have_value("1 bad photo? not the best, x")
        page.keyboard.press("Escape")
        # Nor do those of the browser.
        page.keyboard.press("Control+1")
        # By then they would have done something.
        page.keyboard.press("h")
        expect(page.locator(".heat").first).to_be_visible()
        assert case_id(page) == case
        assert said(desk, case) == []

    def test_single_keys_can_be_switched_off_for_good(self, page: Page, desk: Desk) -> None:
        case = open_case(page)
        keys = page.locator("kbd").first
        expect(keys).to_be_visible()
        expect(page.locator("#heat")).to_have_attribute("aria-keyshortcuts", "h")
        page.locator("#keys").uncheck()
        expect(keys).to_be_hidden()
        expect(page.locator("[aria-keyshortcuts]")).to_have_count(0)
        page.reload()
        settled(page)
        page.keyboard.press("1")
        page.keyboard.press("b")
        expect(page.locator("#keys")).not_to_be_checked()
        assert case_id(page) == case
        assert said(desk, case) == []
        page.locator("#keys").check()
        page.keyboard.press("b")
        saved(page)
        assert said(desk, case) == [("bad_photo", None)]


class TestPhone:
    @pytest.mark.parametrize("language", ["en", "ar"])
    def test_thumb_alone_without_javascript(self, language: str, browser: Browser, desk: Desk, token: str) -> None:
        case = desk.send(HEALTHY, RUST, seed=41)["id"]
        context = phone(browser, java_script_enabled=False)
        page = context.new_page()
        sign_in(page, desk, language=language, token=token)
        page.locator(f".queue a[href$='{case}']").tap()
        page.locator(".heat-switch label").tap()
        expect(page.locator(".heat").first).to_be_visible()
        page.locator("#note").fill("ok")
        page.locator("button[value=cannot_tell]").tap()
        expect(page.locator(".saved")).to_be_visible()
        assert said(desk, case) == [("cannot_tell", "ok")]
        page.locator(".saved a").tap()
        reviewed(page)
        page.locator("#condition").select_option("bean.angular_leaf_spot")
        page.locator("button[value=other]").tap()
        expect(page.locator(".saved")).to_be_visible()
        assert said(desk, case) == [("bean.angular_leaf_spot", "ok")]
        expect(page.locator("kbd").first).to_be_hidden()
        page.locator(".sign-out button").tap()
        expect(page.locator("#token")).to_be_visible()
        context.close()

    def test_everything_fits_and_is_large_enough(self, browser: Browser, desk: Desk, token: str) -> None:
        desk.send(HEALTHY, RUST, seed=42)
        context = phone(browser)
        page = context.new_page()
        for language in ("en", "fr", "ar", "hi"):
            sign_in(page, desk, language=language, token=token)
            for screen in ("/desk", "/desk/next"):
                page.goto(f"{desk.url}{screen}")
                assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"], language
                for target in page.locator("button, select, textarea, nav a, .button, .queue a, .saved a").all():
                    box = target.bounding_box()
                    assert box is not None
                    assert box["height"] >= MIN_TARGET, (language, target.inner_text())
            page.locator(".sign-out button").tap()
            page.locator("#token").wait_for()
        context.close()

    def test_finger_has_no_keys_to_press(self, browser: Browser, desk: Desk, token: str) -> None:
        desk.send(RUST, seed=43)
        context = phone(browser)
        page = context.new_page()
        sign_in(page, desk, token=token)
        page.goto(f"{desk.url}/desk/next")
        expect(page.locator("kbd").first).to_be_hidden()
        expect(page.locator(".keys")).to_be_hidden()
        context.close()


class TestNothingIsLost:
    def test_a_note_outlives_signing_in_again(self, page: Page, desk: Desk, token: str) -> None:
        case = open_case(page)
        page.locator("#note").fill("three lines of careful words")
        tokens = AccessTokens(desk.engine)
        tokens.revoke(tokens.find(token).id)
        page.locator("button[value=bad_photo]").click()
        page.locator("#token").fill(desk.make_token())
        page.keyboard.press("Enter")
        settled(page)
        assert case_id(page) == case
        expect(page.locator("#note")).to_have_value("three lines of careful words")
        page.locator("button[value=bad_photo]").click()
        saved(page)
        assert said(desk, case) == [("bad_photo", "three lines of careful words")]
        # And is then done with.
        page.goto(f"{desk.url}/desk/cases/{case}")
        settled(page)
        page.locator("#note").fill("")
        page.locator("button[value=bad_photo]").click()
        page.locator(".saved a").click()
        reviewed(page)
        expect(page.locator("#note")).to_have_value("")

    def test_two_browsers_with_the_same_case(self, page: Page, browser: Browser, desk: Desk) -> None:
        case = open_case(page)
        context = browser.new_context(viewport=DESKTOP)
        other = context.new_page()
        sign_in(other, desk, token=desk.make_token())
        other.goto(f"{desk.url}/desk/cases/{case}")
        settled(other)
        page.locator("button[value=bad_photo]").click()
        other.locator("button[value=not_a_plant]").click()
        for one in (page, other):
            saved(one)
        assert sorted(label for label, _ in said(desk, case)) == ["bad_photo", "not_a_plant"]
        context.close()

    def test_pressed_twice_is_one_review_of_one_case(self, page: Page, desk: Desk, token: str) -> None:
        """The second time, another case may already be there."""
        case = open_case(page)
        # However slow this machine is, on the next page no time passes in between.
        page.clock.install()
        page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
        page.keyboard.press("b")
        page.locator(".saved").wait_for()
        page.wait_for_load_state()
        page.keyboard.press("b")
        page.locator("button[value=bad_photo]").click()
        expect(page.locator("form.review:not([data-settled])")).to_be_visible()
        page.clock.resume()
        saved(page)
        reviewer = AccessTokens(desk.engine).find(token).id
        assert [case_id for case_id, _ in Reviews(desk.engine).latest(reviewer, limit=5)] == [case]

    def test_back_leads_to_the_case_as_it_is_now(self, page: Page) -> None:
        """Nothing of it stays in the browser, so who goes back is shown what was kept."""
        open_case(page)
        page.locator("button[value=bad_photo]").click()
        saved(page)
        page.go_back()
        expect(page.locator(".own")).to_be_visible()


def test_reviewers_side_by_side_are_led_to_different_cases(page: Page, browser: Browser, desk: Desk) -> None:
    context = browser.new_context(viewport=DESKTOP)
    other = context.new_page()
    sign_in(other, desk, token=desk.make_token())
    assert open_case(page) != open_case(other)
    context.close()


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


def test_axe_finds_nothing(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """On every screen, phone and desktop, light and dark, written from the left and from the right."""
    if not AXE.exists():
        absent("axe-core is not installed; see `make app`")
    found: list[str] = []
    looked: list[str] = []

    def look(page: Page, name: str) -> None:
        looked.append(name)
        found.extend(f"{name}: {one}" for one in violations(page))

    with run_desk(tmp_path_factory.mktemp("axe")) as desk:
        fill(desk)
        walk(browser, desk, look)
        assert Queue(desk.engine).count(0) > 0
    assert found == []
    assert len(looked) == 80
