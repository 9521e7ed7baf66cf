"""A page of another website asks the service in a real browser, where the operator has named the website."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.http_server import running
from tests.pictures import PictureFactory
from tests.serving.live import serve

pytestmark = pytest.mark.browser

# As docs/api.md asks from JavaScript, with a key, and then judges.
ASK = """
async (api) => {
  const form = new FormData();
  form.append("photo", await (await fetch("/leaf.jpg")).blob(), "leaf.jpg");
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  const answer = await fetch(`${api}/v1/diagnoses`, { method: "POST", body: form, headers });
  const { id, token } = await answer.json();
  const body = JSON.stringify({ verdict: "right" });
  const own = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const judged = await fetch(`${api}/v1/diagnoses/${id}/feedback`, { method: "PUT", body, headers: own });
  return [answer.status, answer.headers.get("Location") === `/v1/diagnoses/${id}`, (await judged.json()).verdict];
}
"""
# What `fetch` says where a browser keeps the answer back.
READ = "async (address) => fetch(address).then((answer) => answer.status, (error) => error.name)"


def test_a_named_website_asks_and_another_reads_nothing(
    browser: Browser, pictures: PictureFactory, tiny_bundle_dir: Path, tmp_path: Path
) -> None:
    """The same one is another website under this machine's other name."""
    folder = tmp_path / "website"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>A cooperative</title>")
    (folder / "leaf.jpg").write_bytes(pictures.leaf())
    website = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    port = website.server_address[1]
    kept = {"database_url": f"sqlite:///{tmp_path / 'majani.sqlite3'}", "photos_url": tmp_path / "photos"}
    with running(website), serve(tiny_bundle_dir, api_origins=f"http://localhost:{port}", **kept) as service:
        page = browser.new_page()
        page.goto(f"http://localhost:{port}")
        assert page.evaluate(ASK, service.url) == [201, True, "right"]
        assert page.evaluate(READ, f"{service.url}/v1/access") == 401
        assert page.evaluate(READ, f"{service.url}/desk") == "TypeError"
        page.goto(f"http://127.0.0.1:{port}")
        assert page.evaluate(READ, f"{service.url}/v1/crops") == "TypeError"
        page.close()
