"""WhatsApp's protocol: who may deliver, what is read, how photos come and answers go."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from urllib3.connection import HTTPSConnection

from majani.decision.rules import Outcome
from majani.errors import ErrorCode
from serving.http.errors import RequestCode
from serving.i18n.messages import EXPLANATIONS, REMEDIES
from tests.pictures import PictureFactory
from tests.serving.messaging.local_server import Reply, as_json
from tests.serving.messaging.whatsapp_cloud import (
    ACCESS_TOKEN,
    PATH,
    PHONE_NUMBER_ID,
    VERIFY_TOKEN,
    Person,
    WhatsAppCloud,
    delivery,
    post,
    sign,
)

SUBSCRIBE = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1903260781"}
RUST = "Bean rust"


def test_handshake_returns_the_challenge(client: FlaskClient) -> None:
    response = client.get(PATH, query_string=SUBSCRIBE)
    assert (response.status_code, response.text, response.mimetype) == (200, "1903260781", "text/plain")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"hub.verify_token": "guessed"}, id="wrong token"),
        pytest.param({"hub.verify_token": ""}, id="no token"),
        pytest.param({"hub.verify_token": "né"}, id="token beyond ASCII"),
        pytest.param({"hub.mode": "unsubscribe"}, id="other mode"),
    ],
)
def test_handshake_with_a_stranger_fails(change: dict[str, str], client: FlaskClient) -> None:
    response = client.get(PATH, query_string=SUBSCRIBE | change)
    assert (response.status_code, response.json["code"]) == (400, "request_malformed")
    assert "1903260781" not in response.text


BODY = json.dumps(delivery()).encode()


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        pytest.param(BODY, "", id="unsigned"),
        pytest.param(BODY, sign(BODY, "another secret"), id="another secret"),
        pytest.param(BODY + b" ", sign(BODY), id="body altered"),
        pytest.param(BODY, sign(BODY)[:-1], id="signature cut"),
        pytest.param(BODY, sign(BODY).removeprefix("sha256="), id="no algorithm"),
        pytest.param(BODY, sign(BODY).upper(), id="other letters"),
        pytest.param(BODY, "sha256=é", id="beyond ASCII"),
    ],
)
def test_only_what_meta_signed_is_read(body: bytes, signature: str, client: FlaskClient) -> None:
    response = client.post(PATH, data=body, headers={"X-Hub-Signature-256": signature})
    assert (response.status_code, response.json["code"]) == (400, "request_malformed")


@pytest.mark.parametrize("kind", ["image", "document"])
def test_photo_is_fetched_diagnosed_and_answered(
    kind: str, farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory
) -> None:
    message = farmer.photo(pictures.red(), kind=kind)
    assert farmer.delivers(message).status_code == 200
    [answer] = cloud.sent
    assert answer.pop("text")["body"].startswith(RUST)
    assert answer == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": farmer.number,
        "context": {"message_id": message["id"]},
        "type": "text",
    }
    assert [asked.path.split("?")[0] for asked in cloud.server.asked][-1] == f"/v25.0/{PHONE_NUMBER_ID}/messages"
    assert {asked.headers["Authorization"] for asked in cloud.server.asked} == {f"Bearer {ACCESS_TOKEN}"}


def test_somebody_who_hides_their_number_is_answered(
    cloud: WhatsAppCloud, client: FlaskClient, pictures: PictureFactory
) -> None:
    shy = Person(cloud, client, hides_number=True)
    shy.sends(pictures.red())
    [answer] = cloud.sent
    assert answer["recipient"] == shy.scoped_id
    assert "to" not in answer


def test_hiding_the_number_later_keeps_wishes(farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory) -> None:
    farmer.writes("STOP")
    cloud.reset()
    farmer.number = ""
    farmer.sends(pictures.red())
    assert cloud.sent == []


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
def test_passing_trouble_is_overcome(
    operation: str, troubles: list[Reply], farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory
) -> None:
    cloud.server.spoil(operation, *troubles)
    assert farmer.sends(pictures.red()).status_code == 200
    assert cloud.texts[-1].startswith(RUST)


@pytest.mark.parametrize(
    ("operation", "trouble"),
    [
        pytest.param("media", as_json({"error": {"code": 190}}, 401), id="token refused"),
        pytest.param("media", as_json({}), id="no address"),
        pytest.param("media", Reply(200, b"<html>"), id="no JSON"),
        pytest.param("download", Reply(404), id="photo gone"),
        pytest.param("download", Reply(500), id="server broken"),
    ],
)
def test_photo_that_cannot_be_had_is_asked_for_again(
    operation: str, trouble: Reply, farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory
) -> None:
    cloud.server.spoil(operation, *[trouble] * 10)
    assert farmer.sends(pictures.red()).status_code == 200
    assert cloud.texts == [REMEDIES[RequestCode.REQUEST_MALFORMED]]


@pytest.mark.parametrize(
    "url",
    ["https://example.org/x", "http://lookaside.fbsbx.com/x", "https://lookaside.fbsbx.com.example.org/x", "file:///x"],
)
def test_access_token_goes_to_no_other_host(
    url: str, farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object, **__: object) -> None:
        raise AssertionError(url)

    monkeypatch.setattr(HTTPSConnection, "connect", connect)
    cloud.server.spoil("media", as_json({"url": url}))
    farmer.sends(pictures.red())
    assert cloud.texts == [REMEDIES[RequestCode.REQUEST_MALFORMED]]


@pytest.mark.parametrize("operation", ["media", "download"])
def test_redirect_is_not_followed(
    operation: str, farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory
) -> None:
    cloud.server.spoil(operation, *[Reply(302, headers={"Location": f"{cloud.server.url}/elsewhere"})] * 2)
    farmer.sends(pictures.red())
    assert cloud.texts == [REMEDIES[RequestCode.REQUEST_MALFORMED]]
    assert not [asked for asked in cloud.server.asked if asked.path == "/elsewhere"]


def test_photo_that_is_too_large_is_not_read_to_the_end(farmer: Person, cloud: WhatsAppCloud) -> None:
    farmer.sends(bytes(17 * 2**20))
    assert cloud.texts == [REMEDIES[ErrorCode.PHOTO_TOO_LARGE]]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_answer_that_cannot_be_sent_is_still_a_delivery_well_received(
    status: int, farmer: Person, cloud: WhatsAppCloud, pictures: PictureFactory, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.server.spoil("messages", *[Reply(status)] * 10)
    assert farmer.sends(pictures.red()).status_code == 200
    assert f"({status})" in caplog.text
    assert farmer.number not in caplog.text


def test_silence_after_sending_is_no_reason_to_send_again(
    farmer: Person, cloud: WhatsAppCloud, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.server.spoil("messages", Reply(delay_s=3))
    assert farmer.writes("hello").status_code == 200
    assert len(cloud.sent) == 1
    assert "timed_out" in caplog.text


STATUS = {"id": "wamid.x", "status": "delivered", "timestamp": "1764000000", "recipient_id": "254700000000"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(delivery(statuses=[STATUS]), id="report on an answer"),
        pytest.param(delivery(errors=[{"code": 130429, "title": "Rate limit hit"}]), id="error"),
        pytest.param({"object": "whatsapp_business_account", "entry": []}, id="nothing"),
        pytest.param({"object": "whatsapp_business_account"}, id="not even an entry"),
        pytest.param(
            {"entry": [{"id": "1", "changes": [{"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}]}]},
            id="news about the account",
        ),
    ],
)
def test_what_is_no_message_is_taken_and_left(content: Any, client: FlaskClient, cloud: WhatsAppCloud) -> None:
    assert post(client, content).status_code == 200
    assert cloud.server.asked == []


@pytest.mark.parametrize("content", [[], "text", {"entry": [{"changes": [{}]}]}, {"entry": 7}])
def test_what_is_no_delivery_is_refused(content: Any, client: FlaskClient) -> None:
    response = post(client, content)
    assert (response.status_code, response.json["code"]) == (422, "request_invalid")


@pytest.mark.parametrize("kind", ["audio", "video", "sticker", "location", "contacts", "unsupported"])
def test_anything_else_gets_help(kind: str, farmer: Person, cloud: WhatsAppCloud) -> None:
    farmer.delivers(farmer.other(kind))
    assert EXPLANATIONS[Outcome.NOT_A_PLANT] in cloud.texts[0]


@pytest.mark.parametrize("kind", ["reaction", "system"])
def test_a_thumb_up_is_no_question(kind: str, farmer: Person, cloud: WhatsAppCloud) -> None:
    assert farmer.delivers(farmer.other(kind)).status_code == 200
    assert cloud.sent == []


def test_one_message_takes_no_other_with_it(
    farmer: Person, cloud: WhatsAppCloud, client: FlaskClient, pictures: PictureFactory
) -> None:
    neighbour = Person(cloud, client)
    gone = farmer.photo(pictures.red())
    cloud.photos.clear()
    odd: list[Any] = [{"id": "wamid.nobody", "type": "text", "text": {"body": "x"}}, {"type": 7}, gone]
    assert farmer.delivers(*odd, neighbour.photo(pictures.leaf())).status_code == 200
    assert [answer["to"] for answer in cloud.sent] == [farmer.number, neighbour.number]
    assert cloud.texts[1].startswith("Healthy")
