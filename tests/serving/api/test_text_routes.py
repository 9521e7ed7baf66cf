"""Languages, conditions, advice and texts over HTTP: the same content everywhere, and only sent when it is new."""

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


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/conditions/bean.unheard_of", "condition_unknown"),
        ("/v1/advice/bean.unheard_of", "condition_unknown"),
        ("/v1/advice/%00", "condition_unknown"),
        ("/v1/texts/tlh", "not_found"),
        ("/v1/texts/sw-KE", "not_found"),
        ("/v1/texts/..", "not_found"),
        ("/v1/texts/sw/remarks", "not_found"),
        ("/v1/texts/tlh/advice", "not_found"),
    ],
)
def test_what_is_not_there_is_404(path: str, code: str, client: FlaskClient) -> None:
    response = client.get(path)
    assert (response.status_code, response.json["code"]) == (404, code)
    assert "ETag" not in response.headers
