"""Messages are handled once, however often and together they come; wishes of their senders are kept apart."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from serving.persistence.models import Recipient
from serving.persistence.senders import CLAIM_LASTS, ClaimStatus, Deliveries, Recipients, Wishes
from tests.serving.clock import Clock

MESSAGE, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def deliveries(engine: Engine, clock: Clock) -> Deliveries:
    return Deliveries(engine, clock=clock)


def claim(deliveries: Deliveries, message_hash: str = MESSAGE) -> ClaimStatus:
    return deliveries.claim(channel="whatsapp", message_hash=message_hash)


def test_a_message_is_claimed_again_until_it_is_finished(deliveries: Deliveries, clock: Clock) -> None:
    for message in (MESSAGE, OTHER):
        claim(deliveries, message)
    deliveries.finish(OTHER)
    for message in (MESSAGE, OTHER):
        deliveries.release(message)
    assert [claim(deliveries), claim(deliveries, OTHER)] == [ClaimStatus.GRANTED, ClaimStatus.FINISHED]
    clock.moment += CLAIM_LASTS
    # Its process may still be at work.
    assert claim(deliveries) is ClaimStatus.TAKEN
    clock.moment += timedelta(seconds=1)
    assert [claim(deliveries), claim(deliveries)] == [ClaimStatus.GRANTED, ClaimStatus.TAKEN]
    clock.moment += 10 * CLAIM_LASTS
    assert claim(deliveries, OTHER) is ClaimStatus.FINISHED


def test_only_one_of_many_gets_a_message_also_that_of_a_dead_process(deliveries: Deliveries, clock: Clock) -> None:
    count = 8
    barrier = Barrier(count)

    def race(_: int) -> ClaimStatus:
        barrier.wait()
        return claim(deliveries)

    with ThreadPoolExecutor(count) as threads:
        for _ in range(2):
            assert Counter(threads.map(race, range(count))) == {ClaimStatus.GRANTED: 1, ClaimStatus.TAKEN: count - 1}
            clock.moment += 2 * CLAIM_LASTS


def test_wishes_at_the_same_time_make_one_row_and_one_leaves_the_other(engine: Engine) -> None:
    recipients = Recipients(engine)

    def wish(**wishes: str | bool) -> None:
        recipients.remember(channel="whatsapp", address_hash=MESSAGE, **wishes)  # type: ignore[arg-type]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: wish(language=f"l{number}"), range(16)))
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Recipient)) == 1
    wish(language="sw")
    wish(opted_out=True)
    assert recipients.wishes(MESSAGE) == Wishes("sw", opted_out=True)
    wish(language="fr")
    assert recipients.wishes(MESSAGE) == Wishes("fr", opted_out=True)
    wish(opted_out=False)
    assert recipients.wishes(MESSAGE) == Wishes("fr", opted_out=False)
    assert recipients.wishes(OTHER) == Wishes()
