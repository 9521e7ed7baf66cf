"""A real HTTP server on this machine that offers one archive, and breaks off or refuses when told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.http_server import running


class ArchiveServer(ThreadingHTTPServer):
    """Serves ``content`` at any path."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.requests = 0
        self.broken = 0
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/photos.zip"


class _Handler(BaseHTTPRequestHandler):
    server: ArchiveServer

    def do_GET(self) -> None:
        server = self.server
        server.requests += 1
        self.send_response(server.status)
        self.send_header("Content-Length", str(len(server.content)))
        self.end_headers()
        is_broken = server.broken > 0
        server.broken -= is_broken
        self.wfile.write(server.content[: len(server.content) // 2] if is_broken else server.content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def archive_server(content: bytes) -> Iterator[ArchiveServer]:
    with running(ArchiveServer(content)) as server:
        yield server
