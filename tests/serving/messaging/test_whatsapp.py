"""WhatsApp's protocol: what is read, how photos come and answers go; more of it is in ``test_platforms.py``."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from urllib3.connection import HTTPSConnection

from majani.decision.rules import Outcome
from majani.errors import ErrorCode
from serving.http.errors import RequestCode
from serving.i18n.messages import EXPLANATIONS, REMEDIES
from tests.pictures import PictureFactory
from tests.serving.messaging.local_server import RED, Reply, as_json
from tests.serving.messaging.whatsapp_cloud import ACCESS_TOKEN, PATH, PHONE_NUMBER_ID, VERIFY_TOKEN, Person

CHALLENGE = "1903260781"
SUBSCRIBE = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": CHALLENGE}
RUST = "Bean rust"
TOO_MUCH = Reply(429, headers={"Retry-After": "1"})


def test_handshake_returns_the_challenge_to_no_stranger(client: FlaskClient) -> None:
    right = client.get(PATH, query_string=SUBSCRIBE)
    assert (right.status_code, right.text, right.mimetype) == (200, CHALLENGE, "text/plain")
    wrong: list[dict[str, str]] = [{"hub.verify_token": token} for token in ("guessed", "", "né")]
    for change in (*wrong, {"hub.mode": "unsubscribe"}):
        answer = client.get(PATH, query_string=SUBSCRIBE | change)
        assert (answer.status_code, answer.json["code"]) == (400, "request_malformed"), change
        assert CHALLENGE not in answer.text


@pytest.mark.parametrize("kind", ["image", "document"])
def test_photo_is_fetched_diagnosed_and_answered(kind: str, farmer: Person) -> None:
    message = farmer.photo(RED, kind=kind)
    assert farmer.delivers(message).status_code == 200
    [answer] = farmer.cloud.sent
    assert RUST in answer.pop("text")["body"]
    assert answer == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": farmer.number,
        "context": {"message_id": message["id"]},
        "type": "text",
    }
    assert [asked.path.split("?")[0] for asked in farmer.cloud.server.asked][-1] == f"/v25.0/{PHONE_NUMBER_ID}/messages"
    assert {asked.headers["Authorization"] for asked in farmer.cloud.server.asked} == {f"Bearer {ACCESS_TOKEN}"}


def test_who_hides_their_number_is_answered_and_keeps_wishes(farmer: Person) -> None:
    number, farmer.number = farmer.number, ""
    farmer.sends(RED)
    [answer] = farmer.cloud.sent
    assert answer["recipient"] == farmer.scoped_id
    assert "to" not in answer
    farmer.number = number
    farmer.writes("STOP")
    farmer.cloud.reset()
    farmer.number = ""
    farmer.sends(RED)
    assert farmer.cloud.sent == []


@pytest.mark.parametrize(
    ("operation", "troubles"),
    [
        ("media", [Reply(500), Reply(503)]),
        *(("download", [trouble]) for trouble in (Reply(502), Reply(breaks_off=True))),
        *(("messages", [trouble]) for trouble in (Reply(500), Reply(breaks_off=True), TOO_MUCH)),
    ],
)
def test_passing_trouble_is_overcome(operation: str, troubles: list[Reply], farmer: Person) -> None:
    farmer.cloud.server.spoil(operation, *troubles)
    assert farmer.sends(RED).status_code == 200
    assert RUST in farmer.cloud.texts[-1]


@pytest.mark.parametrize(
    "host", ["https://example.org", "http://a.fbsbx.com", "https://a.fbsbx.com.example.org", "file://"]
)
def test_access_token_goes_to_no_other_host(host: str, farmer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object, **__: object) -> None:
        raise AssertionError(host)

    monkeypatch.setattr(HTTPSConnection, "connect", connect)
    farmer.cloud.server.spoil("media", as_json({"url": f"{host}/x"}))
    farmer.sends(RED)
    assert farmer.cloud.texts == [REMEDIES[RequestCode.REQUEST_MALFORMED]]


def test_photo_that_is_too_large_is_not_read_to_the_end(farmer: Person) -> None:
    farmer.sends(bytes(17 * 2**20))
    assert farmer.cloud.texts == [REMEDIES[ErrorCode.PHOTO_TOO_LARGE]]


HELPED = ("audio", "video", "sticker", "location", "contacts", "unsupported")


@pytest.mark.parametrize(("kind", "answers"), [*((kind, 1) for kind in HELPED), ("reaction", 0), ("system", 0)])
def test_anything_else_gets_help_but_a_thumb_up_is_no_question(kind: str, answers: int, farmer: Person) -> None:
    assert farmer.delivers(farmer.other(kind)).status_code == 200
    assert [EXPLANATIONS[Outcome.NOT_A_PLANT] in text for text in farmer.cloud.texts] == [True] * answers


def test_one_message_takes_no_other_with_it(farmer: Person, client: FlaskClient, pictures: PictureFactory) -> None:
    neighbour = Person(farmer.cloud, client)
    gone = farmer.photo(pictures.red())
    farmer.cloud.photos.clear()
    odd: list[Any] = [{"id": "wamid.nobody", "type": "text", "text": {"body": "x"}}, {"type": 7}, gone]
    assert farmer.delivers(*odd, neighbour.photo(pictures.leaf())).status_code == 200
    assert [answer["to"] for answer in farmer.cloud.sent] == [farmer.number, neighbour.number]
    assert "Healthy" in farmer.cloud.texts[1]
