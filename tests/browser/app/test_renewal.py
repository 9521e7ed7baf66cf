"""A newer app takes the place of the one that is open: soon, and never in the middle of something."""

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import choose, get_ready, go, kept_cases, open_app, ready_page
from benchmarks.serving_speed.server import ROOT
from tests.browser.app.steps import SENT, Photos, ask_and_allow, only_case, require_build, run_app, wait_until

pytestmark = pytest.mark.browser

WAITS = "() => navigator.serviceWorker.getRegistration('/').then((found) => found.waiting !== null)"
INSTALLS = """
async () => {
  const found = await navigator.serviceWorker.getRegistration("/");
  const { installing } = await found.update();
  return new Promise((done) => (installing.onstatechange = () => done(installing.state)));
}
"""
COMES_BACK = "() => document.dispatchEvent(new Event('visibilitychange'))"


@dataclass
class Build:
    """The built app in a folder of its own, where a newer one can take its place."""

    folder: Path
    runtime: str
    number: int = 0

    def publish(self, *, runtime: str = "") -> None:
        """Put a newer app there; a ``runtime`` other than today's never arrives on a phone."""
        self.number += 1
        shell, worker = self.folder / "index.html", self.folder / "sw.js"
        page = re.sub(r'<meta name="number"[^>]*>', "", shell.read_text())
        shell.write_text(page.replace("<head>", f'<head><meta name="number" content="{self.number}">'))
        listed, times = re.subn(r'(\{url:"index\.html",revision:")', rf"\g<1>{self.number}", worker.read_text())
        assert times == 1
        worker.write_text(re.sub(r"/ort/ort-[^.]*", f"/ort/ort-{runtime or self.runtime}", listed))

    def newest(self, page: Page) -> Locator:
        """What only the newest app has."""
        return page.locator(f"meta[name=number][content='{self.number}']")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    require_build()
    # The service knows a file's packed form by its name, so there is none of what is replaced.
    packed = shutil.ignore_patterns("index.html.gz", "sw.js.gz")
    [runtime] = (ROOT / "web/dist/ort").glob("ort-*")
    folder = shutil.copytree(ROOT / "web/dist", tmp_path_factory.mktemp("newer") / "dist", ignore=packed)
    return Build(Path(folder), runtime.name.partition(".")[0].removeprefix("ort-"))


@pytest.fixture(scope="module")
def service(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One that serves this build."""
    with run_app(tmp_path_factory.mktemp("app"), app=build.folder) as running:
        yield running


@pytest.fixture
def page(context: BrowserContext, service: Service) -> Page:
    """The app as it is opened for the second time."""
    page = ready_page(context, service.url)
    page.reload()
    get_ready(page)
    return page


def come_back(page: Page) -> None:
    page.evaluate(COMES_BACK)


def let_it_wait(page: Page, build: Build) -> None:
    """Until the newer app has arrived, and would begin if it might."""
    build.publish()
    come_back(page)
    # The browser's own waiting takes any promise for a yes.
    wait_until(page, lambda: page.evaluate(WAITS))
    expect(build.newest(page)).to_have_count(0)


def takes_over(page: Page, build: Build) -> None:
    """The newer app, in this tab.

    A debugger keeps an idle worker running. A request that wakes the older worker while the browser stops it would
    let the newer one wait for ever, so it is stopped here as the browser does without a debugger after 30 seconds.
    """
    with contextlib.suppress(AssertionError):
        return expect(build.newest(page)).to_have_count(1)
    devtools = page.context.new_cdp_session(page)
    devtools.send("ServiceWorker.enable")
    devtools.send("ServiceWorker.stopAllWorkers")
    return expect(build.newest(page)).to_have_count(1)


def stays(page: Page, build: Build) -> None:
    """The older app stays, also a while after the person has come back."""
    come_back(page)
    page.wait_for_timeout(1_500)
    expect(build.newest(page)).to_have_count(0)


def test_newer_app_takes_over_when_somebody_comes_back(page: Page, build: Build) -> None:
    go(page, "answers")
    let_it_wait(page, build)
    come_back(page)
    takes_over(page, build)
    expect(page.locator("#none")).to_be_visible()
    assert page.evaluate(WAITS) is False


def test_newer_app_is_not_installed_before_what_runs_its_model(
    page: Page, context: BrowserContext, service: Service, build: Build
) -> None:
    """Else the browser would begin it when the phone is closed, and it could not answer in the field."""
    build.publish(runtime="another")
    assert page.evaluate(INSTALLS) == "redundant"
    context.new_page().goto("about:blank")
    page.close()
    again = context.new_page()
    open_app(again, service.url)
    expect(build.newest(again)).to_have_count(0)
    get_ready(again)
    build.publish()
    come_back(again)
    wait_until(again, lambda: again.evaluate(WAITS))
    come_back(again)
    takes_over(again, build)


def test_newer_app_waits_for_photos_that_were_not_asked_about_in_any_tab(
    page: Page, context: BrowserContext, service: Service, build: Build, photo: Photos
) -> None:
    choose(page, [photo("red")])
    let_it_wait(page, build)
    stays(page, build)
    expect(page.locator(".shots > li")).to_have_count(1)
    other = context.new_page()
    open_app(other, service.url)
    choose(other, [photo("leaf")])
    page.locator("[data-do=remove]").click()
    stays(page, build)
    expect(other.locator(".shots > li")).to_have_count(1)
    other.locator("[data-do=remove]").click()
    come_back(page)
    for tab in (page, other):
        takes_over(tab, build)


def test_newer_app_waits_for_a_person_at_the_camera(page: Page, build: Build, photo: Photos) -> None:
    let_it_wait(page, build)
    with page.expect_file_chooser() as chooser:
        page.locator("[data-do=gallery]").click()
    stays(page, build)
    chooser.value.set_files([photo("red")])
    expect(page.locator(".shots > li")).to_have_count(1)
    stays(page, build)


def test_newer_app_waits_while_a_case_is_sent(page: Page, build: Build, photo: Photos) -> None:
    begun: list[Route] = []
    # A function of Python's own has no place for what Playwright notes on it.
    page.route("**/v1/diagnoses", lambda route: begun.append(route))  # noqa: PLW0108
    ask_and_allow(page, photo("red"))
    let_it_wait(page, build)
    stays(page, build)
    assert len(begun) == 1


def test_what_waits_is_sent_by_the_newer_app_and_once(page: Page, build: Build, photo: Photos) -> None:
    page.route("**/v1/diagnoses", lambda route: route.abort())
    ask_and_allow(page, photo("red"))
    let_it_wait(page, build)
    come_back(page)
    takes_over(page, build)
    waiting = only_case(page)
    assert waiting["whereabouts"] == "waiting"
    page.unroute("**/v1/diagnoses")
    go(page, "answers")
    come_back(page)
    expect(page.locator(SENT)).to_be_visible()
    assert [case["key"] for case in kept_cases(page)] == [waiting["key"]]
