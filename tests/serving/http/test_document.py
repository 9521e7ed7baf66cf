"""The compressed and the plain form are the same document. A client with one form needs no other."""

import gzip
import hashlib

import pytest
from flask.testing import FlaskClient

LONG = (
    "/v1/texts/sw",
    "/v1/texts/sw/interface",
    "/v1/crops?language=sw",
    "/v1/conditions?language=sw",
    "/v1/advice/bean.rust?language=sw",
    "/v1/model",
    "/v1/model/golden",
)
GZIP = {"Accept-Encoding": "gzip"}


@pytest.mark.parametrize("path", LONG)
def test_compressed_it_is_the_same_document_and_either_form_is_sent_once(path: str, client: FlaskClient) -> None:
    plain, compressed = client.get(path), client.get(path, headers=GZIP)
    assert gzip.decompress(compressed.data) == plain.data
    assert compressed.content_length == len(compressed.data) < len(plain.data)
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert compressed.content_type == plain.content_type == "application/json"
    assert compressed.headers.get("Content-Language") == plain.headers.get("Content-Language")
    assert compressed.cache_control.no_cache
    checksum = hashlib.sha256(plain.data).hexdigest()
    assert plain.headers["ETag"] == f'"{checksum}"'
    assert compressed.headers["ETag"] == f'W/"{checksum}"'
    for answer, asking in ((plain, {}), (compressed, GZIP)):
        assert "Accept-Encoding" in answer.vary
        assert ("Accept-Language" in answer.vary) == ("language=" in path)
        for kept in (plain, compressed):
            again = client.get(path, headers={**asking, "If-None-Match": kept.headers["ETag"]})
            # The tag of what would have been sent.
            assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
        assert client.get(path, headers={**asking, "If-None-Match": '"0"'}).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "is_packed"), [("br", False), ("gzip;q=0, *", False), ("gzip, deflate, br, zstd", True), ("*", True)]
)
def test_only_who_can_unpack_gets_something_packed(accepted: str, is_packed: bool, client: FlaskClient) -> None:
    answer = client.get("/v1/model", headers={"Accept-Encoding": accepted})
    assert ("Content-Encoding" in answer.headers) is is_packed
