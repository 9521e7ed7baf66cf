"""Languages, crops, conditions, advice and texts over HTTP: the same everywhere, and only sent when it is new.

Compressed and plain they are the same document; a client that has either form needs no other.
"""

import gzip
import hashlib
import json

import pytest
from flask.testing import FlaskClient

from majani.text.language import CAUSES
from serving.container import Services

TAGS = ("en", "ar", "bn", "es", "fr", "hi", "pt", "sw")
# With the language that each declares.
LONG = {
    "/v1/crops?language=sw": "sw",
    "/v1/conditions?language=sw": "sw",
    "/v1/advice/bean.rust?language=sw": "sw",
    "/v1/causes?language=sw": "sw",
    "/v1/texts/sw": "sw",
    "/v1/texts/sw/interface": "sw",
    "/v1/texts/sw/advice": "sw",
    "/v1/model": None,
    "/v1/model/golden": None,
}
GZIP = {"Accept-Encoding": "gzip"}


@pytest.mark.parametrize("path", LONG)
def test_compressed_it_is_the_same_document_and_either_form_is_sent_once(path: str, client: FlaskClient) -> None:
    plain, compressed = client.get(path), client.get(path, headers=GZIP)
    assert gzip.decompress(compressed.data) == plain.data
    assert compressed.content_length == len(compressed.data) < len(plain.data)
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert compressed.content_type == plain.content_type == "application/json"
    assert compressed.headers.get("Content-Language") == plain.headers.get("Content-Language") == LONG[path]
    assert compressed.cache_control.no_cache
    checksum = hashlib.sha256(plain.data).hexdigest()
    assert (plain.headers["ETag"], compressed.headers["ETag"]) == (f'"{checksum}"', f'W/"{checksum}"')
    for answer, asking in ((plain, {}), (compressed, GZIP)):
        assert "Accept-Encoding" in answer.vary
        assert ("Accept-Language" in answer.vary) == ("language=" in path)
        for kept in (plain, compressed):
            again = client.get(path, headers={**asking, "If-None-Match": kept.headers["ETag"]})
            # The tag of what would have been sent.
            assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
        assert client.get(path, headers={**asking, "If-None-Match": '"0"'}).status_code == 200


def test_only_who_can_unpack_gets_something_packed(client: FlaskClient) -> None:
    asked = {"br": False, "gzip;q=0, *": False, "gzip, deflate, br, zstd": True, "*": True}
    answers = {accepted: client.get("/v1/model", headers={"Accept-Encoding": accepted}) for accepted in asked}
    assert {accepted: "Content-Encoding" in answer.headers for accepted, answer in answers.items()} == asked


def test_languages_are_listed_with_english_first(client: FlaskClient) -> None:
    answer = client.get("/v1/languages")
    assert "Content-Language" not in answer.headers
    languages = answer.json["languages"]
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


def test_conditions_have_names_of_the_language_and_facts_of_the_taxonomy_and_are_known_if_the_model_has_classes(
    client: FlaskClient, services: Services
) -> None:
    names, manifest = services.adviser.languages["sw"].names, services.diagnoser.manifest
    crops, conditions = client.get("/v1/crops").json["crops"], client.get("/v1/conditions").json["conditions"]
    assert {crop["id"] for crop in crops if crop["known"]} == {crop.id for crop in manifest.crops}
    named = {entry.id for entry in manifest.classes if entry.crop is not None}
    assert {condition["id"] for condition in conditions if condition["known"]} == named
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
    healthy, mosaic = (client.get(f"/v1/conditions/{one}").json for one in ("bean.healthy", "cassava.mosaic"))
    assert (healthy["parent"], healthy["cause"], healthy["eppo"], mosaic["known"]) == (None, None, None, False)


def test_causes_are_listed_with_all_that_is_said_of_them(client: FlaskClient) -> None:
    causes = client.get("/v1/causes?language=sw").json["causes"]
    assert [cause["id"] for cause in causes] == list(CAUSES)
    assert sorted(client.get("/v1/texts/sw").json["names"]["causes"]) == sorted(CAUSES)
    assert [client.get(f"/v1/advice/{cause['id']}?language=sw").json for cause in causes] == causes
    assert {(cause["crop"], cause["product"], cause["text_language"]) for cause in causes} == {(None, "none", "sw")}


@pytest.mark.parametrize("tag", TAGS)
def test_texts_hold_everything_that_is_said_and_advice_as_it_is_online(
    tag: str, client: FlaskClient, services: Services
) -> None:
    texts, language = client.get(f"/v1/texts/{tag}").json, services.adviser.languages[tag]
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
    assert sorted(texts["advice"]) == sorted(condition.id for condition in services.adviser.taxonomy.conditions)
    for condition_id, offline in texts["advice"].items():
        online = client.get(f"/v1/advice/{condition_id}?language={tag}")
        same = json.dumps(offline, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        assert (online.data, online.get_etag()) == (same, (hashlib.sha256(same).hexdigest(), False))
        assert online.json["language"] == tag


# What is asked for by an address and a header, and the best of it that we speak.
ASKED = {
    "nothing": ("", None, "en"),
    "a header": ("", "sw", "sw"),
    "a region that we do not tell apart": ("", "sw-KE", "sw"),
    "a script and a region": ("", "hi-Deva-IN", "hi"),
    "capitals": ("", "FR-ca", "fr"),
    "wishes out of order": ("", "en;q=0.1, ar;q=0.9", "ar"),
    "a region before a plain language": ("", "pt-BR, en;q=0.9", "pt"),
    "not that one": ("", "sw;q=0", "en"),
    "nothing that we speak": ("", "de, nl;q=0.5", "en"),
    "an address": ("?language=bn", None, "bn"),
    "an address against a header": ("?language=bn", "fr", "bn"),
    "an address with an underscore": ("?language=pt_BR", None, "pt"),
    "an address that nobody understands": ("?language=tlh", "sw", "sw"),
    "an address that is a path": ("?language=../en", "sw", "sw"),
    "a header of dashes": ("", "-" * 4000, "en"),
    "an address of dashes": ("?language=" + "-" * 4000, "sw", "sw"),
    "a header that is none": ("", "\u00ff;q=x,,;", "en"),
}


@pytest.mark.parametrize(("query", "header", "tag"), ASKED.values(), ids=ASKED)
def test_everybody_is_answered_in_the_language_that_fits_best(
    query: str, header: str | None, tag: str, client: FlaskClient
) -> None:
    headers = {} if header is None else {"Accept-Language": header}
    response = client.get(f"/v1/conditions/bean.rust{query}", headers=headers)
    assert (response.status_code, response.headers["Content-Language"]) == (200, tag)
    assert "Accept-Language" in response.vary


def test_what_is_not_there_is_404(client: FlaskClient) -> None:
    missing = {
        "condition_unknown": ["conditions/bean.unheard_of", "advice/bean.unheard_of", "advice/%00"],
        "not_found": [f"texts/{one}" for one in ("tlh", "sw-KE", "..", "sw/remarks", "tlh/advice")],
    }
    for path, code in ((path, code) for code, paths in missing.items() for path in paths):
        response = client.get(f"/v1/{path}")
        assert (response.status_code, response.json["code"]) == (404, code), path
        assert "ETag" not in response.headers
