"""SIGTERM: cases that have begun are answered, no others are let in, and the server ends."""

import http.client
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.pictures import PictureFactory
from tests.serving.live import Server, serve
from tests.waiting import wait_until

CASES = 8


@pytest.fixture
def server(tiny_bundle_dir: Path, tmp_path: Path) -> Iterator[Server]:
    kept = {"database_url": f"sqlite:///{tmp_path / 'majani.sqlite3'}", "photos_url": tmp_path / "photos"}
    with serve(tiny_bundle_dir, log=tmp_path / "server.log", **kept) as running:
        yield running


def ask(server: Server, photo: bytes) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/v1/diagnoses", photo, {"Content-Type": "image/jpeg"})
    return connection


def status(asked: http.client.HTTPConnection) -> int:
    with closing(asked):
        return asked.getresponse().status


def test_cases_under_way_are_answered(server: Server, tmp_path: Path, pictures: PictureFactory) -> None:
    log, photo = tmp_path / "server.log", pictures.jpeg_12mp()
    fields = f"Host: majani\r\nContent-Type: image/jpeg\r\nContent-Length: {len(photo)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /v1/diagnoses HTTP/1.1\r\n" + fields.encode() + photo[:1000])
        asked = [ask(server, photo) for _ in range(CASES)]
        # Connections are let in in their order.
        last = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        last.request("GET", "/healthz")
        assert status(last) == 200
        os.kill(server.process_id, signal.SIGTERM)
        wait_until(lambda: "Handling signal: term" in log.read_text())
        # One photo is still on its way.
        slow.sendall(photo[1000:])
        response = http.client.HTTPResponse(slow)
        response.begin()
        assert response.status == 201
        assert [status(one) for one in asked] == [201] * CASES
    wait_until(lambda: "Shutting down" in log.read_text())
    with pytest.raises(ConnectionRefusedError):
        ask(server, photo)
    # A library's thread that was lost in a fork would end the worker like this.
    assert "SIGABRT" not in log.read_text()
