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
from tests.serving.messaging.whatsapp_cloud import (
    ACCESS_TOKEN,
    PATH,
    PHONE_NUMBER_ID,
    VERIFY_TOKEN,
    Person,
    WhatsAppCloud,
)

SUBSCRIBE = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1903260781"}
RUST = "Bean rust"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"hub.verify_token": "guessed"}, id="wrong token"),
        pytest.param({"hub.verify_token": ""}, id="no token"),
        pytest.param({"hub.verify_token": "né"}, id="token beyond ASCII"),
        pytest.param({"hub.mode": "unsubscribe"}, id="other mode"),
    ],
)
def test_handshake_returns_the_challenge_to_no_stranger(change: dict[str, str], client: FlaskClient) -> None:
    right, wrong = (client.get(PATH, query_string=SUBSCRIBE | asked) for asked in ({}, change))
    assert (right.status_code, right.text, right.mimetype) == (200, "1903260781", "text/plain")
    assert (wrong.status_code, wrong.json["code"]) == (400, "request_malformed")
    assert "1903260781" not in wrong.text


@pytest.mark.parametrize("kind", ["image", "document"])
def test_photo_is_fetched_diagnosed_and_answered(kind: str, farmer: Person) -> None:
    message = farmer.photo(RED, kind=kind)
    assert farmer.delivers(message).status_code == 200
    [answer] = farmer.cloud.sent
    assert answer.pop("text")["body"].startswith(RUST)
    assert answer == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": farmer.number,
        "context": {"message_id": message["id"]},
        "type": "text",
    }
    assert [asked.path.split("?")[0] for asked in farmer.cloud.server.asked][-1] == f"/v25.0/{PHONE_NUMBER_ID}/messages"
    assert {asked.headers["Authorization"] for asked in farmer.cloud.server.asked} == {f"Bearer {ACCESS_TOKEN}"}


def test_somebody_who_hides_their_number_is_answered(cloud: WhatsAppCloud, client: FlaskClient) -> None:
    shy = Person(cloud, client, hides_number=True)
    shy.sends(RED)
    [answer] = cloud.sent
    assert answer["recipient"] == shy.scoped_id
    assert "to" not in answer


def test_hiding_the_number_later_keeps_wishes(farmer: Person) -> None:
    farmer.writes("STOP")
    farmer.cloud.reset()
    farmer.number = ""
    farmer.sends(RED)
    assert farmer.cloud.sent == []


@pytest.mark.parametrize(
    ("operation", "troubles"),
    [
        pytest.param("media", [Reply(500), Reply(503)], id="lookup fails twice"),
        pytest.param("download", [Reply(502)], id="download fails once"),
        pytest.param("download", [Reply(breaks_off=True)], id="download breaks off"),
        pytest.param("messages", [Reply(500)], id="sending fails once"),
        pytest.param("messages", [Reply(429, headers={"Retry-After": "1"})], id="too much at once"),
        pytest.param("messages", [Reply(breaks_off=True)], id="sending breaks off"),
    ],
)
def test_passing_trouble_is_overcome(operation: str, troubles: list[Reply], farmer: Person) -> None:
    farmer.cloud.server.spoil(operation, *troubles)
    assert farmer.sends(RED).status_code == 200
    assert farmer.cloud.texts[-1].startswith(RUST)


@pytest.mark.parametrize(
    "url",
    ["https://example.org/x", "http://lookaside.fbsbx.com/x", "https://lookaside.fbsbx.com.example.org/x", "file:///x"],
)
def test_access_token_goes_to_no_other_host(url: str, farmer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object, **__: object) -> None:
        raise AssertionError(url)

    monkeypatch.setattr(HTTPSConnection, "connect", connect)
    farmer.cloud.server.spoil("media", as_json({"url": url}))
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
    assert farmer.cloud.texts[1].startswith("Healthy")
