"""The API's reference is one file that shows every operation and fetches nothing."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, expect

from serving.api.description import read_description

ROOT = Path(__file__).parents[2]


@pytest.mark.browser
def test_it_shows_every_operation_and_fetches_nothing(browser: Browser, tmp_path: Path) -> None:
    site = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(name="html"))
    runpy.run_path(str(ROOT / "docs/conf.py"))["_write_reference"](site, None)
    [file] = tmp_path.iterdir()
    page = browser.new_page()
    fetched: list[str] = []
    troubles: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(file.as_uri())
    described = read_description()
    paths = (*described["paths"].values(), *described["webhooks"].values())
    named = {operation["operationId"] for path in paths for operation in path.values()}
    expect(page.locator("[id^=operations-Diagnoses-diagnose]")).to_be_visible()
    shown = {block.get_attribute("id") or "" for block in page.locator(".opblock").all()}
    assert {block.rsplit("-", 1)[-1] for block in shown} == named
    # What an operation takes and gives opens on the spot.
    page.locator("#operations-Diagnoses-diagnose .opblock-summary-control").click()
    expect(page.get_by_text("Idempotency-Key").first).to_be_visible()
    expect(page.get_by_role("button", name="Try it out")).to_have_count(0)
    assert [url for url in fetched if not url.startswith(("file:", "data:"))] == []
    assert troubles == []
    page.close()
