"""The page: plain words, correct for people with any device, and small."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from majani.decision.rules import Outcome
from majani.image.quality import RetakeReason
from majani.text.advice import Product, Spread
from serving.i18n import messages
from tests.pictures import PictureFactory
from tests.serving.conftest import Send

MAX_PAGE_BYTES = 16_000


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


def results(*names: str) -> list[str]:
    """What became of each photo, as the page marks it; further reasons may follow."""
    return [f'data-result="{name}' for name in names]


# What stands on the page of each answer, and what does not.
CONFIDENCE, CAUTION, CANDIDATES = 'class="confidence"', 'class="caution"', 'class="candidates"'
EXPECTED: dict[str, tuple[list[str], list[str]]] = {
    "condition": (["answer condition", "Bean rust", CONFIDENCE, CAUTION], ["data-result"]),
    "healthy": (["answer healthy", "Healthy common bean"], [CAUTION]),
    "coarse": (["answer uncertain", "<h1>Common bean: ", CAUTION, CANDIDATES], [CONFIDENCE]),
    # Of several crops, so the crop comes before any condition.
    "uncertain": (["answer uncertain"], [CONFIDENCE, CANDIDATES]),
    "not_a_plant": (["answer not_a_plant"], [CAUTION, CANDIDATES]),
    "retake": (["answer retake", *results("too_dark", "blurred", "too_small")], [CAUTION]),
    "mixed": (["Bean rust", *results("photo_unsupported", "used", "too_dark")], []),
    "failed": (["answer problem", "photo_unsupported"], [CAUTION]),
}


@pytest.mark.parametrize("case", EXPECTED)
def test_answer_holds_what_belongs_to_its_outcome_and_obeys_the_policy(
    case: str, cases: dict[str, list[bytes]], send: Send
) -> None:
    response = send("/", cases[case])
    present, absent = EXPECTED[case]
    assert [mark for mark in present if mark not in response.text] == []
    assert [mark for mark in absent if mark in response.text] == []
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    tags = Tags(response.text)
    assert tags.all("script") == tags.all("style") == []
    names = {name for _, attributes in tags.found for name in attributes}
    assert [name for name in names if name == "style" or name.startswith("on")] == []
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
    images = {str(image["src"]) for image in tags.all("img")}
    # Of at most 12 kB each, and none where data is saved.
    examples = {image for image in images if image.startswith("/v1/examples/")}
    assert len(examples) <= 5
    loaded = {link["href"] for link in tags.all("link")} | (images - examples)
    return len(response.data) + sum((serving / str(path).lstrip("/")).stat().st_size for path in loaded)
