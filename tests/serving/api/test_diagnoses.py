"""The API's main question: what comes in, what goes out, and that nothing sent to it ends in a 500."""

import json
from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from tests.pictures import PictureFactory
from tests.serving.conftest import Send

API, PAGE = "/v1/diagnoses", "/"


ANSWERED: dict[str, tuple[Callable[[PictureFactory], bytes], str]] = {
    "green": (lambda p: p.leaf(), "healthy"),
    "red": (lambda p: p.red(), "condition"),
    "grey": (lambda p: p.grey(), "uncertain"),
    "blue": (lambda p: p.blue(), "not_a_plant"),
    "dark": (lambda p: p.dark(), "retake"),
    "png": (lambda p: p.png(), "healthy"),
    "12 megapixels": (lambda p: p.jpeg_12mp(), "healthy"),
    "50 megapixels": (lambda p: p.baseline_jpeg_50mp(), "retake"),
    "cmyk": (lambda p: p.cmyk_jpeg(), "retake"),
}

REFUSED: dict[str, tuple[Callable[[PictureFactory], list[bytes]], int, str]] = {
    "no photo": (lambda _: [], 422, "case_empty"),
    "six photos": (lambda p: [p.leaf()] * 6, 422, "case_too_many_photos"),
    "empty": (lambda p: [p.empty()], 422, "photo_empty"),
    "text": (lambda p: [p.text()], 415, "photo_unsupported"),
    "strip": (lambda p: [p.strip()], 415, "photo_unsupported"),
    "truncated": (lambda p: [p.truncated_jpeg()], 422, "photo_broken"),
    "heic": (lambda p: [p.heic()], 415, "heic_not_supported"),
    "bomb": (lambda p: [p.bomb_png()], 422, "photo_too_many_pixels"),
    "17 MiB": (lambda p: [p.leaf() + bytes(17 * 2**20)], 413, "photo_too_large"),
    "40 MiB": (lambda _: [bytes(20 * 2**20)] * 2, 413, "request_too_large"),
    "all bad": (lambda p: [p.text(), p.empty()], 415, "photo_unsupported"),
}


@pytest.mark.parametrize("case", ANSWERED)
def test_photo_is_answered(case: str, send: Send, client: FlaskClient, pictures: PictureFactory) -> None:
    make, outcome = ANSWERED[case]
    as_form = send(API, [make(pictures)])
    as_body = client.post(API, data=make(pictures), content_type="image/jpeg")
    assert (as_form.status_code, as_form.json["outcome"]) == (201, outcome)
    first, second = (answer.text.replace(answer.json["id"], "") for answer in (as_form, as_body))
    own = ("id", "token")
    assert {**json.loads(first), **dict.fromkeys(own)} == {**json.loads(second), **dict.fromkeys(own)}
    assert send(PAGE, [make(pictures)]).status_code == 200


@pytest.mark.parametrize("case", REFUSED)
def test_bad_case_is_refused_with_a_code(case: str, send: Send, pictures: PictureFactory) -> None:
    make, status, code = REFUSED[case]
    response = send(API, make(pictures))
    assert (response.status_code, response.json["status"], response.json["code"]) == (status, status, code)
    assert response.content_type == "application/problem+json"


def test_answer_says_how_sure_it_is_and_whether_it_was_given_before(
    client: FlaskClient, pictures: PictureFactory
) -> None:
    asked = {"data": pictures.red(), "content_type": "image/jpeg", "headers": {"Idempotency-Key": "k" * 22}}
    first, again = (client.post(API, **asked) for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert [answer.headers.get("Idempotency-Replayed") for answer in (first, again)] == [None, "true"]
    assert first.json["condition"]["id"] == first.json["candidates"][0]["id"] == "bean.rust"
    assert first.json["confidence"] == {"right": 96, "answered": 100, "right_of_ten": 9}


def test_one_bad_photo_leaves_the_others_untouched(send: Send, pictures: PictureFactory) -> None:
    answer = send(API, [pictures.truncated_jpeg(), pictures.leaf(), pictures.tiny()])
    assert (answer.status_code, answer.json["outcome"]) == (201, "healthy")
    case = answer.json["id"]
    assert answer.json["photos"] == [
        {"used": False, "retake": [], "error": "photo_broken", "shows": None, "id": f"{case}.0"},
        {"used": True, "retake": [], "error": None, "shows": "bean", "id": f"{case}.1"},
        {"used": False, "retake": ["too_small", "blurred"], "error": None, "shows": None, "id": f"{case}.2"},
    ]


def test_crop_in_form_or_query(send: Send, client: FlaskClient, pictures: PictureFactory) -> None:
    for sent, hint in (("bean", "bean"), (" tomato ", "tomato"), ("", None)):
        in_form = send(API, [pictures.leaf()], crop=sent)
        in_query = client.post(API, query_string={"crop": sent}, data=pictures.leaf(), content_type="image/jpeg")
        assert in_form.json["crop_hint"] == in_query.json["crop_hint"] == hint


def test_a_field_that_nothing_would_read_is_refused(client: FlaskClient, pictures: PictureFactory) -> None:
    for fields in ({"crop_id": "bean"}, {"crop": ["bean", "maize"]}, {"photos": "x"}):
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
    "photo as text": (PART + b"\r\n\r\ntext\r\n--b--", FORM, 422, "case_empty"),
}


@pytest.mark.parametrize("path", [API, PAGE])
@pytest.mark.parametrize("case", ODD)
def test_odd_body_is_refused_with_a_code(case: str, path: str, client: FlaskClient) -> None:
    body, content_type, status, code = ODD[case]
    response = client.post(path, data=body, content_type=content_type)
    assert response.status_code == status
    assert code in response.text
