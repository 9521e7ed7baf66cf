"""What holds on every platform: who may deliver, what is read, what fails, and that no person can be recognised."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from serving.container import Services
from serving.http.errors import RequestCode
from serving.i18n.messages import REMEDIES
from serving.messaging.command import EXPERT
from serving.messaging.inbox import Pseudonyms
from serving.persistence.case_record import Origin
from tests.serving.messaging import rapidpro_flows, sms_gateway, telegram_bots, whatsapp_cloud
from tests.serving.messaging.conftest import Platforms, rows
from tests.serving.messaging.local_server import RED, Reply, as_json
from tests.serving.messaging.rapidpro_flows import Contact
from tests.serving.messaging.whatsapp_cloud import delivery, sign

KEY = "a key of sixteen bytes or more"
WHATSAPP, TELEGRAM = Origin.WHATSAPP, Origin.TELEGRAM
HELLO = {"from": "254700000001", "id": "wamid.1", "type": "text", "text": {"body": "hello"}}
BODY = json.dumps(delivery(HELLO)).encode()


def unsigned(signature: str, body: bytes = BODY) -> Any:
    sent = {"data": body, "headers": {"X-Hub-Signature-256": signature}}
    return whatsapp_cloud.PATH, sent, (400, "request_malformed")


def to_bot(secret: str) -> Any:
    chat = {"id": 1, "type": "private"}
    update = {"update_id": 1, "message": {"message_id": 1, "from": {"id": 1}, "chat": chat, "text": "hello"}}
    head = {"X-Telegram-Bot-Api-Secret-Token": secret}
    return telegram_bots.PATH, {"json": update, "headers": head}, (400, "request_malformed")


def by_sms(secret: str) -> Any:
    sms = {"from": "+254711000001", "id": "sms-1", "text": "bean"}
    return f"{sms_gateway.PATH}?secret={secret}", {"data": sms}, (401, "token_invalid")


def from_flow(secret: str) -> Any:
    message = {"contact": {"uuid": "1", "urn": "tel:+254700000001"}, "input": {"uuid": "1", "text": "sw"}}
    head = {"Authorization": f"Bearer {secret}"}
    return rapidpro_flows.PATH, {"json": message, "headers": head}, (401, "token_invalid")


STRANGERS: dict[str, tuple[str, dict[str, Any], tuple[int, str]]] = {
    "unsigned": unsigned(""),
    "signed with another secret": unsigned(sign(BODY, "another secret")),
    "body altered": unsigned(sign(BODY), BODY + b" "),
    "signature cut": unsigned(sign(BODY)[:-1]),
    "no algorithm": unsigned(sign(BODY).removeprefix("sha256=")),
    "other letters": unsigned(sign(BODY).upper()),
    "signature beyond ASCII": unsigned("sha256=é"),
    **{f"to the bot with {one!r}": to_bot(one) for one in ("", telegram_bots.SECRET[:-1], "é")},
    "to the bot in capitals": to_bot(telegram_bots.SECRET.upper()),
    **{f"by SMS with {one!r}": by_sms(one) for one in ("", sms_gateway.SECRET[:-1], "sécret")},
    **{f"from a flow with {one!r}": from_flow(one) for one in ("", rapidpro_flows.SECRET[:-1], "sécret")},
    "from a flow with a longer one": from_flow(f"{rapidpro_flows.SECRET}2"),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_only_who_knows_the_secret_is_read(
    stranger: str, client: FlaskClient, services: Services, platforms: Platforms
) -> None:
    path, sent, refusal = STRANGERS[stranger]
    before = rows(services)
    response = client.post(path, **sent)
    assert (response.status_code, response.json["code"]) == refusal
    assert [platform.server.asked for platform in platforms] == [[]] * len(platforms)
    assert rows(services) == before


STATUS = {"id": "wamid.x", "status": "delivered", "timestamp": "1764000000", "recipient_id": "254700000000"}
ACCOUNT = {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}
# Deliveries without a message, and such as are none.
TAKEN: dict[str, tuple[Callable[..., Any], Any]] = {
    "report on an answer": (whatsapp_cloud.post, delivery(statuses=[STATUS])),
    "error": (whatsapp_cloud.post, delivery(errors=[{"code": 130429, "title": "Rate limit hit"}])),
    "nothing": (whatsapp_cloud.post, {"object": "whatsapp_business_account", "entry": []}),
    "not even an entry": (whatsapp_cloud.post, {"object": "whatsapp_business_account"}),
    "news about the account": (whatsapp_cloud.post, {"entry": [{"id": "1", "changes": [ACCOUNT]}]}),
    "message to another number": (whatsapp_cloud.post, delivery(HELLO, phone_number_id="1")),
    "update of nothing": (telegram_bots.post, {"update_id": 1}),
    "edited": (telegram_bots.post, {"update_id": 1, "edited_message": {"message_id": 1}}),
    "blocked by somebody": (telegram_bots.post, {"update_id": 1, "my_chat_member": {}}),
    "message not understood": (telegram_bots.post, {"update_id": 1, "message": {"message_id": "x"}}),
}
REFUSED = [
    *((whatsapp_cloud.post, content) for content in ([], "text", {"entry": [{"changes": [{}]}]}, {"entry": 7})),
    *((telegram_bots.post, content) for content in ([], "text", {})),
    (lambda client, sms: client.post(f"{sms_gateway.PATH}?secret={sms_gateway.SECRET}", data=sms), {"text": "bean"}),
]


@pytest.mark.parametrize("content", TAKEN)
def test_what_is_no_message_is_taken_and_left(content: str, client: FlaskClient, platforms: Platforms) -> None:
    post, sent = TAKEN[content]
    assert post(client, sent).status_code == 200
    assert platforms.cloud.server.asked == platforms.bots.server.asked == []


@pytest.mark.parametrize(("post", "content"), REFUSED)
def test_what_is_no_delivery_is_refused(post: Callable[..., Any], content: Any, client: FlaskClient) -> None:
    response = post(client, content)
    assert (response.status_code, response.json["code"]) == (422, "request_invalid")


People = dict[Origin, tuple[Any, Any]]


@pytest.fixture
def people(farmer: whatsapp_cloud.Person, person: telegram_bots.Person) -> People:
    """Who takes photos and texts from whom."""
    return {WHATSAPP: (farmer.cloud, farmer), TELEGRAM: (person.bots, person)}


ELSEWHERE = Reply(302, headers={"Location": "/elsewhere"})


@pytest.mark.parametrize(
    ("platform", "operation", "trouble"),
    [
        # The token is refused, there is no address in it, it is no JSON.
        *((WHATSAPP, "media", trouble) for trouble in (Reply(401), as_json({}), Reply(200, b"<html>"), ELSEWHERE)),
        *((WHATSAPP, "download", trouble) for trouble in (Reply(404), Reply(500), ELSEWHERE)),
        (TELEGRAM, "getFile", as_json({"ok": False, "error_code": 400}, 400)),
        (TELEGRAM, "getFile", as_json({"ok": False, "error_code": 400})),
        (TELEGRAM, "getFile", as_json({"ok": True, "result": {}})),
        (TELEGRAM, "getFile", as_json([])),
        (TELEGRAM, "download", Reply(404)),
    ],
)
def test_what_cannot_be_had_is_asked_for_again(
    platform: Origin, operation: str, trouble: Reply, people: People
) -> None:
    """No redirect is followed."""
    side, somebody = people[platform]
    side.server.spoil(operation, *[trouble] * 10)
    assert somebody.sends(RED).status_code == 200
    assert side.texts == [REMEDIES[RequestCode.REQUEST_MALFORMED]]
    assert [asked for asked in side.server.asked if asked.path == "/elsewhere"] == []


BLOCKED = {"ok": False, "error_code": 403, "description": "bot was blocked"}
FLOOD = as_json({"ok": False, "error_code": 429}, 429, **{"Retry-After": "60"})


@pytest.mark.parametrize(
    ("platform", "refusal", "attempts", "logged"),
    [
        *((WHATSAPP, Reply(status), 1, f"({status})") for status in (401, 403)),
        (WHATSAPP, Reply(500), 3, "(500)"),
        (WHATSAPP, Reply(delay_s=3), 1, "timed_out"),
        *((TELEGRAM, refusal, 1, "could not be sent") for refusal in (as_json(BLOCKED, 403), as_json(BLOCKED), FLOOD)),
        # Not understood, or too long.
        *((TELEGRAM, Reply(200, body), 1, "could not be sent") for body in (b"no JSON", bytes(2 * 1024 * 1024))),
        (TELEGRAM, Reply(breaks_off=True), 3, "broken_off"),
    ],
)
def test_answer_that_cannot_be_sent_is_still_a_delivery_well_received(
    platform: Origin, refusal: Reply, attempts: int, logged: str, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not tried anew with every delivery, and neither addresses nor people get into the log."""
    side, somebody = people[platform]
    side.server.spoil("messages" if platform is WHATSAPP else "sendMessage", *[refusal] * attempts)
    message = somebody.text("hello")
    assert [somebody.delivers(message).status_code for _ in range(3)] == [200] * 3
    assert len(side.sent) == attempts
    assert logged in caplog.text
    known = [telegram_bots.TOKEN, *([somebody.number] if platform is WHATSAPP else [str(somebody.id)])]
    assert [one for one in known if one in caplog.text] == []


def test_database_and_log_know_nobody(
    people: People, contact: Contact, database_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (cloud, farmer), (bots, person) = people.values()
    cloud.server.spoil("messages", *[Reply(500)] * 3)
    bots.server.spoil("sendMessage", Reply(403))
    photo, message = farmer.photo(RED), contact.photo(RED, EXPERT)
    for one in (photo, farmer.text("sw"), farmer.text("secret words"), farmer.text("STOP")):
        farmer.delivers(one)
    person.sends(RED)
    person.writes("STOP")
    contact.asks(message)
    contact.asks(contact.message("sw"))
    files = b"".join(file.read_bytes() for file in database_file.parent.iterdir() if file.is_file())
    assert Pseudonyms(KEY).of("sender", TELEGRAM, str(person.id)).encode() in files
    known = [farmer.number, farmer.scoped_id, photo["id"], str(person.id), "secret words", "Wanjiku"]
    known += [contact.uuid, contact.urn.partition(":")[2], message["input"]["uuid"], "/attachments/"]
    known += [telegram_bots.TOKEN, telegram_bots.SECRET, whatsapp_cloud.ACCESS_TOKEN, whatsapp_cloud.APP_SECRET, KEY]
    assert [one for one in known if one.encode() in files or one in caplog.text] == []


def test_hashes_depend_on_everything() -> None:
    number, other = "254700000001", Pseudonyms("another key of sixteen bytes")
    hashes = {Pseudonyms(KEY).of("sender", WHATSAPP, number) for _ in range(2)}
    hashes |= {other.of("sender", WHATSAPP, number), Pseudonyms(KEY).of("message", WHATSAPP, number)}
    hashes |= {Pseudonyms(KEY).of("sender", TELEGRAM, number), Pseudonyms(KEY).of("sender", WHATSAPP, "254700000002")}
    assert len(hashes) == 5
