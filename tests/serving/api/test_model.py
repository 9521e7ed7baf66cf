"""What a phone needs to answer by itself: the manifest, the network, and vectors to check its rules with."""

import pytest
import requests
from flask.testing import FlaskClient

from majani.conformance.vectors import golden_vectors
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import Manifest, sha256_hex
from serving.container import Services
from serving.http.document import Document
from tests.serving.live import Server


@pytest.fixture
def path(client: FlaskClient) -> str:
    address = client.get("/v1/model").json["file"]
    assert isinstance(address, str)
    return address


def test_manifest_names_its_files(client: FlaskClient, tiny_manifest: Manifest) -> None:
    answer = client.get("/v1/model")
    content = dict(answer.json)
    files = {name: content.pop(name) for name in ("file", "golden")}
    assert (content.pop("head_file"), content.pop("districts")) == (None, [])
    assert Manifest.model_validate(content) == tiny_manifest
    assert files == {"file": f"/v1/model/{tiny_manifest.model.sha256}.onnx", "golden": "/v1/model/golden"}
    assert client.get("/v1/model", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_file_is_what_its_address_says(client: FlaskClient, path: str, tiny_manifest: Manifest) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert sha256_hex(answer.data) == tiny_manifest.model.sha256
    assert answer.headers["ETag"] == f'"{tiny_manifest.model.sha256}"'
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.content_length == len(answer.data) == tiny_manifest.model.size_bytes
    assert answer.mimetype == "application/octet-stream"
    kept = answer.cache_control
    assert (kept.public, kept.max_age, kept.immutable) == (True, 31_536_000, True)


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=5-99999999", slice(5, None)),
    ],
)
def test_part_of_the_file(wanted: str, part: slice, client: FlaskClient, path: str) -> None:
    whole = client.get(path).data
    answer = client.get(path, headers={"Range": wanted})
    assert (answer.status_code, answer.data) == (206, whole[part])
    start, stop, _ = part.indices(len(whole))
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    assert answer.content_length == stop - start


def test_broken_off_download_goes_on_only_with_the_same_file(client: FlaskClient, path: str) -> None:
    whole = client.get(path)
    same = client.get(path, headers={"Range": "bytes=10-", "If-Range": whole.headers["ETag"]})
    assert (same.status_code, same.data) == (206, whole.data[10:])
    other = client.get(path, headers={"Range": "bytes=10-", "If-Range": f'"{"0" * 64}"'})
    assert (other.status_code, other.data) == (200, whole.data)


def test_golden_vectors_are_those_of_the_running_bundle(client: FlaskClient, services: Services) -> None:
    answer = client.get("/v1/model/golden")
    assert answer.data == Document.of(golden_vectors(Diagnoser(services.diagnoser.bundle))).body
    assert client.get("/v1/model/golden", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_file_through_a_real_server(live: Server, path: str, tiny_manifest: Manifest) -> None:
    assert sha256_hex(requests.get(live.url + path, timeout=30).content) == tiny_manifest.model.sha256
    part = requests.get(live.url + path, headers={"Range": "bytes=1-3"}, timeout=30)
    assert (part.status_code, len(part.content)) == (206, 3)
