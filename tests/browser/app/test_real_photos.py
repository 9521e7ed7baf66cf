"""Real leaves on a small phone, with the shipped bundle: one headline everywhere, short answers, no road that ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import FilePayload, Page, ViewportSize, expect

from benchmarks.phone_app.service import Service, run_service
from benchmarks.phone_app.walk import ask, choose, get_ready, go, name_crop
from benchmarks.serving_speed.server import ROOT
from tests.browser.app.steps import box_of, require_build, sign_in, start_visit
from tests.browser.app.test_answer import CONTROLS, MEASURED
from tests.browser.app.test_farmer import HEAR
from tests.pictures import PictureFactory
from tests.real_photos import ARMYWORM, ARMYWORMS, RealPhoto, real_photos

pytestmark = [pytest.mark.browser, pytest.mark.mirror]

SMALL: ViewportSize = {"width": 360, "height": 640}
# Of each grade, healthy ones too.
SHOWN = (
    "ibean/test/angular_leaf_spot",
    "maize_armyworm/no_fall_armyworm",
    "tomato_sylhet/late_blight",
    "plantdoc/test/Potato leaf late blight",
    "orchard_apple/scab",
)
# At most, of such a phone: in English, and where words are longest, or letters highest.
IN_ENGLISH, ELSEWHERE = 1.5, 1.8


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    require_build()
    with run_service(tmp_path_factory.mktemp("real"), examples=ROOT / "data/examples") as running:
        yield running


@pytest.fixture
def small(page: Page) -> Page:
    """A small phone that keeps what it is told to say."""
    page.set_viewport_size(SMALL)
    page.add_init_script(HEAR)
    page.reload()
    get_ready(page)
    return page


@pytest.fixture(scope="module")
def leaves(mirror: Path) -> list[RealPhoto]:
    found = [one for one in real_photos(mirror) if str(one.file.parent.relative_to(mirror)) in SHOWN]
    assert len(found) == len(SHOWN)
    return found


def test_one_headline_is_seen_first_heard_shared_and_listed(
    small: Page, service: Service, leaves: list[RealPhoto]
) -> None:
    for leaf in leaves:
        headline = ask_about(small, leaf)
        assert headline in title_of(service, leaf)
        assert box_of(small.locator("main h1"))["bottom"] <= bar(small)
        # What is second stands in the headline, or is to be seen without a scroll.
        second = small.locator(".answer[data-grade=probably] .candidates > li").first
        assert second.count() == 0 or box_of(second)["bottom"] <= bar(small)
        small.locator("button:has(path[d^='M4 9v6'])").click()
        assert headline in small.evaluate("() => window.spoken.at(-1)")
        small.locator("details.kept > summary").click()
        small.evaluate("() => { delete Navigator.prototype.share; delete Navigator.prototype.canShare }")
        small.locator("[data-do=share-text]").click()
        expect(small.locator(".answer [role=status]").last).not_to_be_empty()
        assert headline in small.evaluate("() => navigator.clipboard.readText()")
        go(small, "answers")
        expect(small.locator(".case a").first).to_have_text(headline)


def test_the_sheet_of_a_visit_says_the_headlines(small: Page, service: Service, leaves: list[RealPhoto]) -> None:
    sign_in(small, service.make_token())
    start_visit(small, "Upper farm")
    headlines = [ask_about(small, leaf) for leaf in leaves]
    go(small, "visit")
    articles = small.locator(".sheet article")
    expect(articles).to_have_count(len(leaves))
    for headline in headlines:
        expect(articles.filter(has_text=headline)).not_to_have_count(0)


def test_answers_are_short_in_every_language(small: Page, leaves: list[RealPhoto]) -> None:
    cases = {}
    for leaf in leaves:
        ask_about(small, leaf)
        cases[leaf.truth] = small.url.partition("#")[2]
    long = []
    for language in small.locator(".language option").evaluate_all("these => these.map((one) => one.value)"):
        small.locator(".language select").select_option(language)
        expect(small.locator("html")).to_have_attribute("lang", language)
        most = IN_ENGLISH if language == "en" else ELSEWHERE
        for truth, case in cases.items():
            go(small, case)
            small.wait_for_timeout(300)
            found = small.evaluate(MEASURED)
            screens = found["height"] / SMALL["height"]
            if found["controls"] > CONTROLS or screens > most:
                long.append(f"{language} {truth}: {found['controls']} controls, {screens:.2f} screens")
    assert long == []


@pytest.mark.parametrize("at", range(ARMYWORMS))
def test_armyworm_is_named_on_the_first_screen(small: Page, mirror: Path, at: int) -> None:
    ask_about(small, [*real_photos(mirror)][-1 - at])
    name = small.evaluate("() => fetch('/v1/texts/en').then(answer => answer.json())")["names"]["conditions"][ARMYWORM]
    named = small.locator("main").get_by_text(name["name"]).first
    assert box_of(named)["bottom"] <= bar(small)


def test_rice_is_named_or_compared_with_its_guide(small: Page, mirror: Path) -> None:
    rice = next(iter(sorted(mirror.glob("rice_bangladesh/*/*.jpg"))))
    headline = ask_about(small, RealPhoto(rice, "rice", "rice.blast"))
    assert "ice" in headline
    compared = small.locator(".answer .guide a[href^='#guide/rice'], .beside .own")
    assert box_of(compared.first)["bottom"] <= bar(small)
    expect(small.locator("[data-do=which-crop]")).to_have_count(0)


def test_a_black_photo_is_called_dark_first_and_taken_again(small: Page, pictures: PictureFactory) -> None:
    black: FilePayload = {"name": "black.jpg", "mimeType": "image/jpeg", "buffer": pictures.dark()}
    choose(small, [black])
    assert box_of(small.locator(".shots .complaint"))["top"] <= bar(small)
    ask(small, "bean")
    complaint, again = (small.locator(one) for one in ("[data-said=unclear]", "[data-do=better-photo]"))
    assert box_of(complaint)["bottom"] <= box_of(again)["top"] < box_of(small.locator("main h1"))["top"]
    again.click()
    small.locator("[data-do=shoot]").wait_for()


@pytest.mark.parametrize("folder", ["grocery/packages", "negatives_objects/cellphone"])
def test_what_is_no_leaf_leads_to_a_better_photo(small: Page, mirror: Path, folder: str) -> None:
    ask_about(small, RealPhoto(min((mirror / folder).glob("*.jpg")), "bean", ""))
    expect(small.locator(".answer.not_a_plant")).to_be_visible()
    assert box_of(small.locator("[data-do=better-photo]"))["bottom"] <= bar(small)


@pytest.mark.parametrize(("crop", "way"), [("maize", ".answer .guide a"), ("?", "[data-do=ask-expert]")])
def test_a_weed_leads_to_the_guide_of_the_named_crop_or_to_people(
    small: Page, mirror: Path, crop: str, way: str
) -> None:
    ask_about(small, RealPhoto(min((mirror / "deepweeds/lantana").glob("*.jpg")), crop, ""))
    expect(small.locator(".answer.unknown_plant")).to_be_visible()
    assert box_of(small.locator(way).first)["bottom"] <= bar(small)


def ask_about(page: Page, leaf: RealPhoto) -> str:
    """Ask with the crop named; returns the headline."""
    go(page, "")
    choose(page, [leaf.file])
    name_crop(page, leaf.crop)
    page.locator("#ask:enabled").wait_for()
    ask(page)
    return page.locator("main h1").inner_text()


def bar(page: Page) -> float:
    """Where the first screen ends."""
    return box_of(page.locator(".tabs"))["top"]


def title_of(service: Service, leaf: RealPhoto) -> str:
    """What the service tells other programs."""
    answer = requests.post(
        f"{service.url}/v1/diagnoses?language=en",
        files={"photo": leaf.file.read_bytes()},
        data={"crop": leaf.crop},
        timeout=60,
    )
    answer.raise_for_status()
    title: str = answer.json()["display"]["title"]
    return title
