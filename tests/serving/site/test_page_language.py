"""The page in the reader's language: chosen, kept, complete, written from the right side, with advice in its order."""

from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from serving.container import Services
from serving.i18n import messages
from serving.i18n.phrasing import Wording
from tests.pictures import PictureFactory
from tests.serving.conftest import Send
from tests.serving.site.conftest import TAGS, Answer
from tests.serving.site.test_page import MAX_PAGE_BYTES, Tags, weight


class Texts(HTMLParser):
    """Collects what a page shows, piece by piece."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.found.append(data.strip())


def language_of(response: TestResponse) -> str | None:
    [html] = Tags(response.text).all("html")
    assert response.headers["Content-Language"] == html["lang"]
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


@pytest.mark.parametrize("tag", TAGS)
def test_switch_names_every_language_as_its_speakers_do(tag: str, client: FlaskClient, services: Services) -> None:
    page = client.get(f"/?language={tag}").text
    assert Tags(page).all("html") == [{"lang": tag, "dir": "rtl" if tag == "ar" else "ltr"}]
    links = [link for link in Tags(page).all("a") if "hreflang" in link]
    assert [link["href"] for link in links] == [f"/?language={other}" for other in services.adviser.languages]
    assert [link["lang"] for link in links if "aria-current" in link] == [tag]
    assert {language.name for language in services.adviser.languages.values()} <= set(Texts(page).found)


def test_switch_is_remembered(client: FlaskClient) -> None:
    response = client.get("/?language=sw")
    cookie = response.headers["Set-Cookie"]
    assert all(part in cookie for part in ("language=sw", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert language_of(client.get("/", headers={"Accept-Language": "fr"})) == "sw"


@pytest.mark.parametrize("tag", TAGS)
def test_form_keeps_the_language(tag: str, client: FlaskClient, send: Send, pictures: PictureFactory) -> None:
    """Without any cookie: a browser that takes none still gets the answer in the language of the form."""
    [form] = Tags(client.get("/", headers={"Accept-Language": tag}).text).all("form")
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
        assert english & set(Texts(page.text).found) == set(), kind
        assert (weight(page) < MAX_PAGE_BYTES, said in page.text) == (True, kind != "text"), kind
    assert english & set(Texts(front.text).found) == set()
    assert (weight(front) < MAX_PAGE_BYTES, says in front.text, says in leaflet.text) == (True, True, True)
    assert tag == "en" or messages.PROGRAM not in said


def test_advice_stands_in_the_order_in_which_it_is_needed_and_leads_to_its_leaflet(
    wording: Wording, answer: Answer, services: Services
) -> None:
    page = answer("red", tag := wording.language.tag).text
    texts = [text for text in Texts(page).found if text]
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
    assert f"/leaflets/bean.rust?language={tag}" in [link["href"] for link in Tags(page).all("a")]


@pytest.mark.parametrize("kind", ["grey", "yellow", "blue", "dark", "text"])
def test_less_than_a_clear_answer_gets_none(kind: str, wording: Wording, answer: Answer) -> None:
    """Neither a product nor anything else from the advice on whatever ranked first."""
    page = answer(kind, wording.language.tag).text
    never = [wording.say(sentence) for sentence in (*messages.PRODUCT.values(), "What to do today")]
    never += [advice.call for advice in wording.language.advice.values()]
    assert [sentence for sentence in never if sentence in page] == []
    assert not [link for link in Tags(page).all("a") if "/leaflets/" in str(link["href"])]
