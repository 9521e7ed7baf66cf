"""The load against a real server: what it sends arrives, and what it reports happened."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.serving_speed.load import form_request, load, raw_request
from tests.http_server import running


class Server(ThreadingHTTPServer):
    """Answers with the status that the path names; ``/close/200`` also ends the connection."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []
        self.connections = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("Content-Length", "2")
        if self.path.startswith("/close"):
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"{}")

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def log_message(self, *_: object) -> None:
        pass


def test_clients_keep_their_connections_and_count_every_answer_and_no_failure_as_one() -> None:
    with running(Server()) as server:
        tally = load(server.server_port, [raw_request("/201", b"photo")], clients=3, seconds=0.2)
        failed = load(server.server_port, [raw_request("/503", b"other")], clients=1, seconds=0.05)
    assert tally.failures == []
    assert len(tally.latencies_s) == server.bodies.count(b"photo") > 3
    assert set(server.bodies) == {b"photo", b"other"}
    assert server.connections == 3 + 1
    assert tally.photos_per_s == pytest.approx(len(tally.latencies_s) / tally.elapsed_s)
    assert failed.latencies_s == []
    assert failed.failures[0].startswith("503")


def test_a_connection_that_the_server_ends_is_opened_anew() -> None:
    with running(Server()) as server:
        tally = load(server.server_port, [form_request("/close/200", b"photo")], clients=1, seconds=0.1)
    assert tally.failures == []
    assert len(tally.latencies_s) == server.connections > 1
    assert b"\r\n\r\nphoto\r\n--" in server.bodies[0]
