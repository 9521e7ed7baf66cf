"""The load: requests at a fixed pace, whatever the service does, and samples of its memory."""

import queue
import random
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from benchmarks.harness.process import GONE, memory
from benchmarks.serving_speed.load import BROKEN, Connection, form_request, load, raw_request
from benchmarks.serving_speed.server import MAJANI, Server
from benchmarks.steady_load.verdict import Sample

_CLIENTS = 8
_SAMPLE_S = 5.0
# At full load, so that what a worker ever needs at once is reached before anybody looks whether it grows.
_WARM_UP_S = 120.0
_CAPACITY_S = 5.0
_SEED = 20_261_124


@dataclass(frozen=True)
class Wanted:
    """A request and how it has to be answered."""

    request: bytes
    statuses: tuple[int, ...]  # Any of these


@dataclass
class Log:
    """What happened, in the order in which it did."""

    answers: list[tuple[float, float]] = field(default_factory=list)  # When each was due, and its latency, in seconds
    failures: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


def mixture(photos: Sequence[bytes], seed: int = _SEED) -> Iterator[Wanted]:
    """An endless mixture of requests, the same each time but for the keys."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    while True:
        photo = chance.choice(photos)
        kind = chance.random()
        if kind < 0.05:
            # The second half is missing, which is what a lost connection leaves.
            yield Wanted(form_request(MAJANI.path, photo[: len(photo) // 2]), (422,))
        elif kind < 0.10:
            yield Wanted(raw_request(MAJANI.path, b"no photo"), (415,))
        elif kind < 0.30:
            headers = [f"Idempotency-Key: {uuid.UUID(int=chance.getrandbits(128))}"]
            keyed = Wanted(form_request(MAJANI.path, photo, headers=headers), (200, 201))
            yield keyed
            if chance.random() < 1 / 3:
                yield keyed
        elif kind < 0.60:
            yield Wanted(raw_request(MAJANI.path, photo), (200, 201))
        else:
            yield Wanted(form_request(MAJANI.path, photo), (200, 201))


def keep_pace(server: Server, wanted: Iterator[Wanted], *, per_s: float, seconds: float) -> Log:
    """Send requests at a fixed pace and sample the workers' memory meanwhile."""
    log, due = Log(), queue.SimpleQueue[tuple[float, Wanted] | None]()
    begun = time.monotonic()
    clients = [threading.Thread(target=_client, args=(server.port, due, log, begun)) for _ in range(_CLIENTS)]
    for client in clients:
        client.start()
    next_sample_s = 0.0
    for number in range(int(per_s * seconds)):
        at_s = number / per_s
        time.sleep(max(0.0, begun + at_s - time.monotonic()))
        due.put((at_s, next(wanted)))
        if at_s >= next_sample_s:
            log.samples += sample(server, at_s)
            next_sample_s = at_s + _SAMPLE_S
    for _ in clients:
        due.put(None)
    for client in clients:
        client.join()
    return log


def _client(port: int, due: "queue.SimpleQueue[tuple[float, Wanted] | None]", log: Log, begun: float) -> None:
    connection = Connection(port)
    while (task := due.get()) is not None:
        at_s, wanted = task
        try:
            answer = connection.ask(wanted.request)
        except BROKEN as error:
            log.failures.append(f"{at_s:.0f} s: {type(error).__name__}: {error}")
            continue
        if answer.status in wanted.statuses:
            log.answers.append((at_s, time.monotonic() - begun - at_s))
        else:
            log.failures.append(f"{at_s:.0f} s: {answer.status}, not {wanted.statuses}: {answer.body[:200]!r}")
    connection.close()


def sample(server: Server, at_s: float) -> list[Sample]:
    """Memory of each worker now; one that ends at this moment is missed when another has taken its place."""
    found = []
    for pid in server.workers():
        # Its end is for the verdict; raised here, it would leave all clients waiting for ever.
        with suppress(GONE):
            found.append(Sample(at_s, pid, memory(pid).rss_mb))
    return found


def capacity(server: Server, photos: Sequence[bytes]) -> float:
    requests = [MAJANI.request(photo) for photo in photos]
    load(server.port, requests, clients=2 * _CLIENTS, seconds=_WARM_UP_S)
    return load(server.port, requests, clients=_CLIENTS, seconds=_CAPACITY_S).photos_per_s
