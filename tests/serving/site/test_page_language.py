"""The page in the reader's language: chosen, kept, complete, and written from the right side."""

from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from serving.container import Services
from serving.http.errors import RequestCode
from serving.i18n import messages
from tests.pictures import PictureFactory
from tests.serving.conftest import Send
from tests.serving.site.test_page import MAX_PAGE_BYTES, Tags, weight

TAGS = ["ar", "bn", "en", "es", "fr", "hi", "pt", "sw"]


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


CHOICES: dict[str, tuple[str, str, str, str]] = {
    "nothing": ("/", "", "", "en"),
    "browser": ("/", "", "sw", "sw"),
    "kept": ("/", "hi", "sw", "hi"),
    "kept, but unknown": ("/", "xx", "sw", "sw"),
    "address": ("/?language=ar", "hi", "sw", "ar"),
    "address, but unknown": ("/?language=xx", "", "sw", "sw"),
    "address of a leaflet": ("/leaflets/bean.rust?language=bn", "hi", "sw", "bn"),
    "address of a problem": ("/problems/photo_empty?language=es", "hi", "sw", "es"),
}


@pytest.mark.parametrize("case", CHOICES)
def test_language_is_chosen(case: str, client: FlaskClient) -> None:
    address, kept, asked, chosen = CHOICES[case]
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


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag != "en"])
@pytest.mark.parametrize("kind", ["red", "leaf", "yellow", "grey", "blue", "dark", "text"])
def test_no_english_is_left(
    kind: str, tag: str, client: FlaskClient, send: Send, pictures: PictureFactory, services: Services
) -> None:
    english = set(services.catalogues["en"].messages()) - set(services.catalogues[tag].messages().values())
    for page in (send(f"/?language={tag}", [getattr(pictures, kind)()] * 2), client.get(f"/?language={tag}")):
        assert english & set(Texts(page.text).found) == set()
        assert weight(page) < MAX_PAGE_BYTES


def test_problem_of_the_api_stays_english(client: FlaskClient) -> None:
    problem = client.get("/v1/nothing", headers={"Accept-Language": "sw"})
    assert problem.json["title"] == messages.TITLES[RequestCode.NOT_FOUND]
