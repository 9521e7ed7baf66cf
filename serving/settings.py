"""Deployment settings, read once from the environment; nothing about the model, which its manifest describes."""

import os
import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

from limits import parse_many
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from majani.frozen import FrozenModel

PREFIX = "MAJANI_"
# Read by the pipeline, which has no settings of the service.
OF_THE_PIPELINE = {f"{PREFIX}{name}" for name in ("CHECKPOINTS", "MIRROR", "TRACKERS")}

# A platform is set up with all of its settings or none.
_WHATSAPP = ("whatsapp_phone_number_id", "whatsapp_access_token", "whatsapp_app_secret", "whatsapp_verify_token")
_TELEGRAM = ("telegram_token", "telegram_secret")
_AFRICASTALKING = ("africastalking_username", "africastalking_api_key", "africastalking_secret")
# E.164: a country's code and the rest.
_TELEPHONE = re.compile(r"\+[1-9][0-9]{6,14}")
# http only on this machine, for tests.
_ORIGIN = re.compile(r"(?i)(https://[^/?#@*\s]+|http://(127\.0\.0\.1|localhost)(:\d+)?)/?")
# The tables ask both of these in words that no other knows.
_DATABASES = ("sqlite", "postgresql", "postgres")
# A century: with some more, what is that old would be from before the first date that Python knows.
_MOST_DAYS = 36_500

Messenger = Literal["sms", "whatsapp", "telegram"]


class Office(FrozenModel):
    """Who farmers are sent to: an extension officer or office, by name, E.164 number, and how to write to it."""

    name: str
    telephone: str
    messenger: Messenger

    def message(self, text: str) -> str:
        """Address that opens a message to it, which the person still has to send; as RFC 5724, WhatsApp, Telegram."""
        words = quote(text, safe="")
        if self.messenger == "sms":
            return f"sms:{self.telephone}?body={words}"
        is_whatsapp = self.messenger == "whatsapp"
        host = f"wa.me/{self.telephone[1:]}" if is_whatsapp else f"t.me/{self.telephone}"
        return f"https://{host}?text={words}"


class Settings(BaseModel):
    """What differs between one installation and the next.

    A field ``name`` is read from ``MAJANI_NAME``; docs/operation.md and docs/channels.md say what each does. Building
    settings opens no file; whether the bundle can be used is decided when the app loads it.
    """

    # What is wrong with a setting is logged, and among the settings are secrets.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    bundle: Path = Path("models/current")
    bundle_key: str | None = Field(default=None, pattern=r"^[A-Za-z0-9+/]{43}=$")
    districts_dir: Path = Path("districts")
    texts_dir: Path = Path("data")
    app_dir: Path = Path("web/dist")
    # Five photos of 6 MB, which is what phones save. Five of the 16 MiB that a single photo may have would let a few
    # senders fill a small server's memory.
    max_request_bytes: int = Field(default=32 * 1024 * 1024, ge=64 * 1024)

    database_url: str = "sqlite:///majani.sqlite3"
    photos_url: str = Field(default="photos", min_length=1)
    # Feedback comes within days.
    diagnosis_retention_days: int = Field(default=90, ge=1, le=_MOST_DAYS)
    # Three seasons for experts to look at them and for a better model to learn from them.
    photo_retention_days: int = Field(default=1095, ge=1, le=_MOST_DAYS)
    test_cases_from: date | None = None
    # A year, to compare with the last season.
    visit_retention_days: int = Field(default=366, ge=1, le=_MOST_DAYS)

    max_waiting: int = Field(default=32, ge=1)
    max_wait_s: float = Field(default=5.0, gt=0)
    # Whole villages share one address of their mobile network, so it only has to stop machines: by the minute from
    # keeping others waiting, by the day from filling the disk.
    rate_limit: str = "60 per minute; 10000 per day"
    # A phone that fetches everything anew makes about 30.
    rate_limit_other: str = "600 per minute"
    rate_limit_client: str = "600 per minute; 50000 per day"
    rate_limit_url: str = "memory://"
    # Too few, and all senders count as one; too many, and a sender can pretend to be another one.
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    api_origins: str | None = None

    references_dir: Path | None = None
    examples_dir: Path = Path("data/examples")
    event_source: str = Field(default="/majani", min_length=1, max_length=200)
    # With fewer cases, a person could be recognised.
    overview_min_cases: int = Field(default=5, ge=3)
    boundaries: Path | None = None
    boundaries_name: str = Field(default="name", min_length=1)

    office_name: str | None = Field(default=None, min_length=1, max_length=80)
    office_telephone: str | None = None
    office_messenger: Messenger = "sms"
    crops_first: str = ""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    # Not in the database, because metrics are needed most when that is away.
    metrics_token: SecretStr | None = Field(default=None, min_length=16)

    channel_key: SecretStr | None = Field(default=None, min_length=16)
    channel_language: str = "en"
    channel_photo_address: str | None = None
    # WhatsApp delivers again for up to 7 days.
    delivery_retention_days: int = Field(default=30, ge=8, le=_MOST_DAYS)
    whatsapp_phone_number_id: str | None = Field(default=None, min_length=1)
    whatsapp_access_token: SecretStr | None = Field(default=None, min_length=1)
    whatsapp_app_secret: SecretStr | None = Field(default=None, min_length=1)
    whatsapp_verify_token: SecretStr | None = Field(default=None, min_length=16)
    # Meta retires a version after about two years.
    whatsapp_api_url: str = "https://graph.facebook.com/v25.0"
    telegram_token: SecretStr | None = Field(default=None, min_length=1)
    telegram_secret: SecretStr | None = Field(default=None, min_length=16)
    telegram_api_url: str = "https://api.telegram.org"
    rapidpro_secret: SecretStr | None = Field(default=None, min_length=16)
    rapidpro_media_origins: str | None = None
    africastalking_username: str | None = Field(default=None, min_length=1)
    africastalking_api_key: SecretStr | None = Field(default=None, min_length=1)
    africastalking_secret: SecretStr | None = Field(default=None, min_length=16)
    africastalking_sender: str | None = Field(default=None, min_length=1)
    africastalking_api_url: str = "https://api.africastalking.com/version1"

    @property
    def office(self) -> Office | None:
        """Who farmers are sent to, if the operator has said so."""
        if self.office_name is None or self.office_telephone is None:
            return None
        return Office(name=self.office_name, telephone=self.office_telephone, messenger=self.office_messenger)

    @property
    def first_crops(self) -> tuple[str, ...]:
        """Ids of the region's crops; whether the texts have them is known when the app loads."""
        return tuple(crop.strip() for crop in self.crops_first.split(",") if crop.strip())

    @property
    def case_ages(self) -> Mapping[bool, timedelta]:
        """How long cases are kept: without photos, and with them."""
        days = {False: self.diagnosis_retention_days, True: self.photo_retention_days}
        return {keeps_photos: timedelta(days=many) for keeps_photos, many in days.items()}

    @property
    def has_channel(self) -> bool:
        """Whether messages of any platform are answered."""
        platforms = (self.whatsapp_access_token, self.telegram_token, self.rapidpro_secret, self.africastalking_secret)
        return any(secret is not None for secret in platforms)

    @property
    def media_origins(self) -> frozenset[str]:
        """Scheme, host and port of each server on which RapidPro keeps attachments, in lower case."""
        return _read_origins(self.rapidpro_media_origins)

    @property
    def page_origins(self) -> frozenset[str]:
        """Likewise of each website whose pages may use the API."""
        return _read_origins(self.api_origins)

    @field_validator("rate_limit", "rate_limit_other", "rate_limit_client")
    @classmethod
    def _readable_limit(cls, limit: str) -> str:
        parse_many(limit)
        return limit

    @field_validator("rapidpro_media_origins", "api_origins")
    @classmethod
    def _origins(cls, origins: str | None) -> str | None:
        if not all(_ORIGIN.fullmatch(origin.strip()) for origin in (origins or "https://none").split(",")):
            raise ValueError("an origin is https:// and a host")
        return origins

    @field_validator("office_telephone")
    @classmethod
    def _dialled(cls, number: str | None) -> str | None:
        if number is not None and not _TELEPHONE.fullmatch(number):
            raise ValueError("a number is + and 7 to 15 digits, country's code first, such as +254700000000")
        return number

    @field_validator("photos_url")
    @classmethod
    def _known_store(cls, url: str) -> str:
        if "://" in url and not url.startswith("s3://"):
            raise ValueError("this is neither a folder nor s3://bucket/prefix")
        return url

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        try:
            address = make_url(url)
            backend, is_in_memory = address.get_backend_name(), address.database in (None, "", ":memory:")
            is_known = backend in _DATABASES and not (backend == "sqlite" and is_in_memory)
        except ArgumentError:
            is_known = False
        if not is_known:
            raise ValueError("this is no address of an SQLite or PostgreSQL database")
        return url

    @model_validator(mode="after")
    def _complete_office(self) -> Self:
        if (self.office_name is None) != (self.office_telephone is None):
            raise ValueError(f"{variable('office_name')} and {variable('office_telephone')} belong together")
        return self

    @model_validator(mode="after")
    def _complete_channel(self) -> Self:
        for needed in (_WHATSAPP, _TELEGRAM, _AFRICASTALKING):
            missing = [variable(name) for name in needed if getattr(self, name) is None]
            if missing and len(missing) < len(needed):
                raise ValueError(f"{', '.join(missing)} missing; the others of that platform are set")
        if self.has_channel and self.channel_key is None:
            raise ValueError(f"{variable('channel_key')} is missing; a platform is set up")
        return self

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; a variable that is absent or empty leaves the default. Raises ValidationError."""
        given = {name: environ.get(variable(name)) for name in cls.model_fields}
        return cls.model_validate({name: value for name, value in given.items() if value})


def _read_origins(written: str | None) -> frozenset[str]:
    named = (written or "").lower().split(",")
    return frozenset(origin.strip().rstrip("/") for origin in named if origin.strip())


def variable(field: str) -> str:
    """Name of the environment variable that a field is read from."""
    return PREFIX + field.upper()


def unknown(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that look like settings and are none, such as misspelt ones; the pipeline's own do not count."""
    known = {variable(field) for field in Settings.model_fields} | OF_THE_PIPELINE
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)


def what_is_wrong(error: ValidationError) -> str:
    """What keeps settings from being used, by the names of their variables; their values may be secrets."""
    return "; ".join(
        ": ".join([*(variable(str(field)) for field in fault["loc"][:1]), fault["msg"]])
        for fault in error.errors(include_input=False, include_url=False)
    )


def plain(secret: SecretStr | None) -> str:
    """A secret as it is used; nowhere else does it leave its wrapping."""
    return "" if secret is None else secret.get_secret_value()
