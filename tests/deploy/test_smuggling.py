"""Requests whose end is in doubt, to nginx with the service behind it: no hidden second request is answered.

Each probe has a request of ``/v1/crops`` where one reader may see a body and another a new request. nginx gives every
request that it sees an id, so a request in the service's log without an id of nginx would be one that only the service
saw.
"""

import json
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness.nginx import SITE, run_nginx
from tests.absence import needing_what_may_be_absent
from tests.serving.live import serve

NEXT = b"GET /v1/languages HTTP/1.1\r\nHost: majani\r\n\r\n"
HIDDEN = b"GET /v1/crops HTTP/1.1\r\nHost: majani\r\n\r\n"
# The longest silence after which another answer could still come.
QUIET_S = 0.5
END = b"0\r\n\r\n"


def post(*head: str, body: bytes = HIDDEN, version: str = "1.1", path: str = "/v1/diagnoses") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "Host: majani", "Content-Type: image/jpeg", *head]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(body: bytes) -> bytes:
    return post(TE, body=body)


TE, SHORT = "Transfer-Encoding: chunked", "Content-Length: 4"
# What one reader takes for a number or for chunks, and another does not.
NUMBERS = ("4, 44", "4, 4", "+4", "-4", "0x4", "4_0", "\v4", "4.0", "4e0", "4 4", "", "٤", "4\0", "9" * 23)
NO_CHUNKS = ("identity", "gzip", "gzip, chunked", "chunked, gzip", "", '"chunked"', "xchunked", "\vchunked")
SIZES = (b"0x4", b"+4", b"-4", b" 4 ", b"10000000000000004", b"", b"4;a=b")


def doubtful(header: str) -> dict[str, str]:
    """A header that one reader sees and another does not."""
    name, _, value = header.partition(": ")
    return {
        "space before colon": f"{name} : {value}",
        "tab before colon": f"{name}\t: {value}",
        "underscore in the name": f"{name.replace('-', '_')}: {value}",
        "folded": f"{name}:\r\n {value}",
        "after a bare LF": f"X: a\n{header}",
        "after a bare CR": f"X: a\r{header}",
    }


LENGTHS = {
    **{repr(number): (f"Content-Length: {number}",) for number in NUMBERS},
    **{name: (header,) for name, header in doubtful(SHORT).items()},
    "twice": (SHORT, "Content-Length: 44"),
    "twice, the same": (SHORT, SHORT),
    "folded onto another": ("X: a\r\n Content-Length: 44", SHORT),
    "none": (),
}
CODINGS = {
    **{repr(coding): (f"Transfer-Encoding: {coding}",) for coding in NO_CHUNKS},
    **{name: (header, SHORT) for name, header in doubtful(TE).items()},
    "CL.TE": (SHORT, TE),
    "TE.CL": (TE, SHORT),
    "twice": (TE, TE),
    "chunked, then identity": (TE, "Transfer-Encoding: identity"),
    "NUL": (f"{TE}\0", SHORT),
    "capitals": (TE.upper(), SHORT),
}
CHUNKS = (
    *(size + b"\r\nabcd\r\n" for size in SIZES),
    b"1_0\r\n" + bytes(16) + b"\r\n",
    *(b"4\nabcd\n", b"4\rabcd\r", b"4;a\nabcd\r\n"),
    # Of another length than it says, or without its last line.
    *(b"4\r\nabcdef\r\n", b"8\r\nabcd\r\n", b"4\r\nabcd", b"4\r\nabcdxx"),
)
BODY = b"%s /v1/languages HTTP/1.1\r\nHost: majani\r\nContent-Length: %d\r\n\r\n%s"
PROBES: Mapping[str, bytes] = {
    **{f"length: {name}": post(*head) for name, head in LENGTHS.items()},
    **{f"coding: {name}": post(*head, body=END + HIDDEN) for name, head in CODINGS.items()},
    **{f"chunk: {start!r}": chunked(start + END[:-2] + HIDDEN) for start in CHUNKS},
    "trailer with a length": chunked(b"0\r\nContent-Length: 4\r\n" + HIDDEN),
    "trailer with a request line": chunked(b"0\r\n" + HIDDEN),
    "HTTP/1.0 with chunks": post(TE, version="1.0", body=END + HIDDEN),
    "HTTP/1.0 kept open": post("Connection: keep-alive", TE, version="1.0", body=END + HIDDEN),
    "expect, twice": post("Expect: 100-continue", "Expect: 100-continue", SHORT),
    "expect, folded": post("Expect:\r\n 100-continue", SHORT),
    "expect, glued": post("Expect: 100-continue, x", SHORT),
    "NUL in a name": post("X\0Y: a", SHORT),
    "two hosts": post("Host: other", SHORT),
    "absolute address": post(SHORT, path="http://other/v1/diagnoses"),
    "h2c": post("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", SHORT),
    "a websocket": post("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", SHORT),
    "length of a hop": post("Connection: Content-Length", SHORT),
    **{f"{method!r} with a body": BODY % (method, len(HIDDEN), HIDDEN) for method in (b"GET", b"HEAD")},
}
# nginx is sure where these end (it drops names with an underscore), so what follows is a request of the same client.
SURE = {
    *(f"length: {name}" for name in ("underscore in the name", "after a bare LF", "none")),
    *("coding: underscore in the name", "expect, glued", "absolute address", "h2c", "a websocket", "length of a hop"),
}
SERVER_ERRORS = {500, 502, 503, 504}


@dataclass(frozen=True)
class Seen:
    """What came of all probes: statuses of each and of the client after it, and the ids of both logs."""

    statuses: Mapping[str, tuple[list[int], list[int]]]
    by_nginx: list[str]
    by_service: list[str]


@pytest.fixture(scope="module")
def seen(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("smuggling")
    kept = {"database_url": f"sqlite:///{folder / 'majani.sqlite3'}", "photos_url": folder / "photos"}
    log = folder / "log"
    with (
        needing_what_may_be_absent(),
        serve(tiny_bundle_dir, trusted_proxies=1, log=log, **kept) as server,
        run_nginx(SITE, [server.port], folder / "nginx") as nginx,
        ThreadPoolExecutor(8) as pool,
    ):

        def ask(number: int, probe: bytes) -> tuple[list[int], list[int]]:
            # Each from an address of its own: nginx lets one address send four photos at a time.
            source = f"127.0.1.{number + 1}"
            return answers(nginx.port, source, probe), answers(nginx.port, source, NEXT)

        statuses = dict(zip(PROBES, pool.map(ask, range(len(PROBES)), PROBES.values()), strict=True))
    asked = [line["request_id"] for line in lines(log) if line.get("route") not in (None, "/readyz")]
    return Seen(statuses, [line["request_id"] for line in lines(nginx.log)], asked)


def lines(log: Path) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def answers(port: int, source: str, sent: bytes) -> list[int]:
    """Statuses of all that comes back on a connection."""
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
    own, following = seen.statuses[name]
    final = [status for status in own if status != 100]
    assert len(final) == (2 if name in SURE else 1), final
    assert SERVER_ERRORS.isdisjoint(final)
    assert following == [200]


def test_the_service_saw_no_request_that_nginx_did_not_see(seen: Seen) -> None:
    assert len(seen.by_service) >= len(PROBES)
    assert len(seen.by_service) == len(set(seen.by_service))
    assert set(seen.by_service) <= set(seen.by_nginx)
