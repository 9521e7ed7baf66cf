"""The app as files on a web host that knows nothing of it, in a folder of its own."""

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from benchmarks.harness.port import free_port
from benchmarks.harness.service import ROOT
from benchmarks.harness.waiting import wait_until_listening
from benchmarks.phone_app.browser import phone
from benchmarks.phone_app.walk import ask, choose, get_ready, go, kept_cases
from majani.model.bundle import write_bundle
from serving import demo
from serving.settings import Settings
from tests.absence import absent
from tests.browser.app.steps import go_offline, wait_for_examples
from tests.pictures import PictureFactory
from tests.tiny_bundle import tiny_bundle
from tests.tiny_examples import write_tiny_examples

# It waits for what a phone fetches while it is drawn: other tests would make it wait for more.
pytestmark = [pytest.mark.browser, pytest.mark.alone]

# Until the first screen is there, as python's server sends them: unpacked.
MAX_FIRST_BYTES = 150_000
FIRST_BYTES = """() => {
  const { startTime } = performance.getEntriesByName("majani-app")[0];
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return entries.filter((one) => one.fetchStart < startTime).reduce((sum, one) => sum + one.transferSize, 0);
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not (ROOT / "web/node_modules/installed").exists():
        absent("the packages of the phone app are not there; see `make app`")
    work = tmp_path_factory.mktemp("demo")
    folder = work / "host/at/a/place"
    vite = [shutil.which("npx") or "npx", "vite", "build", "--mode", "demo", "--outDir", str(folder), "--emptyOutDir"]
    subprocess.run(vite, cwd=ROOT / "web", check=True, capture_output=True)
    write_bundle(tiny_bundle(), work / "bundle")
    examples = write_tiny_examples(work / "examples")
    database = f"sqlite:///{work}/demo.sqlite3"
    demo.write(folder, Settings(bundle=work / "bundle", examples_dir=examples, database_url=database))
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--directory", work / "host"], stderr=subprocess.DEVNULL
    ) as host:
        wait_until_listening(port, what="web host", timeout_s=60)
        yield f"http://localhost:{port}/at/a/place/"
        host.terminate()


def test_it_answers_offline_below_a_path_and_sends_nothing(
    browser: Browser, address: str, pictures: PictureFactory
) -> None:
    context = phone(browser, locale="en")
    page = context.new_page()
    asked: list[tuple[str, str]] = []
    context.on("request", lambda request: asked.append((request.method, request.url)))
    page.goto(address)
    page.locator("main h1").wait_for()
    assert 50_000 < page.evaluate(FIRST_BYTES) <= MAX_FIRST_BYTES
    get_ready(page)
    wait_for_examples(page, 6)

    go_offline(page)
    expect(page.locator("[data-said=demo] .note")).to_contain_text("CC BY 4.0")
    expect(page.locator("[data-do=sample] img")).to_have_count(3)
    page.locator("[data-do=sample]").first.click()
    expect(page.locator(".tiles input[value=bean]")).to_be_checked()
    ask(page, "bean")
    go(page, "")
    photo: FilePayload = {"name": "red.jpg", "mimeType": "image/jpeg", "buffer": pictures.red()}
    choose(page, [photo])
    expect(page.locator(".consent")).to_have_count(0)
    ask(page)
    expect(page.locator(".answer .today li")).not_to_have_count(0)
    assert page.locator("img[src*='/examples/']").first.evaluate("image => image.decode().then(() => true)")
    expect(page.locator("[data-do=ask-expert]")).to_have_count(0)
    go(page, "guide")
    go(page, "more")
    expect(page.locator("#token")).to_have_count(0)
    assert [case["whereabouts"] for case in kept_cases(page)] == ["here", "here"]
    assert [(method, url) for method, url in asked if method != "GET" or not url.startswith((address, "blob:"))] == []
    context.close()
