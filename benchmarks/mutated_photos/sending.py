"""Sending photos one after the other, and remembering what became of each."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

HANG_S = 10
_PATH = "/v1/diagnoses"


@dataclass
class Sent:
    """What became of all photos so far."""

    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)  # Seed of each photo that failed, with what happened
    slowest_s: float = 0.0  # Longest time to an answer

    @property
    def count(self) -> int:
        return self.answers.total() + len(self.failures)


def send(port: int, seeds: Iterable[int], photo_of: Callable[[int], bytes], *, clients: int, until: float) -> Sent:
    sent, lock, waiting = Sent(), threading.Lock(), iter(seeds)

    def work() -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=HANG_S)) as connection:
            for seed in _shared(waiting, lock):
                if time.monotonic() > until:
                    return
                _send_one(connection, seed, photo_of(seed), sent, lock)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sent


def _shared(waiting: Iterator[int], lock: threading.Lock) -> Iterator[int]:
    while True:
        with lock:
            seed = next(waiting, None)
        if seed is None:
            return
        yield seed


def _send_one(
    connection: http.client.HTTPConnection, seed: int, photo: bytes, sent: Sent, lock: threading.Lock
) -> None:
    started = time.monotonic()
    try:
        connection.request("POST", _PATH, photo, {"Content-Type": "image/jpeg"})
        response = connection.getresponse()
        answer = json.loads(response.read())
    # A dropped connection, a hang, or an answer that is none: whichever it is, this photo did it.
    except (OSError, http.client.HTTPException, ValueError) as error:
        connection.close()
        with lock:
            sent.failures.append((seed, repr(error)))
        return
    with lock:
        sent.slowest_s = max(sent.slowest_s, time.monotonic() - started)
        what = str(answer.get("code") or answer.get("outcome"))
        if response.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            sent.failures.append((seed, f"{response.status} {what}"))
        else:
            sent.answers[response.status, what] += 1
