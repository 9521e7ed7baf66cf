"""Each message is answered once: delivered again, delivered twice at a time, after a restart, after a crash."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import pytest
from flask import Flask

from majani.decision.diagnoser import Diagnoser
from serving.cases.admission import Admission
from serving.http.errors import RequestCode, RequestError
from serving.messaging import inbox
from tests.serving.messaging.local_server import RED, Reply
from tests.serving.messaging.whatsapp_cloud import Person, delivery, post
from tests.waiting import wait_until


def test_deliveries_that_race_are_answered_once(farmer: Person, app: Flask) -> None:
    content = delivery(farmer.photo(RED))
    barrier = threading.Barrier(6)

    def deliver(_: int) -> int:
        barrier.wait()
        return post(app.test_client(), content).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(deliver, range(6)))
    assert set(statuses) <= {200, 503}
    assert 200 in statuses
    assert len(farmer.cloud.sent) == 1
    assert post(app.test_client(), content).status_code == 200
    assert len(farmer.cloud.sent) == 1


def test_whoever_comes_second_is_told_to_come_again(farmer: Person, app: Flask) -> None:
    """If the first one dies, the message would be lost."""
    content = delivery(farmer.text("hello"))
    farmer.cloud.server.spoil("messages", Reply(500, delay_s=1))
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(post, app.test_client(), content)
        wait_until(lambda: farmer.cloud.sent)
        second = post(app.test_client(), content)
        assert (second.status_code, second.headers["Retry-After"]) == (503, "60")
        assert first.result().status_code == 200


def test_unexpected_failure_is_apologised_for_once_and_takes_no_other_with_it(
    farmer: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no memory")

    messages = [farmer.photo(RED), farmer.text("hello")]
    with monkeypatch.context() as patch:
        patch.setattr(Diagnoser, "diagnose", fail)
        assert farmer.delivers(*messages).status_code == 200
    assert farmer.delivers(*messages).status_code == 200
    apology, help_text = farmer.cloud.texts
    assert apology == "It is not your photo's fault. Try again in a minute."
    assert "Take a photo" in help_text
    assert "no memory" in caplog.text
    assert farmer.number not in caplog.text


def test_message_that_finds_too_many_waiting_comes_with_the_next_delivery(
    farmer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise RequestError(RequestCode.BUSY, "32 cases are waiting already", retry_after_s=2)

    messages = [farmer.photo(RED), farmer.text("hello")]
    with monkeypatch.context() as patch:
        patch.setattr(Admission, "slot", refuse)
        assert farmer.delivers(*messages).status_code == 503
    [help_text] = farmer.cloud.texts
    assert "Take a photo" in help_text
    # At once, not when the claim of a dead process would end.
    assert farmer.delivers(*messages).status_code == 200
    assert [text[:9] for text in farmer.cloud.texts[1:]] == ["Bean rust"]


def test_a_delivery_that_finds_too_many_at_work_comes_again(farmer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = farmer.text("hello")
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_TURNS", threading.BoundedSemaphore(1))
        with inbox._turn():
            assert farmer.delivers(hello).status_code == 503
    assert farmer.delivers(hello).status_code == 200
    assert len(farmer.cloud.texts) == 1


def test_what_finds_no_time_comes_with_the_next_delivery(farmer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [farmer.text("one"), farmer.text("two")]
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "DELIVERY_S", inbox.FETCH_S + inbox.REPLY_S + 0.5)
        farmer.cloud.server.spoil("messages", Reply(delay_s=1))
        assert farmer.delivers(*messages).status_code == 503
    assert len(farmer.cloud.sent) == 1
    assert farmer.delivers(*messages).status_code == 200
    assert [answer["context"]["message_id"] for answer in farmer.cloud.sent] == [message["id"] for message in messages]
