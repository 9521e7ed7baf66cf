"""Wishes are kept apart, and each change touches one of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select

from serving.persistence.models import Recipient
from serving.persistence.recipients import Recipients, Wishes

SOMEBODY, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def recipients(engine: Engine) -> Recipients:
    return Recipients(engine)


def test_one_wish_leaves_the_other(recipients: Recipients) -> None:
    recipients.remember(channel="whatsapp", address_hash=SOMEBODY, language="sw")
    recipients.remember(channel="whatsapp", address_hash=SOMEBODY, opted_out=True)
    assert recipients.wishes(SOMEBODY) == Wishes("sw", opted_out=True)
    recipients.remember(channel="whatsapp", address_hash=SOMEBODY, language="fr")
    assert recipients.wishes(SOMEBODY) == Wishes("fr", opted_out=True)
    recipients.remember(channel="whatsapp", address_hash=SOMEBODY, opted_out=False)
    assert recipients.wishes(SOMEBODY) == Wishes("fr", opted_out=False)
    assert recipients.wishes(OTHER) == Wishes()


def test_wishes_at_the_same_time_make_one_row(recipients: Recipients, engine: Engine) -> None:
    def wish(number: int) -> None:
        recipients.remember(channel="whatsapp", address_hash=SOMEBODY, language=f"l{number}")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(wish, range(16)))
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Recipient)) == 1
