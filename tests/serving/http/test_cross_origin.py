"""Pages of other websites use the API where the operator names them: with tokens, never with cookies or our pages."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError

from serving.settings import Settings
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp

OURS, LOCAL, STRANGE = "https://app.example.org", "http://localhost:5173", "https://strange.example"
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}


@pytest.fixture(scope="module")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    origins = f"{OURS.upper()}/ , {LOCAL}"
    return make_app(tmp_path_factory.mktemp("origins"), api_origins=origins, rate_limit="2 per minute")


@pytest.mark.parametrize("origin", [OURS, LOCAL])
def test_a_named_page_asks_and_reads_the_headers_of_the_answer(
    origin: str, client: FlaskClient, pictures: PictureFactory
) -> None:
    before = client.options("/v1/diagnoses", headers={"Origin": origin, **ASKS})
    assert (before.status_code, before.headers["Access-Control-Allow-Origin"]) == (204, origin)
    assert "POST" in before.headers["Access-Control-Allow-Methods"]
    allowed = before.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "content-type", "idempotency-key"} <= set(allowed.split(", "))
    # Asking whether one may ask costs no photo.
    assert "RateLimit-Limit" not in before.headers
    answer = client.post("/v1/diagnoses", data=pictures.red(), content_type="image/jpeg", headers={"Origin": origin})
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    # A failure is read too.
    failed = client.get("/v1/usage", headers={"Origin": origin})
    assert (failed.status_code, failed.headers["Access-Control-Allow-Origin"]) == (401, origin)
    # Cookies are never sent along.
    assert not [one for one in (before, answer, failed) if "Access-Control-Allow-Credentials" in one.headers]


@pytest.mark.parametrize(
    "origin", [STRANGE, f"{OURS}.strange.example", "http://app.example.org", f"{OURS}:8443", "null", "", None]
)
def test_no_other_page_reads_anything_and_no_cache_mixes_them_up(origin: str | None, client: FlaskClient) -> None:
    headers = {} if origin is None else {"Origin": origin}
    for answer in (client.get("/v1/crops", headers=headers), client.options("/v1/crops", headers=headers | ASKS)):
        assert [name for name, _ in answer.headers if name.startswith("Access-Control")] == []
        assert "Origin" in answer.vary


@pytest.mark.parametrize("path", ["/", "/answers/x", "/desk", "/desk/sign-in", "/desk/tokens", "/openapi.json"])
def test_pages_of_the_service_are_no_part_of_it(path: str, client: FlaskClient) -> None:
    for answer in (client.get(path, headers={"Origin": OURS}), client.options(path, headers={"Origin": OURS, **ASKS})):
        assert [name for name, _ in answer.headers if name.startswith("Access-Control")] == []


def test_what_nginx_keeps_is_the_same_for_all(client: FlaskClient) -> None:
    file = client.get("/v1/model").json["file"]
    for kept in (file, file.replace(".onnx", ".safetensors")):
        assert client.get(kept, headers={"Origin": OURS}).headers.get("Vary") == client.get(kept).headers.get("Vary")
        assert "Origin" not in client.get(kept).vary


def test_by_default_there_is_none(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> None:
    client = make_app(tmp_path_factory.mktemp("closed")).test_client()
    for answer in (client.get("/v1/crops", headers={"Origin": OURS}), client.options("/v1/crops", headers=ASKS)):
        assert [name for name, _ in answer.headers if name.startswith("Access-Control")] == []
        assert "Origin" not in answer.vary


@pytest.mark.parametrize("origins", ["*", "https://*.example.org", "http://app.example.org", "app.example.org", "null"])
def test_an_origin_that_is_none_is_refused(origins: str) -> None:
    with pytest.raises(ValidationError, match="api_origins"):
        Settings(api_origins=origins)
