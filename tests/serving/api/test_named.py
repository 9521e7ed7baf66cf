"""Answers name conditions and crops in the asked language, with the EPPO codes of the taxonomy."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from serving.container import Services
from tests.pictures import PictureFactory

RUST = "bean.rust"
UROMAP = "UROMAP"


def ask(client: FlaskClient, photo: bytes, query: str = "", **headers: str) -> Any:
    return client.post(f"/v1/diagnoses{query}", data=photo, content_type="image/jpeg", headers=headers)


@pytest.mark.parametrize(
    ("query", "headers", "tag"),
    [
        ("?language=sw", {}, "sw"),
        ("", {"Accept-Language": "sw-KE, en;q=0.5"}, "sw"),
        ("?language=fr", {"Accept-Language": "sw"}, "fr"),
        ("?language=xx", {}, "en"),
        ("", {"Accept-Language": "nl"}, "en"),
        ("", {}, "en"),
    ],
)
def test_names_are_in_the_asked_language(
    query: str, headers: dict[str, str], tag: str, client: FlaskClient, services: Services, pictures: PictureFactory
) -> None:
    created = ask(client, pictures.red(), query, **headers)
    own = {"Authorization": f"Bearer {created.json['token']}"}
    again = client.get(f"/v1/diagnoses/{created.json['id']}{query}", headers=own | headers)
    names, manifest = services.adviser.languages[tag].names, services.diagnoser.manifest
    conditions = {own: name.name for own, name in names.conditions.items()}
    crops = {own: name.name for own, name in names.crops.items()}
    if tag == "en":
        # As it was before answers had a language: the bundle's own.
        conditions = {entry.id: entry.name for entry in manifest.classes}
        crops = {crop.id: crop.name for crop in manifest.crops}
    for answer in (created, again):
        assert answer.headers["Content-Language"] == tag
        shown = [answer.json["condition"], *answer.json["candidates"]]
        assert [one["name"] for one in shown] == [conditions[one["id"]] for one in shown]
        assert {one["crop_name"] for one in shown} == {crops[one["crop"]] for one in shown}


def test_another_language_later_gives_the_same_answer_in_it(client: FlaskClient, pictures: PictureFactory) -> None:
    key = {"Idempotency-Key": "a-key-that-nobody-guesses"}
    first = ask(client, pictures.red(), "?language=sw", **key)
    english = ask(client, pictures.red(), **key)
    assert (first.json["id"], first.json["token"]) == (english.json["id"], english.json["token"])
    assert first.json["condition"]["name"] != english.json["condition"]["name"]
    assert english.headers["Content-Language"] == "en"


def test_conditions_have_the_codes_of_the_taxonomy(
    client: FlaskClient, services: Services, pictures: PictureFactory
) -> None:
    answer = ask(client, pictures.red()).json
    codes = {condition.id: condition.eppo for condition in services.adviser.taxonomy.conditions}
    shown = [answer["condition"], *answer["candidates"]]
    assert [one["eppo"] for one in shown] == [codes[one["id"]] for one in shown]
    assert {RUST: UROMAP}.items() <= {one["id"]: one["eppo"] for one in shown}.items()
    # Healthy leaves have no cause.
    assert None in {one["eppo"] for one in shown}
