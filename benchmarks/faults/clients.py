"""Phones on a bad day: each sends a case until it is acknowledged, with the same key, and waits longer each time."""

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from benchmarks.harness.asking import ask_json, written
from benchmarks.harness.threads import running
from benchmarks.serving_speed.photo import Kind, enlarge, pick

CLIENTS = 6
PATH = "/v1/diagnoses?consent=photos"
# Of people who count on nothing being kept.
_PLAIN_PATH = "/v1/diagnoses"
_ASK_PAUSE_S = 0.2
# People do not wait longer in front of a phone.
REQUEST_TIMEOUT_S = 30
# After that a case counts as given up, and the service as not recovered.
GIVE_UP_S = 90
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
# Said about what is sent, not about the moment; sending it again would change nothing.
_FINAL = range(400, 500)
_PASSING = (408, 429)

_PHOTOS = 24
_SMALL = Kind("small", "small photo", 342, 256, quality=75, noise=0.0)


@dataclass
class SentCase:
    """A case and what became of it."""

    key: str
    photo: int  # Number of its photo in the load's photos
    id: str | None = None  # As acknowledged; None until then
    token: str | None = None
    model_version: str | None = None  # That answered
    is_awaited: bool = False  # Whether a client sends it until it is acknowledged


@dataclass(frozen=True)
class Attempt:
    """One request. Moments are of ``time.monotonic``."""

    began: float
    ended: float
    result: str  # ``201``, another status with its code, or what happened to the connection

    @property
    def is_success(self) -> bool:
        return self.result == "201"


class Load:
    """Clients that send one case after the other; ``with load:`` is as long as they do."""

    def __init__(self, port: int, photos: Sequence[bytes], *, clients: int = CLIENTS) -> None:
        self.cases: list[SentCase] = []
        self.attempts: list[Attempt] = []
        self.plain: list[Attempt] = []  # Requests of who has no key and shares nothing
        self.photos = photos
        self._port = port
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._send_many, daemon=True) for _ in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Begin no more cases, and see those through that were begun."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def new_case(self) -> SentCase:
        """Add a case that is still to be sent."""
        case = SentCase(secrets.token_urlsafe(16), random.randrange(len(self.photos)))  # noqa: S311 - any photo
        self.cases.append(case)
        return case

    def request(self, case: SentCase) -> bytes:
        """All that is sent of a case, for those who do not send all of it."""
        head = ("Connection: close", "Content-Type: image/jpeg", f"Idempotency-Key: {case.key}")
        return written("POST", PATH, self.photos[case.photo], *head)

    def deliver(self, case: SentCase, *, port: int | None = None) -> None:
        """Send a case until it is acknowledged, or there is no more hope."""
        case.is_awaited = True
        pause_s = _FIRST_PAUSE_S
        deadline = time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline:
            began = time.monotonic()
            status, result = self._ask(case, port or self._port)
            self.attempts.append(Attempt(began, time.monotonic(), result))
            if case.id is not None or (status in _FINAL and status not in _PASSING):
                return
            time.sleep(pause_s * random.uniform(0.5, 1))  # noqa: S311 - not all at once
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    @contextmanager
    def asking_plainly(self) -> Iterator[None]:
        """One more client meanwhile, which only wants an answer, with no key and no consent."""

        def ask(stopping: threading.Event) -> None:
            while not stopping.wait(_ASK_PAUSE_S):
                began = time.monotonic()
                _, result, _ = self._send(self._port, _PLAIN_PATH, self.photos[0], {})
                self.plain.append(Attempt(began, time.monotonic(), result))

        with running(ask):
            yield

    def wait_for_success(self, since: float, *, timeout_s: float = GIVE_UP_S, count: int = 1) -> float | None:
        """Seconds from ``since`` to acknowledgement ``count`` of requests that began later; None if too few came."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            ends = sorted(
                attempt.ended for attempt in list(self.attempts) if attempt.is_success and attempt.began >= since
            )
            if len(ends) >= count:
                return ends[count - 1] - since
            time.sleep(0.02)
        return None

    def failures(self) -> Counter[str]:
        """What clients saw other than success, and how often."""
        return Counter(attempt.result for attempt in self.attempts if not attempt.is_success)

    def longest_s(self) -> float:
        return max((attempt.ended - attempt.began for attempt in self.attempts), default=0.0)

    def _send_many(self) -> None:
        while not self._stopping.is_set():
            self.deliver(self.new_case())

    def _ask(self, case: SentCase, port: int) -> tuple[int | None, str]:
        status, result, answer = self._send(port, PATH, self.photos[case.photo], {"Idempotency-Key": case.key})
        if answer is not None:
            case.token, case.model_version, case.id = answer["token"], answer["model_version"], answer["id"]
        return status, result

    def _send(self, port: int, path: str, photo: bytes, headers: Mapping[str, str]) -> tuple[int | None, str, Any]:
        """Status, result as of an attempt, and the answer, if it is one."""
        try:
            status, answer = ask_json(port, "POST", path, photo, headers, timeout_s=REQUEST_TIMEOUT_S)
        except (OSError, HTTPException, ValueError) as error:
            return None, type(error).__name__, None
        if status != 201:
            return status, f"{status} {answer.get('code')}", None
        return status, "201" if answer["id"] else "201 without id", answer


def small_photos(mirror: Path) -> list[bytes]:
    """Real photos, small enough that storage is what keeps the service busy."""
    return [enlarge(path, _SMALL) for path in pick(mirror, _PHOTOS)]
