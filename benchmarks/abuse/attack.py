"""Attacks that last: each runs on a thread of its own until it is told to stop, from twenty addresses."""

import itertools
import os
import random
import secrets
import socket
import subprocess
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from urllib3 import encode_multipart_formdata

from benchmarks.abuse.client import address, ask, case, request
from benchmarks.abuse.scene import Scene
from benchmarks.abuse.single import dear_photos, many, odd_requests, photo
from benchmarks.harness import threads

ADDRESSES = 20
SLOW = 200
_BEAT_S = 0.5
_RECEIVE_BYTES = 4096
# Together more than nginx may hold.
_STREAMS, _STREAM_BYTES = 30, 31_000_000
_REFUSED = 503
_UPLOADS = 64
# Below what nginx counts as large.
_SLOW_BODY_BYTES = 900_000


@dataclass(frozen=True)
class Attack:
    """What is done, in words, and how."""

    title: str
    run: Callable[[Scene, threading.Event, Counter[int]], None]


@contextmanager
def running(attack: Attack, scene: Scene) -> Iterator[Counter[int]]:
    """Attack for as long as the block lasts; the counter has the statuses of what was answered."""
    statuses = Counter[int]()
    with threads.running(lambda stop: attack.run(scene, stop, statuses)):
        yield statuses


def _beat(connection: socket.socket, data: bytes) -> bool:
    """Send a little, or without data read a little."""
    try:
        if data:
            connection.sendall(data)
        else:
            return bool(connection.recv(256))
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


def _hold(begin: bytes, beat: bytes, count: int = SLOW, *, group: int = 3) -> Callable[..., None]:
    """Keep connections that begin with some bytes and go on very slowly; closed ones are opened again."""

    def opened(scene: Scene, number: int) -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        connection.bind((address(group, number % ADDRESSES), 0))
        with suppress(OSError):
            connection.settimeout(5)
            connection.connect(("127.0.0.1", scene.nginx.port))
            connection.sendall(begin.replace(b"MODEL", scene.model_path))
        connection.setblocking(False)
        return connection

    def run(scene: Scene, stop: threading.Event, statuses: Counter[int]) -> None:
        held = [opened(scene, number) for number in range(count)]
        while not stop.wait(_BEAT_S):
            for number, connection in enumerate(held):
                if not _beat(connection, beat):
                    statuses[0] += 1
                    connection.close()
                    held[number] = opened(scene, number)
        for connection in held:
            connection.close()

    return run


def _flood(
    requests: Callable[[], Iterable[bytes]], *, senders: int = 4, addresses: int = ADDRESSES, per_s: float = 50
) -> Callable[..., None]:
    """Send requests one after the other, on a few threads, from all addresses in turn."""

    def run(scene: Scene, stop: threading.Event, statuses: Counter[int]) -> None:
        numbers, endless = itertools.count(), iter(requests())
        lock = threading.Lock()

        def send() -> None:
            while not stop.wait(senders / per_s):
                with lock:
                    number, sent = next(numbers), next(endless)
                statuses[ask(scene.nginx.port, address(4, number % addresses), sent)] += 1

        _at_once(*[send] * senders)

    return run


def _both(*attacks: Callable[..., None]) -> Callable[..., None]:
    return lambda *arguments: _at_once(*(partial(attack, *arguments) for attack in attacks))


def _at_once(*each: Callable[[], None]) -> None:
    """Run all, and wait until all have ended."""
    with ThreadPoolExecutor(len(each)) as pool:
        for running in [pool.submit(one) for one in each]:
            running.result()


def _keys() -> Iterator[bytes]:
    while True:
        yield request("DELETE", "/v1/diagnoses", b"", f"Idempotency-Key: {secrets.token_urlsafe(16)}")


def _odd() -> Iterator[bytes]:
    yield from itertools.cycle([sent for _, sent in odd_requests() if len(sent) < 10**6])


def _dear() -> Iterator[bytes]:
    yield from itertools.cycle([many([data] * 5) for data in dear_photos().values()])


def _flat() -> Iterable[bytes]:
    """A few hundred bytes that are 13 megapixels of one colour."""
    return itertools.repeat(case(photo((4160, 3120), "WEBP", lossless=True)))


def _archive() -> bytes:
    """Four photos of some hundred bytes together, each of which takes 170 MB to decode."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"{number}.webp", photo((4000, 3200), "WEBP", lossless=True))
    return written.getvalue()


def _uploads(scene: Scene, stop: threading.Event, statuses: Counter[int]) -> None:
    """An agronomist's token, from one address."""
    archive = ("photos.zip", _archive(), "application/zip")
    body, media_type = encode_multipart_formdata([("photos", archive), ("district", "Kitui")])
    head = (f"Authorization: Bearer {scene.agronomist}", f"Content-Type: {media_type}")
    sent = request("POST", "/desk/teach/photos", body, *head)
    flood = _flood(lambda: itertools.repeat(sent), senders=_UPLOADS, addresses=1, per_s=10 * _UPLOADS)
    flood(scene, stop, statuses)


def _streams(scene: Scene, stop: threading.Event, statuses: Counter[int]) -> None:
    """Bodies over HTTP/2 that do not say how long they are, from one address."""
    url = f"http://127.0.0.1:{scene.nginx.port}/v1/diagnoses"
    command = ["curl", "--silent", "--http2-prior-knowledge", "--interface", address(9, 0), "--request", "POST"]
    command += ["--header", "Content-Type: image/jpeg", "--output", os.devnull, "--upload-file", "-", url]
    with ExitStack() as stack:
        senders = []
        for _ in range(_STREAMS):
            # No words but ours.
            sender = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))  # noqa: S603
            stack.callback(sender.kill)
            senders.append(sender)
            if sender.stdin is not None:
                with suppress(BrokenPipeError):
                    sender.stdin.write(bytes(_STREAM_BYTES))
                    sender.stdin.flush()
        stop.wait()
        statuses[_REFUSED] = sum(sender.poll() is not None for sender in senders)


def _noise() -> Iterator[bytes]:
    chance = random.Random(1)  # noqa: S311 - no secret
    while True:
        yield case(chance.randbytes(300_000))


_CASE_HEAD = request("POST", "/v1/diagnoses", b"", "Content-Type: image/jpeg").replace(
    b"Content-Length: 0", b"Content-Length: %d" % _SLOW_BODY_BYTES
)
_SENDERS = _hold(_CASE_HEAD, b"x")
_READERS = _hold(b"GET MODEL HTTP/1.1\r\nHost: majani\r\n\r\n", b"", group=5)

ATTACKS: Mapping[str, Attack] = {
    "slow": Attack(f"{SLOW} slow senders and {SLOW} slow readers", _both(_SENDERS, _READERS)),
    "heads": Attack(f"{SLOW} heads that never end", _hold(b"GET / HTTP/1.1\r\nHost: majani\r\nX: ", b"x")),
    "connections": Attack("300 connections that say nothing", _hold(b"", b"", 300)),
    "large": Attack(
        "200 bodies of 31 MB that stop half way", _hold(_CASE_HEAD.replace(b"900000", b"32000000") + bytes(10**6), b"x")
    ),
    "odd": Attack("odd bodies to every route", _flood(_odd)),
    "keys": Attack("withdrawals of keys that stand for nothing", _flood(_keys)),
    "dear": Attack("cases of five dear photos", _flood(_dear, senders=1, addresses=1, per_s=2)),
    "flat": Attack(
        "60 pictures at once of 568 bytes and 13 megapixels", _flood(_flat, senders=60, addresses=1, per_s=600)
    ),
    "uploads": Attack(f"{_UPLOADS} uploads at once of four flat pictures of 13 megapixels each", _uploads),
    "streams": Attack(f"{_STREAMS} bodies over HTTP/2 that do not say how long they are", _streams),
    "noise": Attack("photos that are none", _flood(_noise)),
}
