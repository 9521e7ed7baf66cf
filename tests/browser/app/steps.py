"""What people do in the phone app, and where its cases are."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import FilePayload, Page, ViewportSize

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, kept_cases
from tests import waiting

SMALLEST: ViewportSize = {"width": 320, "height": 568}


def kept_at_service(service: Service) -> list[tuple[str, bool]]:
    return service.rows("SELECT public_id, keeps_photos FROM cases ORDER BY id")


def only_case(page: Page) -> dict[str, Any]:
    (one,) = kept_cases(page)
    return one


def go_offline(page: Page) -> None:
    """Cut the phone's network and open the app anew, from what is on the phone."""
    page.context.set_offline(True)
    page.reload()
    page.locator("#offline[data-state=ready]").wait_for()


def wait_until(page: Page, is_so: Callable[[], object]) -> None:
    """Wait for what no element of the page tells, while the page and its requests go on."""
    waiting.wait_until(is_so, pause=lambda pause_s: page.wait_for_timeout(1000 * pause_s))


def wait_for_examples(page: Page, count: int) -> None:
    """Wait until so many example photos are on the phone; ``wait_for_function`` waits for no promise."""
    kept = "async () => (await (await caches.open('examples')).keys()).length"
    wait_until(page, lambda: page.evaluate(kept) >= count)


def ask_and_allow(page: Page, *photos: FilePayload) -> None:
    """Ask about these photos, which may be kept."""
    choose(page, photos)
    page.locator("#consent").check()
    ask(page)


def delete(page: Page) -> None:
    page.locator("details.kept > summary").click()
    page.locator("button.quiet").click()
    page.locator("[data-do=delete-for-good]").click()


def wait_for_size(page: Page, width: int, height: int) -> None:
    page.wait_for_function(
        """([width, height]) => {
          const shown = document.querySelector(".shots canvas");
          return shown?.width === width && shown.height === height;
        }""",
        arg=[width, height],
    )
