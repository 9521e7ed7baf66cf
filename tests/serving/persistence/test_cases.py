"""Cases in both databases: once under a key, whole when read back, gone when deleted."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, event, func, select, update
from sqlalchemy.orm import Session

from majani.decision.diagnosis import Evidence, Examination
from majani.model.bundle import sha256_hex
from majani.review.priority import Signals
from serving.persistence.case_record import FeedbackVerdict, KeyedRequest, Location, Origin
from serving.persistence.cases import Cases, DeletedCaseError, ReusedKeyError, UnknownCaseError
from serving.persistence.engine import StorageError
from serving.persistence.models import Base, Case, Feedback, IdempotencyKey, Job, Photo, read_embedding
from serving.persistence.usage import Counted, count_cases
from tests.serving.persistence.examined import GRID, examination

KEY = KeyedRequest("k" * 32, "1" * 64)
KEPT, NOVEL = ("2026-11-24/a-0.jpg", None), Signals(novelty=0.5)


def new_case(public_id: str = "a" * 22, photos: int = 1, **about: Any) -> Case:
    usual: dict[str, Any] = {
        "examination": examination(photos),
        "paths": ("2026-11-24/a-0.jpg", *(None,) * (photos - 1)),
        "token_hash": sha256_hex(b"secret"),
        "origin": Origin.API.value,
        "language": "sw",
        "location": Location.coarse(-1.2921, 36.8219),
    }
    return Case.of(public_id, **usual | about)


def count(engine: Engine, table: type) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_known_time_is_read_once_for_many_cases_also_before_any_daily_job(engine: Engine) -> None:
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    cases = Cases(engine)
    for number in range(3):
        cases.add(new_case(f"{number:022}"))
    assert len([statement for statement in asked if f"FROM {Job.__tablename__}" in statement]) == 1


def test_no_writer_waits_for_a_second_connection(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise as many writers as there are connections would wait for each other."""
    cases, open_at_once = Cases(engine), []
    public_id = cases.add(new_case(signals=NOVEL)).public_id
    monkeypatch.setattr("serving.persistence.known_time._REREAD_S", -1.0)
    event.listen(engine, "checkout", lambda *_: open_at_once.append(engine.pool.checkedout()))
    cases.ask_expert(public_id)
    cases.give_feedback(public_id, FeedbackVerdict.RIGHT, None)
    cases.follow_up(public_id, "yes", "better", None)
    assert set(open_at_once) == {1}


def test_a_case_comes_back_whole_but_for_what_describes_a_photo_that_is_not_kept(engine: Engine) -> None:
    embedding = np.linspace(-2, 2, 7, dtype=np.float32)
    seen = (Evidence(640, 480, GRID, None, "bean.rust", embedding), Evidence(0, 0, None, None, "bean.rust", embedding))
    cases = Cases(engine)
    added = cases.add(new_case(examination=Examination(examination(2).diagnosis, seen), paths=KEPT, signals=NOVEL))
    found = cases.find("a" * 22)
    # What a copy gets later is what the first got.
    for case in (found, added):
        assert (case.diagnosis, case.public_id, case.feedback) == (examination(2).diagnosis, "a" * 22, None)
        assert (case.token_hash, case.keeps_photos, case.known_signals) == (sha256_hex(b"secret"), True, NOVEL)
        assert (case.replied, case.follow_up, case.exchange, case.reported_at) == (None,) * 4
        assert case.created_at == found.created_at
        assert [photo.path for photo in case.photos] == list(KEPT)
        first, second = case.photos
        assert np.array_equal(first.grid, GRID)
        assert (first.width_px, first.height_px, first.likeliest) == (640, 480, "bean.rust")
        assert first.embedding is not None
        assert read_embedding(first.embedding) == pytest.approx(embedding, abs=1e-3)
        assert (second.grid, second.likeliest, second.embedding) == (None, None, None)
    with Session(engine) as session:
        # To a tenth of a degree.
        assert session.execute(select(Case.latitude, Case.longitude)).one() == (-1.3, 36.8)


def test_signals_of_any_release_are_read(engine: Engine) -> None:
    cases = Cases(engine)
    cases.add(new_case(signals=Signals()))
    # Of old, of now, and of the future.
    for stored, read in (
        ({"uncertainty": 0.25, "novelty": 0.0}, Signals(uncertainty=0.25, novelty=0.0)),
        ({"uncertainty": 0.25}, Signals(uncertainty=0.25, novelty=None)),
        ({"uncertainty": 0.25, "unheard_of": 1.0}, Signals(uncertainty=0.25)),
    ):
        with engine.begin() as connection:
            connection.execute(update(Case).values(signals=stored))
        assert cases.find("a" * 22).known_signals == read
        cases.give_feedback("a" * 22, FeedbackVerdict.WRONG, None)
        assert cases.find("a" * 22).known_signals == replace(read, called_wrong=1.0)


def test_same_key_finds_the_first_case_and_with_another_content_it_is_refused(engine: Engine) -> None:
    cases = Cases(engine)
    assert cases.replay(KEY) is None
    with ThreadPoolExecutor(8) as racing:
        [won] = set(racing.map(lambda one: cases.add(new_case(f"{one:022d}"), KEY).public_id, range(8)))
    assert cases.add(new_case("b" * 22), KEY).public_id == won
    replayed = cases.replay(KEY)
    assert replayed is not None
    assert replayed.public_id == won
    other = replace(KEY, request_hash="2" * 64)
    with pytest.raises(ReusedKeyError):
        cases.add(new_case("b" * 22), other)
    with pytest.raises(ReusedKeyError):
        cases.replay(other)
    assert (count(engine, Case), count(engine, Photo), count(engine, IdempotencyKey)) == (1, 1, 1)


def test_deleting_takes_everything_along_but_the_key_which_is_forgotten_later(engine: Engine) -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    Cases(engine, clock=lambda: moment - timedelta(days=100)).add(new_case(), KEY)
    cases = Cases(engine, clock=lambda: moment)
    cases.give_feedback("a" * 22, FeedbackVerdict.WRONG, "bean.angular_leaf_spot")
    assert cases.forget_keys(timedelta(days=90)) == 0
    assert cases.delete(["a" * 22]) == 1
    assert [count(engine, table) for table in (Case, Photo, Feedback, IdempotencyKey)] == [0, 0, 0, 1]
    with Session(engine) as session:
        assert session.scalar(select(IdempotencyKey.request_hash)) == ""
    with pytest.raises(DeletedCaseError):
        cases.add(new_case("b" * 22), KEY)
    with pytest.raises(DeletedCaseError):
        cases.replay(KEY)
    assert cases.forget_keys(timedelta(days=90)) == 1


def test_a_case_that_is_not_there_is_unknown_and_without_tables_a_storage_failure(engine: Engine) -> None:
    cases = Cases(engine)
    assert cases.delete(["nobody"]) == 0
    for failure in (UnknownCaseError, StorageError):
        with pytest.raises(failure):
            cases.find("nobody")
        with pytest.raises(failure):
            cases.give_feedback("nobody", FeedbackVerdict.RIGHT, None)
        Base.metadata.drop_all(engine)
    with pytest.raises(StorageError):
        cases.add(new_case())


def add_unless_barred(cases: Cases, request: KeyedRequest = KEY) -> str | None:
    try:
        return cases.add(new_case(), request).public_id
    except DeletedCaseError:
        return None


def test_barred_key_lets_nothing_come_also_at_the_same_moment(engine: Engine) -> None:
    cases = Cases(engine)
    with ThreadPoolExecutor(2) as pool:
        adding, barring = pool.submit(add_unless_barred, cases), pool.submit(cases.bar, KEY.key)
    found = barring.result()
    assert adding.result() == found
    other = KeyedRequest("o" * 32, KEY.request_hash)
    assert [cases.bar(other.key), add_unless_barred(cases, other), cases.bar(other.key)] == [None] * 3


def test_a_program_lists_its_own_cases_newest_first_also_where_many_are_of_one_moment(engine: Engine) -> None:
    cases = Cases(engine, clock=lambda: datetime(2026, 11, 29, tzinfo=UTC))
    for number in range(5):
        cases.add(new_case(f"{number:022}", photos=2, client_id=7 if number < 4 else 8))
    first = cases.of_client(7, before=None, limit=3)
    assert [(case.public_id[-1], case.photos) for case in first] == [("3", 2), ("2", 2), ("1", 2)]
    rest = cases.of_client(7, before=(first[-1].created_at, first[-1].public_id), limit=3)
    assert [case.public_id[-1] for case in rest] == ["0"]
    assert count_cases(engine, since=datetime(2026, 1, 1, tzinfo=UTC), client_id=8) == {
        date(2026, 11, 29): {
            Counted.OUTCOME: {"condition": 1},
            Counted.MODEL_VERSION: {"2026.11.24-abc": 1},
            Counted.LANGUAGE: {"sw": 1},
            Counted.ORIGIN: {"api": 1},
        }
    }
