"""Advice on the page: only after a clear answer, in the order in which it is needed, and never a product beyond it."""

import pytest

from serving.container import Services
from serving.i18n.messages import PRODUCT
from serving.i18n.phrasing import Wording
from tests.pictures import PictureFactory
from tests.serving.conftest import Send
from tests.serving.site.test_page import Tags
from tests.serving.site.test_page_language import TAGS, Texts


@pytest.fixture(params=TAGS)
def wording(request: pytest.FixtureRequest, services: Services) -> Wording:
    return Wording(services.adviser.languages[request.param], services.catalogues[request.param])


def shown(send: Send, tag: str, photo: bytes) -> list[str]:
    return [text for text in Texts(send(f"/?language={tag}", [photo]).text).found if text]


def test_advice_stands_in_the_order_in_which_it_is_needed(
    wording: Wording, send: Send, pictures: PictureFactory, services: Services
) -> None:
    texts = shown(send, wording.language.tag, pictures.red())
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


@pytest.mark.parametrize("kind", ["grey", "yellow", "blue", "dark", "text"])
def test_less_than_a_clear_answer_gets_none(
    kind: str, wording: Wording, send: Send, pictures: PictureFactory, services: Services
) -> None:
    """Neither a product nor anything else from the advice on whatever ranked first."""
    page = send(f"/?language={wording.language.tag}", [getattr(pictures, kind)()]).text
    assert not any(wording.say(sentence) in page for sentence in PRODUCT.values())
    assert wording.say("What to do today") not in page
    assert not [link for link in Tags(page).all("a") if "/leaflets/" in str(link["href"])]
    for advice in services.adviser.languages[wording.language.tag].advice.values():
        assert advice.call not in page


def test_advice_leads_to_its_leaflet(send: Send, pictures: PictureFactory) -> None:
    links = [link["href"] for link in Tags(send("/?language=hi", [pictures.red()]).text).all("a")]
    assert "/leaflets/bean.rust?language=hi" in links
