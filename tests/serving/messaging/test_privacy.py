"""No person's number, id, message or photo reaches the database or the log."""

import logging
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from serving.messaging.inbox import Pseudonyms
from serving.persistence.case_record import Origin
from tests.pictures import PictureFactory
from tests.serving.messaging import telegram_bots, whatsapp_cloud
from tests.serving.messaging.local_server import Reply
from tests.serving.messaging.telegram_bots import TelegramBots
from tests.serving.messaging.whatsapp_cloud import WhatsAppCloud

KEY = "a key of sixteen bytes or more"


def test_database_and_log_know_nobody(
    bots: TelegramBots,
    cloud: WhatsAppCloud,
    client: FlaskClient,
    pictures: PictureFactory,
    database_file: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    farmer, person = whatsapp_cloud.Person(cloud, client), telegram_bots.Person(bots, client)
    cloud.server.spoil("messages", *[Reply(500)] * 3)
    bots.server.spoil("sendMessage", Reply(403))
    photo = farmer.photo(pictures.red())
    for message in (photo, farmer.text("sw"), farmer.text("secret words"), farmer.text("STOP")):
        farmer.delivers(message)
    person.sends(pictures.red())
    person.writes("STOP")
    files = b"".join(file.read_bytes() for file in database_file.parent.iterdir())
    assert Pseudonyms(KEY).of_sender(Origin.TELEGRAM, str(person.id)).encode() in files
    known = [farmer.number, farmer.scoped_id, photo["id"], str(person.id), "secret words", "Wanjiku"]
    assert [one for one in known if one.encode() in files] == []
    assert [one for one in known if one in caplog.text] == []
    secrets = [telegram_bots.TOKEN, telegram_bots.SECRET, whatsapp_cloud.ACCESS_TOKEN, whatsapp_cloud.APP_SECRET, KEY]
    assert [secret for secret in secrets if secret.encode() in files or secret in caplog.text] == []


@pytest.mark.parametrize(
    ("other", "platform", "sender"),
    [
        pytest.param("another key of sixteen bytes", Origin.WHATSAPP, "254700000001", id="key"),
        pytest.param(KEY, Origin.TELEGRAM, "254700000001", id="platform"),
        pytest.param(KEY, Origin.WHATSAPP, "254700000002", id="sender"),
    ],
)
def test_hashes_depend_on_everything(other: str, platform: Origin, sender: str) -> None:
    first = Pseudonyms(KEY).of_sender(Origin.WHATSAPP, "254700000001")
    assert first == Pseudonyms(KEY).of_sender(Origin.WHATSAPP, "254700000001")
    assert first != Pseudonyms(other).of_sender(platform, sender)
    assert first != Pseudonyms(KEY).of_message(Origin.WHATSAPP, "254700000001")
