"""Telegram's protocol: what is read, how photos come and answers go; more of it is in ``test_platforms.py``."""

import time

import pytest
from flask.testing import FlaskClient

from majani.image.decode import MAX_PHOTO_BYTES
from serving.http.errors import RequestCode
from serving.i18n.messages import REMEDIES
from serving.messaging import inbox
from tests.serving.messaging.local_server import RED, Reply
from tests.serving.messaging.telegram_bots import SECRET, Person


def test_who_guesses_at_the_secret_is_refused_and_the_platform_is_not(client: FlaskClient, person: Person) -> None:
    def deliver(sender: str, secret: str) -> int:
        head = {"X-Telegram-Bot-Api-Secret-Token": secret}
        answer = client.post(
            "/channels/telegram", json=person.text("hello"), headers=head, environ_overrides={"REMOTE_ADDR": sender}
        )
        return answer.status_code

    guesses = [deliver("192.0.2.9", "wrong") for _ in range(601)]
    assert (set(guesses[:600]), guesses[600]) == ({400}, 429)
    assert [deliver(sender, SECRET) for sender in ("192.0.2.9", "192.0.2.10")] == [429, 200]


def test_photo_is_fetched_diagnosed_and_answered(person: Person) -> None:
    updates = [person.photo(RED), person.document(RED)]
    assert [person.delivers(update).status_code for update in updates] == [200] * 2
    for update, answer in zip(updates, person.bots.sent, strict=True):
        assert "Bean rust" in answer.pop("text")
        message_id = update["message"]["message_id"]
        assert answer == {
            "chat_id": person.id,
            "reply_parameters": {"message_id": message_id, "allow_sending_without_reply": True},
        }


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [((1000, 2000, 3000), 2), ((1000, 2000, MAX_PHOTO_BYTES + 1), 1), ((1000, None, MAX_PHOTO_BYTES + 1), 1)],
)
def test_largest_size_up_to_the_limit_is_fetched(sizes: tuple[int | None, ...], expected: int, person: Person) -> None:
    update = person.photo(*[RED] * 3, sizes=sizes)
    person.delivers(update)
    assert person.bots.fetched == [update["message"]["photo"][expected]["file_id"]]


def test_photo_that_trickles_in_is_given_up(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "FETCH_S", 1.0)
    person.bots.server.spoil("download", Reply(200, RED, drip_s=0.2))
    began = time.monotonic()
    assert person.sends(RED).status_code == 200
    assert time.monotonic() - began < 5
    assert person.bots.texts == [REMEDIES[RequestCode.REQUEST_MALFORMED]]


def test_nobody_is_answered_in_public(person: Person) -> None:
    for chat_type in ("group", "supergroup", "channel"):
        assert person.delivers(person.text("hello", chat_type=chat_type)).status_code == 200
    assert person.bots.sent == []


@pytest.mark.parametrize(
    ("told", "first_line"),
    # Ours, more special than ours, none of ours, not told.
    [("sw", "Piga picha"), ("pt-br", "Tire"), ("de", "Take a photo"), (None, "Take a photo")],
)
def test_language_of_the_phone(told: str | None, first_line: str, person: Person) -> None:
    person.language = {} if told is None else {"language_code": told}
    person.writes("?")
    assert person.bots.texts[0].startswith(first_line)
