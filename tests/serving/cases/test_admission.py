"""One case after the other, in order, and not too many waiting."""

import itertools
import threading
from collections.abc import Sequence
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

    def __init__(self, admission: Admission, size: int, senders: Sequence[tuple[str, float]] = ()) -> None:
        self.admission = admission
        self.senders = senders or [("one", 1.0)] * size
        self.inside: list[int] = []
        self.most_inside = 0
        self.order: list[int] = []
        self.refused: list[int] = []
        self.may_go = threading.Semaphore(0)
        self._lock = threading.Lock()
        self.threads = [threading.Thread(target=self._case, args=[number], daemon=True) for number in range(size)]

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


def test_turns_are_taken_in_order() -> None:
    crowd = Crowd(Admission(6, 60.0), 6)
    crowd.arrive()
    assert (gauge("majani_running_cases"), gauge("majani_waiting_cases")) == (1, 5)
    crowd.leave()
    assert crowd.order == [0, 1, 2, 3, 4, 5]
    assert crowd.most_inside == 1
    assert (gauge("majani_running_cases"), gauge("majani_waiting_cases")) == (0, 0)


def test_who_would_wait_too_long_is_told_when_to_come_back() -> None:
    admission = Admission(2, 60.0)
    crowd = Crowd(admission, 3)
    crowd.arrive()
    assert crowd.refused == []
    assert refusal(admission).retry_after_s == 1
    crowd.leave()
    with admission.slot("one", 1.0):
        pass


def test_how_long_to_wait_follows_from_how_long_cases_took() -> None:
    seconds = itertools.count(step=10)
    admission = Admission(2, 60.0, clock=lambda: next(seconds))
    # Coming, beginning and leaving is one look at the clock each.
    for _ in range(100):
        with admission.slot("one", 1.0):
            pass
    crowd = Crowd(admission, 3)
    crowd.arrive()
    assert crowd.refused == []
    assert refusal(admission).retry_after_s == 30
    crowd.leave()


def test_a_sender_of_many_waits_behind_itself() -> None:
    """Four of one, then one each of two others."""
    crowd = Crowd(Admission(6, 60.0), 6, [*[("many", 1.0)] * 4, ("other", 1.0), ("third", 1.0)])
    crowd.arrive()
    crowd.leave()
    assert crowd.order == [0, 1, 4, 5, 2, 3]


def test_a_dear_photo_waits_behind_as_many_usual_ones() -> None:
    crowd = Crowd(Admission(6, 60.0), 6, [("dear", 7.5), ("dear", 7.5), *[("usual", 1.0)] * 4])
    crowd.arrive()
    crowd.leave()
    assert crowd.order == [0, 2, 3, 4, 5, 1]


def test_a_full_queue_lets_the_last_of_the_sender_of_many_go() -> None:
    crowd = Crowd(Admission(2, 60.0), 4, [*[("many", 1.0)] * 3, ("other", 1.0)])
    crowd.arrive()
    # It is counted as waiting until its thread wakes.
    wait_until(lambda: crowd.refused == [2])
    crowd.leave()
    assert crowd.order == [0, 1, 3]


def test_who_would_wait_for_too_many_seconds_is_told_so() -> None:
    admission = Admission(6, 0.3)
    crowd = Crowd(admission, 2, [("one", 1.0), ("one", 3.0)])
    crowd.arrive()
    assert crowd.refused == []
    assert refusal(admission).retry_after_s == 1
    crowd.leave()


def test_a_failed_case_gives_its_turn_back() -> None:
    admission = Admission(1, 60.0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), admission.slot("one", 1.0):
            _ = 1 / 0


@pytest.mark.parametrize("failing", [metrics.TURN_SECONDS, metrics.RUNNING], ids=["waited", "running"])
def test_a_turn_that_cannot_begin_is_given_back(failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    admission = Admission(1, 60.0)
    with monkeypatch.context() as patch:
        patch.setattr(failing, "observe" if failing is metrics.TURN_SECONDS else "inc", fail)
        for _ in range(3):
            with pytest.raises(OSError, match="no space"), admission.slot("one", 1.0):
                pytest.fail("let in")
    assert admission._running is None
    with admission.slot("one", 1.0):
        assert admission._running is not None
    assert admission._running is None


def test_a_place_in_the_queue_that_cannot_be_counted_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("no space left")

    admission = Admission(1, 60.0)
    crowd = Crowd(admission, 1)
    crowd.arrive()
    with monkeypatch.context() as patch:
        patch.setattr(metrics.WAITING, "track_inprogress", fail)
        for _ in range(3):
            with pytest.raises(OSError, match="no space"), admission.slot("one", 1.0):
                pytest.fail("let in")
    crowd.leave()
    assert admission._running is None
