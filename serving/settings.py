"""Deployment settings, read once from the environment; nothing about the model, which its manifest describes.

The file is long because the documents' tables of settings are made from it.
"""

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

    A field ``name`` is read from ``MAJANI_NAME``; what stands below it is its row in docs/operation.md or
    docs/channels.md. Building settings opens no file; whether the bundle can be used is decided when the app loads it.
    """

    # What is wrong with a setting is logged, and among the settings are secrets.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)

    bundle: Path = Path("models/current")
    """The bundle to answer from; one that cannot be verified keeps the service from starting."""
    bundle_key: str | None = Field(default=None, pattern=r"^[A-Za-z0-9+/]{43}=$")
    """Public key of [signed bundles](operation.md#swap-the-model-or-the-texts); without it, checksums alone count."""
    districts_dir: Path = Path("districts")
    """[Districts' own bundles](operation.md#a-bundle-for-a-district), as `majani-admin district use` fills it."""
    texts_dir: Path = Path("data")
    """Taxonomy, advice and languages; a contradiction or a missing English text keeps the service from starting."""
    app_dir: Path = Path("web/dist")
    """The built [phone app](operation.md#the-phone-app); without one there is the page alone."""
    # Five of the 16 MiB that a single photo may have would let a few senders fill a small server's memory.
    max_request_bytes: int = Field(default=32 * 1024 * 1024, ge=64 * 1024)
    """Five photos of 6 MB. For more, also raise `client_max_body_size` in nginx's file."""

    database_url: str = "sqlite:///majani.sqlite3"
    """A file in the working directory for one machine, `postgresql://user:password@host/name` for several."""
    photos_url: str = Field(default="photos", min_length=1)
    """Photos with consent: a folder, or `s3://bucket/prefix`, reached with the usual `AWS_...` variables."""
    # Feedback comes within days.
    diagnosis_retention_days: int = Field(default=90, ge=1, le=_MOST_DAYS)
    """Age at which `store forget` deletes cases without photos. At most 36500, like the other ages."""
    photo_retention_days: int = Field(default=1095, ge=1, le=_MOST_DAYS)
    """The same for cases with photos and for photos to teach: three seasons to review them and to learn from them."""
    test_cases_from: date | None = None
    """Day, such as `2027-03-01`, from which one new case in five is kept [for tests
    alone](agronomist.md#cases-for-tests-alone)."""
    # A year, to compare with the last season.
    visit_retention_days: int = Field(default=366, ge=1, le=_MOST_DAYS)
    """Age at which `store forget` deletes visits, which may name farmers."""

    max_waiting: int = Field(default=32, ge=1)
    """Cases that may wait in one process."""
    max_wait_s: float = Field(default=5.0, gt=0)
    """Seconds that a case may have to wait, by estimate from formats and pixels."""
    # Whole villages share one address of their mobile network, so it only has to stop machines: by the minute from
    # keeping others waiting, by the day from filling the disk.
    rate_limit: str = "60 per minute; 10000 per day"
    """Photos of one address, see [Rate limits](operation.md#rate-limits)."""
    # A phone that fetches everything anew makes about 30.
    rate_limit_other: str = "600 per minute"
    """All its other requests."""
    rate_limit_client: str = "600 per minute; 50000 per day"
    """Photos of one [program](api.md#programs) with a key, from whatever address."""
    rate_limit_url: str = "memory://"
    """Each process counts for itself; `redis://host:port` for all together."""
    # Too few, and all senders count as one; too many, and a sender can pretend to be another one.
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    """Proxies of yours that add `X-Forwarded-For`, see [Behind a proxy](operation.md#behind-a-proxy)."""
    api_origins: str | None = None
    """Websites whose pages may [use the API](api.md#from-another-website), with commas between, such as
    `https://app.example.org`."""

    references_dir: Path | None = None
    """[Reference photos](review.md#reference-photos) for the review desk."""
    examples_dir: Path = Path("data/examples")
    """[Example photos](operation.md#example-photos); the default is the shipped set."""
    event_source: str = Field(default="/majani", min_length=1, max_length=200)
    """Names this installation in [events](webhooks.md), for a receiver that hears of several."""
    # With fewer cases, a person could be recognised.
    overview_min_cases: int = Field(default=5, ge=3)
    """Cases from which on [the overview](overview.md) names an area, and the step of its counts. At least 3."""
    boundaries: Path | None = None
    """GeoJSON of [districts](overview.md#districts) in place of squares."""
    boundaries_name: str = Field(default="name", min_length=1)
    """Property of its features that holds the name."""

    office_name: str | None = Field(default=None, min_length=1, max_length=80)
    """The extension officer or office that farmers are sent to, as they know it."""
    office_telephone: str | None = None
    """Its number, such as `+254700000000`: app, page and leaflets offer to call or to write, and messages name it."""
    office_messenger: Messenger = "sms"
    """How people write to that number: `sms`, `whatsapp` or `telegram`."""
    crops_first: str = ""
    """Ids of the region's crops, such as `maize,bean,cassava`: they stand first where a crop is chosen."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """One line for each request; `WARNING` leaves only trouble."""
    # Not in the database, because metrics are needed most when that is away.
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    """16 characters or more; without it there is no `/metrics`."""

    channel_key: SecretStr | None = Field(default=None, min_length=16)
    """Key of the hashes that stand for people, 16 characters or more (`openssl rand -base64 32`). With it, a number can
    be looked for in the database. With another key, all languages and `STOP` are forgotten, and `DELETE` no longer
    finds earlier photos: these go after `MAJANI_PHOTO_RETENTION_DAYS`."""
    channel_language: str = "en"
    """For senders without a chosen language whose phone uses none of ours."""
    channel_photo_address: str | None = None
    """Where people with SMS may send photos, as they read it: `WhatsApp +254 700 000000`, or the page's address."""
    delivery_retention_days: int = Field(default=30, ge=8, le=_MOST_DAYS)
    """Age at which `store forget` deletes deliveries, and [events](webhooks.md); at least 8, because WhatsApp delivers
    again for 7."""
    whatsapp_phone_number_id: str | None = Field(default=None, min_length=1)
    """Id of our number."""
    whatsapp_access_token: SecretStr | None = Field(default=None, min_length=1)
    """For reading photos and sending answers."""
    whatsapp_app_secret: SecretStr | None = Field(default=None, min_length=1)
    """Meta signs every delivery with it; the service reads no unsigned one."""
    whatsapp_verify_token: SecretStr | None = Field(default=None, min_length=16)
    """Made up by you, 16 characters or more."""
    whatsapp_api_url: str = "https://graph.facebook.com/v25.0"
    """With version, because Meta retires each after about two years."""
    telegram_token: SecretStr | None = Field(default=None, min_length=1)
    """With it, anybody can act as the bot. It is part of every address, so the service logs no address."""
    telegram_secret: SecretStr | None = Field(default=None, min_length=16)
    """Made up by you, 16 characters or more; the service reads no delivery without it."""
    telegram_api_url: str = "https://api.telegram.org"
    """For your own server of Telegram's Bot API."""
    rapidpro_secret: SecretStr | None = Field(default=None, min_length=16)
    """Made up by you, 16 characters or more; the service reads no call without it."""
    rapidpro_media_origins: str | None = None
    """Servers of RapidPro's attachments, `https://` and a host, with commas between. The service fetches photos from
    nowhere else."""
    africastalking_username: str | None = Field(default=None, min_length=1)
    """Name of the account."""
    africastalking_api_key: SecretStr | None = Field(default=None, min_length=1)
    """For sending answers; with it, anybody can send at your cost."""
    africastalking_secret: SecretStr | None = Field(default=None, min_length=16)
    """Made up by you, 16 letters, digits, `_` and `-` or more; part of the callback's address."""
    africastalking_sender: str | None = Field(default=None, min_length=1)
    """Short code or name that answers come from; without it Africa's Talking chooses."""
    africastalking_api_url: str = "https://api.africastalking.com/version1"
    """Another one for the sandbox."""

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
