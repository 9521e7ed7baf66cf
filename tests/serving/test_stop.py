"""SIGTERM: whoever has begun to ask is answered, nobody else is let in, and the server ends."""

import http.client
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.pictures import PictureFactory
from tests.serving.live import Server, serve

CASES = 8


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def server(tiny_bundle_dir: Path, tmp_path: Path, log: Path) -> Iterator[Server]:
    kept = {"database_url": f"sqlite:///{tmp_path / 'majani.sqlite3'}", "photos_url": tmp_path / "photos"}
    with serve(tiny_bundle_dir, log=log, **kept) as running:
        yield running


def diagnose(server: Server, photo: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/v1/diagnoses", photo, {"Content-Type": "image/jpeg"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_cases_under_way_are_answered(server: Server, log: Path, pictures: PictureFactory) -> None:
    photo = pictures.jpeg_12mp()
    fields = f"Host: majani\r\nContent-Type: image/jpeg\r\nContent-Length: {len(photo)}\r\n\r\n"
    with ThreadPoolExecutor(CASES) as pool, socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /v1/diagnoses HTTP/1.1\r\n" + fields.encode() + photo[:1000])
        answers = [pool.submit(diagnose, server, photo) for _ in range(CASES)]
        time.sleep(0.3)
        os.kill(server.process_id, signal.SIGTERM)
        time.sleep(0.3)
        # One photo is still on its way.
        slow.sendall(photo[1000:])
        response = http.client.HTTPResponse(slow)
        response.begin()
        assert response.status == 201
        assert response.headers["Connection"] == "close"
        assert [answer.result() for answer in answers] == [201] * CASES
    with pytest.raises(ConnectionRefusedError):
        diagnose(server, photo)
    deadline = time.monotonic() + 20
    while "Shutting down" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    # A library's thread that was lost in a fork would end the worker like this.
    assert "SIGABRT" not in log.read_text()


def test_connections_without_a_question_hold_nobody_up(server: Server, log: Path) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    time.sleep(0.3)
    began = time.monotonic()
    os.kill(server.process_id, signal.SIGTERM)
    while "Shutting down" not in log.read_text() and time.monotonic() < began + 20:
        time.sleep(0.1)
    assert time.monotonic() - began < 6
    for connection in idle:
        connection.close()
