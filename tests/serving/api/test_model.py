"""What a phone needs to answer by itself: the manifest, the network, and vectors to check its rules with."""

from flask.testing import FlaskClient

from majani.conformance.vectors import golden_vectors
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import Manifest, sha256_hex
from serving.container import Services
from serving.http.document import Document


def test_manifest_names_its_files_which_are_what_their_address_says(
    client: FlaskClient, services: Services, tiny_manifest: Manifest
) -> None:
    content, model = dict(client.get("/v1/model").json), tiny_manifest.model
    path, golden = content.pop("file"), content.pop("golden")
    assert (path, golden) == (f"/v1/model/{model.sha256}.onnx", "/v1/model/golden")
    assert (content.pop("head_file"), content.pop("districts")) == (None, [])
    assert Manifest.model_validate(content) == tiny_manifest
    assert client.get(golden).data == Document.of(golden_vectors(Diagnoser(services.diagnoser.bundle))).body
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/octet-stream")
    assert sha256_hex(answer.data) == model.sha256
    assert (answer.headers["ETag"], answer.headers["Accept-Ranges"]) == (f'"{model.sha256}"', "bytes")
    assert answer.content_length == len(answer.data) == model.size_bytes
    kept = answer.cache_control
    assert (kept.public, kept.max_age, kept.immutable) == (True, 31_536_000, True)


def test_part_of_the_file_also_after_it_broke_off(client: FlaskClient) -> None:
    path = client.get("/v1/model").json["file"]
    whole = client.get(path)
    size, tag = len(whole.data), {"If-Range": whole.headers["ETag"]}
    for wanted, start, stop in (("0-9", 0, 10), ("100-", 100, size), ("-7", size - 7, size), ("5-99999999", 5, size)):
        headers = {"Range": f"bytes={wanted}"}
        for answer in (client.get(path, headers=headers), client.get(path, headers=headers | tag)):
            assert (answer.status_code, answer.data) == (206, whole.data[start:stop])
            assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
            assert answer.content_length == stop - start
        answer = client.get(path, headers=headers | {"If-Range": f'"{"0" * 64}"'})
        assert (answer.status_code, answer.data) == (200, whole.data)
