"""The service handles each message once, also after repeated and simultaneous deliveries."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from serving.persistence.deliveries import CLAIM_LASTS, ClaimStatus, Deliveries
from serving.persistence.models import Delivery
from tests.serving.clock import Clock

MESSAGE, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def deliveries(engine: Engine, clock: Clock) -> Deliveries:
    return Deliveries(engine, clock=clock)


def claim(deliveries: Deliveries, message_hash: str = MESSAGE) -> ClaimStatus:
    return deliveries.claim(channel="whatsapp", message_hash=message_hash)


def test_what_is_finished_stays_finished(deliveries: Deliveries, clock: Clock) -> None:
    claim(deliveries)
    deliveries.finish(MESSAGE)
    clock.moment += 10 * CLAIM_LASTS
    assert claim(deliveries) is ClaimStatus.FINISHED
    assert claim(Deliveries(deliveries.engine)) is ClaimStatus.FINISHED


def test_what_is_released_can_be_claimed_at_once(deliveries: Deliveries) -> None:
    for message in (MESSAGE, OTHER):
        claim(deliveries, message)
    deliveries.finish(OTHER)
    for message in (MESSAGE, OTHER):
        deliveries.release(message)
    assert [claim(deliveries), claim(deliveries, OTHER)] == [ClaimStatus.GRANTED, ClaimStatus.FINISHED]


def test_work_of_a_dead_process_is_taken_over(deliveries: Deliveries, clock: Clock) -> None:
    claim(deliveries)
    clock.moment += CLAIM_LASTS
    # It may still be at work.
    assert claim(deliveries) is ClaimStatus.TAKEN
    clock.moment += timedelta(seconds=1)
    assert [claim(deliveries), claim(deliveries)] == [ClaimStatus.GRANTED, ClaimStatus.TAKEN]


@pytest.mark.parametrize("is_abandoned", [False, True], ids=["new message", "work of a dead process"])
def test_only_one_of_many_succeeds(is_abandoned: bool, deliveries: Deliveries, clock: Clock) -> None:
    if is_abandoned:
        claim(deliveries)
        clock.moment += 2 * CLAIM_LASTS
    count = 8
    barrier = Barrier(count)

    def race(_: int) -> ClaimStatus:
        barrier.wait()
        return claim(deliveries)

    with ThreadPoolExecutor(count) as threads:
        assert Counter(threads.map(race, range(count))) == {ClaimStatus.GRANTED: 1, ClaimStatus.TAKEN: count - 1}


def test_only_old_deliveries_are_forgotten(deliveries: Deliveries, clock: Clock) -> None:
    claim(deliveries)
    clock.moment += timedelta(days=30)
    claim(deliveries, OTHER)
    assert deliveries.forget(older_than=timedelta(days=30)) == 0
    clock.moment += timedelta(seconds=1)
    assert deliveries.forget(older_than=timedelta(days=30)) == 1
    with deliveries.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Delivery)) == 1
    assert claim(deliveries, OTHER) is ClaimStatus.TAKEN
