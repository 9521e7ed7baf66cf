"""Every answer tells browsers what a page may do, whatever the answer is."""

import pytest
from flask.testing import FlaskClient

EXPECTED = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Referrer-Policy": "same-origin",
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
