"""The load against a real server: what it sends arrives, and what it reports happened."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.serving_speed.load import form_request, load, raw_request
from tests.http_server import running


class _Handler(BaseHTTPRequestHandler):
    """Answers with the status that the path names; ``/close/200`` also ends the connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))  # type: ignore[attr-defined]
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("Content-Length", "2")
        if self.path.startswith("/close"):
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"{}")

    def setup(self) -> None:
        self.server.connections += 1  # type: ignore[attr-defined]
        super().setup()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    found.bodies, found.connections = [], 0  # type: ignore[attr-defined]
    with running(found):
        yield found


def test_clients_keep_their_connections_and_count_every_answer(server: ThreadingHTTPServer) -> None:
    tally = load(server.server_port, [raw_request("/201", b"photo")], clients=3, seconds=0.2)
    assert tally.failures == []
    assert len(tally.latencies_s) == len(server.bodies) > 3  # type: ignore[attr-defined]
    assert set(server.bodies) == {b"photo"}  # type: ignore[attr-defined]
    assert server.connections == 3  # type: ignore[attr-defined]
    assert tally.photos_per_s == pytest.approx(len(tally.latencies_s) / tally.elapsed_s)


def test_a_connection_that_the_server_ends_is_opened_anew(server: ThreadingHTTPServer) -> None:
    tally = load(server.server_port, [form_request("/close/200", b"photo")], clients=1, seconds=0.1)
    assert tally.failures == []
    assert len(tally.latencies_s) == server.connections > 1  # type: ignore[attr-defined]
    assert b"\r\n\r\nphoto\r\n--" in server.bodies[0]  # type: ignore[attr-defined]


def test_another_answer_is_a_failure_and_no_latency(server: ThreadingHTTPServer) -> None:
    tally = load(server.server_port, [raw_request("/503", b"photo")], clients=1, seconds=0.05)
    assert tally.latencies_s == []
    assert tally.failures[0].startswith("503")
