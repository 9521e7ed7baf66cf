"""A circuit breaker: while a server is away, who needs it hears so at once instead of waiting for it (Nygard, 2007)."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# A failure that comes sooner keeps nobody waiting.
_SLOW_S = 0.2
# After a slow failure one caller tries again, while others still hear that it is away.
RETRY_S = 0.5


class CircuitOpenError(Exception):
    """It was away a moment ago, and was not asked again."""


class CircuitBreaker:
    """Stands before one server; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_away = False
        self._retry_at = -math.inf

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Ask the server. A slow failure means that it is away, success that it is back.

        Raises:
            CircuitOpenError: If it was away a moment ago, or if another caller is finding out.
        """
        began = time.monotonic()
        with self._lock:
            if began < self._retry_at:
                raise CircuitOpenError
            if self._is_away:
                self._retry_at = math.inf
        try:
            yield
        except BaseException:
            ended = time.monotonic()
            self._is_away = ended - began > _SLOW_S
            self._retry_at = ended + RETRY_S if self._is_away else -math.inf
            raise
        self._is_away, self._retry_at = False, -math.inf
