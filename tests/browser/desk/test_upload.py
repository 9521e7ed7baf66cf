"""Photos are dropped onto the page on which a district is taught, or chosen there without JavaScript."""

import base64
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from benchmarks.phone_app.browser import DESKTOP
from serving.access.role import Role
from tests.browser.desk_screens import Desk, leaf_photo, sign_in
from tests.drawn_leaf import HEALTHY, RUST

pytestmark = pytest.mark.browser

_DROP = """([names, photos]) => {
  const dropped = new DataTransfer();
  photos.forEach((photo, at) => {
    const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
    dropped.items.add(new File([bytes], names[at], { type: "image/jpeg" }));
  });
  // Beside the field, where a browser would open the file.
  document.querySelector("h1").dispatchEvent(
    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: dropped }),
  );
}"""


def files(*photos: bytes) -> list[FilePayload]:
    return [{"name": f"{at}.jpg", "mimeType": "image/jpeg", "buffer": photo} for at, photo in enumerate(photos)]


def open_district(page: Page, desk: Desk, district: str) -> None:
    sign_in(page, desk, token=desk.make_token(Role.AGRONOMIST, name=district))
    page.goto(f"{desk.url}/desk/teach?district={district}")


def test_dropped_photos_are_sent_with_a_bar_and_shown_small(browser: Browser, desk: Desk) -> None:
    page = browser.new_context(viewport=DESKTOP, locale="en").new_page()
    open_district(page, desk, "Kitui")
    photos = [base64.b64encode(leaf_photo(*look, seed=70)).decode() for look in (RUST, HEALTHY)]
    arg: Any = [["1.jpg", "2.jpg"], photos]
    page.evaluate(_DROP, arg)
    assert page.locator("#photos").evaluate("one => one.files.length") == 2
    expect(page.locator("#sending")).to_be_hidden()
    # As over a slow network.
    page.route("**/desk/teach/photos", lambda route: (page.wait_for_timeout(500), route.continue_()))
    page.locator("#upload").click()
    expect(page.locator("#sending progress")).to_be_visible()
    expect(page.locator("[data-added]")).to_have_attribute("data-added", "2")
    shown = page.locator(".thumbs img")
    expect(shown).to_have_count(2)
    assert shown.first.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
    # What is refused is said, and the page is left as it was.
    page.unroute_all()
    page.locator("#photos").set_input_files(files(b""))
    page.locator("#photos").set_input_files({"name": "1.zip", "mimeType": "application/zip", "buffer": b"no zip"})
    page.locator("#upload").click()
    expect(page.locator(".problem .code")).to_contain_text("archive_broken")


def test_photos_are_chosen_without_javascript(browser: Browser, desk: Desk) -> None:
    with browser.new_context(viewport=DESKTOP, locale="en", java_script_enabled=False) as context:
        page = context.new_page()
        open_district(page, desk, "Mwingi")
        page.locator("#photos").set_input_files(files(leaf_photo(*RUST, seed=71)))
        page.locator("#upload").click()
        expect(page.locator("[data-added]")).to_have_attribute("data-added", "1")
