"""The page in a real browser, as a phone without JavaScript shows it, in front of the real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.headlines import HEADLINES
from tests.pictures import PictureFactory
from tests.serving.live import Server, serve

pytestmark = pytest.mark.browser

SUBMIT = "What is wrong with it?"
PHONE: ViewportSize = {"width": 360, "height": 640}


@pytest.fixture(scope="module")
def kept_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps photos."""
    return tmp_path_factory.mktemp("photos")


@pytest.fixture(scope="module")
def server(tiny_bundle_dir: Path, kept_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'majani.sqlite3'}"
    with serve(tiny_bundle_dir, database_url=url, photos_url=kept_photos) as running:
        yield running


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(
        viewport=PHONE,
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        java_script_enabled=False,
        color_scheme=getattr(request, "param", "light"),
    )
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


@pytest.mark.parametrize(("kind", "headline"), HEADLINES)
def test_photo_is_answered(kind: str, headline: str, page: Page, pictures: PictureFactory, tmp_path: Path) -> None:
    photo = tmp_path / f"{kind}.jpg"
    photo.write_bytes(getattr(pictures, kind)())
    page.locator("#choose").set_input_files(photo)
    page.locator("#crop").select_option("Common bean")
    page.get_by_role("button", name=SUBMIT).click()
    _wait_for_answer(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    assert _width(page) <= PHONE["width"]


def test_sender_of_too_much_gets_an_explanation(page: Page, tmp_path: Path) -> None:
    photo = tmp_path / "large.jpg"
    photo.write_bytes(bytes(12 * 1024 * 1024))
    page.locator("#choose").set_input_files([photo] * 4)
    page.get_by_role("button", name=SUBMIT).click()
    expect(page.locator(".code")).to_contain_text("request_too_large")


def test_language_is_switched_and_kept(page: Page, server: Server, pictures: PictureFactory, tmp_path: Path) -> None:
    photo = tmp_path / "red.jpg"
    photo.write_bytes(pictures.red())
    _choose_language(page, "Kiswahili")
    page.locator("#choose").set_input_files(photo)
    page.locator("button").click()
    expect(page.locator(".today")).to_be_visible()
    page.goto(f"{server.url}/")
    expect(page.locator("html")).to_have_attribute("lang", "sw")


@pytest.mark.parametrize(("language", "side"), [("العربية", "right"), ("বাংলা", "left")])
def test_answer_is_written_from_its_own_side(
    language: str, side: str, page: Page, pictures: PictureFactory, tmp_path: Path
) -> None:
    photo = tmp_path / "red.jpg"
    photo.write_bytes(pictures.red())
    _choose_language(page, language)
    page.locator("#choose").set_input_files(photo)
    page.locator("button").click()
    _wait_for_answer(page)
    thickness = page.locator(".answer").evaluate(f"card => getComputedStyle(card).border{side.title()}Width")
    assert thickness == "8px"
    assert _width(page) <= PHONE["width"]


@pytest.mark.parametrize(
    ("page", "language", "side"), [("light", "English", "left"), ("dark", "العربية", "right")], indirect=["page"]
)
def test_answer_is_judged_and_deleted(
    language: str, side: str, page: Page, kept_photos: Path, pictures: PictureFactory, tmp_path: Path
) -> None:
    """The whole walk: photos left here, an answer, feedback, the answer again, and everything gone."""
    photo = tmp_path / "red.jpg"
    photo.write_bytes(pictures.red())
    _choose_language(page, language)
    page.locator("#choose").set_input_files(photo)
    page.get_by_role("checkbox").check()
    page.locator(".card button").click()
    _wait_for_answer(page)
    headline = page.get_by_role("heading", level=1).inner_text()
    assert len(list(kept_photos.rglob("*.jpg"))) == 1

    judged = page.locator(".verdicts button")
    # The first verdict stands where reading begins.
    first, second = (box for box in (one.bounding_box() for one in judged.all()[:2]) if box is not None)
    assert (first["x"] < second["x"]) == (side == "left")
    judged.first.click()
    expect(page.get_by_role("status")).to_be_visible()
    page.wait_for_load_state()
    expect(judged).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    assert _width(page) <= PHONE["width"]

    page.locator("#kept + button").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(headline)
    page.wait_for_load_state()
    assert list(kept_photos.rglob("*.jpg")) == []


def test_without_consent_no_photo_is_kept(
    page: Page, kept_photos: Path, pictures: PictureFactory, tmp_path: Path
) -> None:
    photo = tmp_path / "red.jpg"
    photo.write_bytes(pictures.red())
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.locator("#choose").set_input_files(photo)
    page.get_by_role("button", name=SUBMIT).click()
    expect(page.locator("#kept[data-photos=gone]")).to_be_visible()
    assert list(kept_photos.rglob("*.jpg")) == []


def test_answer_comes_before_what_leads_away_from_it(page: Page, pictures: PictureFactory, tmp_path: Path) -> None:
    """Eight languages take three lines of a small screen, and another language is another question."""
    photo = tmp_path / "dark.jpg"
    photo.write_bytes(pictures.dark())
    page.locator("#choose").set_input_files(photo)
    page.get_by_role("button", name=SUBMIT).click()
    _wait_for_answer(page)
    answer, languages = page.locator(".answer").bounding_box(), page.locator(".languages").bounding_box()
    assert answer is not None
    assert languages is not None
    assert answer["y"] < 100
    assert answer["y"] + answer["height"] < languages["y"]
    # The person cannot say whether it was right.
    expect(page.locator(".verdicts")).to_have_count(0)
    _choose_language(page, "Kiswahili")


def _wait_for_answer(page: Page) -> None:
    """Wait until what was sent is answered, with whatever: a click does not wait for the page that it leads to."""
    page.locator(".answer").wait_for()
    page.wait_for_load_state()


def _choose_language(page: Page, name: str) -> None:
    """Go to the page in another language; photos that were given to the one before would be lost."""
    page.get_by_role("link", name=name).click()
    page.wait_for_url("**language=**")


def _width(page: Page) -> float:
    box = page.locator("html").bounding_box()
    assert box is not None
    return box["width"]
