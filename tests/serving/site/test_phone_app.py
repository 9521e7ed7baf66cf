"""The files of the phone app, sent so that browsers can keep and run them; and the page, which becomes the app.

A build is used if it is whole, and otherwise the log says why not.
"""

import gzip
import http.client
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.site.app_build import AppBuild, AppBuildError, find_build
from tests.serving.conftest import MakeApp
from tests.serving.http.test_security_headers import EXPECTED
from tests.serving.live import Server
from tests.serving.site.test_page import Tags
from tests.serving.site.tiny_build import COMPRESSED, FILES, NAMES, NETWORK, SCRIPT, STYLE, write_build

APP_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; media-src 'self' blob:; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'self'; manifest-src 'self'"
)
FOR_EVER = "public, max-age=31536000, immutable"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}
PAGE = NAMES["index.html"]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web")
    (folder / "secret.js").write_text("not of the app")
    return write_build(folder / "dist")


@pytest.fixture(scope="module")
def app(make_app: MakeApp, build: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("app"), app_dir=build)


def test_build_says_what_begins_it(build: Path) -> None:
    found = find_build(build)
    assert found is not None
    assert (found.script, found.styles) == (SCRIPT, (STYLE,))
    assert found.files == {*FILES, *(f"{name}.gz" for name in COMPRESSED), ".vite/manifest.json"}


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(b"{", id="broken off"),
        pytest.param({}, id="no page"),
        pytest.param({"index.html": {"css": [STYLE]}}, id="no script"),
        pytest.param({"index.html": {**PAGE, "file": "assets/gone.js"}}, id="script is gone"),
        pytest.param({"index.html": {**PAGE, "css": ["assets/gone.css"]}}, id="style is gone"),
        pytest.param({"index.html": {**PAGE, "file": "../index.html"}}, id="script is elsewhere"),
    ],
)
def test_build_that_is_not_whole_is_not_used(
    names: Mapping[str, Any] | bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_build(tmp_path, names)
    with pytest.raises(AppBuildError):
        AppBuild.read(tmp_path)
    assert find_build(tmp_path) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_sent_as_it_was_built_and_compressed_to_whoever_takes_it(name: str, client: FlaskClient) -> None:
    plain, packed = client.get(f"/app/{name}"), client.get(f"/app/{name}", headers=GZIP)
    assert (plain.status_code, plain.data) == (200, FILES[name])
    assert "Content-Encoding" not in plain.headers
    # Files with a checksum in their name never change, and the service worker alone may look after the page.
    expected = EXPECTED | {
        "Content-Security-Policy": APP_POLICY,
        "Cache-Control": FOR_EVER if name.startswith(("assets/", "ort/")) else "no-cache",
        "Service-Worker-Allowed": "/" if name == "sw.js" else None,
    }
    for answer in (plain, packed):
        assert {header: answer.headers.get(header) for header in expected} == expected
    if name not in COMPRESSED:
        assert (packed.data, packed.headers["ETag"]) == (plain.data, plain.headers["ETag"])
        assert not plain.vary
        assert "Content-Encoding" not in packed.headers
        return
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.content_length == len(packed.data) < len(plain.data)
    assert (plain.get_etag()[1], packed.get_etag()[1]) == (False, True)
    assert all("Accept-Encoding" in answer.vary for answer in (plain, packed))
    # A name for what a browser would save, which is unpacked.
    assert packed.headers["Content-Disposition"] == plain.headers["Content-Disposition"]


@pytest.mark.parametrize("name", [NETWORK, SCRIPT])
def test_parts_are_those_of_the_file_itself(name: str, client: FlaskClient) -> None:
    whole = FILES[name]
    for headers in ({}, GZIP):
        answer = client.get(f"/app/{name}", headers={**headers, "Range": "bytes=10-19"})
        assert (answer.status_code, answer.data) == (206, whole[10:20])
        assert answer.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
        assert "Content-Encoding" not in answer.headers
    beyond = client.get(f"/app/{name}", headers={"Range": "bytes=99999-"})
    assert (beyond.status_code, beyond.json["code"]) == (416, "range_not_satisfiable")
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole)}"


ABSENT = ["absent.js", "assets", "assets/", "../secret.js", "..%2Fsecret.js", "%2e%2e/secret.js", "x" * 5000]
ABSENT += ["assets/../../secret.js", "assets/../sw.js", "%2Fetc%2Fpasswd", "sw.js%00", ""]


def test_nothing_else_is_there_nor_a_file_that_went_away_meanwhile(
    client: FlaskClient, make_app: MakeApp, tmp_path: Path
) -> None:
    build = write_build(tmp_path / "dist")
    poorer = make_app(tmp_path, app_dir=build).test_client()
    (build / "icon.png").unlink()
    for asked, name in (*((client, name) for name in ABSENT), (poorer, "icon.png")):
        # Two slashes are taken for one.
        answer = asked.get(f"/app/{name}", follow_redirects=True)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found"), name
        assert "Service-Worker-Allowed" not in answer.headers


def test_page_loads_the_app(client: FlaskClient) -> None:
    page = client.get("/")
    tags = Tags(page.text)
    links = [(link["rel"], link["href"]) for link in tags.all("link")]
    assert links[-2:] == [("manifest", "/app/manifest.webmanifest"), ("stylesheet", f"/app/{STYLE}")]
    assert [(script["type"], script["src"]) for script in tags.all("script")][-1] == ("module", f"/app/{SCRIPT}")
    assert {"name": "theme-color", "content": "#1f6b2a"} in tags.all("meta")
    assert page.headers["Content-Security-Policy"] == APP_POLICY
    assert all(client.get(str(address)).status_code == 200 for _, address in links)


def test_without_a_build_the_page_stays_a_page(make_app: MakeApp, tmp_path: Path) -> None:
    client = make_app(tmp_path, app_dir=tmp_path).test_client()
    page, answer = client.get("/"), client.get("/app/sw.js")
    assert (page.status_code, "/app/" in page.text) == (200, False)
    assert page.headers["Content-Security-Policy"] == EXPECTED["Content-Security-Policy"]
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_files_through_a_real_server(live: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    # On one connection, where a wrong length would be noticed by the next.
    for name, headers, body in (
        (SCRIPT, {}, FILES[SCRIPT]),
        (SCRIPT, GZIP, gzip.compress(FILES[SCRIPT], mtime=0)),
        (NETWORK, GZIP, FILES[NETWORK]),
        (NETWORK, {"Range": "bytes=5-8"}, FILES[NETWORK][5:9]),
    ):
        connection.request("GET", f"/app/{name}", headers=headers)
        assert connection.getresponse().read() == body
    connection.close()
