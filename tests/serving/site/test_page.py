"""The page: plain words, correct for people with any device, and small."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from majani.decision.rules import Outcome
from majani.image.quality import RetakeReason
from majani.text.advice import Product, Spread
from serving.container import Services
from serving.i18n import messages
from serving.i18n.phrasing import Wording
from tests.pictures import PictureFactory
from tests.serving.conftest import Send

MAX_PAGE_BYTES = 16_000
SPRAY = "Ask your extension officer before you spray."


class Tags(HTMLParser):
    """Collects ``(tag, attributes)`` of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def english(services: Services) -> Wording:
    return Wording(services.adviser.languages["en"], services.catalogues["en"])


@pytest.fixture(scope="module")
def cases(pictures: PictureFactory) -> dict[str, list[bytes]]:
    return {
        "condition": [pictures.red()],
        "healthy": [pictures.leaf()],
        "coarse": [pictures.yellow()],
        "uncertain": [pictures.grey()],
        "not_a_plant": [pictures.blue()],
        "retake": [pictures.dark(), pictures.blurred(), pictures.tiny()],
        "mixed": [pictures.gif(), pictures.red(), pictures.dark()],
        "failed": [pictures.text()],
    }


EXPECTED: dict[str, tuple[list[str], list[str]]] = {
    "condition": (["Bean rust", "Answers like this are right about 9 times in 10.", SPRAY], ["<h2>Your photo"]),
    "healthy": (["Healthy common bean", "We see no sign of disease or pests"], [SPRAY]),
    "coarse": (
        ["Common bean: can&#39;t tell what, or whether it is sick", "Not sure", SPRAY],
        ["Answers like this"],
    ),
    "uncertain": (["We can&#39;t tell what this is", "It could be"], ["Answers like this"]),
    "not_a_plant": (["We see no leaf here"], [SPRAY, "It could be"]),
    "retake": (["We need a better photo", "too dark", "blurred", "too small"], [SPRAY]),
    "mixed": (["Bean rust", "Used for the answer.", "JPEG, PNG or WebP", "too dark"], []),
    "failed": (["No answer", "photo_unsupported"], [SPRAY]),
}


@pytest.mark.parametrize("case", EXPECTED)
def test_answer_in_plain_words(case: str, cases: dict[str, list[bytes]], send: Send) -> None:
    page = send("/", cases[case]).text
    present, absent = EXPECTED[case]
    assert [text for text in present if text not in page] == []
    assert [text for text in absent if text in page] == []


@pytest.mark.parametrize("case", EXPECTED)
def test_page_obeys_its_own_policy_and_stays_small(case: str, cases: dict[str, list[bytes]], send: Send) -> None:
    response = send("/", cases[case])
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    tags = Tags(response.text)
    assert not tags.all("script")
    assert not tags.all("style")
    assert [
        tag for tag, attributes in tags.found if "style" in attributes or any(a.startswith("on") for a in attributes)
    ] == []
    assert weight(response) < MAX_PAGE_BYTES


def test_form_can_be_used_by_everybody(client: FlaskClient) -> None:
    tags = Tags(client.get("/").text)
    labelled = {label["for"] for label in tags.all("label")}
    inputs = [field for field in tags.all("input") if field.get("type") != "hidden"]
    assert {field["id"] for field in inputs + tags.all("select")} == labelled
    assert tags.all("html") == [{"lang": "en", "dir": "ltr"}]
    [form] = tags.all("form")
    assert (form["method"], form["enctype"]) == ("post", "multipart/form-data")
    take, choose, consent = inputs
    assert (consent["type"], consent["name"], consent["value"]) == ("checkbox", "consent", "photos")
    assert take["name"] == choose["name"] == "photo"
    assert take["capture"] == "environment"
    assert "capture" not in choose
    assert "multiple" in choose


def test_there_are_words_for_everything() -> None:
    assert set(messages.LABELS) == set(messages.EXPLANATIONS) == set(Outcome)
    assert set(messages.HEADLINES) == set(Outcome) - {Outcome.CONDITION, Outcome.HEALTHY}
    assert set(messages.RETAKE) == set(RetakeReason)
    assert set(messages.SPREAD) == set(Spread) - {Spread.NONE}
    assert set(messages.PRODUCT) == set(Product) - {Product.NONE}


def weight(response: Any) -> int:
    """The page with what it loads."""
    serving = Path(__file__).parents[3] / "serving"
    tags = Tags(response.text)
    loaded = {link["href"] for link in tags.all("link")} | {image["src"] for image in tags.all("img")}
    return len(response.data) + sum((serving / str(path).lstrip("/")).stat().st_size for path in loaded)
