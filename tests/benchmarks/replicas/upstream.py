"""Made-up replicas, which note what they are asked and answer as they are told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.http_server import running


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


# Status and body; None hangs up without an answer, when the request has been read.
Answer = Callable[[Asked], tuple[int, bytes] | None]


@dataclass
class Upstream:
    port: int
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def upstream(answer: Answer) -> Iterator[Upstream]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            asked = Asked(self.command, self.path, dict(self.headers.items()), body)
            found.asked.append(asked)
            answered = answer(asked)
            self.close_connection = True
            if answered is None:
                return
            status, content = answered
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = do_PUT = handle_any  # noqa: N815 - names of the base class

        def log_message(self, *_: object) -> None:
            """Write no log."""

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        found = Upstream(server.server_port)
        yield found
