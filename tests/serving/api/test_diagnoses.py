"""The API's main question: what comes in, what goes out, and that nothing sent to it ends in a 500."""

import json
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from serving.container import Services
from tests.pictures import PictureFactory
from tests.serving.conftest import Send

API, PAGE = "/v1/diagnoses", "/"

ANSWERED = {
    "leaf": "healthy",
    "red": "condition",
    "grey": "uncertain",
    "blue": "not_a_plant",
    "dark": "retake",
    "baseline_jpeg_50mp": "retake",
}
# Too many and too large ones are in `tests/serving/http`.
REFUSED = {
    (): (422, "case_empty"),
    ("empty",): (422, "photo_empty"),
    ("text",): (415, "photo_unsupported"),
    ("truncated_jpeg",): (422, "photo_broken"),
    ("heic",): (415, "heic_not_supported"),
    ("bomb_png",): (422, "photo_too_many_pixels"),
    ("text", "empty"): (415, "photo_unsupported"),
}


@pytest.mark.parametrize("kind", ANSWERED)
def test_photo_is_answered(kind: str, send: Send, client: FlaskClient, pictures: PictureFactory) -> None:
    photo = getattr(pictures, kind)()
    answers = [send(API, [photo])]
    answers += [
        client.post(API, data=photo, content_type=type_) for type_ in ("image/jpeg", "application/octet-stream")
    ]
    assert (answers[0].status_code, answers[0].json["outcome"]) == (201, ANSWERED[kind])
    first, *others = (json.loads(answer.text.replace(answer.json["id"], "")) for answer in answers)
    own = dict.fromkeys(("id", "token"))
    assert [other | own for other in others] == [first | own] * 2


@pytest.mark.parametrize("kinds", REFUSED, ids=str)
def test_bad_case_is_refused_with_a_code(kinds: tuple[str, ...], send: Send, pictures: PictureFactory) -> None:
    response = send(API, [getattr(pictures, kind)() for kind in kinds])
    status, code = REFUSED[kinds]
    assert (response.status_code, response.json["status"], response.json["code"]) == (status, status, code)
    assert response.content_type == "application/problem+json"


def test_one_bad_photo_leaves_the_others_untouched(send: Send, pictures: PictureFactory) -> None:
    answer = send(API, [pictures.truncated_jpeg(), pictures.leaf(), pictures.tiny()])
    assert (answer.status_code, answer.json["outcome"]) == (201, "healthy")
    case = answer.json["id"]
    assert answer.json["photos"] == [
        {"used": False, "retake": [], "error": "photo_broken", "shows": None, "id": f"{case}.0"},
        {"used": True, "retake": [], "error": None, "shows": "bean", "id": f"{case}.1"},
        {"used": False, "retake": ["too_small", "blurred"], "error": None, "shows": None, "id": f"{case}.2"},
    ]


def test_a_crop_in_form_or_query_is_read_and_a_field_that_nothing_would_read_is_refused(
    send: Send, client: FlaskClient, pictures: PictureFactory
) -> None:
    for sent, hint in (("bean", "bean"), (" tomato ", "tomato"), ("", None)):
        in_form = send(API, [pictures.leaf()], crop=sent)
        in_query = client.post(API, query_string={"crop": sent}, data=pictures.leaf(), content_type="image/jpeg")
        assert in_form.json["crop_hint"] == in_query.json["crop_hint"] == hint
    as_file = {"crop": (BytesIO(b"bean"), "crop.txt")}
    for fields in ({"crop_id": "bean"}, {"crop": ["bean", "maize"]}, {"photos": "x"}, as_file):
        response = client.post(API, data={"photo": (BytesIO(pictures.leaf()), "leaf.jpg"), **fields})
        assert (response.status_code, response.json["code"]) == (422, "request_invalid")
        assert next(iter(fields)) in response.json["detail"]


PART = b'--b\r\nContent-Disposition: form-data; name="photo"'
FORM = "multipart/form-data; boundary=b"
ODD: dict[str, tuple[bytes, str | None, int, str]] = {
    "nothing": (b"", None, 415, "media_type_unsupported"),
    "json": (b"{}", "application/json", 415, "media_type_unsupported"),
    "urlencoded": (b"photo=x", "application/x-www-form-urlencoded", 415, "media_type_unsupported"),
    "empty image": (b"", "image/jpeg", 422, "photo_empty"),
    "gif": (b"GIF89a", "image/gif", 415, "photo_unsupported"),
    "no parts": (b"no parts", FORM, 400, "request_malformed"),
    "no boundary": (b"no boundary", "multipart/form-data", 400, "request_malformed"),
    "odd boundary": (b"", "multipart/form-data; boundary=\xff", 422, "case_empty"),
    "cut within a part's header": (PART + b'; filename="a', FORM, 400, "request_malformed"),
    "cut within a photo": (PART + b'; filename="a"\r\n\r\n\xff\xd8', FORM, 400, "request_malformed"),
    "cut before its end": (PART + b'; filename="a"\r\n\r\n\xff\xd8\r\n--b', FORM, 400, "request_malformed"),
    "photo as text": (PART + b"\r\n\r\ntext\r\n--b--", FORM, 422, "case_empty"),
}


@pytest.mark.parametrize("path", [API, PAGE])
@pytest.mark.parametrize("case", ODD)
def test_odd_body_is_refused_with_a_code(case: str, path: str, client: FlaskClient) -> None:
    body, content_type, status, code = ODD[case]
    response = client.post(path, data=body, content_type=content_type)
    assert (response.status_code, code in response.text) == (status, True)


def test_one_answer_names_things_in_the_language_that_asks_for_it_with_codes_of_the_taxonomy(
    client: FlaskClient, services: Services, pictures: PictureFactory
) -> None:
    key, manifest = {"Idempotency-Key": "a-key-that-nobody-guesses"}, services.diagnoser.manifest
    swahili = services.adviser.languages["sw"].names
    names = {
        "sw": {one: name.name for group in (swahili.conditions, swahili.crops) for one, name in group.items()},
        # As it was before answers had a language: the bundle's own.
        "en": {one.id: one.name for one in (*manifest.classes, *manifest.crops)},
    }
    codes = {condition.id: condition.eppo for condition in services.adviser.taxonomy.conditions}
    made: list[dict[str, Any]] = []
    for query, asked, tag in (
        ("?language=sw", {}, "sw"),
        ("", {"Accept-Language": "sw-KE, en;q=0.5"}, "sw"),
        ("", {}, "en"),
    ):
        created = client.post(API + query, data=pictures.red(), content_type="image/jpeg", headers=key | asked)
        assert created.headers.get("Idempotency-Replayed") == ("true" if made else None)
        made.append(created.json)
        own = {"Authorization": f"Bearer {created.json['token']}"}
        for answer in (created, client.get(f"{API}/{created.json['id']}{query}", headers=own | asked)):
            assert answer.headers["Content-Language"] == tag
            shown = [answer.json["condition"], *answer.json["candidates"]]
            assert [one["name"] for one in shown] == [names[tag][one["id"]] for one in shown]
            assert [one["crop_name"] for one in shown] == [names[tag][one["crop"]] for one in shown]
            assert [one["eppo"] for one in shown] == [codes[one["id"]] for one in shown]
    assert len({(one["id"], one["token"]) for one in made}) == 1
    assert made[0]["condition"]["name"] != made[2]["condition"]["name"]
    assert (made[0]["condition"]["id"], made[0]["condition"]["eppo"]) == ("bean.rust", "UROMAP")
    # Healthy leaves have no cause.
    assert None in {one["eppo"] for one in made[0]["candidates"]}
    # A screen needs no other question, and says it in that language.
    for answer, language in ((made[0], services.adviser.languages["sw"]), (made[2], services.adviser.languages["en"])):
        shown, advice = answer["display"], language.advice["bean.rust"]
        assert language.names.conditions["bean.rust"].name in shown["title"]
        assert (shown["steps"], "9" in shown["sure"]) == ([*advice.today], True)
        assert client.get(answer["advice_url"]).json["see"] == advice.see
    assert made[0]["display"]["caution"] != made[2]["display"]["caution"]
