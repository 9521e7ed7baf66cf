"""Every screen, in a language written from the left and one from the right, and pictures of some on a phone.

python -m tests.browser.screenshots [docs/screenshots]

The leaves are drawn and the bundle is the tests' own: no photograph leaves the machine with them.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Page, expect

from benchmarks.phone_app.browser import PHONE
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready, go, kept_cases, name_crop, open_app
from tests.browser.album import LIGHT, Way, each_page, write_album
from tests.browser.app.steps import run_app
from tests.drawn_leaf import DOUBTFUL, HEALTHY, RUST, Look, drawn_leaf
from tests.picture_files import encoded
from tests.pictures import PictureFactory


def screens(page: Page, service: Service, language: str) -> Iterator[str]:
    """Bring one screen after another onto the page; yields the name of each while it is there."""
    pictures = PictureFactory()
    open_app(page, service.url, language=language)
    get_ready(page)
    yield "ask"
    page.locator(".takers button").first.click()
    page.locator("[data-do=shoot]:enabled").wait_for()
    yield "camera"
    page.keyboard.press("Escape")
    photos = {"dark": pictures.dark(), "leaf": _drawn(RUST, seed=1)}
    for name, photo in photos.items():
        choose(page, [_file(name, photo)])
        yield f"photo_{name}"
        if name == "dark":
            page.locator(".tools button").last.click()
            expect(page.locator(".shots > li")).to_have_count(0)
    page.locator(".tools button").first.click()
    page.locator(".window").wait_for()
    yield "nearer"
    page.keyboard.press("Escape")
    page.locator(".tiles").wait_for()
    yield "crops"
    name_crop(page, "!")
    yield "crop_not_here"
    page.locator("#consent").check()
    name_crop(page, "?")
    for outcome, photo in (
        ("condition", photos["leaf"]),
        ("healthy", _drawn(HEALTHY, seed=2)),
        ("uncertain", _drawn(DOUBTFUL, seed=3)),
        ("refused", pictures.blue()),
    ):
        if outcome != "condition":
            go(page, "")
            choose(page, [_file(outcome, photo)])
        ask(page)
        if outcome == "condition":
            page.locator("details.kept > summary").click()
            page.locator("[data-do=marks]").click()
            page.locator(".case-photos .overlay").first.wait_for()
            yield "where_it_looked"
            page.keyboard.press("Escape")
        yield f"answer_{outcome}"
        if outcome == "uncertain":
            page.locator("[data-do=example]").first.click()
            page.locator(".examples figcaption").first.wait_for()
            yield "example_photos"
            page.keyboard.press("Escape")
    for name in ("answers", "more", "privacy"):
        go(page, name)
        yield name
    yield from _visit(page, service)


def _visit(page: Page, service: Service) -> Iterator[str]:
    go(page, "more")
    page.locator("#token").fill(service.make_token())
    page.locator("form button[type=submit]").click()
    page.locator("a[href='#visit']").first.click()
    page.locator("#visit-title").fill("Shamba la Juu")
    page.locator("#visit-farmer").fill("A. N.")
    page.locator("form button[type=submit]").click()
    page.locator(".banner a[href='#visit']").wait_for()
    for plot in (1, 2):
        go(page, "")
        choose(page, [_file("leaf", _drawn(RUST, seed=plot))])
        ask(page)
        page.locator(".visit-fields input").first.fill(str(plot))
        page.locator(".visit-fields textarea").fill("K-12")
        page.locator(".visit-fields textarea").blur()
        page.locator("[data-field=finding]").select_option("bean.rust")
        page.locator(".ticks input").nth(3).check()
        page.locator(".visit-fields .tiles input").nth(1).check()
    yield "visit_plant"
    go(page, "visit")
    page.locator(".actions button").first.wait_for()
    yield "visit"
    page.emulate_media(media="print")
    yield "visit_sheet"
    page.emulate_media(media="screen")


def _drawn(look: Look, *, seed: int) -> bytes:
    colour, spots = look
    return encoded(drawn_leaf(colour, spots=spots, seed=seed))


def _file(name: str, photo: bytes) -> FilePayload:
    return {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": photo}


def walk(browser: Browser, service: Service, look: Callable[[Page, str], None], ways: Sequence[Way]) -> None:
    """Look at every screen in each of these ways."""
    for page, language, seen_as in each_page(browser, ways, permissions=["camera"]):
        for name in screens(page, service, language):
            look(page, f"{seen_as}_{name}")
        if any(case["diagnosis"] is None for case in kept_cases(page)):
            raise RuntimeError(f"{seen_as}: a screen shows no answer")


def _take(page: Page, file: Path) -> None:
    usual = page.viewport_size or PHONE
    # What sticks to the screen's edge would lie across a picture of the whole page.
    height = page.evaluate("() => document.documentElement.scrollHeight")
    page.set_viewport_size({"width": usual["width"], "height": max(height, usual["height"])})
    page.wait_for_timeout(150)
    page.screenshot(path=file, type="jpeg", quality=60)
    page.set_viewport_size(usual)


def _walk_all(browser: Browser, work: Path, look: Callable[[Page, str], None]) -> None:
    with run_app(work) as service:
        walk(browser, service, look, [way for way in LIGHT if "phone" in way])


if __name__ == "__main__":
    write_album("python -m tests.browser.screenshots", __doc__, _walk_all, _take)
