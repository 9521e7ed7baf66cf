"""The page as a phone without JavaScript shows it, and a page of another website that asks, in front of the server."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect

from benchmarks.phone_app.browser import phone
from tests.browser.headlines import HEADLINES
from tests.http_server import running
from tests.pictures import PictureFactory
from tests.serving.live import Server, serve

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 360, "height": 640}
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


@pytest.fixture(scope="module")
def kept_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps photos."""
    return tmp_path_factory.mktemp("photos")


@pytest.fixture(scope="module")
def website(tmp_path_factory: pytest.TempPathFactory, pictures: PictureFactory) -> Iterator[int]:
    """The port of a website with a photo, which is another one under each of this machine's names."""
    folder = tmp_path_factory.mktemp("website")
    (folder / "index.html").write_text("<!doctype html><title>A cooperative</title>")
    (folder / "leaf.jpg").write_bytes(pictures.leaf())
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with running(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as server:
        yield server.server_address[1]


@pytest.fixture(scope="module")
def server(
    tiny_bundle_dir: Path, kept_photos: Path, website: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The operator has named the website by one of the names."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'majani.sqlite3'}"
    named = f"http://localhost:{website}"
    with serve(tiny_bundle_dir, database_url=url, photos_url=kept_photos, api_origins=named) as service:
        yield service


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Page]:
    scheme = getattr(request, "param", "light")
    context = phone(browser, viewport=PHONE, java_script_enabled=False, color_scheme=scheme)
    page = context.new_page()
    # A blocked or missing style sheet is only ever told to the console, and so is the status of the page itself.
    complaints: list[str] = []
    own = f"{server.url}/"
    page.on(
        "console",
        lambda message: None if message.location["url"].partition("?")[0] == own else complaints.append(message.text),
    )
    page.goto(server.url)
    yield page
    context.close()
    assert complaints == []


def test_every_photo_is_answered_and_none_is_kept_without_consent(
    page: Page, server: Server, kept_photos: Path, pictures: PictureFactory
) -> None:
    for kind, headline in HEADLINES:
        page.goto(server.url)
        expect(page.get_by_role("checkbox")).not_to_be_checked()
        _send(page, getattr(pictures, kind)())
        expect(page.get_by_role("heading", level=1)).to_have_text(headline)
        # Eight languages take three lines of a small screen, and another language is another question.
        _, top, width, height = _box(page, ".answer")
        assert top < 100
        assert top + height < _box(page, ".languages")[1]
        assert max(width, _box(page, "html")[2]) <= PHONE["width"]
        if kind == "dark":
            # The person cannot say whether it was right.
            expect(page.locator(".verdicts")).to_have_count(0)
        else:
            expect(page.locator("#kept[data-photos=gone]")).to_be_visible()
    assert list(kept_photos.rglob("*.jpg")) == []
    # From an answer too.
    page.get_by_role("link", name="Kiswahili").click()
    page.wait_for_url("**language=**")


def test_sender_of_too_much_gets_an_explanation(page: Page, tmp_path: Path) -> None:
    photo = tmp_path / "large.jpg"
    photo.write_bytes(bytes(12 * 1024 * 1024))
    page.locator("#choose").set_input_files([photo] * 4)
    page.locator(".card button").click()
    expect(page.locator(".code")).to_contain_text("request_too_large")


@pytest.mark.parametrize(
    ("page", "language", "side"), [("light", "bn", "left"), ("dark", "ar", "right")], indirect=["page"]
)
def test_answer_is_written_from_its_own_side_judged_and_deleted(
    language: str, side: str, page: Page, server: Server, kept_photos: Path, pictures: PictureFactory
) -> None:
    """The whole walk: photos left here, an answer, feedback, the answer again, and everything gone."""
    page.locator(f".languages [lang={language}]").click()
    page.wait_for_url("**language=**")
    page.get_by_role("checkbox").check()
    _send(page, pictures.red())
    expect(page.locator(".today")).to_be_visible()
    headline = page.get_by_role("heading", level=1).inner_text()
    assert len(list(kept_photos.rglob("*.jpg"))) == 1
    thickness = page.locator(".answer").evaluate(f"card => getComputedStyle(card).border{side.title()}Width")
    assert thickness == "8px"

    judged = page.locator(".verdicts button")
    # The first verdict stands where reading begins.
    first, second = (_box(page, f".verdicts button >> nth={at}") for at in (0, 1))
    assert (first[0] < second[0]) == (side == "left")
    judged.first.click()
    expect(page.get_by_role("status")).to_be_visible()
    page.wait_for_load_state()
    expect(judged).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    assert _box(page, "html")[2] <= PHONE["width"]

    page.locator("#kept + button").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(headline)
    page.wait_for_load_state()
    assert list(kept_photos.rglob("*.jpg")) == []
    page.goto(f"{server.url}/")
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_a_named_website_asks_and_another_reads_nothing(browser: Browser, website: int, server: Server) -> None:
    page = browser.new_page()
    page.goto(f"http://localhost:{website}")
    assert page.evaluate(ASK, server.url) == [201, True, "right"]
    assert page.evaluate(READ, f"{server.url}/v1/access") == 401
    assert page.evaluate(READ, f"{server.url}/desk") == "TypeError"
    page.goto(f"http://127.0.0.1:{website}")
    assert page.evaluate(READ, f"{server.url}/v1/crops") == "TypeError"
    page.close()


def _send(page: Page, photo: bytes) -> None:
    """Send it, and wait for an answer, whatever it is: a click does not wait for the page that it leads to."""
    sent: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
    page.locator("#choose").set_input_files(sent)
    page.locator(".card button").click()
    page.locator(".answer").wait_for()
    page.wait_for_load_state()


def _box(page: Page, selector: str) -> tuple[float, float, float, float]:
    """Where it is, from the left and the top, and its width and height."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]
