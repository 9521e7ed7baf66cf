"""What a person does in the app, for measurements and screenshots alike."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, FilePayload, Page

_READY_MS = 120_000
_KEPT = """
() => new Promise((done, failed) => {
  const opening = indexedDB.open("majani");
  opening.onerror = () => failed(opening.error);
  opening.onsuccess = () => {
    const database = opening.result;
    const asking = database.transaction("cases").objectStore("cases").getAll();
    asking.onsuccess = () => {
      database.close();
      done(asking.result.map(({ photos, ...one }) => one).sort((a, b) => a.createdAt - b.createdAt));
    };
  };
})
"""


def open_app(page: Page, url: str, *, language: str = "en") -> None:
    """Open the service's address and wait until the app has taken its place."""
    page.goto(f"{url}/?language={language}")
    page.locator("#app").wait_for()


def get_ready(page: Page) -> None:
    """Wait until the phone can answer by itself, and opens without a network."""
    page.locator("#offline[data-state=ready]").wait_for(timeout=_READY_MS)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")


def ready_page(context: BrowserContext, url: str) -> Page:
    """The app on a phone that can answer by itself."""
    page = context.new_page()
    open_app(page, url)
    get_ready(page)
    return page


def choose(page: Page, photos: Sequence[Path | FilePayload]) -> None:
    page.locator("#choose").set_input_files(list(photos))  # type: ignore[arg-type]
    page.locator(".shots > li").nth(len(photos) - 1).wait_for()


def name_crop(page: Page, crop: str) -> None:
    """Choose a crop by its id, or ``?`` for one that the person does not know, or ``!`` for one that is not listed."""
    tile = page.locator(f".tiles input[value='{crop}']")
    page.locator(".tiles").wait_for()
    if tile.count() == 0:
        page.locator("[data-do=all-crops]").click()
    tile.check()


def ask(page: Page, crop: str | None = "?") -> None:
    """Ask; ``crop`` is named if none has been. None is for a phone that knows no crops yet."""
    if crop is not None:
        page.locator(".tiles").wait_for()
        if page.locator(".tiles input:checked").count() == 0:
            name_crop(page, crop)
    page.locator("#ask").click()
    page.locator(".answer h1").wait_for()


def diagnose(page: Page, photo: Path, crop: str = "?") -> dict[str, Any]:
    """Ask about one photo; returns the app's answer, which is no case where the app asks for a better photo."""
    page.evaluate("() => { location.hash = '' }")
    choose(page, [photo])
    page.locator("#ask:enabled, .shots .complaint").first.wait_for()
    if page.locator(".shots .complaint").count():
        page.locator("[data-do=remove]").click()
        page.locator(".shots > li").wait_for(state="detached")
        return {"outcome": "retake", "ranked": [], "crops": []}
    ask(page, crop)
    diagnosis: dict[str, Any] = kept_cases(page)[-1]["diagnosis"]
    return diagnosis


def kept_cases(page: Page) -> list[dict[str, Any]]:
    """The cases on the phone, oldest first, without their photos."""
    cases: list[dict[str, Any]] = page.evaluate(_KEPT)
    return cases


def go(page: Page, screen: str) -> None:
    """Turn to a screen and wait until it is there, with a heading that is not the one of the screen before."""
    page.evaluate(
        """screen => {
          if (location.hash.slice(1) === screen) return;
          document.querySelector("main h1")?.setAttribute("data-left", "");
          location.hash = screen;
        }""",
        screen,
    )
    page.locator("main h1:not([data-left])").wait_for()
