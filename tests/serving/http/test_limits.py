"""No client can make the service hold more than its settings say."""

import http.client
import json
import os
from contextlib import closing, suppress
from io import BytesIO
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

import majani.decision.diagnoser
from majani.image.decode import MAX_PHOTO_BYTES
from serving.http.limits import BoundedFile, HeldBytes
from tests.pictures import PictureFactory
from tests.serving.conftest import Send
from tests.serving.live import Server

MIB = 1024 * 1024
_PHOTO = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="leaf.jpg"\r\n\r\n'


class _Unread(BytesIO):
    """A body that comes a byte at a time: who reads it waits as long as its sender likes."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("read")

    readinto = read  # type: ignore[assignment]


def test_nothing_of_an_upload_is_read_before_its_sender_is_known(client: FlaskClient) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = client.post("/desk/teach/photos", input_stream=_Unread(bytes(60_000)), content_type=kind)
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("photos", "fields", "refusal"),
    [
        pytest.param([b"x"] * 6, {}, (422, "case_too_many_photos"), id="photos"),
        pytest.param([b"x"] * 100, {}, (413, "request_too_large"), id="parts"),
        pytest.param([b"x"], {"crop": "x" * MIB}, (413, "request_too_large"), id="size of fields"),
        pytest.param([bytes(20 * MIB)], {}, (413, "photo_too_large"), id="size of a photo"),
        pytest.param([bytes(20 * MIB)] * 2, {}, (413, "request_too_large"), id="size of all"),
    ],
)
def test_too_much_is_refused_before_any_photo_is_decoded(
    photos: list[bytes], fields: dict[str, str], refusal: tuple[int, str], send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(_: bytes) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(majani.decision.diagnoser, "decode", decode)
    answer = send("/v1/diagnoses", photos, **fields)
    assert (answer.status_code, answer.json["code"]) == refusal


def test_number_of_fields_is_bounded(client: FlaskClient) -> None:
    head = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/problem+json"}
    answers = [
        client.post("/v1/diagnoses/x/absent", data="&".join(["a=b"] * fields), headers=head) for fields in (32, 33)
    ]
    assert [answer.status_code for answer in answers] == [404, 413]


def test_chunked_body_is_bounded(live: Server) -> None:
    """Its end is not known in advance."""
    for content_type, start in (("image/jpeg", b""), ("multipart/form-data; boundary=b", _PHOTO)):
        headers = {"Content-Type": content_type, "Transfer-Encoding": "chunked"}
        chunks = (bytes(64 * 1024) if number else start for number in range(40))
        with closing(http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)) as connection:
            connection.request("POST", "/v1/diagnoses", body=chunks, headers=headers, encode_chunked=True)
            refused = connection.getresponse()
            assert (refused.status, json.loads(refused.read())["code"]) == (413, "request_too_large")


_FIELD = b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n'
_LARGE_BODIES = {
    "application/x-www-form-urlencoded": b"a=b&" * (MIB // 4),
    "application/json": b'{"verdict":[' + b"{}," * (MIB // 3) + b"0]}",
    "multipart/form-data; boundary=b": _FIELD + bytes(MIB) + b"\r\n--b--\r\n",
}


def test_large_body_costs_nothing_where_no_photos_come(app: Flask, live: Server) -> None:
    """One client, no token: each route answers with a code, from little time of the core and no memory."""
    routes = [
        (method, rule.build(dict.fromkeys(rule.arguments, "1"), append_unknown=False)[1])  # type: ignore[index]
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"})
    ]
    assert len(routes) >= 10
    [worker] = live.workers
    requests.get(live.url, timeout=10)
    idle_kb, began_s = _peak_kb(worker, reset=True), _core_s(worker)
    for method, path in routes:
        for content_type, body in _LARGE_BODIES.items():
            headers = {"Content-Type": content_type, "Accept": "application/json"}
            answer = requests.request(method, live.url + path, data=body, headers=headers, timeout=10)
            assert answer.status_code in (401, 404, 413, 415, 422), (method, path, content_type)
            assert answer.headers["Content-Type"].startswith(("application/problem+json", "text/html"))
    assert (_core_s(worker) - began_s) / (len(routes) * len(_LARGE_BODIES)) < 0.05
    assert _peak_kb(worker) - idle_kb < 16 * 1024


def test_a_connection_ends_whose_body_was_refused_unread(live: Server) -> None:
    """Otherwise its sender would send the next request on it, and lose it."""
    client = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    for size_bytes, connection in ((MIB, "close"), (1000, "keep-alive")):
        # It may have ended before all was sent; the answer is there all the same.
        with suppress(BrokenPipeError):
            client.request("POST", "/v1/diagnoses", bytes(size_bytes), {"Content-Type": "text/plain"})
        refused = client.getresponse()
        refused.read()
        assert (refused.status, refused.headers["Connection"]) == (415, connection)
    client.close()


def test_a_photo_that_was_cut_off_is_no_photo_and_can_be_sent_again(live: Server, pictures: PictureFactory) -> None:
    # The film behind a motion photo may be missing; the picture is whole all the same.
    photo = pictures.leaf() + bytes(200_000)
    headers = {"Content-Type": "image/jpeg", "Idempotency-Key": "key-of-a-phone-that-asks"}
    with closing(http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)) as client:
        client.request("POST", "/v1/diagnoses", photo[:150_000], headers | {"Content-Length": str(len(photo))})
    answers = [requests.post(f"{live.url}/v1/diagnoses", photo, headers=headers, timeout=10) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]


def test_sender_of_a_case_sends_small_feedback_only(client: FlaskClient, send: Send, pictures: PictureFactory) -> None:
    case = send("/v1/diagnoses", [pictures.leaf()]).json
    headers = {"Authorization": f"Bearer {case['token']}"}
    body = _LARGE_BODIES["application/json"]
    refused = client.put(f"/v1/diagnoses/{case['id']}/feedback", data=body, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (413, "request_too_large")
    # Without the token it is not even looked at.
    assert client.put(f"/v1/diagnoses/{case['id']}/feedback", data=body).json["code"] == "token_invalid"


def test_memory_for_bodies_is_bounded_and_given_back() -> None:
    held = HeldBytes(10)
    assert [held.take(size) for size in (6, 6, 4, 1)] == [True, False, True, False]
    held.give_back(6)
    assert held.take(6)
    # Of a file that is no photo no more is kept than tells so.
    kept = BoundedFile()
    assert [kept.write(bytes(10 * MIB)) for _ in range(3)] == [10 * MIB] * 3
    assert len(kept.getvalue()) == MAX_PHOTO_BYTES + 1


def test_bodies_that_would_fill_the_memory_are_sent_away(
    client: FlaskClient, send: Send, pictures: PictureFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HeldBytes, "take", lambda *_: False)
    refused = send("/v1/diagnoses", [pictures.leaf()])
    assert (refused.status_code, refused.json["code"]) == (503, "busy")
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 200


def _core_s(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_kb(process_id: int, *, reset: bool = False) -> int:
    if reset:
        Path(f"/proc/{process_id}/clear_refs").write_text("5")
    [line] = [line for line in Path(f"/proc/{process_id}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1])
