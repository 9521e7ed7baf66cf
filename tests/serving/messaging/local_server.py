"""A real HTTP server of this machine whose answers a test can spoil: by status, by silence, byte by byte."""

import itertools
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.pictures import PictureFactory

# The tiny bundle knows it: bean rust.
RED = PictureFactory().red()
# Messages are of this morning, one a second.
SENT = int(time.time()) - 12 * 3600


@dataclass(frozen=True)
class Reply:
    """What the server answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0
    drip_s: float = 0
    breaks_off: bool = False


@dataclass(frozen=True)
class Asked:
    """What the server was asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Platform:
    """A platform's side on a local server of its own; answers are sent to addresses that end with ``sending``."""

    sending = ""

    def __init__(self) -> None:
        self.photos: dict[str, bytes] = {}
        self.server = LocalServer(self._answer)
        self._numbers = itertools.count(1)

    @property
    def sent(self) -> list[dict[str, Any]]:
        """Answers that arrived, oldest first."""
        return [asked.json() for asked in self.server.asked if asked.path.endswith(self.sending)]

    def reset(self) -> None:
        self.server.reset()
        self.photos.clear()

    def _answer(self, asked: Asked) -> tuple[str, Reply]:
        """The operation that is asked for, and what it answers."""
        raise NotImplementedError


def as_json(content: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(content).encode(), {"Content-Type": "application/json", **headers})


class LocalServer(ThreadingHTTPServer):
    """Answers with ``answer``, unless a trouble is queued for the operation that is asked for."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Asked], tuple[str, Reply]]) -> None:
        """Start serving."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self.troubles: dict[str, deque[Reply]] = defaultdict(deque)
        self._answer = answer
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spoil(self, operation: str, *replies: Reply) -> None:
        self.troubles[operation].extend(replies)

    def reset(self) -> None:
        self.asked.clear()
        self.troubles.clear()

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def reply_to(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        operation, reply = self._answer(asked)
        return self.troubles[operation].popleft() if self.troubles[operation] else reply


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LocalServer

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        reply = self.server.reply_to(Asked(self.command, self.path, dict(self.headers), body))
        time.sleep(reply.delay_s)
        try:
            self._send(reply)
        except ConnectionError:  # the client has given up
            self.close_connection = True

    do_POST = do_GET  # noqa: N815

    def _send(self, reply: Reply) -> None:
        if reply.breaks_off:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if not reply.drip_s:
            self.wfile.write(reply.body)
            return
        for byte in reply.body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(reply.drip_s)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass
