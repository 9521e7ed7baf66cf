"""Set up as a whole or not at all."""

import hashlib
import hmac
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from majani.errors import LanguageError
from serving.app import create_app
from serving.persistence.case_record import Origin
from serving.settings import Settings
from tests.serving.messaging.conftest import Setup

WHATSAPP = {
    "MAJANI_WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
    "MAJANI_WHATSAPP_ACCESS_TOKEN": "access",
    "MAJANI_WHATSAPP_APP_SECRET": "secret",
    "MAJANI_WHATSAPP_VERIFY_TOKEN": "0123456789abcdef",
}
TELEGRAM = {"MAJANI_TELEGRAM_TOKEN": "1:a", "MAJANI_TELEGRAM_SECRET": "0123456789abcdef"}
SMS = {
    "MAJANI_AFRICASTALKING_USERNAME": "majani",
    "MAJANI_AFRICASTALKING_API_KEY": "atsk",
    "MAJANI_AFRICASTALKING_SECRET": "fedcba9876543210",
}
RAPIDPRO = {"MAJANI_RAPIDPRO_SECRET": "abcdef0123456789"}
KEY = {"MAJANI_CHANNEL_KEY": "a key of sixteen bytes or more"}
PLATFORMS = sorted(set(Origin) - {Origin.API, Origin.PAGE})
SETUPS = {Origin.WHATSAPP: WHATSAPP, Origin.TELEGRAM: TELEGRAM, Origin.AFRICASTALKING: SMS, Origin.RAPIDPRO: RAPIDPRO}


@pytest.mark.parametrize("kept", [None, *PLATFORMS])
def test_each_platform_is_off_by_default_and_one_is_enough(kept: Origin | None, setup: Setup, tmp_path: Path) -> None:
    removed = tuple(set(PLATFORMS) - {kept})
    names = [name for name in Settings.model_fields if name.startswith(removed) and not name.endswith("_url")]
    settings = setup(database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}", **dict.fromkeys(names))
    client = create_app(settings).test_client()
    heard = {name: client.post(f"/channels/{name}").status_code for name in PLATFORMS}
    assert heard.pop(kept, 401) in (400, 401)
    assert set(heard.values()) == {404}


def test_without_a_secret_nobody_may_deliver(setup: Setup, tmp_path: Path) -> None:
    """Not even who sends an empty one, or signs with it."""
    secrets = [name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]
    secrets = [name for name in secrets if name not in ("metrics_token", "channel_key")]
    settings = setup(database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}")
    client = create_app(settings.model_copy(update=dict.fromkeys(secrets, SecretStr("")))).test_client()
    signature = "sha256=" + hmac.new(b"", b"", hashlib.sha256).hexdigest()
    headers = {"Authorization": "Bearer ", "X-Hub-Signature-256": signature}
    answers = [client.post(f"/channels/{name}", headers=headers) for name in PLATFORMS]
    answers.append(client.get("/channels/whatsapp?hub.mode=subscribe&hub.challenge=1"))
    codes = {(answer.get_json(silent=True) or {}).get("code") for answer in answers}
    assert codes == {"request_malformed", "token_invalid"}


HALF = [
    ({other: value for other, value in (SETUPS[platform] | KEY).items() if other != name}, name)
    for platform in PLATFORMS
    for name in SETUPS[platform]
    if len(SETUPS[platform]) > 1
]
# Photos come over TLS from whole servers.
ORIGINS = ("http://media.example.org", "media.example.org", "https://media.example.org/attachments", "https://a@b")


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        *HALF,
        *((given, "MAJANI_CHANNEL_KEY") for given in SETUPS.values()),
        *(({"MAJANI_RAPIDPRO_MEDIA_ORIGINS": one}, "rapidpro_media_origins") for one in (*ORIGINS, "*", ",")),
        # Deliveries are known for as long as WhatsApp repeats them.
        ({"MAJANI_DELIVERY_RETENTION_DAYS": "7"}, "delivery_retention_days"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(environ: dict[str, str], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings.from_environment(environ)


def test_secrets_do_not_show() -> None:
    secrets = {**WHATSAPP, **TELEGRAM, **SMS, **RAPIDPRO, **KEY}
    shown = repr(Settings.from_environment(secrets))
    del secrets["MAJANI_WHATSAPP_PHONE_NUMBER_ID"], secrets["MAJANI_AFRICASTALKING_USERNAME"]
    assert [value for value in secrets.values() if f"'{value}'" in shown] == []


def test_language_that_we_do_not_speak_is_refused(setup: Setup, tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="MAJANI_CHANNEL_LANGUAGE"):
        create_app(setup(database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}", channel_language="xx"))
