"""Asking an expert by message: no photo is kept without the word for it; the verdict comes with the next answer."""

import shutil
import time
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import text

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_app
from serving.cases.diagnose import CaseService
from serving.container import Services
from serving.messaging import conversation
from serving.messaging.inbox import Pseudonyms
from serving.persistence.case_record import Origin
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import ReviewQueue, Reviews
from tests.pictures import PictureFactory
from tests.serving.messaging import telegram_bots
from tests.serving.messaging.conftest import Setup
from tests.serving.messaging.local_server import RED, Reply
from tests.serving.messaging.whatsapp_cloud import Person
from tests.serving.review.reviewed import send_again

RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust", remark="undersides")


@pytest.fixture
def app(setup: Setup, migrated_file: Path, tmp_path: Path) -> Flask:
    shutil.copy(migrated_file, tmp_path / "majani.sqlite3")
    kept = {"database_url": f"sqlite:///{tmp_path / 'majani.sqlite3'}", "photos_url": str(tmp_path / "photos")}
    return create_app(setup(**kept))


@dataclass(frozen=True)
class Desk:
    """Where an expert sits, and a photo of which the model is not sure."""

    services: Services
    reviewer: int
    photo: bytes

    @property
    def waiting(self) -> list[str]:
        return [case.public_id for case in ReviewQueue(self.services.engine).top(self.reviewer, limit=9)]

    @property
    def kept(self) -> Sequence[str]:
        return self.services.repository.cases.photo_paths()

    @property
    def remarks(self) -> Mapping[str, str]:
        return self.services.adviser.languages["en"].remarks

    def says(self, case: str, review: NewReview = RUST) -> None:
        Reviews(self.services.engine).save(case, self.reviewer, review)

    def asked_by(self, farmer: Person) -> str:
        """The case of a farmer who asks for an expert."""
        farmer.delivers(farmer.photo(self.photo, caption="EXPERT"))
        [case] = self.waiting
        return case


@pytest.fixture
def desk(services: Services, pictures: PictureFactory) -> Desk:
    tokens = AccessTokens(services.engine)
    reviewer = tokens.find(tokens.create("desk 1", Role.EXTENSION, timedelta(days=1))).id
    return Desk(services, reviewer, pictures.grey())


def test_word_below_a_photo_brings_it_to_the_desk_and_the_verdict_back_once(
    farmer: Person, client: FlaskClient, desk: Desk
) -> None:
    farmer.sends(desk.photo)
    assert "EXPERT" in farmer.cloud.texts[0]
    assert desk.waiting == []
    farmer.delivers(asked := farmer.photo(desk.photo, caption="Mtaalamu"))
    # Delivered twice, it is one case.
    farmer.delivers(asked)
    [case] = desk.waiting
    farmer.writes("hello")
    desk.says(case)
    # Nobody hears of another's photo.
    Person(farmer.cloud, client).writes("EXPERT")
    for message in ("hello", "hello", "EXPERT"):
        farmer.writes(message)
    name = desk.services.adviser.languages["en"].names.conditions["bean.rust"].name
    # With the first message after the review, then no more, then because it was asked for.
    told = [False, False, False, False, True, False, True]
    assert [desk.remarks["undersides"] in text for text in farmer.cloud.texts] == told
    assert [name in text for text in farmer.cloud.texts] == told
    # What colleagues note is no news.
    desk.says(case, replace(RUST, remark=None))
    farmer.writes("hello")
    desk.says(case, replace(RUST, remark=None, note="seen from far away"))
    farmer.writes("hello")
    assert [name in text for text in farmer.cloud.texts[-2:]] == [True, False]


def test_a_reply_is_to_a_question_that_was_told_and_each_plant_has_its_own(farmer: Person, desk: Desk) -> None:
    first = desk.asked_by(farmer)
    farmer.delivers(farmer.photo(desk.photo, caption="EXPERT"))
    both = (first, next(case for case in desk.waiting if case != first))
    for case in both:
        desk.says(case, replace(RUST, remark="ask_half"))
    told: list[object] = []
    # The first comes before the question, which it only brings.
    for word in ("no", "yes", "no"):
        farmer.writes(word)
        told.append([(desk.services.repository.cases.find(case).exchange or {}).get("reply") for case in both])
    assert told == [[None, None], [None, "yes"], ["no", "yes"]]


@pytest.mark.parametrize("first", [None, "ask_half", "ask_week"])
def test_each_question_of_an_expert_is_told_and_a_word_answers(first: str | None, farmer: Person, desk: Desk) -> None:
    # Nobody has asked.
    farmer.writes("yes")
    case = desk.asked_by(farmer)
    for remark in (first, "ask_week"):
        desk.says(case, NewReview(ReviewVerdict.CANNOT_TELL, remark=remark))
        assert desk.waiting == []
        farmer.writes("hello")
        if remark is not None:
            assert desk.remarks[remark] in farmer.cloud.texts[-1]
            # In any of our languages.
            farmer.writes("Oui")
            assert desk.services.repository.cases.find(case).exchange["reply"] == "yes"
            # The case waits again for who asked.
            assert desk.waiting == [case]


@pytest.mark.parametrize(
    ("words", "told"), [(("hello", "hello", "hello"), [5, 2, 0]), (("EXPERT", "EXPERT", "hello"), [5, 5, 0])]
)
def test_verdicts_that_one_message_does_not_take_come_with_the_next(
    farmer: Person, desk: Desk, words: Sequence[str], told: list[int]
) -> None:
    for case in [desk.asked_by(farmer), *send_again(desk.services.engine, [None] * 6)]:
        desk.says(case)
    farmer.cloud.reset()
    for word in words:
        farmer.writes(word)
    assert [text.count(desk.remarks["undersides"]) for text in farmer.cloud.texts] == told


@pytest.mark.parametrize("failing", ["sending", "noting"])
def test_a_verdict_counts_as_told_once_it_was_sent_and_noted(failing: str, farmer: Person, desk: Desk) -> None:
    desk.says(desk.asked_by(farmer))
    farmer.cloud.reset()
    if failing == "sending":
        farmer.cloud.server.spoil("messages", Reply(401))
    else:
        trigger = "CREATE TRIGGER full BEFORE UPDATE ON cases BEGIN SELECT RAISE(ABORT, 'full'); END"
        with desk.services.engine.begin() as connection:
            connection.execute(text(trigger))
    first = farmer.text("hello")
    # The answer itself is not sent again, whatever became of it.
    assert [farmer.delivers(first).status_code for _ in range(2)] == [200] * 2
    with desk.services.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS full"))
    for _ in range(2):
        farmer.writes("hello")
    assert [desk.remarks["undersides"] in one for one in farmer.cloud.texts] == [True, True, False]


@pytest.mark.parametrize("goodbye", [["DELETE"], ["STOP", "DELETE"]], ids=" ".join)
def test_delete_takes_the_photos_back(goodbye: list[str], farmer: Person, desk: Desk) -> None:
    desk.asked_by(farmer)
    assert len(desk.kept) == 1
    for word in goodbye:
        farmer.writes(word)
    assert desk.kept == desk.waiting == []


NUMBER, BOTH, SCOPED_ID = ("number",), ("number", "scoped_id"), ("scoped_id",)


def seen_by(farmer: Person, known: Sequence[str]) -> Person:
    """The same person with only these ids."""
    other = copy(farmer)
    for name in {*BOTH} - {*known}:
        setattr(other, name, "")
    return other


@pytest.mark.parametrize(("first", "later"), [(NUMBER, BOTH), (SCOPED_ID, BOTH), (BOTH, SCOPED_ID), (BOTH, NUMBER)])
def test_a_person_with_two_ids_is_found_by_either(
    first: Sequence[str], later: Sequence[str], farmer: Person, desk: Desk
) -> None:
    before, after = seen_by(farmer, first), seen_by(farmer, later)
    desk.says(desk.asked_by(before), replace(RUST, remark="ask_half"))
    after.writes("EXPERT")
    assert desk.remarks["ask_half"] in farmer.cloud.texts[-1]
    after.writes("yes")
    [case] = desk.waiting
    assert desk.services.repository.cases.find(case).exchange["reply"] == "yes"
    late = before.photo(desk.photo, caption="EXPERT")
    after.writes("DELETE")
    before.delivers(late)
    assert desk.kept == []
    before.writes("STOP")
    farmer.cloud.reset()
    for message in (after.text("hello"), after.photo(desk.photo)):
        after.delivers(message)
    assert farmer.cloud.server.asked == []
    after.writes("START")
    before.writes("hello")
    assert len(farmer.cloud.texts) == 2


def test_an_old_delivery_is_not_answered_and_ends_what_it_asks_to_end_for_a_week(farmer: Person, desk: Desk) -> None:
    def days_late(days: float, message: dict[str, Any]) -> None:
        message["timestamp"] = str(int(time.time() - days * 86_400))
        assert farmer.delivers(message).status_code == 200

    desk.asked_by(farmer)
    farmer.cloud.reset()
    # Whoever has kept a delivery could send it again once its claim is forgotten.
    for message in (farmer.text("hello"), farmer.text("DELETE"), farmer.text("STOP"), farmer.photo(RED)):
        days_late(400, message)
    for message in (farmer.text("hello"), farmer.photo(RED), farmer.photo(RED, caption="EXPERT")):
        days_late(1.1, message)
    assert farmer.cloud.server.asked == []
    assert len(desk.kept) == 1
    days_late(1.1, farmer.text("DELETE"))
    assert desk.kept == []
    days_late(0.9, farmer.text("hello"))
    assert len(farmer.cloud.texts) == 1
    days_late(1.1, farmer.text("STOP"))
    days_late(0, farmer.text("hello"))
    assert len(farmer.cloud.texts) == 1


def test_delete_is_obeyed_however_much_was_written(farmer: Person, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.asked_by(farmer)
    monkeypatch.setattr(conversation, "_MESSAGES", parse("1 per minute"))
    for word in ("hello", "hello", "DELETE"):
        farmer.writes(word)
    assert list(desk.kept) == []
    # Answers, and photos whatever stands below them, are limited as before.
    told = len(farmer.cloud.texts)
    for _ in range(3):
        farmer.writes("DELETE")
        farmer.delivers(farmer.photo(desk.photo, caption="DELETE"))
    assert len(farmer.cloud.texts) == told


def test_no_photo_from_before_the_last_delete_is_kept_however_late_it_comes(farmer: Person, desk: Desk) -> None:
    first, old = farmer.photo(desk.photo, caption="EXPERT"), farmer.text("DELETE")
    second, new = farmer.photo(desk.photo, caption="EXPERT"), farmer.text("DELETE")
    # An older deletion that is delivered again does not hide a newer one.
    for message in (new, first, old, second):
        farmer.delivers(message)
        assert desk.kept == []
    desk.asked_by(farmer)
    assert len(desk.kept) == 1


def test_a_photo_is_not_kept_whose_sender_deletes_everything_while_it_is_fetched(
    farmer: Person, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, photo = CaseService.answer, farmer.photo(desk.photo, caption="EXPERT")

    def late(*case: Any, **how: Any) -> Any:
        farmer.writes("DELETE")
        return keep(*case, **how)

    monkeypatch.setattr(CaseService, "answer", late)
    farmer.delivers(photo)
    assert desk.kept == []


def test_of_one_day_only_so_many_photos_are_kept(farmer: Person, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "_KEPT", parse("1 per day"))
    for _ in range(2):
        desk.asked_by(farmer)
    assert len(desk.kept) == 1


@pytest.mark.parametrize("stuck", [0, 1])
def test_a_photo_that_cannot_be_deleted_keeps_no_other_and_is_deleted_later(
    stuck: int, farmer: Person, desk: Desk, pictures: PictureFactory, tmp_path: Path
) -> None:
    for picture in (pictures.grey(), pictures.red()):
        farmer.delivers(farmer.photo(picture, caption="EXPERT"))
    path = desk.kept[stuck]
    file = tmp_path / "photos" / path
    file.unlink()
    (file / "in the way").mkdir(parents=True)
    goodbye = farmer.text("DELETE")
    assert farmer.delivers(goodbye).status_code == 503
    assert desk.kept == [path]
    (file / "in the way").rmdir()
    file.rmdir()
    assert farmer.delivers(goodbye).status_code == 200
    assert desk.kept == []


def test_telegram_does_the_same(person: telegram_bots.Person, desk: Desk, tmp_path: Path) -> None:
    photo = person.photo(desk.photo)
    photo["message"]["caption"] = "/expert"
    person.delivers(photo)
    desk.says(*desk.waiting)
    person.writes("EXPERT")
    assert desk.remarks["undersides"] in person.bots.texts[-1]
    files = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    hashed = Pseudonyms("a key of sixteen bytes or more").of("sender", Origin.TELEGRAM, str(person.id))
    assert hashed.encode() in files
    assert str(person.id).encode() not in files
