"""Sending photos one after the other, and remembering what became of each."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException

from benchmarks.harness.asking import ask_json

HANG_S = 10


@dataclass
class Sent:
    """What became of all photos so far."""

    # How often each status came, with the code of its problem or the outcome of its answer.
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)  # Seed of each photo that failed, with what happened
    slowest_s: float = 0.0

    @property
    def count(self) -> int:
        return self.answers.total() + len(self.failures)

    def send(
        self, port: int, seeds: Sequence[int], photo_of: Callable[[int], bytes], *, clients: int, until: float
    ) -> None:
        """Send a photo for each seed, and none after the moment ``until`` of ``time.monotonic``."""

        def send_one(seed: int) -> tuple[int, str, float] | None:
            if time.monotonic() > until:
                return None
            photo, started = photo_of(seed), time.monotonic()
            try:
                status, answer = ask_json(port, "POST", "/v1/diagnoses", photo, timeout_s=HANG_S)
            # A dropped connection, a hang, or an answer that is none: in each case, this photo did it.
            except (OSError, HTTPException, ValueError) as error:
                return 500, repr(error), 0.0
            return status, str(answer.get("code") or answer.get("outcome")), time.monotonic() - started

        with ThreadPoolExecutor(clients) as pool:
            for seed, result in zip(seeds, pool.map(send_one, seeds), strict=True):
                if result is None:
                    continue
                status, what, seconds = result
                self.slowest_s = max(self.slowest_s, seconds)
                if status >= 500:
                    self.failures.append((seed, f"{status} {what}"))
                else:
                    self.answers[status, what] += 1
