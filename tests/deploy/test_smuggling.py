"""Requests whose end is in doubt, to nginx with the service behind it: no hidden second request is answered.

Each probe has a request of ``/v1/crops`` where one reader may see a body and another a new request. nginx gives every
request that it sees an id, so a request in the service's log without an id of nginx would be one that only the service
saw.
"""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness.nginx import SITE, run_nginx
from tests.benchmarks.replicas.here import needing_what_may_be_absent
from tests.serving.live import serve

NEXT = b"GET /v1/languages HTTP/1.1\r\nHost: majani\r\n\r\n"
HIDDEN = b"GET /v1/crops HTTP/1.1\r\nHost: majani\r\n\r\n"
# The longest silence after which another answer could still come.
QUIET_S = 0.5
END = b"0\r\n\r\n"


def post(*head: str | bytes, body: bytes = HIDDEN, version: str = "1.1", path: str = "/v1/diagnoses") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "Host: majani", "Content-Type: image/jpeg", *head]
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\r\n\r\n" + body


def chunked(body: bytes, *head: str | bytes) -> bytes:
    return post("Transfer-Encoding: chunked", *head, body=body)


TE, SHORT = "Transfer-Encoding: chunked", "Content-Length: 4"
LENGTHS = {
    "twice": (SHORT, "Content-Length: 44"),
    "twice, the same": (SHORT, SHORT),
    "a list": ("Content-Length: 4, 44",),
    "a list of the same": ("Content-Length: 4, 4",),
    "plus": ("Content-Length: +4",),
    "minus": ("Content-Length: -4",),
    "hexadecimal": ("Content-Length: 0x4",),
    "underscore": ("Content-Length: 4_0",),
    "vertical tab": (b"Content-Length: \x0b4",),
    "a fraction": ("Content-Length: 4.0",),
    "an exponent": ("Content-Length: 4e0",),
    "spaces within": ("Content-Length: 4 4",),
    "empty": ("Content-Length: ",),
    "Arabic digits": ("Content-Length: ٤".encode(),),
    "NUL": (b"Content-Length: 4\x00",),
    "enormous": ("Content-Length: 99999999999999999999999",),
    "space before colon": ("Content-Length : 4",),
    "tab before colon": ("Content-Length\t: 4",),
    "underscore in the name": ("Content_Length: 4",),
    "folded": ("Content-Length:\r\n 4",),
    "folded onto another": ("X: a\r\n Content-Length: 44", SHORT),
    "after a bare LF": (b"X: a\nContent-Length: 4",),
    "after a bare CR": (b"X: a\rContent-Length: 4",),
    "none": (),
}
CODINGS = {
    "CL.TE": (SHORT, TE),
    "TE.CL": (TE, SHORT),
    "twice": (TE, TE),
    "identity": ("Transfer-Encoding: identity",),
    "gzip": ("Transfer-Encoding: gzip",),
    "gzip, then chunked": ("Transfer-Encoding: gzip, chunked",),
    "chunked, then gzip": ("Transfer-Encoding: chunked, gzip",),
    "chunked, then identity": (TE, "Transfer-Encoding: identity"),
    "empty": ("Transfer-Encoding: ",),
    "quoted": ('Transfer-Encoding: "chunked"',),
    "a typing error": ("Transfer-Encoding: xchunked",),
    "vertical tab": (b"Transfer-Encoding: \x0bchunked",),
    "underscore in the name": ("Transfer_Encoding: chunked", SHORT),
    "space before colon": ("Transfer-Encoding : chunked", SHORT),
    "folded": ("Transfer-Encoding:\r\n chunked", SHORT),
    "after a bare LF": (b"X: a\nTransfer-Encoding: chunked", SHORT),
    "NUL": (b"Transfer-Encoding: chunked\x00", SHORT),
    "capitals": ("Transfer-Encoding: CHUNKED", SHORT),
}
CHUNKS = {
    "size with underscore": b"1_0\r\n" + bytes(16) + b"\r\n",
    "size with 0x": b"0x4\r\nabcd\r\n",
    "size with plus": b"+4\r\nabcd\r\n",
    "size with minus": b"-4\r\nabcd\r\n",
    "size with spaces": b" 4 \r\nabcd\r\n",
    "size that overflows": b"10000000000000004\r\nabcd\r\n",
    "no size": b"\r\nabcd\r\n",
    "LF only": b"4\nabcd\n",
    "CR only": b"4\rabcd\r",
    "an extension": b"4;a=b\r\nabcd\r\n",
    "an extension with LF": b"4;a\nabcd\r\n",
    "longer than said": b"4\r\nabcdef\r\n",
    "shorter than said": b"8\r\nabcd\r\n",
    "no line after it": b"4\r\nabcd",
    "two bytes after it": b"4\r\nabcdxx",
}
PROBES: Mapping[str, bytes] = {
    **{f"length: {name}": post(*head) for name, head in LENGTHS.items()},
    **{f"coding: {name}": post(*head, body=END + HIDDEN) for name, head in CODINGS.items()},
    **{f"chunk: {name}": chunked(start + END[:-2] + HIDDEN) for name, start in CHUNKS.items()},
    "trailer with a length": chunked(b"0\r\nContent-Length: 4\r\n" + HIDDEN),
    "trailer with a request line": chunked(b"0\r\n" + HIDDEN),
    "HTTP/1.0 with chunks": post(TE, version="1.0", body=END + HIDDEN),
    "HTTP/1.0 kept open": post("Connection: keep-alive", TE, version="1.0", body=END + HIDDEN),
    "expect, twice": post("Expect: 100-continue", "Expect: 100-continue", SHORT),
    "expect, folded": post("Expect:\r\n 100-continue", SHORT),
    "expect, glued": post("Expect: 100-continue, x", SHORT),
    "NUL in a name": post(b"X\x00Y: a", SHORT),
    "two hosts": post("Host: other", SHORT),
    "absolute address": post(SHORT, path="http://other/v1/diagnoses"),
    "h2c": post("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", SHORT),
    "a websocket": post("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", SHORT),
    "length of a hop": post("Connection: Content-Length", SHORT),
    "GET with a body": b"GET /v1/languages HTTP/1.1\r\nHost: majani\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN)
    + HIDDEN,
    "body after HEAD": b"HEAD /v1/languages HTTP/1.1\r\nHost: majani\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN)
    + HIDDEN,
}
# nginx is sure where these end (it drops names with an underscore), so what follows is a request of the same client.
SURE = {
    *(f"length: {name}" for name in ("underscore in the name", "after a bare LF", "none")),
    *("coding: underscore in the name", "expect, glued", "absolute address", "h2c", "a websocket", "length of a hop"),
}
SERVER_ERRORS = {500, 502, 503, 504}
# Each probe comes from an address of its own: nginx lets one address send four photos at a time.
SOURCES = [f"127.0.1.{number}" for number in range(1, len(PROBES) + 1)]


@dataclass(frozen=True)
class Seen:
    """What came of all probes: the statuses that each was answered, those of the next client, and both logs."""

    statuses: Mapping[str, list[int]]
    next_statuses: Mapping[str, list[int]]
    by_nginx: list[str]
    by_service: list[str]


@pytest.fixture(scope="module")
def seen(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("smuggling")
    kept = {"database_url": f"sqlite:///{folder / 'majani.sqlite3'}", "photos_url": folder / "photos"}
    log = folder / "log"
    with (
        needing_what_may_be_absent(),
        serve(tiny_bundle_dir, trusted_proxies=1, log=log, **kept) as server,
        run_nginx(SITE, [server.port], folder / "nginx") as nginx,
        ThreadPoolExecutor(8) as pool,
    ):
        found = pool.map(lambda probe, source: answers(nginx.port, source, probe, NEXT), PROBES.values(), SOURCES)
        both = dict(zip(PROBES, found, strict=True))
    by_service = [line["request_id"] for line in lines(log) if line.get("route") not in (None, "/readyz")]
    yield Seen(
        {name: own for name, (own, _) in both.items()},
        {name: following for name, (_, following) in both.items()},
        [line["request_id"] for line in lines(nginx.log)],
        by_service,
    )


def lines(log: Path) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def answers(port: int, source: str, *sent: bytes) -> list[list[int]]:
    """Statuses of all that comes back on each connection."""
    return [answers_on_one(port, source, one) for one in sent]


def answers_on_one(port: int, source: str, sent: bytes) -> list[int]:
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=QUIET_S, source_address=(source, 0)) as connection:
        connection.sendall(sent)
        began = time.monotonic()
        # An answer may take a moment on a busy machine; silence after one is the end.
        while time.monotonic() < began + 5:
            try:
                data = connection.recv(64 * 1024)
            except TimeoutError:
                if received:
                    break
                continue
            except OSError:
                break
            if not data:
                break
            received += data
    return [int(start[:3]) for start in received.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize("name", PROBES)
def test_one_request_has_one_answer(seen: Seen, name: str) -> None:
    final = [status for status in seen.statuses[name] if status != 100]
    assert len(final) == (2 if name in SURE else 1), final
    assert SERVER_ERRORS.isdisjoint(final)
    assert seen.next_statuses[name] == [200]


def test_the_service_saw_no_request_that_nginx_did_not_see(seen: Seen) -> None:
    assert len(seen.by_service) >= len(PROBES)
    assert len(seen.by_service) == len(set(seen.by_service))
    assert set(seen.by_service) <= set(seen.by_nginx)
