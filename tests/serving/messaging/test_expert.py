"""Asking an expert by message: no photo is kept without the word for it; the verdict comes with the next answer."""

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
from tests.serving.messaging.local_server import Reply
from tests.serving.messaging.telegram_bots import TelegramBots
from tests.serving.messaging.whatsapp_cloud import Person, WhatsAppCloud
from tests.serving.review.reviewed import send_again

RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust", remark="undersides")


@pytest.fixture
def app(setup: Setup, tmp_path: Path) -> Flask:
    return create_app(
        setup(database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}", photos_url=str(tmp_path / "photos"))
    )


@pytest.fixture
def reviewer(services: Services) -> int:
    tokens = AccessTokens(services.engine)
    return tokens.find(tokens.create("desk 1", Role.EXTENSION, timedelta(days=1))).id


def waiting(services: Services, reviewer: int) -> list[str]:
    return [case.public_id for case in ReviewQueue(services.engine).top(reviewer, limit=9)]


def test_word_below_a_photo_brings_it_to_the_desk_and_the_verdict_back_once(
    farmer: Person, cloud: WhatsAppCloud, services: Services, reviewer: int, pictures: PictureFactory
) -> None:
    farmer.sends(pictures.grey())
    assert "EXPERT" in cloud.texts[0]
    assert waiting(services, reviewer) == []
    farmer.delivers(asked := farmer.photo(pictures.grey(), caption="Expert"))
    # Delivered twice, it is one case.
    farmer.delivers(asked)
    [case] = waiting(services, reviewer)
    farmer.writes("hello")
    Reviews(services.engine).save(case, reviewer, RUST)
    english = services.adviser.languages["en"]
    remark, name = english.remarks["undersides"], english.names.conditions["bean.rust"].name
    for message in ("hello", "hello", "EXPERT"):
        farmer.writes(message)
    told = [remark in text and name in text for text in cloud.texts]
    # With the first message after the review, then no more, then because it was asked for.
    assert told == [False, False, False, True, False, True]


def test_a_word_answers_an_experts_question(
    farmer: Person, cloud: WhatsAppCloud, services: Services, reviewer: int, pictures: PictureFactory
) -> None:
    farmer.writes("yes")
    farmer.delivers(farmer.photo(pictures.grey(), caption="EXPERT"))
    [case] = waiting(services, reviewer)
    Reviews(services.engine).save(case, reviewer, NewReview(ReviewVerdict.CANNOT_TELL, remark="ask_half"))
    assert waiting(services, reviewer) == []
    cloud.reset()
    farmer.writes("hello")
    assert services.adviser.languages["en"].remarks["ask_half"] in cloud.texts[0]
    # In any of our languages.
    farmer.writes("Oui")
    assert services.repository.cases.find(case).exchange["reply"] == "yes"
    # The case waits again for who asked.
    assert waiting(services, reviewer) == [case]


def test_verdicts_that_one_message_does_not_take_come_with_the_next(
    farmer: Person, cloud: WhatsAppCloud, services: Services, reviewer: int, pictures: PictureFactory
) -> None:
    farmer.delivers(farmer.photo(pictures.grey(), caption="EXPERT"))
    cases = [*waiting(services, reviewer), *send_again(services.engine, [None] * 6)]
    for case in cases:
        Reviews(services.engine).save(case, reviewer, RUST)
    cloud.reset()
    for _ in range(3):
        farmer.writes("hello")
    remark = services.adviser.languages["en"].remarks["undersides"]
    assert [text.count(remark) for text in cloud.texts] == [5, 2, 0]


@pytest.mark.parametrize("failing", ["sending", "noting"])
def test_a_verdict_counts_as_told_once_it_was_sent_and_noted(
    failing: str,
    farmer: Person,
    cloud: WhatsAppCloud,
    services: Services,
    reviewer: int,
    pictures: PictureFactory,
) -> None:
    farmer.delivers(farmer.photo(pictures.grey(), caption="EXPERT"))
    [case] = waiting(services, reviewer)
    Reviews(services.engine).save(case, reviewer, RUST)
    cloud.reset()
    if failing == "sending":
        cloud.server.spoil("messages", Reply(401))
    else:
        trigger = "CREATE TRIGGER full BEFORE UPDATE ON cases BEGIN SELECT RAISE(ABORT, 'full'); END"
        with services.engine.begin() as connection:
            connection.execute(text(trigger))
    first = farmer.text("hello")
    # The answer itself is not sent again, whatever became of it.
    assert [farmer.delivers(first).status_code for _ in range(2)] == [200] * 2
    with services.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS full"))
    for _ in range(2):
        farmer.writes("hello")
    remark = services.adviser.languages["en"].remarks["undersides"]
    assert [remark in one for one in cloud.texts] == [True, True, False]


def test_nobody_hears_of_anothers_photo(
    farmer: Person,
    cloud: WhatsAppCloud,
    client: FlaskClient,
    services: Services,
    reviewer: int,
    pictures: PictureFactory,
) -> None:
    farmer.delivers(farmer.photo(pictures.grey(), caption="MTAALAMU"))
    [case] = waiting(services, reviewer)
    Reviews(services.engine).save(case, reviewer, RUST)
    cloud.reset()
    Person(cloud, client).writes("EXPERT")
    assert services.adviser.languages["en"].names.conditions["bean.rust"].name not in cloud.texts[0]


@pytest.mark.parametrize("goodbye", [["DELETE"], ["STOP", "DELETE"]], ids=" ".join)
def test_delete_takes_the_photos_back(
    goodbye: list[str], farmer: Person, services: Services, reviewer: int, pictures: PictureFactory
) -> None:
    farmer.delivers(farmer.photo(pictures.grey(), caption="EXPERT"))
    assert len(services.repository.cases.photo_paths()) == 1
    for word in goodbye:
        farmer.writes(word)
    assert services.repository.cases.photo_paths() == waiting(services, reviewer) == []


def test_a_photo_from_before_delete_that_comes_late_is_not_kept(
    farmer: Person, services: Services, pictures: PictureFactory
) -> None:
    late = farmer.photo(pictures.grey(), caption="EXPERT")
    farmer.writes("DELETE")
    kept = []
    for message in (late, farmer.photo(pictures.grey(), caption="EXPERT")):
        farmer.delivers(message)
        kept.append(len(services.repository.cases.photo_paths()))
    assert kept == [0, 1]


def test_a_photo_is_not_kept_whose_sender_deletes_everything_while_it_is_fetched(
    farmer: Person, services: Services, pictures: PictureFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, photo = CaseService.answer, farmer.photo(pictures.grey(), caption="EXPERT")

    def late(*case: Any, **how: Any) -> Any:
        farmer.writes("DELETE")
        return keep(*case, **how)

    monkeypatch.setattr(CaseService, "answer", late)
    farmer.delivers(photo)
    assert services.repository.cases.photo_paths() == []


def test_of_one_day_only_so_many_photos_are_kept(
    farmer: Person, services: Services, pictures: PictureFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "_KEPT", parse("1 per day"))
    for _ in range(2):
        farmer.delivers(farmer.photo(pictures.grey(), caption="EXPERT"))
    assert len(services.repository.cases.photo_paths()) == 1


def test_an_older_deletion_that_is_delivered_again_does_not_hide_a_newer_one(
    farmer: Person, services: Services, pictures: PictureFactory
) -> None:
    old, photo = farmer.text("DELETE"), farmer.photo(pictures.grey(), caption="EXPERT")
    new = farmer.text("DELETE")
    for message in (new, old, photo):
        farmer.delivers(message)
    assert services.repository.cases.photo_paths() == []


@pytest.mark.parametrize("stuck", [0, 1])
def test_a_photo_that_cannot_be_deleted_keeps_no_other_and_is_deleted_later(
    stuck: int, farmer: Person, services: Services, pictures: PictureFactory, tmp_path: Path
) -> None:
    for picture in (pictures.grey(), pictures.red()):
        farmer.delivers(farmer.photo(picture, caption="EXPERT"))
    path = services.repository.cases.photo_paths()[stuck]
    file = tmp_path / "photos" / path
    file.unlink()
    (file / "in the way").mkdir(parents=True)
    goodbye = farmer.text("DELETE")
    assert farmer.delivers(goodbye).status_code == 503
    assert services.repository.cases.photo_paths() == [path]
    (file / "in the way").rmdir()
    file.rmdir()
    assert farmer.delivers(goodbye).status_code == 200
    assert services.repository.cases.photo_paths() == []


def test_telegram_does_the_same(
    bots: TelegramBots, client: FlaskClient, services: Services, reviewer: int, pictures: PictureFactory, tmp_path: Path
) -> None:
    person = telegram_bots.Person(bots, client)
    photo = person.photo(pictures.grey())
    photo["message"]["caption"] = "/expert"
    telegram_bots.post(client, photo)
    [case] = waiting(services, reviewer)
    Reviews(services.engine).save(case, reviewer, RUST)
    person.writes("EXPERT")
    assert services.adviser.languages["en"].remarks["undersides"] in bots.texts[-1]
    files = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    hashed = Pseudonyms("a key of sixteen bytes or more").of_sender(Origin.TELEGRAM, str(person.id))
    assert hashed.encode() in files
    assert str(person.id).encode() not in files
