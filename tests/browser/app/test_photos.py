"""Photos on the phone: from the camera and what it says to do better, from files, cut, turned, too dark."""

import base64
import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PIL.ExifTags import Base
from PIL.Image import Transpose
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready, go, kept_cases, name_crop
from benchmarks.serving_speed.server import ROOT
from tests.browser.app.steps import SENT, Photos, ask_about, box_of, in_database, only_case, wait_until
from tests.browser.app.test_farmer import SEE
from tests.picture_files import encoded
from tests.pictures import PictureFactory

pytestmark = pytest.mark.browser

# As phones have it; what is set is kept.
TORCH = """
MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
MediaStreamTrack.prototype.applyConstraints = async ({ advanced }) => { window.lit = advanced[0].torch };
"""
LEAF = ROOT / "data/examples/7184264d606fef87.webp"


def seen(kind: str) -> bytes:
    """A leaf that fills the picture, one far away, one at night, and one in the sun on a black cloth."""
    leaf = Image.open(LEAF).convert("RGB").resize((480, 480))
    ground = Image.new("RGB", (640, 480), (0, 0, 0) if kind == "cloth" else (120, 120, 128))
    size = {"nearer": 90, "cloth": 300}.get(kind, 480)
    ground.paste(leaf.resize((size, size)), ((640 - size) // 2, (480 - size) // 2))
    return encoded(ground.point(lambda value: value // 12) if kind == "dark" else ground)


def test_photos_of_the_form_are_taken_over(context: BrowserContext, service: Service, photo: Photos) -> None:
    """The person was faster than the script."""
    page = context.new_page()
    # Hold the script and never answer it.
    page.route("**/app/assets/*.js", lambda _: None)
    page.goto(service.url, wait_until="commit")
    page.locator("form #choose").set_input_files([photo("red")])
    page.unroute("**/app/assets/*.js")
    page.locator("#app .shots li").wait_for()


def test_who_is_online_is_not_told_to_wait_for_it(page: Page) -> None:
    for is_offline, tried in ((False, "now"), (True, "later")):
        page.context.set_offline(is_offline)
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


@pytest.mark.parametrize("kind", ["found", "nearer", "dark"])
def test_hints(kind: str, page: Page) -> None:
    page.add_init_script(SEE.replace("PHOTO", base64.b64encode(seen(kind)).decode()) + TORCH)
    page.reload()
    page.locator("[data-do=camera]").tap()
    expect(page.locator(f"[data-hint={kind}]")).to_be_visible()
    # It covers the screen, and the light is the track's.
    box = box_of(page.locator("dialog.camera"))
    assert [box["width"], box["height"]] == list((page.viewport_size or {}).values())
    page.locator("[data-do=torch]").tap()
    expect(page.locator("[data-do=torch][aria-pressed=true]")).to_be_visible()
    assert page.evaluate("() => window.lit")
    # Whatever it says, a photo can be taken.
    page.locator("[data-do=shoot]").tap()
    page.locator(".shots > li").wait_for()
    page.locator("[data-do=camera]").tap()
    page.locator("[data-do=last-photo]").tap()
    expect(page.locator("dialog.camera")).to_have_count(0)


def test_ground_is_not_the_leaf(page: Page) -> None:
    black = seen("cloth")
    assert sum(Image.open(BytesIO(black)).convert("L").resize((1, 1)).tobytes()) < 60
    choose(page, [{"name": "cloth.jpg", "mimeType": "image/jpeg", "buffer": black}])
    expect(page.locator(".complaint")).to_have_count(0)


def test_asked_all_the_same_nothing_is_named(page: Page, photo: Photos) -> None:
    choose(page, [photo("dark")])
    expect(page.locator(".complaint")).to_be_visible()
    ask(page, "bean")
    diagnosis = only_case(page)["diagnosis"]
    assert diagnosis["outcome"] == "uncertain"
    assert diagnosis["grade"] in ("one_of", "not_clear")
    assert diagnosis["photos"][0]["retake"] == ["too_dark", "blurred"]


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
    context: BrowserContext, first_page: Page, pictures: PictureFactory, tmp_path: Path
) -> None:
    """One that was taken just now does."""
    page = first_page
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": -1.29, "longitude": 36.82})
    old = tmp_path / "old.jpg"
    old.write_bytes(pictures.red())
    os.utime(old, (1_700_000_000, 1_700_000_000))
    get_ready(page)
    for taken in (old, FilePayload(name="new.jpg", mimeType="image/jpeg", buffer=pictures.leaf())):
        go(page, "")
        choose(page, [taken])
        if taken == old:
            page.locator("[data-do=rotate]").click()
            _wait_for_size(page, 240, 320)
        page.locator("#consent").check()
        page.locator("#consent-place").check()
        ask(page)
    # By then its place is there, if there is one.
    expect(page.locator(SENT)).to_be_visible()
    assert [case["place"] for case in kept_cases(page)] == [None, {"latitude": -1.3, "longitude": 36.8}]


def test_a_photo_is_cut_and_turned(page: Page, photo: Photos) -> None:
    choose(page, [photo("red")])
    _wait_for_size(page, 320, 240)
    page.locator("[data-do=zoom]").click()
    page.get_by_role("slider").fill("2")
    page.get_by_role("button", name="Done").click()
    _wait_for_size(page, 160, 120)
    page.locator("[data-do=rotate]").click()
    _wait_for_size(page, 120, 160)


def test_heic_is_refused_with_the_way_out(page: Page, pictures: PictureFactory) -> None:
    page.locator("#choose").set_input_files({"name": "leaf.heic", "mimeType": "image/heic", "buffer": pictures.heic()})
    expect(page.get_by_role("alert")).to_contain_text("Most Compatible")
    expect(page.locator("#ask")).to_be_disabled()


def test_photos_outlive_the_page_until_somebody_has_asked_about_them(page: Page, photo: Photos) -> None:
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


def test_unsure_answer_goes_on_with_another_leaf(page: Page, photo: Photos) -> None:
    ask_about(page, photo("grey"), crop="bean")
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


def _wait_for_size(page: Page, width: int, height: int) -> None:
    size = "() => { const { width, height } = document.querySelector('.shots canvas') ?? {}; return [width, height] }"
    wait_until(page, lambda: page.evaluate(size) == [width, height])


def _draft(page: Page) -> tuple[int, str | None] | None:
    """The number of photos in the draft, and its crop."""
    found = in_database(page, "settings", "get", "draft")
    return None if found is None else (len(found["photos"]), found["crop"])
