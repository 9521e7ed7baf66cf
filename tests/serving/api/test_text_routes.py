"""Languages, crops, conditions, advice and texts over HTTP: the same everywhere, and only sent when it is new."""

import hashlib
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from majani.text.language import CAUSES
from serving.container import Services

TAGS = ("en", "ar", "bn", "es", "fr", "hi", "pt", "sw")
DOCUMENTS = (
    "/v1/languages",
    "/v1/conditions?language=sw",
    "/v1/conditions/bean.rust?language=sw",
    "/v1/advice/bean.rust?language=sw",
    "/v1/causes?language=sw",
    "/v1/texts/sw",
    "/v1/texts/sw/interface",
    "/v1/texts/sw/advice",
)


def canonical(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_languages_are_listed_with_english_first(client: FlaskClient) -> None:
    languages = client.get("/v1/languages").json["languages"]
    assert tuple(language["tag"] for language in languages) == TAGS
    assert {language["tag"] for language in languages if language["direction"] == "rtl"} == {"ar"}
    assert {language["tag"]: language["name"] for language in languages}["sw"] == "Kiswahili"
    assert all(language["review"]["status"] in ("machine_drafted", "reviewed") for language in languages)


def test_every_crop_is_listed_in_the_readers_language_as_it_stands_alone(
    client: FlaskClient, services: Services
) -> None:
    listed = client.get("/v1/crops", headers={"Accept-Language": "sw-KE, en;q=0.5"})
    names = services.adviser.languages["sw"].names.crops
    assert listed.headers["Content-Language"] == listed.json["language"] == "sw"
    assert [crop["id"] for crop in listed.json["crops"]] == [crop.id for crop in services.adviser.taxonomy.crops]
    assert all(crop["name"] == names[crop["id"]].name for crop in listed.json["crops"])
    one = client.get("/v1/crops/bean?language=sw")
    assert [crop for crop in listed.json["crops"] if crop["id"] == "bean"] == [one.json]
    assert one.json["conditions"] == ["bean.angular_leaf_spot", "bean.rust", "bean.healthy"]
    assert client.get("/v1/crops/bean?language=sw", headers={"If-None-Match": one.headers["ETag"]}).status_code == 304


def test_only_what_the_model_has_classes_for_is_known(client: FlaskClient, services: Services) -> None:
    manifest = services.diagnoser.manifest
    crops, conditions = client.get("/v1/crops").json["crops"], client.get("/v1/conditions").json["conditions"]
    assert {crop["id"] for crop in crops if crop["known"]} == {crop.id for crop in manifest.crops}
    named = {entry.id for entry in manifest.classes if entry.crop is not None}
    assert {condition["id"] for condition in conditions if condition["known"]} == named
    assert client.get("/v1/conditions/cassava.mosaic").json["known"] is False


def test_a_condition_has_names_of_the_language_and_facts_of_the_taxonomy(
    client: FlaskClient, services: Services
) -> None:
    names = services.adviser.languages["sw"].names
    assert client.get("/v1/conditions/bean.rust?language=sw").json == {
        "id": "bean.rust",
        "name": names.conditions["bean.rust"].name,
        "local": list(names.conditions["bean.rust"].local),
        "crop": {"id": "bean", "name": names.crops["bean"].name},
        "parent": {"id": "rust", "name": names.parents["rust"]},
        "kind": "fungus",
        "cause": "Uromyces appendiculatus",
        "eppo": "UROMAP",
        "known": True,
    }
    healthy = client.get("/v1/conditions/bean.healthy").json
    assert (healthy["parent"], healthy["cause"], healthy["eppo"]) == (None, None, None)


@pytest.mark.parametrize("tag", TAGS)
def test_advice_online_is_byte_for_byte_that_of_the_texts(tag: str, client: FlaskClient, services: Services) -> None:
    texts = client.get(f"/v1/texts/{tag}").json
    conditions = [condition.id for condition in services.adviser.taxonomy.conditions]
    assert sorted(texts["advice"]) == sorted(conditions)
    for condition_id in conditions:
        online = client.get(f"/v1/advice/{condition_id}?language={tag}")
        offline = hashlib.sha256(canonical(texts["advice"][condition_id])).hexdigest()
        assert (hashlib.sha256(online.data).hexdigest(), online.get_etag()) == (offline, (offline, False))
        assert online.json["language"] == tag


def test_causes_are_listed_with_all_that_is_said_of_them(client: FlaskClient) -> None:
    causes = client.get("/v1/causes?language=sw").json["causes"]
    assert [cause["id"] for cause in causes] == list(CAUSES)
    assert sorted(client.get("/v1/texts/sw").json["names"]["causes"]) == sorted(CAUSES)
    assert [client.get(f"/v1/advice/{cause['id']}?language=sw").json for cause in causes] == causes
    assert {(cause["crop"], cause["product"], cause["text_language"]) for cause in causes} == {(None, "none", "sw")}


@pytest.mark.parametrize("tag", TAGS)
def test_texts_hold_everything_that_is_said(tag: str, client: FlaskClient, services: Services) -> None:
    texts = client.get(f"/v1/texts/{tag}").json
    language = services.adviser.languages[tag]
    parts = {"language", "names", "advice", "interface", "remarks", "practices", "views", "effects", "examples"}
    assert set(texts) == parts
    assert {one["id"]: one["text"] for one in texts["practices"]}.items() <= language.practices.items()
    assert all(one["reversible"] and one["free"] for one in texts["practices"])
    assert (texts["views"], set(texts["effects"])) == (language.views, set(texts["names"]["conditions"]))
    assert texts["language"] == {
        "tag": tag,
        "name": language.name,
        "direction": language.direction,
        "review": language.review.model_dump(mode="json"),
    }
    assert texts["names"] == language.names.model_dump(mode="json")
    assert texts["remarks"] == language.remarks
    assert texts["interface"] == services.catalogues[tag].messages()
    assert "No spray cures this." in texts["interface"]
    first, later = (client.get(f"/v1/texts/{tag}/{part}").json for part in ("interface", "advice"))
    assert set(first) == {"language", "names", "interface"}
    # Phones until 0.2.0 ask for the whole.
    assert (first | later, set(first) & set(later)) == (texts, set())


def test_the_language_is_declared_where_there_is_one(client: FlaskClient) -> None:
    declared = {path: client.get(path).headers.get("Content-Language") for path in DOCUMENTS}
    assert declared == {path: None if path == "/v1/languages" else "sw" for path in DOCUMENTS}
    # Texts have their language in the address, so no header of the request can change it.
    assert client.get("/v1/texts/sw", headers={"Accept-Language": "fr"}).headers["Vary"] == "Accept-Encoding"


def test_what_is_not_there_is_404(client: FlaskClient) -> None:
    missing = {
        "condition_unknown": ["conditions/bean.unheard_of", "advice/bean.unheard_of", "advice/%00"],
        "not_found": [f"texts/{one}" for one in ("tlh", "sw-KE", "..", "sw/remarks", "tlh/advice")],
    }
    for path, code in ((path, code) for code, paths in missing.items() for path in paths):
        response = client.get(f"/v1/{path}")
        assert (response.status_code, response.json["code"]) == (404, code), path
        assert "ETag" not in response.headers
