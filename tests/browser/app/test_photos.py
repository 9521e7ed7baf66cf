"""Photos on the phone: from the camera, from files, cut, turned, too dark."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, Route, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import choose, get_ready, open_app
from benchmarks.serving_speed.server import ROOT
from tests.browser.app.steps import kept_at_service, only_case, wait_for_size
from tests.pictures import PictureFactory

pytestmark = pytest.mark.browser


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
