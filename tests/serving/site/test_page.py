"""The page: plain words in the reader's language, correct for people with any device, and small."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from majani.decision.rules import Outcome
from majani.image.quality import RetakeReason
from majani.text.advice import Product, Spread
from serving.container import Services
from serving.i18n import messages
from serving.i18n.phrasing import Wording
from tests.pictures import PictureFactory
from tests.serving.conftest import Send
from tests.serving.site.conftest import TAGS, Answer

MAX_PAGE_BYTES = 16_000


class Tags(HTMLParser):
    """Collects ``(tag, attributes)`` of a page, and what it shows, piece by piece."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def results(*names: str) -> list[str]:
    """What became of each photo, as the page marks it; further reasons may follow."""
    return [f'data-result="{name}' for name in names]


def grade(outcome: str, said: str) -> list[str]:
    return [f'answer {outcome}" data-grade="{said}"']


# What stands on the page of each answer, and what does not.
CONFIDENCE, CAUTION, CANDIDATES = 'class="confidence"', 'class="caution"', 'class="candidates"'
EXPECTED: dict[tuple[str, ...], tuple[list[str], list[str]]] = {
    ("red",): ([*grade("condition", "most_likely"), "<h1>Bean rust", CONFIDENCE, CAUTION], ["data-result", CANDIDATES]),
    ("leaf",): ([*grade("healthy", "most_likely"), "<h1>Healthy common bean", CONFIDENCE], [CAUTION]),
    ("yellow",): ([*grade("uncertain", "one_of"), "Bean rust?</h1>", CAUTION, CANDIDATES, CONFIDENCE], []),
    # Of several crops, so the crop comes before any condition.
    ("grey",): ([*grade("uncertain", "not_clear"), 'data-wants="crop"'], [CONFIDENCE, CANDIDATES]),
    ("blue",): (["answer not_a_plant"], [CAUTION, CANDIDATES]),
    ("dark", "blurred", "tiny"): (["answer retake", *results("too_dark", "blurred", "too_small")], [CAUTION]),
    ("gif", "red", "dark"): (["Bean rust", *results("photo_unsupported", "used", "too_dark")], []),
    ("text",): (["answer problem", "photo_unsupported"], [CAUTION]),
}


@pytest.mark.parametrize("kinds", EXPECTED, ids=str)
def test_answer_holds_what_belongs_to_its_outcome_and_obeys_the_policy(
    kinds: tuple[str, ...], send: Send, pictures: PictureFactory
) -> None:
    response = send("/", [getattr(pictures, kind)() for kind in kinds])
    present, absent = EXPECTED[kinds]
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
    [form] = tags.all("form")
    assert (form["method"], form["enctype"]) == ("post", "multipart/form-data")
    take, choose, consent = inputs
    assert (consent["type"], consent["name"], consent["value"]) == ("checkbox", "consent", "photos")
    assert take["name"] == choose["name"] == "photo"
    assert take["capture"] == "environment"
    assert "capture" not in choose
    assert "multiple" in choose


def test_there_are_words_for_everything() -> None:
    assert set(messages.EXPLANATIONS) == set(Outcome)
    assert set(messages.LABELS) == set(Outcome) - {Outcome.UNCERTAIN}
    assert set(messages.HEADLINES) == set(Outcome) - {Outcome.CONDITION, Outcome.HEALTHY, Outcome.UNCERTAIN}
    assert set(messages.RETAKE) == set(RetakeReason)
    assert set(messages.SPREAD) == set(Spread) - {Spread.NONE}
    assert set(messages.PRODUCT) == set(Product) - {Product.NONE}


def weight(response: TestResponse) -> int:
    """The page with what it loads."""
    serving = Path(__file__).parents[3] / "serving"
    tags = Tags(response.text)
    images = {str(image["src"]) for image in tags.all("img")}
    # Of at most 12 kB each, and none where data is saved.
    examples = {image for image in images if image.startswith("/v1/examples/")}
    assert len(examples) <= 5
    loaded = {link["href"] for link in tags.all("link")} | (images - examples)
    return len(response.data) + sum((serving / str(path).lstrip("/")).stat().st_size for path in loaded)


def language_of(response: TestResponse) -> str | None:
    [html] = Tags(response.text).all("html")
    assert response.headers["Content-Language"] == html["lang"]
    assert html["dir"] == ("rtl" if html["lang"] == "ar" else "ltr")
    return html["lang"]


CHOICES = {
    "nothing": ("/", "", "", "en"),
    "browser": ("/", "", "sw", "sw"),
    "kept": ("/", "hi", "sw", "hi"),
    "kept, but unknown": ("/", "xx", "sw", "sw"),
    "address": ("/?language=ar", "hi", "sw", "ar"),
    "address, but unknown": ("/?language=xx", "", "sw", "sw"),
    "address of a leaflet": ("/leaflets/bean.rust?language=bn", "hi", "sw", "bn"),
    "address of a problem": ("/problems/photo_empty?language=es", "hi", "sw", "es"),
}


@pytest.mark.parametrize(("address", "kept", "asked", "chosen"), CHOICES.values(), ids=CHOICES)
def test_language_is_chosen(address: str, kept: str, asked: str, chosen: str, client: FlaskClient) -> None:
    if kept:
        client.set_cookie("language", kept)
    response = client.get(address, headers={"Accept-Language": asked})
    assert language_of(response) == chosen
    assert {"Accept-Language", "Cookie"} <= set(response.vary)


def test_switch_is_remembered(client: FlaskClient) -> None:
    response = client.get("/?language=sw")
    cookie = response.headers["Set-Cookie"]
    assert all(part in cookie for part in ("language=sw", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert language_of(client.get("/", headers={"Accept-Language": "fr"})) == "sw"


@pytest.mark.parametrize("tag", TAGS)
def test_form_keeps_the_language_and_a_switch_names_every_other_as_its_speakers_do(
    tag: str, client: FlaskClient, send: Send, services: Services, pictures: PictureFactory
) -> None:
    """Without any cookie: a browser that takes none still gets the answer in the language of the form."""
    page = Tags(client.get("/", headers={"Accept-Language": tag}).text)
    links = [link for link in page.all("a") if "hreflang" in link]
    assert [link["href"] for link in links] == [f"/?language={other}" for other in services.adviser.languages]
    assert [link["lang"] for link in links if "aria-current" in link] == [tag]
    assert {language.name for language in services.adviser.languages.values()} <= set(page.texts)
    [form] = page.all("form")
    for photos in ([pictures.red()], []):
        answer = send(str(form["action"]), photos)
        assert language_of(answer) == tag
        # Of an answer, also those for feedback and for deleting it.
        actions = [str(other["action"]) for other in Tags(answer.text).all("form")]
        assert actions[-1] == form["action"]
        assert all(action.endswith(f"?language={tag}") for action in actions)


def test_no_english_is_left_and_that_a_program_looks_is_said(
    wording: Wording, answer: Answer, client: FlaskClient, services: Services
) -> None:
    tag = wording.language.tag
    english = set(services.catalogues["en"].messages()) - set(services.catalogues[tag].messages().values())
    said, says = (f'data-said="program">{wording.say(text)}<' for text in (messages.PROGRAM, messages.PROGRAM_LOOKS))
    front, leaflet = (client.get(f"/{path}?language={tag}") for path in ("", "leaflets/bean.rust"))
    for kind in ("red", "leaf", "yellow", "grey", "blue", "dark", "text"):
        page = answer(kind, tag)
        assert english & set(Tags(page.text).texts) == set(), kind
        assert (weight(page) < MAX_PAGE_BYTES, said in page.text) == (True, kind != "text"), kind
    assert english & set(Tags(front.text).texts) == set()
    assert (weight(front) < MAX_PAGE_BYTES, says in front.text, says in leaflet.text) == (True, True, True)
    assert tag == "en" or messages.PROGRAM not in said


def test_advice_stands_in_the_order_in_which_it_is_needed_and_leads_to_its_leaflet(
    wording: Wording, answer: Answer, services: Services
) -> None:
    """And what is less than most likely gets neither a product nor anything else from the advice on what came first."""
    tags = Tags(answer("red", tag := wording.language.tag).text)
    texts = [text for text in tags.texts if text]
    advice = services.adviser.advise("bean.rust", wording.language)
    expected = [
        wording.say("What to do today"),
        *advice.today,
        wording.say("How to confirm it"),
        f"{advice.see} {wording.look_alikes(advice)}",
        wording.say("This season"),
        *advice.season,
        wording.say("Next season"),
        *advice.next_season,
        wording.say("When to call for help"),
        advice.call,
        wording.say("Why it happens"),
        wording.reason(advice),
        wording.product(advice),
        " ".join(wording.reviews(advice)),
    ]
    start = texts.index(expected[0])
    assert texts[start : start + len(expected)] == expected
    assert f"/leaflets/bean.rust?language={tag}" in [link["href"] for link in tags.all("a")]
    never = [wording.say(sentence) for sentence in messages.PRODUCT.values()]
    never += [advice.call for advice in wording.language.advice.values()]
    for kind in ("grey", "yellow", "blue", "dark", "text"):
        page = answer(kind, tag).text
        assert [sentence for sentence in never if sentence in page] == [], kind
        assert not [link for link in Tags(page).all("a") if "/leaflets/" in str(link["href"])], kind
