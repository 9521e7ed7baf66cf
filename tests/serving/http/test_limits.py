"""Nobody can make the service hold more than its settings say."""

import http.client
import json
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

import majani.decision.diagnoser
from serving.http.limits import HeldBytes
from serving.http.rate_limit import CASES
from tests.pictures import PictureFactory
from tests.serving.conftest import Send
from tests.serving.live import Server

MIB = 1024 * 1024


def test_too_many_photos_are_refused_before_any_is_decoded(
    send: Send, pictures: PictureFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(_: bytes) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(majani.decision.diagnoser, "decode", decode)
    assert send("/v1/diagnoses", [pictures.leaf()] * 6).json["code"] == "case_too_many_photos"


def test_number_of_parts_is_bounded(send: Send) -> None:
    assert send("/v1/diagnoses", [b"x"] * 100).json["code"] == "request_too_large"


def test_number_of_fields_is_bounded(client: FlaskClient) -> None:
    head = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/problem+json"}
    answers = [
        client.post("/v1/diagnoses/x/absent", data="&".join(["a=b"] * fields), headers=head) for fields in (32, 33)
    ]
    assert [answer.status_code for answer in answers] == [404, 413]


def test_size_of_fields_is_bounded(send: Send) -> None:
    assert send("/v1/diagnoses", [b"x"], crop="x" * MIB).json["code"] == "request_too_large"


@pytest.mark.parametrize("content_type", ["image/jpeg", "multipart/form-data; boundary=b"])
def test_body_without_length_is_bounded(content_type: str, client: FlaskClient) -> None:
    # How a server hands over a chunked body: it ends somewhere, but nobody knows where.
    response = client.post(
        "/v1/diagnoses",
        input_stream=BytesIO(b"--b\r\n" + bytes(40 * MIB)),
        content_type=content_type,
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (response.status_code, response.json["code"]) == (413, "request_too_large")


def test_chunked_body_over_gunicorn_is_bounded(live: Server) -> None:
    assert _post_chunked(live, (bytes(64 * 1024) for _ in range(20))) == (413, "request_too_large")


def test_all_routes_but_those_for_photos_take_small_bodies_only(app: Flask, client: FlaskClient) -> None:
    """Whoever sends them: a body is parsed before a view can ask for a token."""
    body = b"a=b&" * (256 * 1024)
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH"} if rule.endpoint not in CASES else ():
            path = rule.build(dict.fromkeys(rule.arguments, "1"), append_unknown=False)
            assert path is not None
            for content_type in ("application/x-www-form-urlencoded", "application/json"):
                answer = client.open(path[1], method=method, data=body, content_type=content_type)
                assert answer.status_code in (401, 404, 413), (rule.rule, answer.status_code)


def test_memory_for_bodies_is_bounded_and_given_back() -> None:
    held = HeldBytes(10)
    assert [held.take(size) for size in (6, 6, 4, 1)] == [True, False, True, False]
    held.give_back(6)
    assert held.take(6)


def test_bodies_that_would_fill_the_memory_are_sent_away(
    client: FlaskClient, send: Send, pictures: PictureFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HeldBytes, "take", lambda *_: False)
    refused = send("/v1/diagnoses", [pictures.leaf()])
    assert (refused.status_code, refused.json["code"]) == (503, "busy")
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 200


def _post_chunked(live: Server, chunks: Iterator[bytes]) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    headers = {"Content-Type": "image/jpeg", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/v1/diagnoses", body=chunks, headers=headers, encode_chunked=True)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer.get("code")
