"""What a phone needs to answer by itself: the manifest, the network, and vectors to check its rules with."""

import json
from pathlib import Path

from flask.testing import FlaskClient

from majani.conformance.vectors import golden_vectors
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import MANIFEST_FILE, Manifest, sha256_hex, write_bundle
from serving.container import Services
from serving.http.document import Document
from tests.serving.conftest import MakeApp
from tests.tiny_bundle import tiny_bundle


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


def test_a_phone_that_knows_no_grades_leaves_an_older_bundle_to_the_service(make_app: MakeApp, tmp_path: Path) -> None:
    write_bundle(tiny_bundle(), tmp_path / "bundle")
    file = tmp_path / "bundle" / MANIFEST_FILE
    older = json.loads(file.read_text(encoding="utf-8")) | {"schema_version": 3}
    rules = {name: older["rules"][name] for name in ("hint_factor", "quality")}
    older["rules"] = rules | {"thresholds": {"answer": 0.8, "reject": 0.5, "coarse": 0.6}}
    file.write_text(json.dumps(older), encoding="utf-8")
    shown = make_app(tmp_path / "app", bundle=tmp_path / "bundle").test_client().get("/v1/model").json
    # It understands 1 to 3, and would look for thresholds there.
    assert (shown["schema_version"], "thresholds" in shown["rules"]) == (4, False)
