"""Whom the service takes for the sender, behind as many proxies as the operator says there are."""

import logging
from pathlib import Path

import pytest
import requests
from flask import Flask, request

from serving.http.proxies import register
from serving.settings import Settings
from tests.serving.conftest import MakeApp
from tests.serving.live import Server

# Each proxy adds whom it sees; the sender made up the first.
HEADERS = {
    "X-Forwarded-For": "192.0.2.66, 192.0.2.7, 192.0.2.8",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Proto": "https",
}


@pytest.mark.parametrize(
    ("proxies", "sender"), [(0, "127.0.0.1"), (1, "192.0.2.8"), (2, "192.0.2.7"), (4, "127.0.0.1")]
)
def test_sender_is_who_the_last_trusted_proxy_saw(proxies: int, sender: str, make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(tmp_path, trusted_proxies=proxies)
    app.add_url_rule("/who", "who", lambda: {"address": request.remote_addr, "host": request.host})
    answer = app.test_client().get("/who", headers=HEADERS)
    assert answer.json == {"address": sender, "host": "localhost"}
    assert ("Strict-Transport-Security" in answer.headers) is (proxies > 0)


def test_proxy_that_is_not_trusted_is_in_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    for proxies, headers, lines in (
        (0, {"X-Forwarded-For": "192.0.2.66"}, 1),
        (0, {"Forwarded": "for=192.0.2.66"}, 1),
        (0, {}, 0),
        (1, {"X-Forwarded-For": "192.0.2.66"}, 0),
    ):
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: "leaf")
        register(app, Settings(trusted_proxies=proxies))
        caplog.clear()
        for _ in range(3):
            app.test_client().get("/", headers=headers)
        assert [record.levelno for record in caplog.records] == [logging.WARNING] * lines
        assert "192.0.2.66" not in caplog.text


def test_gunicorn_believes_no_header_either(live: Server) -> None:
    """By default, gunicorn trusts every client on the same machine. Such a client may be a proxy of another service."""
    for path, headers, status in (
        ("/healthz", {"X-Forwarded-Proto": "https"}, 200),
        # They contradict each other, which is none of our business.
        ("/healthz", {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off"}, 200),
        ("/elsewhere/healthz", {"SCRIPT_NAME": "/elsewhere"}, 404),
    ):
        answer = requests.get(live.url + path, headers=headers, timeout=30)
        assert (answer.status_code, answer.headers.get("Strict-Transport-Security")) == (status, None), headers
