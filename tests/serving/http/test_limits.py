"""Nobody can make the service hold more than its settings say."""

import http.client
import json
import time
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask.testing import FlaskClient

import majani.decision.diagnoser
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


def test_slow_sender_of_too_much_still_gets_the_answer(live: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    connection.putrequest("POST", "/v1/diagnoses")
    connection.putheader("Content-Type", "image/jpeg")
    connection.putheader("Content-Length", str(12 * MIB))
    connection.endheaders()
    for _ in range(12):
        connection.send(bytes(MIB))
        time.sleep(0.05)
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["code"]) == (413, "request_too_large")
    connection.close()


def _post_chunked(live: Server, chunks: Iterator[bytes]) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    headers = {"Content-Type": "image/jpeg", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/v1/diagnoses", body=chunks, headers=headers, encode_chunked=True)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer.get("code")
