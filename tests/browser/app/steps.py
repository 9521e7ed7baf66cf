"""What people do in the phone app, where its cases are, and the service that it talks to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from playwright.sync_api import FilePayload, Locator, Page, ViewportSize

from benchmarks.phone_app.service import Service, run_service
from benchmarks.phone_app.walk import ask, choose, go, kept_cases, name_crop
from benchmarks.serving_speed.server import ROOT
from majani.model.bundle import Bundle, write_bundle
from tests import waiting
from tests.absence import absent
from tests.tiny_bundle import tiny_bundle
from tests.tiny_examples import write_tiny_examples

SMALLEST: ViewportSize = {"width": 320, "height": 568}
SENT = ".standing[data-whereabouts=sent]"
# Their addresses.
KEPT_EXAMPLES = "caches.open('examples').then((cache) => cache.keys()).then((keys) => keys.map(({url}) => url))"
Photos: TypeAlias = Callable[[str], FilePayload]


@contextmanager
def run_app(work: Path, bundle: Bundle | None = None, **settings: Any) -> Iterator[Service]:
    """With drawn examples, and the tests' own bundle if there is no other."""
    require_build()
    write_bundle(bundle or tiny_bundle(), work / "bundle")
    examples = write_tiny_examples(work / "examples")
    with run_service(work, bundle=work / "bundle", examples=examples, **settings) as running:
        yield running


def require_build() -> None:
    if not (ROOT / "web/dist/index.html").exists():
        absent("the phone app is not built; see `make app`")


def kept_at_service(service: Service) -> list[tuple[str, bool]]:
    return service.rows("SELECT public_id, keeps_photos FROM cases ORDER BY id")


def only_case(page: Page) -> dict[str, Any]:
    (one,) = kept_cases(page)
    return one


_IN_DATABASE = """([store, method, given]) => new Promise((done) => {
  indexedDB.open("majani").onsuccess = ({ target: { result: database } }) => {
    const asking = database.transaction(store, "readwrite").objectStore(store)[method](...given);
    asking.onsuccess = () => { database.close(); done(asking.result ?? null); };
  };
})"""


def in_database(page: Page, store: str, method: str, *given: object) -> Any:
    """Call a method of one of the phone's own stores; what it keeps of photos does not come along."""
    return page.evaluate(_IN_DATABASE, [store, method, given])


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
    wait_until(page, lambda: len(page.evaluate(KEPT_EXAMPLES)) >= count)


def ask_about(page: Page, *photos: FilePayload, crop: str | None = "?") -> None:
    choose(page, photos)
    ask(page, crop)


def ask_and_allow(page: Page, *photos: FilePayload) -> None:
    """Ask about these photos, which may be kept."""
    choose(page, photos)
    page.locator("#consent").check()
    ask(page)


def delete(page: Page) -> None:
    page.locator("details.kept > summary").click()
    page.locator("button.quiet").click()
    page.locator("[data-do=delete-for-good]").click()


def box_of(one: Locator) -> dict[str, float]:
    """Where it is on the screen, in CSS pixels."""
    found: dict[str, float] = one.evaluate("one => one.getBoundingClientRect().toJSON()")
    return found


def sign_in(page: Page, token: str) -> None:
    go(page, "more")
    page.locator("#token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation").get_by_text("Visit").wait_for()


def sign_out(page: Page) -> None:
    go(page, "more")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("navigation").get_by_text("Visit").wait_for(state="detached")


def start_visit(page: Page, title: str) -> None:
    go(page, "visit")
    page.locator("#visit-title").fill(title)
    page.locator("#visit-farmer").fill(f"Farmer of {title}")
    page.locator("[data-do=start-visit]").click()
    page.locator(".banner a[href='#visit']").wait_for()


def add_plant(page: Page, photo: Path | FilePayload, plot: str) -> None:
    """Of a crop that is not listed, which needs no network to answer, neither of neurons nor of cables."""
    go(page, "")
    choose(page, [photo])
    name_crop(page, "!")
    page.locator("#ask").click()
    page.get_by_label("Plot").fill(plot)
    page.get_by_label("Plot").blur()
