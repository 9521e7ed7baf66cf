"""Cases and reviews as the service writes them, and receivers on this machine."""

from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.events.delivery import Delivery
from serving.persistence.cases import Cases
from serving.persistence.models import OutboxEvent
from serving.persistence.outbox import Outbox
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from tests.serving.clock import Clock
from tests.serving.events.receiver import RECIPE, Receiver, receiving
from tests.serving.persistence.test_cases import new_case

Happen = Callable[[int], list[str]]
REVIEWERS = 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of the service and of its receivers, which refuse what is old."""
    clock = Clock(datetime.now(UTC))
    monkeypatch.setitem(RECIPE, "time", SimpleNamespace(time=lambda: clock().timestamp()))
    return clock


@pytest.fixture
def outbox(engine: Engine, clock: Clock) -> Outbox:
    return Outbox(engine, clock=clock)


@pytest.fixture
def happen(engine: Engine, clock: Clock) -> Happen:
    """So many cases are kept and reviewed twice, all of them taking turns; returns their ids."""
    tokens = AccessTokens(engine)
    for number in range(REVIEWERS):
        tokens.create(f"desk {number}", Role.EXTENSION, timedelta(days=1))
    reviewers = [access.id for access in tokens.list()]

    def make(cases: int) -> list[str]:
        ids = [f"{number:022}" for number in range(cases)]
        for public_id in ids:
            Cases(engine, clock=clock).add(new_case(public_id))
        for reviewer in reviewers:
            for public_id in ids:
                review = NewReview(ReviewVerdict.CONDITION, "bean.rust")
                Reviews(engine, clock=clock).save(public_id, reviewer, review)
        return ids

    return make


@pytest.fixture
def receive() -> Iterator[Callable[[], Receiver]]:
    """Make a receiver."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(receiving())


def claimed(outbox: Outbox, receiver_id: int) -> OutboxEvent:
    event = outbox.claim(receiver_id)
    assert event is not None
    return event


@dataclass(frozen=True)
class Sending:
    """What sends events, at a time that is put forward."""

    outbox: Outbox
    clock: Clock
    delivery: Delivery

    def later(self, **time: float) -> None:
        """Send all that is due then."""
        self.clock.moment += timedelta(**time)
        wait(self.delivery.start())


@pytest.fixture
def sending(outbox: Outbox, clock: Clock) -> Iterator[Sending]:
    delivery = Delivery(outbox, source="/test", clock=clock, within_s=5)
    yield Sending(outbox, clock, delivery)
    delivery.end()
