"""Every failure leaves as a problem, with a stable code, and gives nothing away."""

import json
from http.client import HTTPResponse
from pathlib import Path
from socket import create_connection

import pytest
from flask import Response
from flask.testing import FlaskClient

from majani.errors import ErrorCode
from serving.http.errors import STATUSES, RequestCode
from serving.i18n import messages
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp, Send
from tests.serving.live import Server

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
# Of failures at start, which the log tells, and of files and archives, which commands work through.
NOT_OVER_HTTP = {
    ErrorCode.BUNDLE_INVALID,
    ErrorCode.TAXONOMY_INVALID,
    ErrorCode.LANGUAGE_INVALID,
    ErrorCode.REFERENCES_INVALID,
    ErrorCode.PHOTO_CRASHED,
    ErrorCode.PHOTO_UNREADABLE,
    *(code for code in ErrorCode if code.startswith("bulk_")),
}


@pytest.fixture
def odd_client(make_app: MakeApp, tmp_path: Path) -> FlaskClient:
    """Of an app with routes that fail in ways that no real one is known to."""
    app = make_app(tmp_path)

    @app.get("/v1/crash")
    def crash() -> str:
        raise RuntimeError("secret of /home/majani")

    app.view_functions["pages.ask"] = crash
    return app.test_client()


def test_every_code_has_a_status_and_a_remedy() -> None:
    codes = {*ErrorCode, *RequestCode} - NOT_OVER_HTTP
    assert set(STATUSES) == codes
    assert set(messages.TITLES) == codes
    assert set(messages.REMEDIES) == codes


def test_routing_failures(client: FlaskClient) -> None:
    for method, path, status, code in (
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/static/nothing.css", 404, "not_found"),
        ("GET", "/static/../app.py", 404, "not_found"),
        ("PUT", "/v1/diagnoses", 405, "method_not_allowed"),
        ("PUT", "/", 405, "method_not_allowed"),
        ("DELETE", "/v1/model", 405, "method_not_allowed"),
        # Not led to the host that a request names.
        ("GET", "/v1//crops", 404, "not_found"),
        # nginx limits addresses as they are written.
        ("GET", "/v1/crops/", 404, "not_found"),
    ):
        response = client.open(path, method=method)
        assert (response.status_code, response.content_type) == (status, "application/problem+json"), path
        told = {"type": f"/problems/{code}", "title": messages.TITLES[RequestCode(code)], "status": status}
        told |= {"code": code, "errors": {}, "instance": f"urn:request:{response.headers['X-Request-Id']}"}
        assert response.json == told | {"detail": response.json["detail"]}
        assert ("Allow" in response.headers) == (status == 405)


@pytest.mark.parametrize("path", ["/v1/crash", "/"])
def test_unexpected_failure_is_logged_and_gives_nothing_away(
    path: str, odd_client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = odd_client.get(path, headers=BROWSER)
    assert response.status_code == 500
    told = [word for word in ("internal_error", "secret", "RuntimeError") if word in response.text]
    assert told == ["internal_error"]
    [record] = caplog.records
    assert record.exc_info is not None
    assert "secret of /home/majani" in str(record.exc_info[1])


def test_a_failure_that_cannot_be_answered_is_logged_by_its_route(
    odd_client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    @odd_client.application.after_request
    def spoil(response: Response) -> Response:  # noqa: ARG001
        raise RuntimeError("no headers")

    assert odd_client.get("/v1/diagnoses/somebodys-case").status_code == 500
    assert "/v1/diagnoses/<diagnosis_id>" in caplog.text
    assert "somebodys-case" not in caplog.text


@pytest.mark.parametrize("depth", [100, 900, 30_000])
def test_json_of_brackets_in_brackets_is_refused(
    depth: int, client: FlaskClient, send: Send, pictures: PictureFactory
) -> None:
    case = send("/v1/diagnoses", [pictures.leaf()]).json
    body = b"[" * depth + b"]" * depth
    address, headers = f"/v1/diagnoses/{case['id']}/feedback", {"Authorization": f"Bearer {case['token']}"}
    answer = client.put(address, data=body, content_type="application/json", headers=headers)
    assert 400 <= answer.status_code < 500
    if depth == 30_000:
        assert answer.json["code"] == "request_malformed"


def test_a_host_whose_name_is_none_is_answered_as_others(client: FlaskClient) -> None:
    answer = client.get("/v1/crops", headers={"Host": "x" * 70})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request_malformed")


@pytest.mark.parametrize(
    ("version", "head", "status", "code"),
    [
        pytest.param("1.1", b"Host: majani\r\nCookie: <script>=\x01", 400, "request_malformed", id="cookie"),
        pytest.param("1.1", b"Host: majani\r\nTransfer-Encoding: odd", 501, "request_malformed", id="encoding"),
        pytest.param("1.1", b"X: " + b"x" * 10_000, 431, "request_malformed", id="long header"),
        pytest.param("9.9", b"Host: majani", 400, "request_malformed", id="version"),
        pytest.param("1.1", b"X: a", 400, "request_malformed", id="no host"),
        # There was none at first.
        pytest.param("1.0", b"X: a", 200, None, id="no host in HTTP/1.0"),
    ],
)
def test_what_is_no_http_is_refused_as_all_else(
    version: str, head: bytes, status: int, code: str | None, live: Server
) -> None:
    with create_connection(("127.0.0.1", live.port), timeout=10) as connection:
        connection.sendall(f"GET /v1/office HTTP/{version}\r\nConnection: close\r\n".encode() + head + b"\r\n\r\n")
        answer = HTTPResponse(connection)
        answer.begin()
        body = answer.read()
    assert answer.status == status
    if code is not None:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert {"status": status, "code": code}.items() <= json.loads(body).items()
        assert b"<" not in body


def test_a_browser_gets_a_page_where_it_is_lost_and_of_every_code(client: FlaskClient) -> None:
    for path, media_type in (("/nothing", "text/html"), ("/v1/nothing", "application/problem+json")):
        response = client.get(path, headers=BROWSER | {"Accept-Language": "sw"})
        assert (response.status_code, response.mimetype) == (404, media_type)
        # Programs are told in English.
        assert (messages.TITLES[RequestCode.NOT_FOUND] in response.text) is (path == "/v1/nothing")
    for code in STATUSES:
        response = client.get(f"/problems/{code}", headers=BROWSER)
        assert (response.status_code, code in response.text) == (200, True)
    assert client.get("/problems/unheard_of").status_code == 404
