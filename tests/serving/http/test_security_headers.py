"""Every answer tells browsers what a page may do, whatever the answer is."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.serving.conftest import MakeApp

EXPECTED = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PATHS = ["/", "/static/page.css", "/v1/model", "/nothing", "/v1/usage", "/openapi.json"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_them_and_demands_encryption_only_where_there_is_some(
    path: str, client: FlaskClient
) -> None:
    plain, secure = client.get(path), client.get(path, base_url="https://majani.example")
    for answer in (plain, secure):
        assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED
    assert "Strict-Transport-Security" not in plain.headers
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(("proxies", "is_secure"), [(0, False), (1, True), (2, True)])
def test_a_proxy_is_believed_about_encryption_only_if_there_is_one(
    proxies: int, is_secure: bool, make_app: MakeApp, tmp_path: Path
) -> None:
    client = make_app(tmp_path, trusted_proxies=proxies).test_client()
    answer = client.get("/healthz", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1, 192.0.2.2"})
    assert ("Strict-Transport-Security" in answer.headers) == is_secure
