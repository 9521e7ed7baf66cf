"""A real HTTP server on this machine that serves one file, and misbehaves on request."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Step = Callable[["_Handler"], None]


class UnreliableServer(ThreadingHTTPServer):
    """Serves ``content`` with ranges and conditions, after one misbehaviour of ``script`` per request.

    Attributes:
        asked: Headers of every request so far.
    """

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.validators: Mapping[str, str] = {"ETag": '"first"'}
        self.ranges = True
        self.script: list[Step] = []
        self.asked: list[Mapping[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/photos.zip"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: UnreliableServer

    def do_GET(self) -> None:
        self.server.asked.append(dict(self.headers))
        step = self.server.script.pop(0) if self.server.script else serve
        step(self)

    def log_message(self, *_: object) -> None:
        pass


def serve(handler: _Handler, stop_after: int | None = None) -> None:
    """What a good server does; ``stop_after`` so many bytes of body it hangs up."""
    server = handler.server
    start = 0
    condition = handler.headers.get("If-Range")
    if server.ranges and "Range" in handler.headers and (not condition or condition in server.validators.values()):
        start = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
    total = len(server.content)
    if start >= total > 0 and start:
        return answer(416, {"Content-Range": f"bytes */{total}"}, b"<p>no such range</p>")(handler)
    handler.send_response(206 if start else 200)
    for name, value in server.validators.items():
        handler.send_header(name, value)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
    handler.send_header("Content-Length", str(total - start))
    handler.end_headers()
    handler.wfile.write(server.content[start:][:stop_after])
    handler.close_connection = stop_after is not None
    return None


def break_off(after: int) -> Step:
    """Hang up politely after so many bytes of body."""
    return lambda handler: serve(handler, stop_after=after)


def reset(after: int) -> Step:
    """Reset the connection after so many bytes of body."""

    def step(handler: _Handler) -> None:
        serve(handler, stop_after=after)
        handler.wfile.flush()
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    return step


def stall(after: int, silence_s: float = 0.8) -> Step:
    """Say nothing for a while after so many bytes of body, then hang up."""

    def step(handler: _Handler) -> None:
        serve(handler, stop_after=after)
        time.sleep(silence_s)

    return step


def answer(status: int, headers: Mapping[str, str], body: bytes = b"") -> Step:
    """Say just this."""

    def step(handler: _Handler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return step


def replaced_by(content: bytes, validators: Mapping[str, str]) -> Step:
    """From this request on, the address holds another version of the file."""

    def step(handler: _Handler) -> None:
        handler.server.content, handler.server.validators = content, validators
        serve(handler)

    return step


@contextmanager
def unreliable_server(content: bytes) -> Iterator[UnreliableServer]:
    with UnreliableServer(content) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
