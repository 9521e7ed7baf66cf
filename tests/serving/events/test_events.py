"""What becomes an event, when, and that nothing in it leads to a person."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import Engine, insert

from serving.api.description import read_description
from serving.cases.photo_store import PhotoStore
from serving.cases.repository import CaseRepository
from serving.cli.store import count
from serving.events.message import CONTENT_TYPE, TYPE_PREFIX, make_secret, write_event
from serving.persistence.case_record import KeyedRequest, case_pseudonym
from serving.persistence.cases import Cases
from serving.persistence.models import Base, OutboxEvent, WeeklyCount
from serving.persistence.outbox import CLAIM_LASTS, EventKind, EventState, Outbox
from serving.settings import Settings
from serving.surveillance.alerts import list_alerts
from serving.surveillance.weekly_counts import WEEK
from tests.serving.clock import Clock
from tests.serving.events.conftest import Happen, claimed
from tests.serving.persistence.test_cases import new_case

ID = "a" * 22
KEY = KeyedRequest("k" * 32, "1" * 64)


def assert_as_described(event: OutboxEvent) -> None:
    """Fail unless its receiver gets what ``openapi.yaml`` says."""
    spec = read_description()
    schema = spec["webhooks"][TYPE_PREFIX + event.kind]["post"]["requestBody"]["content"][CONTENT_TYPE]["schema"]
    sent = json.loads(write_event(event.event_id, event.kind, event.data, source="/test"))
    Draft202012Validator(schema | {"components": spec["components"]}).validate(sent)


def add(outbox: Outbox, *kinds: EventKind) -> int:
    return outbox.add_receiver("https://r", make_secret(), kinds or list(EventKind), may_be_private=False)


@pytest.fixture
def receiver_id(outbox: Outbox) -> int:
    return add(outbox)


def take_all(outbox: Outbox, receiver_id: int) -> list[OutboxEvent]:
    found = []
    while event := outbox.claim(receiver_id):
        outbox.note(event, EventState.DELIVERED)
        assert_as_described(event)
        found.append(event)
    return found


def test_a_case_that_is_shared_is_told_once_and_no_more_of_it_than_exports_have(
    engine: Engine, outbox: Outbox, receiver_id: int, clock: Clock
) -> None:
    cases = Cases(engine, clock=clock)
    cases.add(new_case(ID), KEY)
    cases.add(new_case("b" * 22), KEY)
    cases.add(new_case("c" * 22, paths=(None,)))
    [event] = take_all(outbox, receiver_id)
    assert event.kind == EventKind.CASE_KEPT
    assert event.data == {
        "case": case_pseudonym(ID),
        "sent_on": clock().date().isoformat(),
        "crop_hint": None,
        "outcome": "condition",
        "condition": "bean.rust",
        "probability": 0.93,
        "model_version": "2026.11.24-abc",
        "latitude": -1.3,
        "longitude": 36.8,
    }
    assert ID not in str(event)


def test_a_review_tells_what_most_say_to_whoever_asked_for_it(outbox: Outbox, receiver_id: int, happen: Happen) -> None:
    some, off = add(outbox, EventKind.CASE_REVIEWED), add(outbox)
    outbox.switch(off, is_on=False)
    happen(1)
    kept, *reviewed = take_all(outbox, receiver_id)
    assert [event.data["review"]["reviewers"] for event in reviewed] == [1, 2]
    review = {"verdict": "condition", "condition": "bean.rust", "reviewers": 2}
    assert reviewed[-1].data == kept.data | {"review": review}
    assert [event.kind for event in take_all(outbox, some)] == [EventKind.CASE_REVIEWED] * 2
    assert take_all(outbox, off) == []


WAYS: dict[str, Callable[[CaseRepository], object]] = {
    "its sender": lambda repository: repository.delete(ID),
    "withdrawn": lambda repository: repository.withdraw(KEY.key),
    "too old": lambda repository: repository.forget({False: timedelta(), True: timedelta()}),
}


@pytest.mark.parametrize("way", WAYS)
def test_whoever_was_told_of_a_case_is_told_that_it_is_gone(
    way: str, engine: Engine, outbox: Outbox, receiver_id: int, clock: Clock, tmp_path: Path
) -> None:
    reviews_only, failing = add(outbox, EventKind.CASE_REVIEWED), add(outbox, EventKind.CASE_KEPT)
    repository = CaseRepository(Cases(engine, clock=clock), PhotoStore(str(tmp_path)), clock=clock)
    repository.cases.add(new_case(ID), KEY)
    (tmp_path / "2026-11-24").mkdir()
    [kept] = take_all(outbox, receiver_id)
    # It may have arrived before the answer was lost.
    outbox.note(claimed(outbox, failing), EventState.WAITING, failure="timed_out")
    # Who was told is known for as long as there is something to be told.
    clock.moment += timedelta(days=60)
    outbox.forget(older_than=timedelta(days=90))
    repository.cases.add(new_case("b" * 22, paths=(None,)))
    WAYS[way](repository)
    assert take_all(outbox, receiver_id) == [], "what is on its way comes first"
    clock.moment += CLAIM_LASTS
    for number in (receiver_id, failing):
        [gone] = take_all(outbox, number)
        assert gone.kind == EventKind.CASE_DELETED
        assert gone.data == {"case": kept.data["case"], "deleted_on": clock().date().isoformat()}
    assert take_all(outbox, reviews_only) == []


def test_what_is_unusual_is_told_once_a_week_as_the_overview_shows_it(
    engine: Engine, outbox: Outbox, receiver_id: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.moment = datetime(2026, 11, 25, tzinfo=UTC)
    monkeypatch.setattr("serving.cli.store.now", clock)
    weeks = Base.metadata.tables[WeeklyCount.__tablename__]
    counted = [
        {"week": date(2026, 11, 16) - ago * WEEK, "place": place, "label": label, "cases": cases, "reviewed": 0}
        for place in ("", "Kisumu")
        for ago in range(11)
        for label, cases in (("bean.healthy", 60), ("bean.rust", 2 if ago else 20))
    ]
    with engine.begin() as connection:
        connection.execute(insert(weeks), counted)
    # All cases of these weeks are gone, so their counts stay.
    settings = Settings(diagnosis_retention_days=7, overview_min_cases=5)
    for _ in range(2):
        count(engine, settings)
    found = list_alerts(engine, date(2026, 11, 16), date(2026, 11, 16), min_cases=5)
    events = take_all(outbox, receiver_id)
    told = [(one.data["place"], one.data["condition"], one.data["cases_at_least"]) for one in events]
    assert told == [(None, "bean.rust", 20), ("Kisumu", "bean.rust", 20)]
    assert [one.data["usual_up_to"] for one in events] == [one.up_to for one in found]
    assert {one.data["week"] for one in events} == {"2026-W47"}
    clock.moment += timedelta(days=31)
    outbox.forget(older_than=timedelta(days=30))
    count(engine, settings)
    assert take_all(outbox, receiver_id) == []
    for event in events:
        assert_as_described(event)


@pytest.mark.parametrize(("became", "failure"), [(EventState.DELIVERED, None), (EventState.DEAD, "timed_out")])
def test_events_are_forgotten_but_not_who_may_have_been_told_of_a_case(
    became: EventState, failure: str | None, outbox: Outbox, receiver_id: int, happen: Happen, clock: Clock
) -> None:
    """What was kept before the answer broke off is not known."""
    happen(1)
    outbox.note(claimed(outbox, receiver_id), became, failure=failure)
    clock.moment += timedelta(days=30)
    assert outbox.forget(older_than=timedelta(days=30)) == 0
    clock.moment += timedelta(seconds=1)
    assert outbox.forget(older_than=timedelta(days=30)) == 2
    assert set(outbox.count()) == {(receiver_id, EventState.DELIVERED)}
