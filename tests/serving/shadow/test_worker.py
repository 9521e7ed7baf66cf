"""The challenger answers behind the scenes: after the answer, never in its way, and never with consequences for it."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis
from majani.decision.rules import Outcome
from serving.container import Services
from serving.persistence.engine import StorageError
from serving.persistence.shadow_answers import ShadowAnswers
from serving.shadow.worker import MAX_WAITING_BYTES, MAX_WAITING_CASES, Shadow, Task
from serving.telemetry.metrics import SHADOW_ANSWERS, SHADOW_SKIPPED
from tests.pictures import PictureFactory

TOLD = Diagnosis(outcome=Outcome.UNCERTAIN, photos=(), model_version="champion")


@pytest.fixture
def shadow(app: Flask) -> Shadow:
    services: Services = app.extensions["majani"]
    return services.cases.shadow


@pytest.fixture
def answers(app: Flask) -> ShadowAnswers:
    services: Services = app.extensions["majani"]
    return ShadowAnswers(services.engine)


def send(client: FlaskClient, photo: bytes, **headers: str) -> dict[str, Any]:
    answer = client.post("/v1/diagnoses", data=photo, content_type="image/jpeg", headers=headers)
    assert answer.status_code == 201
    given: dict[str, Any] = answer.json
    return given


def skipped(reason: str) -> float:
    return SHADOW_SKIPPED.labels(reason)._value.get()


def test_every_kept_case_is_answered_once_more(
    client: FlaskClient, shadow: Shadow, answers: ShadowAnswers, pictures: PictureFactory
) -> None:
    counted = SHADOW_ANSWERS.labels(shadow.challenger.manifest.version, "no")._value.get()  # type: ignore[union-attr]
    shown = [send(client, photo)["condition"]["id"] for photo in (pictures.leaf(), pictures.red())]
    shadow.join()
    [match] = answers.model_pairs()
    red, green = answers.compare(match)
    assert shown == ["bean.healthy", "bean.rust"]
    assert (green.champion, red.champion.condition) == (green.challenger, "bean.rust")
    assert red.challenger.condition == "bean.angular_leaf_spot"
    version = match.challenger_version
    assert SHADOW_ANSWERS.labels(version, "no")._value.get() == counted + 1


def test_nothing_happens_before_the_answer_is_out(
    app: Flask, shadow: Shadow, monkeypatch: pytest.MonkeyPatch, pictures: PictureFactory
) -> None:
    put: list[Task] = []
    monkeypatch.setattr(shadow, "enqueue", put.append)
    app.test_client_class = FlaskClient
    answer = app.test_client().post("/v1/diagnoses", data=pictures.red(), content_type="image/jpeg")
    assert answer.status_code == 201
    assert put == []
    answer.close()
    assert len(put) == 1


class Stuck:
    """Answers only when it is shown to."""

    def __init__(self, diagnoser: Diagnoser) -> None:
        self.manifest = diagnoser.manifest
        self.may_go = threading.Event()
        self.began = threading.Event()

    def diagnose(self, _: Sequence[bytes], **__: object) -> Diagnosis:
        self.began.set()
        self.may_go.wait(30)
        return TOLD


@pytest.fixture
def stuck(shadow: Shadow) -> Iterator[Stuck]:
    stuck = Stuck(shadow.challenger)  # type: ignore[arg-type]
    shadow.challenger = stuck  # type: ignore[assignment]
    yield stuck
    stuck.may_go.set()
    shadow.join()


def test_who_asks_does_not_wait_for_a_challenger_that_hangs(
    client: FlaskClient, stuck: Stuck, pictures: PictureFactory
) -> None:
    busy = skipped("busy")
    for _ in range(MAX_WAITING_CASES + 4):
        assert send(client, pictures.leaf())["outcome"] == "healthy"
    # As many wait as may, the one that is being answered among them, and the others are left out.
    assert stuck.began.wait(10)
    assert skipped("busy") - busy == 4


def test_large_photos_do_not_pile_up(shadow: Shadow, stuck: Stuck) -> None:
    busy = skipped("busy")
    half = bytes(MAX_WAITING_BYTES // 2)
    for _ in range(3):
        shadow.enqueue(Task("case", [half], TOLD))
    assert skipped("busy") == busy + 1
    stuck.may_go.set()
    shadow.join()
    shadow.enqueue(Task("case", [half], TOLD))
    assert skipped("busy") == busy + 1


@pytest.mark.parametrize("reason", ["answer", "storage"])
def test_what_fails_is_counted_and_the_next_case_is_answered(
    reason: str, client: FlaskClient, shadow: Shadow, answers: ShadowAnswers, pictures: PictureFactory
) -> None:
    failed = skipped(reason)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken") if reason == "answer" else StorageError("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*((shadow.challenger, "diagnose") if reason == "answer" else (shadow._answers, "add")), fail)
        send(client, pictures.red())
        shadow.join()
    assert skipped(reason) == failed + 1
    send(client, pictures.red())
    shadow.join()
    assert [match.cases for match in answers.model_pairs()] == [1]


def test_farmers_come_first(
    shadow: Shadow, answers: ShadowAnswers, client: FlaskClient, pictures: PictureFactory
) -> None:
    asked, nobody_waits = threading.Event(), threading.Event()

    def is_idle() -> bool:
        asked.set()
        return nobody_waits.is_set()

    shadow._is_idle = is_idle
    send(client, pictures.red())
    assert asked.wait(10)
    assert answers.model_pairs() == ()
    nobody_waits.set()
    shadow.join()
    assert [match.cases for match in answers.model_pairs()] == [1]


def test_a_process_that_ends_waits_for_the_case_at_hand_alone(
    shadow: Shadow, stuck: Stuck, answers: ShadowAnswers, client: FlaskClient, pictures: PictureFactory
) -> None:
    for _ in range(3):
        send(client, pictures.red())
    assert stuck.began.wait(10)
    ending = threading.Thread(target=shadow.close)
    ending.start()
    ending.join(0.2)
    assert ending.is_alive()
    stuck.may_go.set()
    ending.join(5)
    assert not ending.is_alive()
    assert [match.cases for match in answers.model_pairs()] == [1]
    busy = skipped("busy")
    shadow.enqueue(Task("late", [], TOLD))
    assert skipped("busy") == busy + 1


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_share_of_cases_is_answered(
    share: float, app: Flask, shadow: Shadow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow._share = share
    queued: list[Task] = []
    monkeypatch.setattr(shadow, "enqueue", queued.append)
    for number in range(400):
        with app.test_request_context("/"):
            app.preprocess_request()
            shadow.enqueue_after_response(Task(f"case {number}", [], TOLD))
            app.process_response(app.make_response("")).close()
    assert len(queued) / 400 == pytest.approx(share, abs=0.08 if 0 < share < 1 else 0)
