"""One case after the other, in order, and not too many waiting."""

import itertools
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from serving.cases.admission import Admission
from serving.http.errors import RequestError
from serving.telemetry import metrics
from serving.telemetry.metrics import REGISTRY
from tests.waiting import wait_until


class Crowd:
    """Cases that hold their turn until they are told to go."""

    def __init__(self, admission: Admission, senders: Sequence[tuple[str, float]]) -> None:
        self.admission, self.senders = admission, senders
        self.inside: list[int] = []
        self.most_inside = 0
        self.order: list[int] = []
        self.refused: list[int] = []
        self.may_go = threading.Semaphore(0)
        self._lock = threading.Lock()
        self.threads = [
            threading.Thread(target=self._case, args=[number], daemon=True) for number in range(len(senders))
        ]

    def _case(self, number: int) -> None:
        try:
            with self.admission.slot(*self.senders[number]):
                with self._lock:
                    self.order.append(number)
                    self.inside.append(number)
                    self.most_inside = max(self.most_inside, len(self.inside))
                self.may_go.acquire()
                with self._lock:
                    self.inside.remove(number)
        except RequestError:
            self.refused.append(number)

    def arrive(self) -> None:
        for count, thread in enumerate(self.threads, start=1):
            thread.start()
            # So that they stand in this order.
            wait_until(partial(self._are_here, count))

    def leave(self) -> None:
        at_once, let_in = len(self.inside), len(self.threads) - len(self.refused)
        for gone in range(1, let_in + 1):
            self.may_go.release()
            wait_until(partial(self._were_let_in, min(at_once + gone, let_in)))
        for thread in self.threads:
            thread.join(timeout=30)

    def _are_here(self, count: int) -> bool:
        return len(self.inside) + len(self.refused) + gauge("majani_waiting_cases") == count

    def _were_let_in(self, count: int) -> bool:
        return len(self.order) == count


def refusal(admission: Admission) -> RequestError:
    with pytest.raises(RequestError) as caught, admission.slot("one", 1.0):
        pytest.fail("let in")
    assert caught.value.code == "busy"
    return caught.value


def gauge(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0


def gauges() -> tuple[float, float]:
    return gauge("majani_running_cases"), gauge("majani_waiting_cases")


USUAL, DEAR = ("usual", 1.0), ("dear", 7.5)


@pytest.mark.parametrize(
    ("most_waiting", "senders", "order"),
    [
        pytest.param(6, [USUAL] * 6, [0, 1, 2, 3, 4, 5], id="in order"),
        pytest.param(6, [*[USUAL] * 4, ("other", 1.0), ("third", 1.0)], [0, 1, 4, 5, 2, 3], id="many wait for others"),
        pytest.param(6, [DEAR, DEAR, *[USUAL] * 4], [0, 2, 3, 4, 5, 1], id="a dear photo waits for as many usual ones"),
        pytest.param(2, [*[USUAL] * 3, ("other", 1.0)], [0, 1, 3], id="of a full queue the last of many goes"),
    ],
)
def test_turns_are_taken_one_by_one(most_waiting: int, senders: list[tuple[str, float]], order: list[int]) -> None:
    crowd = Crowd(Admission(most_waiting, 60.0), senders)
    crowd.arrive()
    # Who has to go is counted as waiting until its thread wakes.
    wait_until(lambda: len(crowd.refused) == len(senders) - len(order))
    assert gauges() == (1, len(order) - 1)
    crowd.leave()
    assert crowd.order == order
    assert crowd.most_inside == 1
    assert gauges() == (0, 0)


def test_who_would_wait_too_long_is_told_when_to_come_back_by_how_long_cases_took() -> None:
    seconds = itertools.count(step=10)
    slow = Admission(2, 60.0, clock=lambda: next(seconds))
    # Coming, beginning and leaving is one look at the clock each.
    for _ in range(100):
        with slow.slot("one", 1.0):
            pass
    for admission, works, retry_after_s in (
        (Admission(2, 60.0), (1.0, 1.0, 1.0), 1),
        (slow, (1.0, 1.0, 1.0), 30),
        (Admission(6, 0.3), (1.0, 3.0), 1),
    ):
        crowd = Crowd(admission, [("one", work) for work in works])
        crowd.arrive()
        assert crowd.refused == []
        assert refusal(admission).retry_after_s == retry_after_s
        crowd.leave()
        with admission.slot("one", 1.0):
            pass


@pytest.mark.parametrize(
    ("failing", "call", "before"),
    [
        pytest.param(metrics.TURN_SECONDS, "observe", [], id="a turn that is measured"),
        pytest.param(metrics.RUNNING, "inc", [], id="a turn that is counted"),
        pytest.param(metrics.WAITING, "track_inprogress", [USUAL], id="a place in the queue"),
    ],
)
def test_what_cannot_be_counted_is_given_back(
    failing: Any, call: str, before: list[tuple[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    admission = Admission(1, 60.0)
    crowd = Crowd(admission, before)
    crowd.arrive()
    with monkeypatch.context() as patch:
        patch.setattr(failing, call, fail)
        for _ in range(3):
            with pytest.raises(OSError, match="no space"), admission.slot("one", 1.0):
                pytest.fail("let in")
    crowd.leave()
    assert admission._running is None
    # So is the turn of a case that fails.
    with pytest.raises(ZeroDivisionError), admission.slot("one", 1.0):
        _ = 1 / 0
    assert admission._running is None


def test_what_fails_at_once_does_not_shorten_the_wait() -> None:
    seconds = itertools.count(step=10)
    slow = Admission(2, 60.0, clock=lambda: next(seconds))
    for _ in range(100):
        with suppress(ZeroDivisionError), slow.slot("one", 1.0):
            _ = 1 / 0
    assert slow._work_s == Admission(2, 60.0)._work_s
