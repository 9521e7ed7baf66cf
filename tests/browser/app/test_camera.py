"""The viewfinder: what it says to do better, its light, and the way past it."""

import base64
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready, open_app
from benchmarks.serving_speed.server import ROOT
from tests.browser.app.steps import only_case
from tests.browser.app.test_farmer import SEE
from tests.picture_files import encoded

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


@pytest.mark.parametrize("kind", ["found", "nearer", "dark"])
def test_hints(kind: str, context: BrowserContext, service: Service) -> None:
    context.add_init_script(SEE.replace("PHOTO", base64.b64encode(seen(kind)).decode()) + TORCH)
    page = context.new_page()
    open_app(page, service.url)
    page.locator("[data-do=camera]").tap()
    expect(page.locator(f"[data-hint={kind}]")).to_be_visible()
    # It covers the screen, and the light is the track's.
    box = page.locator("dialog.camera").bounding_box()
    assert box is not None
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


def test_asked_all_the_same_nothing_is_named(page: Page, photo: Callable[[str], FilePayload]) -> None:
    get_ready(page)
    choose(page, [photo("dark")])
    expect(page.locator(".complaint")).to_be_visible()
    ask(page, "bean")
    diagnosis = only_case(page)["diagnosis"]
    assert (diagnosis["outcome"], diagnosis["condition"], diagnosis["one_of"]) == ("uncertain", None, None)
    assert diagnosis["photos"][0]["retake"] == ["too_dark", "blurred"]
