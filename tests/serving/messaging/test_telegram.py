"""Telegram's protocol: who may deliver, what is read, how photos come and answers go."""

import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from majani.image.decode import MAX_PHOTO_BYTES
from serving.http.errors import RequestCode
from serving.i18n.messages import REMEDIES
from serving.messaging import inbox
from tests.pictures import PictureFactory
from tests.serving.messaging.local_server import Reply, as_json
from tests.serving.messaging.telegram_bots import SECRET, TOKEN, Person, TelegramBots, post

RUST = "Bean rust"


@pytest.fixture
def person(bots: TelegramBots, client: FlaskClient) -> Person:
    return Person(bots, client)


@pytest.mark.parametrize("secret", ["", SECRET[:-1], SECRET.upper(), "é"])
def test_only_who_knows_the_secret_may_deliver(
    secret: str, client: FlaskClient, person: Person, bots: TelegramBots
) -> None:
    response = post(client, person.text("hello"), secret)
    assert (response.status_code, response.json["code"]) == (400, "request_malformed")
    assert bots.sent == []


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


def test_photo_is_fetched_diagnosed_and_answered(
    person: Person, bots: TelegramBots, client: FlaskClient, pictures: PictureFactory
) -> None:
    updates = [person.photo(pictures.red()), person.document(pictures.red())]
    for update in updates:
        assert post(client, update).status_code == 200
    for update, answer in zip(updates, bots.sent, strict=True):
        assert answer.pop("text").startswith(RUST)
        message_id = update["message"]["message_id"]
        assert answer == {
            "chat_id": person.id,
            "reply_parameters": {"message_id": message_id, "allow_sending_without_reply": True},
        }


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        pytest.param((1000, 2000, 3000), 2, id="largest"),
        pytest.param((1000, 2000, MAX_PHOTO_BYTES + 1), 1, id="largest that we take"),
        pytest.param((1000, None, MAX_PHOTO_BYTES + 1), 1, id="weight not told"),
    ],
)
def test_largest_size_up_to_the_limit_is_fetched(
    sizes: tuple[int | None, ...],
    expected: int,
    person: Person,
    bots: TelegramBots,
    client: FlaskClient,
    pictures: PictureFactory,
) -> None:
    update = person.photo(*[pictures.red()] * 3, sizes=sizes)
    post(client, update)
    assert bots.fetched == [update["message"]["photo"][expected]["file_id"]]


@pytest.mark.parametrize(
    ("operation", "trouble"),
    [
        pytest.param("getFile", as_json({"ok": False, "error_code": 400}, 400), id="file refused"),
        pytest.param("getFile", as_json({"ok": False, "error_code": 400}), id="refused with status 200"),
        pytest.param("getFile", as_json({"ok": True, "result": {}}), id="no path"),
        pytest.param("getFile", as_json([]), id="not an answer"),
        pytest.param("download", Reply(404), id="photo gone"),
    ],
)
def test_photo_that_cannot_be_had_is_asked_for_again(
    operation: str, trouble: Reply, person: Person, bots: TelegramBots, pictures: PictureFactory
) -> None:
    bots.server.spoil(operation, *[trouble] * 10)
    assert person.sends(pictures.red()).status_code == 200
    assert bots.texts == [REMEDIES[RequestCode.REQUEST_MALFORMED]]


def test_photo_that_trickles_in_is_given_up(
    person: Person, bots: TelegramBots, pictures: PictureFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "FETCH_S", 1.0)
    bots.server.spoil("download", Reply(200, pictures.red(), drip_s=0.2))
    began = time.monotonic()
    assert person.sends(pictures.red()).status_code == 200
    assert time.monotonic() - began < 5
    assert bots.texts == [REMEDIES[RequestCode.REQUEST_MALFORMED]]


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(as_json({"ok": False, "error_code": 403, "description": "bot was blocked"}, 403), id="blocked"),
        pytest.param(as_json({"ok": False, "error_code": 429}, 429, **{"Retry-After": "60"}), id="flood"),
        pytest.param(Reply(200, b"no JSON"), id="not understood"),
        pytest.param(Reply(200, bytes(2 * 1024 * 1024)), id="too long"),
    ],
)
def test_answer_that_cannot_be_sent_is_still_a_delivery_well_received(
    refusal: Reply, person: Person, bots: TelegramBots, caplog: pytest.LogCaptureFixture
) -> None:
    bots.server.spoil("sendMessage", refusal)
    assert person.writes("hello").status_code == 200
    assert len(bots.sent) == 1
    assert "could not be sent" in caplog.text
    assert TOKEN not in caplog.text
    assert str(person.id) not in caplog.text


def test_address_of_a_dead_server_stays_out_of_the_log(
    person: Person, bots: TelegramBots, caplog: pytest.LogCaptureFixture
) -> None:
    bots.server.spoil("sendMessage", *[Reply(breaks_off=True)] * 10)
    assert person.writes("hello").status_code == 200
    assert "broken_off" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    "update",
    [
        pytest.param({"update_id": 1}, id="nothing"),
        pytest.param({"update_id": 1, "edited_message": {"message_id": 1}}, id="edited"),
        pytest.param({"update_id": 1, "my_chat_member": {}}, id="blocked by somebody"),
        pytest.param({"update_id": 1, "message": {"message_id": "x"}}, id="message not understood"),
    ],
)
def test_what_is_no_message_is_taken_and_left(update: Any, client: FlaskClient, bots: TelegramBots) -> None:
    assert post(client, update).status_code == 200
    assert bots.server.asked == []


@pytest.mark.parametrize("chat_type", ["group", "supergroup", "channel"])
def test_nobody_is_answered_in_public(chat_type: str, person: Person, bots: TelegramBots, client: FlaskClient) -> None:
    assert post(client, person.text("hello", chat_type=chat_type)).status_code == 200
    assert bots.sent == []


@pytest.mark.parametrize("content", [[], "text", {}])
def test_what_is_no_update_is_refused(content: Any, client: FlaskClient) -> None:
    response = post(client, content)
    assert (response.status_code, response.json["code"]) == (422, "request_invalid")


@pytest.mark.parametrize(
    ("told", "first_line"),
    [
        pytest.param("sw", "Piga picha", id="ours"),
        pytest.param("pt-br", "Tire", id="more special than ours"),
        pytest.param("de", "Take a photo", id="none of ours"),
        pytest.param(None, "Take a photo", id="not told"),
    ],
)
def test_language_of_the_phone(told: str | None, first_line: str, bots: TelegramBots, client: FlaskClient) -> None:
    Person(bots, client, language=told).writes("?")
    assert bots.texts[0].startswith(first_line)
