"""Waiting for what can be observed, for as long as a busy machine may need."""

import time
from collections.abc import Callable

_PAUSE_S = 0.02


def wait_until(
    is_so: Callable[[], object], *, most_s: float = 30, pause: Callable[[float], object] = time.sleep
) -> None:
    """Ask again and again until something is so."""
    deadline = time.monotonic() + most_s
    while not is_so():
        assert time.monotonic() < deadline, f"not so within {most_s} s"
        pause(_PAUSE_S)
