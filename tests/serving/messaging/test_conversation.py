"""The messages that people get: answers in every language, commands and help. People who opted out get none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from limits import parse

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Examination
from majani.decision.rules import Outcome
from majani.image.quality import RetakeReason
from majani.model.bundle import write_bundle
from serving.app import create_app
from serving.cases.photo_store import case_of
from serving.container import Services
from serving.http.errors import RequestCode
from serving.i18n import messages
from serving.i18n.messages import CAUTION, EXPLANATIONS, PROGRAM, REMEDIES
from serving.messaging import conversation
from serving.messaging.command import STOPPED
from serving.messaging.short_message import fold
from tests.contract.test_interface import catalog
from tests.pictures import PictureFactory
from tests.serving.messaging.conftest import Platforms, Setup
from tests.serving.messaging.local_server import RED
from tests.serving.messaging.rapidpro_flows import Contact
from tests.serving.messaging.whatsapp_cloud import Person
from tests.tiny_bundle import tiny_district_bundle

ROOT = Path(__file__).parents[3]
TAGS = sorted(folder.name for folder in (ROOT / "data/languages").iterdir())


@pytest.mark.parametrize("tag", TAGS)
def test_advice_in_every_language_and_no_product_where_it_is_less_sure(
    tag: str, farmer: Person, pictures: PictureFactory, services: Services
) -> None:
    language = services.adviser.languages[tag]
    farmer.writes(language.name)
    for photo, condition_id in ((pictures.red(), "bean.rust"), (pictures.leaf(), "bean.healthy")):
        farmer.sends(photo)
        said, (*others, program) = farmer.cloud.texts[-1], farmer.cloud.texts[-1].split("\n")
        told, promise = (catalog(tag).get(one).string for one in (messages.MOST_LIKELY, messages.NAME_RIGHT))
        assert said.startswith(fold(told % {"name": language.names.conditions[condition_id].name}))
        assert fold(language.advice[condition_id].text_short) in said
        assert (fold(promise % {"right": 9}) in others, program) == (True, catalog(tag).get(PROGRAM).string)
        assert (fold(catalog(tag).get(CAUTION).string) in others) is (condition_id == "bean.rust")
    # Words, or beginnings of words, that name chemical control.
    listed = (ROOT / "data/languages" / tag / "forbidden.txt").read_text(encoding="utf-8").splitlines()
    forbidden = tuple(line.removesuffix("*") for line in listed if line and not line.startswith("#"))
    # The caution says "spray": it tells the farmer to ask an expert first. Herbicide is a cause, among others.
    caution, something_else = map(services.catalogues[tag].gettext, (CAUTION, messages.SOMETHING_ELSE))
    for photo in ("grey", "yellow", "blue", "dark", "blurred", "tiny", "gif"):
        farmer.sends(getattr(pictures, photo)())
        lines = farmer.cloud.texts[-1].split("\n")
        assert (caution in lines) is (photo in {"grey", "yellow"}), photo
        others = [line for line in lines if not line.startswith((caution, something_else))]
        words = "\n".join(others).casefold().replace(".", " ").replace(",", " ").split()
        assert len(words) > 2, photo
        assert [word for word in words if word.startswith(forbidden)] == [], photo
    assert len(farmer.cloud.texts) == 1 + 2 + 7


def test_blurred_photo_of_no_plant_is_refused_and_told_to_be_sharper(farmer: Person, pictures: PictureFactory) -> None:
    farmer.sends(pictures.blurred_blue())
    said = [catalog("en").get(one).string for one in (messages.RETAKE[RetakeReason.BLURRED], PROGRAM)]
    assert farmer.cloud.texts[-1].startswith(catalog("en").get(messages.HEADLINES[Outcome.NOT_A_PLANT]).string)
    assert farmer.cloud.texts[-1].split("\n")[-2:] == said


def test_a_photo_may_have_the_name_of_its_crop_below_it(farmer: Person, services: Services) -> None:
    for caption in ("", "my beans", "Maharagwe", "TOMATO!", "muhogo"):
        farmer.delivers(farmer.photo(RED, caption=caption))
    rust = fold(services.adviser.languages["en"].advice["bean.rust"].text_short)
    assert [rust in text for text in farmer.cloud.texts] == [True, True, True, False, False]
    # The model does not know this crop, whose list comes instead.
    assert "rust" not in farmer.cloud.texts[-1]
    assert "1 " in farmer.cloud.texts[-1].splitlines()[-2]
    assert "Cassava" in farmer.cloud.texts[-1]


def test_a_district_has_its_own_bundle_as_in_the_api(setup: Setup, platforms: Platforms, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'majani.sqlite3'}"
    kept = {"database_url": database, "photos_url": str(tmp_path / "photos")}
    app = create_app(setup(districts_dir=tmp_path / "districts", **kept))
    services: Services = app.extensions["majani"]
    write_bundle(tiny_district_bundle(version="2026-02-01-tana"), tmp_path / "bundle")
    services.districts.use("Tana River", tmp_path / "bundle")
    farmer, contact = Person(platforms.cloud, app.test_client()), Contact(platforms.flows, app.test_client())
    asked_of = services.cases.intake.of_district("tana-river")
    versions: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for diagnoser in (asked_of, services.diagnoser):
            patch.setattr(diagnoser, "examine", _noting(diagnoser, versions))
        for caption in ("", "Tana River", "beans, Tana River", "EXPERT tana river", "Nairobi"):
            farmer.delivers(farmer.photo(RED, caption=caption))
        message = contact.photo(RED)
        message["contact"]["district"] = "Tana River"
        contact.asks(message)
    own, running = "2026-02-01-tana", services.diagnoser.manifest.version
    assert versions == [running, own, own, own, running, own]
    [case] = services.repository.cases.photo_paths()
    assert services.repository.cases.find(case_of(case)).diagnosis.model_version == own


def _noting(diagnoser: Diagnoser, versions: list[str]) -> Callable[..., Examination]:
    examine = diagnoser.examine

    def noted(*photos: Any, **how: Any) -> Examination:
        versions.append(diagnoser.manifest.version)
        return examine(*photos, **how)

    return noted


WISHES = {
    "sw": ("sw", "KISWAHILI", "Swahili", "/sw"),
    "fr": (" français. ", "francais"),
    "hi": ("हिन्दी", "hindi"),
    "ar": ("العربية",),
}


@pytest.mark.parametrize(("wish", "tag"), [(wish, tag) for tag, wishes in WISHES.items() for wish in wishes])
def test_language_is_chosen_by_name_or_tag(wish: str, tag: str, farmer: Person, services: Services) -> None:
    languages = services.adviser.languages
    farmer.writes(wish)
    assert languages[tag].name in farmer.cloud.texts[0]
    farmer.writes("?")
    assert catalog(tag).get(messages.PROGRAM_LOOKS).string in farmer.cloud.texts[1]
    others = [language.name for other, language in languages.items() if other != tag]
    assert [name for name in others if name not in farmer.cloud.texts[1]] == []
    assert languages[tag].name not in farmer.cloud.texts[1]


@pytest.mark.parametrize(
    "word", ["hello", "Hi!", "It does not stop raining", "sw en", "", "/unknown", "🌱", "a" * 5000]
)
def test_anything_else_gets_help(word: str, farmer: Person) -> None:
    farmer.writes(word)
    [text] = farmer.cloud.texts
    assert EXPLANATIONS[Outcome.NOT_A_PLANT] in text
    assert "STOP" in text


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop. ", "/stop", "ACHA", "बंद।", "“STOP”", "STOP؟\u200f", "(STOP…) 🙏"]
)
def test_who_opts_out_gets_one_last_text_and_then_nothing(word: str, farmer: Person) -> None:
    farmer.writes(word)
    assert farmer.cloud.texts == [STOPPED % {"start": "START"}]
    farmer.cloud.reset()
    for message in (farmer.text("hello"), farmer.photo(RED), farmer.text("sw"), farmer.text("STOP")):
        assert farmer.delivers(message).status_code == 200
    # Not even the photo was fetched.
    assert farmer.cloud.server.asked == []


@pytest.mark.parametrize("tag", TAGS)
def test_the_words_that_help_names_are_obeyed(tag: str, farmer: Person, services: Services) -> None:
    catalogue, name = services.catalogues[tag], services.adviser.languages[tag].name
    stop, start = catalogue.gettext("STOP"), catalogue.gettext("START")
    for message in (name, "?", stop, "?", start):
        farmer.writes(message)
    _, help_text, goodbye, welcome = farmer.cloud.texts
    assert stop in help_text
    assert start in goodbye
    assert welcome == help_text


def test_one_sender_keeps_nobody_waiting(farmer: Person, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "_MESSAGES", parse("2 per minute"))
    for _ in range(5):
        assert farmer.sends(RED).status_code == 200
    assert [text == REMEDIES[RequestCode.RATE_LIMITED] for text in farmer.cloud.texts] == [False, False, True]
    assert len([asked for asked in farmer.cloud.server.asked if "/attachments/" in asked.path]) == 2
    Person(farmer.cloud, client).sends(RED)
    farmer.writes("STOP")
    assert len(farmer.cloud.texts) == 5
    assert farmer.cloud.texts[-1] == STOPPED % {"start": "START"}
