"""Measures the first visit on a slow phone and network: the bytes, and the time until a person can take a photo."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.phone_app.browser import phone, renderers, slow_network, slow_processor
from benchmarks.serving_speed.server import ROOT

DIST = ROOT / "web/dist"
_MARK_MS = """
name => new Promise(done => {
  const find = () => {
    const found = performance.getEntriesByName(name)[0];
    if (found) done(found.startTime); else setTimeout(find, 20);
  };
  find();
})
"""
# All that travels until the advice is asked for, which the app does as the last before the model.
_BYTES = """
() => new Promise(done => {
  const find = () => {
    const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    const advice = all.find(({ name }) => name.endsWith("/advice"));
    if (advice === undefined) return setTimeout(find, 20);
    const end = Math.max(advice.startTime, performance.getEntriesByName("majani-app")[0].startTime);
    done(all.reduce((sum, one) => sum + (one.startTime < end ? one.transferSize : 0), 0));
  };
  find();
})
"""


@dataclass(frozen=True)
class Visit:
    """When something was there, in seconds after the address was typed."""

    form_s: float  # The service's form, in which a photo can be taken
    app_s: float  # The app in its place


def visit(browser: Browser, url: str, language: str) -> Visit:
    """A first visit, with an empty browser."""
    context = phone(browser, locale=language)
    try:
        page = context.new_page()
        # The renderer has to exist before it can be slowed.
        page.goto("about:blank")
        slow_network(page)
        with slow_processor(renderers(browser)):
            page.goto(f"{url}/", wait_until="commit")
            app_ms = page.evaluate(_MARK_MS, "majani-app")
            form_ms = page.evaluate(_MARK_MS, "first-contentful-paint")
        return Visit(form_ms / 1000, app_ms / 1000)
    finally:
        context.close()


def packed_bytes(browser: Browser, url: str) -> int:
    """JavaScript and style sheets that a first visit loads before the model, as they travel."""
    context = phone(browser)
    page = context.new_page()
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url))
    page.goto(f"{url}/")
    page.locator("#app").wait_for()
    context.close()
    paths = {one.removeprefix(url).split("?")[0] for one in loaded}
    # What runs the model may begin to load before the page is closed.
    app = [path for path in paths if path.endswith((".js", ".css")) and "network_worker" not in path]
    return sum(map(_packed, map(_file, app)))


def bytes_until_photo(browser: Browser, url: str) -> Mapping[str, int]:
    """All bytes of a first visit, headers included, until a photo can be taken and advice is asked for, by language."""
    found = {}
    with phone(browser) as context:
        languages = context.request.get(f"{url}/v1/languages").json()["languages"]
    for language in languages:
        with phone(browser, locale=language["tag"]) as context:
            page = context.new_page()
            page.goto(f"{url}/")
            found[language["tag"]] = int(page.evaluate(_BYTES))
    return found


def _packed(file: Path) -> int:
    # The app's files have packed copies beside them, which the service sends.
    copy = file.with_name(f"{file.name}.gz")
    return copy.stat().st_size if copy.exists() else len(gzip.compress(file.read_bytes(), 9))


def _file(path: str) -> Path:
    return DIST / path.removeprefix("/app/") if path.startswith("/app/") else ROOT / f"serving{path}"
