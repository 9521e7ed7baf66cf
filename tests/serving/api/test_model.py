"""What a phone needs to answer by itself: the manifest, the network, and vectors to check its rules with."""

import pytest
from flask.testing import FlaskClient

from majani.conformance.vectors import golden_vectors
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import Manifest, sha256_hex
from serving.container import Services
from serving.http.document import Document


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
    [("0-9", slice(0, 10)), ("100-", slice(100, None)), ("-7", slice(-7, None)), ("5-99999999", slice(5, None))],
)
def test_part_of_the_file_also_after_it_broke_off(wanted: str, part: slice, client: FlaskClient, path: str) -> None:
    whole, headers = client.get(path), {"Range": f"bytes={wanted}"}
    start, stop, _ = part.indices(len(whole.data))
    same, other = headers | {"If-Range": whole.headers["ETag"]}, headers | {"If-Range": f'"{"0" * 64}"'}
    for answer in (client.get(path, headers=headers), client.get(path, headers=same)):
        assert (answer.status_code, answer.data) == (206, whole.data[part])
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole.data)}"
        assert answer.content_length == stop - start
    answer = client.get(path, headers=other)
    assert (answer.status_code, answer.data) == (200, whole.data)


def test_golden_vectors_are_those_of_the_running_bundle(client: FlaskClient, services: Services) -> None:
    answer = client.get("/v1/model/golden")
    assert answer.data == Document.of(golden_vectors(Diagnoser(services.diagnoser.bundle))).body
    assert client.get("/v1/model/golden", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
