"""Photos on the phone: from the camera, from files, cut, turned, too dark."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.ExifTags import Base
from PIL.Image import Transpose
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready, go, kept_cases, name_crop
from tests.browser.app.steps import only_case, wait_for_size, wait_until
from tests.pictures import PictureFactory

pytestmark = pytest.mark.browser


def test_photos_of_the_form_are_taken_over(
    context: BrowserContext, service: Service, photo: Callable[[str], FilePayload]
) -> None:
    """The person was faster than the script."""
    page = context.new_page()
    # Hold the script and never answer it.
    page.route("**/app/assets/*.js", lambda _: None)
    page.goto(service.url, wait_until="commit")
    page.locator("form #choose").set_input_files([photo("red")])
    page.unroute("**/app/assets/*.js")
    page.locator("#app .shots li").wait_for()


def test_who_is_online_is_not_told_to_wait_for_it(page: Page, context: BrowserContext) -> None:
    get_ready(page)
    for is_offline, tried in ((False, "now"), (True, "later")):
        context.set_offline(is_offline)
        choose(page, [{"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0" + bytes(500)}])
        expect(page.locator(f".complaint[data-tried={tried}]")).to_be_visible()
        page.locator("[data-do=remove]").click()
        expect(page.locator(".shots > li")).to_have_count(0)


def test_camera_takes_what_is_in_the_frame(page: Page) -> None:
    page.locator("[data-do=camera]").click()
    # However often it is touched until the photo is there.
    page.locator("[data-do=shoot]").dblclick()
    shown = page.locator(".shots canvas")
    shown.wait_for()
    size = shown.evaluate("canvas => [canvas.width, canvas.height]")
    assert size[0] == size[1] > 300


@pytest.mark.parametrize(
    ("orientation", "stored"), [(3, Transpose.ROTATE_180), (6, Transpose.ROTATE_90), (8, Transpose.ROTATE_270)]
)
def test_large_photo_stands_upright(page: Page, tmp_path: Path, orientation: int, stored: Transpose) -> None:
    upright = Image.new("RGB", (2000, 1600), "blue")
    upright.paste("red", (0, 0, 1000, 800))
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    upright.transpose(stored).save(tmp_path / "photo.jpg", exif=exif)
    choose(page, [tmp_path / "photo.jpg"])
    seen = "canvas => [canvas.width, canvas.height, ...canvas.getContext('2d').getImageData(9, 9, 1, 1).data]"
    width, height, red, _, blue, _ = page.locator(".shots canvas").evaluate(seen)
    assert (width, height) == (500, 400)
    assert red > 200
    assert blue < 50


def test_an_old_photo_that_was_turned_says_nothing_of_where_it_was_taken(
    page: Page, context: BrowserContext, pictures: PictureFactory, tmp_path: Path
) -> None:
    """One that was taken just now does."""
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": -1.29, "longitude": 36.82})
    old = tmp_path / "old.jpg"
    old.write_bytes(pictures.red())
    os.utime(old, (1_700_000_000, 1_700_000_000))
    get_ready(page)
    choose(page, [old])
    page.locator("[data-do=rotate]").click()
    wait_for_size(page, 240, 320)
    page.locator("#consent").check()
    page.locator("#consent-place").check()
    ask(page)
    go(page, "")
    choose(page, [{"name": "new.jpg", "mimeType": "image/jpeg", "buffer": pictures.leaf()}])
    page.locator("#consent").check()
    page.locator("#consent-place").check()
    ask(page)
    # By then its place is there, if there is one.
    expect(page.locator(".standing[data-whereabouts=sent]")).to_be_visible()
    assert [case["place"] for case in kept_cases(page)] == [None, {"latitude": -1.3, "longitude": 36.8}]


def test_a_photo_is_cut_and_turned(page: Page, photo: Callable[[str], FilePayload]) -> None:
    get_ready(page)
    choose(page, [photo("red")])
    wait_for_size(page, 320, 240)
    page.locator("[data-do=zoom]").click()
    page.get_by_role("slider").fill("2")
    page.get_by_role("button", name="Done").click()
    wait_for_size(page, 160, 120)
    page.locator("[data-do=rotate]").click()
    wait_for_size(page, 120, 160)


def test_heic_is_refused_with_the_way_out(page: Page, pictures: PictureFactory) -> None:
    get_ready(page)
    heic = {"name": "leaf.heic", "mimeType": "image/heic", "buffer": pictures.heic()}
    page.locator("#choose").set_input_files([heic])
    expect(page.get_by_role("alert")).to_contain_text("Most Compatible")
    expect(page.locator("#ask")).to_be_disabled()


def test_photos_outlive_the_page_until_somebody_has_asked_about_them(
    page: Page, photo: Callable[[str], FilePayload]
) -> None:
    get_ready(page)
    page.locator("#choose").set_input_files([photo("red"), photo("leaf")])
    expect(page.locator(".shots canvas")).to_have_count(2)
    name_crop(page, "bean")
    wait_until(page, lambda: _draft(page) == (2, "bean"))
    page.reload()
    expect(page.locator(".shots canvas")).to_have_count(2)
    expect(page.get_by_role("radio", name="Common bean")).to_be_checked()
    page.locator("[data-do=remove]").first.click()
    wait_until(page, lambda: _draft(page) == (1, "bean"))
    page.reload()
    expect(page.locator(".shots canvas")).to_have_count(1)
    page.locator("#ask:enabled").wait_for()
    ask(page)
    wait_until(page, lambda: _draft(page) is None)
    page.reload()
    page.locator(".answer h1").wait_for()
    go(page, "")
    expect(page.locator(".shots")).to_have_count(0)
    assert len(only_case(page)["diagnosis"]["photos"]) == 1


def test_unsure_answer_goes_on_with_another_leaf(page: Page, photo: Callable[[str], FilePayload]) -> None:
    get_ready(page)
    choose(page, [photo("grey")])
    name_crop(page, "bean")
    ask(page)
    expect(page.locator(".answer.uncertain")).to_be_visible()
    page.locator("[data-do=another-leaf]").click()
    page.locator(".camera").get_by_role("button", name="Close").click()
    expect(page.locator(".shots canvas")).to_have_count(1)
    expect(page.get_by_role("radio", name="Common bean")).to_be_checked()
    # The same leaf is no other one.
    page.locator("#choose").set_input_files([photo("grey")])
    page.locator(".ask-bar .complaint").wait_for()
    page.locator("#choose").set_input_files([photo("red")])
    expect(page.locator(".shots canvas")).to_have_count(2)
    page.locator("#ask:enabled").wait_for()
    ask(page)
    first, second = kept_cases(page)
    assert [len(one["diagnosis"]["photos"]) for one in (first, second)] == [1, 2]
    # What waits to be asked about may be another plant.
    go(page, "")
    choose(page, [photo("leaf")])
    go(page, f"case/{first['id']}")
    expect(page.locator("[data-do=another-leaf]")).to_have_count(0)


def _draft(page: Page) -> tuple[int, str | None] | None:
    """Return the number of photos in the draft, and its crop."""
    found = page.evaluate(
        """() => new Promise((done, failed) => {
          const opening = indexedDB.open("majani");
          opening.onerror = () => failed(opening.error);
          opening.onsuccess = () => {
            const asking = opening.result.transaction("settings").objectStore("settings").get("draft");
            asking.onsuccess = () => {
              opening.result.close();
              done(asking.result ? [asking.result.photos.length, asking.result.crop] : null);
            };
          };
        })"""
    )
    return None if found is None else (found[0], found[1])
