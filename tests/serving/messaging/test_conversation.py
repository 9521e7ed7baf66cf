"""The messages that people get: answers in every language, commands and help. People who opted out get none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse

from majani.decision.rules import Outcome
from majani.image.quality import RetakeReason
from majani.text.language import Language
from serving.http.errors import RequestCode
from serving.i18n.messages import (
    CAUTION,
    EXPLANATIONS,
    HEADLINES,
    PROGRAM,
    PROGRAM_LOOKS,
    REMEDIES,
    RETAKE,
    SOMETHING_ELSE,
)
from serving.messaging import conversation
from serving.messaging.command import STOPPED
from serving.messaging.short_message import MAX_GSM7, MAX_UTF16, fits, fold
from tests.contract.test_interface import catalog
from tests.pictures import PictureFactory
from tests.serving.messaging.whatsapp_cloud import Person, WhatsAppCloud

ROOT = Path(__file__).parents[3]
TAGS = sorted(folder.name for folder in (ROOT / "data/languages").iterdir())
# Words about products that a page may show; a text never has room for the rest of that sentence.
PRODUCT_WORDS = ("spray", "product", "label")


@pytest.fixture
def languages(app: Flask) -> dict[str, Language]:
    return dict(app.extensions["majani"].adviser.languages)


def forbidden(tag: str) -> Iterator[str]:
    """Words, or beginnings of words, that name chemical control in a language."""
    file = ROOT / "data/languages" / tag / "forbidden.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else PRODUCT_WORDS
    yield from (line.removesuffix("*") for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("case", [("red", "bean.rust"), ("leaf", "bean.healthy")], ids=["condition", "healthy"])
def test_named_condition_gets_its_advice_in_every_language(
    tag: str,
    case: tuple[str, str],
    farmer: Person,
    cloud: WhatsAppCloud,
    pictures: PictureFactory,
    languages: dict[str, Language],
) -> None:
    photo, condition_id = case
    farmer.writes(languages[tag].name)
    farmer.sends(getattr(pictures, photo)())
    text = cloud.texts[1]
    assert text.startswith(fold(languages[tag].advice[condition_id].text_short))
    first, *others = text.split("\n")
    assert fits(first)
    assert others == [catalog(tag).get(PROGRAM).string]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("photo", ["grey", "yellow", "blue", "dark", "blurred", "tiny", "gif"])
def test_anything_less_sure_names_no_product_in_any_language(
    tag: str, photo: str, farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory, app: Flask
) -> None:
    farmer.writes(app.extensions["majani"].adviser.languages[tag].name)
    farmer.sends(getattr(pictures, photo)())
    # The caution says "spray": it tells the farmer to ask an expert first. Herbicide is a cause, among others.
    caution, something_else = map(app.extensions["majani"].catalogues[tag].gettext, (CAUTION, SOMETHING_ELSE))
    lines = cloud.texts[1].split("\n")
    assert (caution in lines) is (photo in {"grey", "yellow"})
    others = [line for line in lines if not line.startswith((caution, something_else))]
    words = "\n".join(others).casefold().replace(".", " ").replace(",", " ").split()
    assert len(words) > 2
    assert [word for word in words if word.startswith(tuple(forbidden(tag)))] == []


def test_a_blurred_photo_of_no_plant_is_refused_and_told_to_be_sharper(
    farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory, app: Flask
) -> None:
    farmer.sends(pictures.blurred_blue())
    said = app.extensions["majani"].catalogues["en"].gettext
    assert cloud.texts[-1].startswith(said(HEADLINES[Outcome.NOT_A_PLANT]))
    assert cloud.texts[-1].split("\n")[-2:] == [said(RETAKE[RetakeReason.BLURRED]), said(PROGRAM)]


def test_a_photo_may_have_the_name_of_its_crop_below_it(
    farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory, languages: dict[str, Language]
) -> None:
    for caption in ("", "my beans", "Maharagwe", "TOMATO!"):
        farmer.delivers(farmer.photo(pictures.red(), caption=caption))
    rust = fold(languages["en"].advice["bean.rust"].text_short)
    assert [text.startswith(rust) for text in cloud.texts] == [True, True, True, False]


def test_a_crop_that_the_model_does_not_know_gets_its_list(
    farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory
) -> None:
    farmer.delivers(farmer.photo(pictures.red(), caption="muhogo"))
    [text] = cloud.texts
    assert "rust" not in text
    assert "1 " in text.splitlines()[-2]
    assert "Cassava" in text


@pytest.mark.parametrize("tag", TAGS)
def test_every_short_text_is_one_message(tag: str, languages: dict[str, Language]) -> None:
    texts = {key: fold(advice.text_short) for key, advice in languages[tag].advice.items()}
    assert {key: len(text) for key, text in texts.items() if not fits(text)} == {}
    limit = MAX_UTF16 if tag in ("ar", "bn", "hi") else MAX_GSM7
    assert max(len(text) for text in texts.values()) <= limit


@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("sw", "sw"),
        ("KISWAHILI", "sw"),
        ("Swahili", "sw"),
        (" français. ", "fr"),
        ("francais", "fr"),
        ("हिन्दी", "hi"),
        ("hindi", "hi"),
        ("العربية", "ar"),
        ("/sw", "sw"),
    ],
)
def test_language_is_chosen_by_name_or_tag(
    wish: str, tag: str, farmer: Person, cloud: WhatsAppCloud, languages: dict[str, Language]
) -> None:
    farmer.writes(wish)
    assert languages[tag].name in cloud.texts[0]
    farmer.writes("?")
    assert catalog(tag).get(PROGRAM_LOOKS).string in cloud.texts[1]
    others = [language.name for other, language in languages.items() if other != tag]
    assert [name for name in others if name not in cloud.texts[1]] == []
    assert languages[tag].name not in cloud.texts[1]


@pytest.mark.parametrize(
    "word",
    ["hello", "Hi!", "It does not stop raining", "sw en", "", "/unknown", "🌱", "a" * 5000],
)
def test_anything_else_gets_help(word: str, farmer: Person, cloud: WhatsAppCloud) -> None:
    farmer.writes(word)
    [text] = cloud.texts
    assert EXPLANATIONS[Outcome.NOT_A_PLANT] in text
    assert "STOP" in text


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop. ", "/stop", "ACHA"])
def test_who_opts_out_gets_one_last_text_and_then_nothing(
    word: str, farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory
) -> None:
    farmer.writes(word)
    assert cloud.texts == [STOPPED % {"start": "START"}]
    cloud.reset()
    for message in (farmer.text("hello"), farmer.photo(pictures.red()), farmer.text("sw"), farmer.text("STOP")):
        assert farmer.delivers(message).status_code == 200
    # Not even the photo was fetched.
    assert cloud.server.asked == []


@pytest.mark.parametrize("tag", TAGS)
def test_the_words_that_help_names_are_obeyed(tag: str, farmer: Person, cloud: WhatsAppCloud, app: Flask) -> None:
    services = app.extensions["majani"]
    catalogue, name = services.catalogues[tag], services.adviser.languages[tag].name
    stop, start = catalogue.gettext("STOP"), catalogue.gettext("START")
    for message in (name, "?", stop, "?", start):
        farmer.writes(message)
    _, help_text, goodbye, welcome = cloud.texts
    assert stop in help_text
    assert start in goodbye
    assert welcome == help_text


def test_one_sender_keeps_nobody_waiting(
    farmer: Person, cloud: WhatsAppCloud, client: FlaskClient, pictures: PictureFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "_MESSAGES", parse("2 per minute"))
    for _ in range(5):
        assert farmer.sends(pictures.red()).status_code == 200
    assert [text == REMEDIES[RequestCode.RATE_LIMITED] for text in cloud.texts] == [False, False, True]
    assert len([asked for asked in cloud.server.asked if "/attachments/" in asked.path]) == 2
    Person(cloud, client).sends(pictures.red())
    farmer.writes("STOP")
    assert len(cloud.texts) == 5
    assert cloud.texts[-1] == STOPPED % {"start": "START"}
