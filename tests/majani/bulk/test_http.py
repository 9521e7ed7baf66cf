"""Photos and lists behind a web server: whole, or refused by what the server means."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from majani.bulk.actor import read_file
from majani.bulk.photos import listed
from majani.bulk.place import Place
from majani.errors import BulkError, ErrorCode, PhotoError
from tests.http_server import running
from tests.majani.conftest import refused

PARTS = [b"a.jpg\n" * 20_000, b"b.jpg\n" * 20_000, b"c.jpg\n" * 20_000]


class Server(BaseHTTPRequestHandler):
    """Answers with the status in the path, 200 in parts whose number it does not tell before."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status = int(self.path[1:4])
        self.send_response(status)
        if status == 200:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", "0")
        self.end_headers()
        for part in [*PARTS, b""] if status == 200 and self.command == "GET" else []:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            self.wfile.flush()

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    with running(ThreadingHTTPServer(("127.0.0.1", 0), Server)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def test_a_stream_is_read_to_its_end(web: str) -> None:
    assert read_file(f"{web}/200.jpg".encode()) == b"".join(PARTS)
    assert len(list(listed(f"{web}/200.txt", output=Place("/nowhere/at/all")))) == 60_000


@pytest.mark.parametrize("status", [404, 403, 410, 500, 503, 429])
def test_what_is_not_there_is_the_photos_fault_and_what_is_away_is_not(web: str, status: int) -> None:
    is_photos = status in (404, 403, 410)
    code = ErrorCode.PHOTO_UNREADABLE if is_photos else ErrorCode.BULK_PLACE_UNUSABLE
    with refused(PhotoError if is_photos else BulkError, code):
        read_file(f"{web}/{status}.jpg".encode())


def test_a_server_that_is_not_there_stops_the_run() -> None:
    with refused(BulkError, ErrorCode.BULK_PLACE_UNUSABLE):
        read_file(b"http://127.0.0.1:9/a.jpg")
