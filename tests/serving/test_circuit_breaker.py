"""A store that is away is tried again, also by a process that could not start a thread meanwhile."""

import threading

import pytest

from serving import circuit_breaker
from serving.circuit_breaker import CircuitBreaker, CircuitOpenError


def test_a_trial_whose_thread_could_not_start_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit_breaker, "LOST_S", 0.0)
    breaker = CircuitBreaker(lambda: None)
    breaker.open()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", lambda _: (_ for _ in ()).throw(RuntimeError("no more threads")))
        with pytest.raises((RuntimeError, CircuitOpenError)), breaker.attempt():
            pytest.fail("nobody has tried whether it is back")
    with breaker.attempt():
        pass
