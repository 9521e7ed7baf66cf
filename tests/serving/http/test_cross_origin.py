"""Pages of other websites use the API where the operator names them: with tokens, never with cookies or our pages."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError
from werkzeug.test import TestResponse

from serving.settings import Settings
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp

OURS, LOCAL, STRANGE = "https://app.example.org", "http://localhost:5173", "https://strange.example"
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}


@pytest.fixture(scope="module")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    origins = f"{OURS.upper()}/ , {LOCAL}"
    return make_app(tmp_path_factory.mktemp("origins"), api_origins=origins, rate_limit="2 per minute")


def shared(answer: TestResponse) -> list[str]:
    return [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_a_named_page_asks_and_reads_the_headers_of_the_answer(client: FlaskClient, pictures: PictureFactory) -> None:
    for origin in (OURS, LOCAL):
        page = {"Origin": origin}
        before = client.options("/v1/diagnoses", headers=page | ASKS)
        assert (before.status_code, before.headers["Access-Control-Allow-Origin"]) == (204, origin)
        assert "POST" in before.headers["Access-Control-Allow-Methods"]
        allowed = before.headers["Access-Control-Allow-Headers"].lower()
        assert {"authorization", "content-type", "idempotency-key"} <= set(allowed.split(", "))
        # Asking whether one may ask costs no photo.
        assert "RateLimit-Limit" not in before.headers
        answer = client.post("/v1/diagnoses", data=pictures.red(), content_type="image/jpeg", headers=page)
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        # A failure is read too.
        failed = client.get("/v1/usage", headers=page)
        assert (failed.status_code, failed.headers["Access-Control-Allow-Origin"]) == (401, origin)
        # Cookies are never sent along.
        assert "Access-Control-Allow-Credentials" not in (*shared(before), *shared(answer), *shared(failed))


@pytest.mark.parametrize(
    "origin", [STRANGE, f"{OURS}.strange.example", "http://app.example.org", f"{OURS}:8443", "null", "", None]
)
def test_no_other_page_reads_anything_and_no_cache_mixes_them_up(origin: str | None, client: FlaskClient) -> None:
    headers = {} if origin is None else {"Origin": origin}
    for answer in (client.get("/v1/crops", headers=headers), client.options("/v1/crops", headers=headers | ASKS)):
        assert (shared(answer), "Origin" in answer.vary) == ([], True)


def test_pages_of_the_service_are_no_part_of_it(client: FlaskClient) -> None:
    page = {"Origin": OURS}
    for path in ("/", "/answers/x", "/desk", "/desk/sign-in", "/desk/tokens", "/openapi.json"):
        answers = client.get(path, headers=page), client.options(path, headers=page | ASKS)
        assert [shared(answer) for answer in answers] == [[], []], path


def test_what_nginx_keeps_is_the_same_for_all(client: FlaskClient) -> None:
    file = client.get("/v1/model").json["file"]
    for kept in (file, file.replace(".onnx", ".safetensors")):
        assert client.get(kept, headers={"Origin": OURS}).headers.get("Vary") == client.get(kept).headers.get("Vary")
        assert "Origin" not in client.get(kept).vary


def test_by_default_there_is_none_and_an_origin_that_is_none_is_refused(make_app: MakeApp, tmp_path: Path) -> None:
    client, page = make_app(tmp_path).test_client(), {"Origin": OURS}
    for answer in (client.get("/v1/crops", headers=page), client.options("/v1/crops", headers=page | ASKS)):
        assert (shared(answer), "Origin" in answer.vary) == ([], False)
    for origins in ("*", "https://*.example.org", "http://app.example.org", "app.example.org", "null"):
        with pytest.raises(ValidationError, match="api_origins"):
            Settings(api_origins=origins)
