"""A circuit breaker: while a server is away, who needs it hears so at once instead of waiting for it (Nygard, 2007)."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

# A failure that comes sooner keeps nobody waiting, and a server that is back has answered by then.
_SLOW_S = 0.2
# How often it is tried again, while somebody asks.
RETRY_S = 0.5
# A trial that has not come back by then never began: its thread could not start.
LOST_S = 60.0


class CircuitOpenError(Exception):
    """It was away a moment ago, and has not come back since."""


class CircuitBreaker:
    """Stands before one server; safe to share between threads."""

    def __init__(self, trial: Callable[[], object]) -> None:
        """Prepare; ``trial`` asks the server for something, and fails if it is away. It runs in a thread of its own."""
        self._trial = trial
        self._lock = threading.Lock()
        self._is_away = False
        self._retry_at = -math.inf

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Ask the server; a slow failure means that it is away. CircuitOpenError until a trial finds it back."""
        self.check()
        began = time.monotonic()
        try:
            yield
        except BaseException:
            if time.monotonic() - began > _SLOW_S:
                self.open(RETRY_S)
            raise

    def check(self) -> None:
        """Raise CircuitOpenError until a trial finds it back; nothing else is asked."""
        if self._is_away:
            self._try_again()
        if self._is_away:
            raise CircuitOpenError

    def open(self, retry_s: float = 0.0) -> None:
        """Take it for away, until a trial at the earliest after ``retry_s`` finds it back."""
        with self._lock:
            if not self._is_away:
                self._is_away, self._retry_at = True, time.monotonic() + retry_s

    def _try_again(self) -> None:
        """Start a trial if it is time, and wait no longer for it than a server that is there would take."""
        with self._lock:
            if time.monotonic() < self._retry_at:
                return
            self._retry_at = time.monotonic() + LOST_S
        trying = threading.Thread(target=self._try, daemon=True)
        trying.start()
        trying.join(_SLOW_S)

    def _try(self) -> None:
        with suppress(Exception):
            self._trial()
            self._is_away = False
        self._retry_at = time.monotonic() + RETRY_S
