"""Deployment settings, read once from the environment; nothing about the model, which its manifest describes."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

PREFIX = "MAJANI_"

# A platform is set up with all of its settings or none.
_WHATSAPP = ("whatsapp_phone_number_id", "whatsapp_access_token", "whatsapp_app_secret", "whatsapp_verify_token")
_TELEGRAM = ("telegram_token", "telegram_secret")


class Settings(BaseModel):
    """What differs between one installation and the next.

    A field ``name`` is read from ``MAJANI_NAME``. Building settings opens no file; whether the bundle can be used is
    decided when the app loads it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bundle: Path = Field(
        default=Path("models/current"),
        description="Folder of the bundle to answer from. The default is the shipped bundle, seen from the repository.",
    )
    texts_dir: Path = Field(
        default=Path("data"),
        description="Folder with taxonomy, advice and languages. The default is the shipped one, seen from the "
        "repository.",
    )
    max_request_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=64 * 1024,
        description="Largest request body. Five photos of 6 MB, which is what phones save, fit into the default; five "
        "of the 16 MiB that a single photo may have would let a few senders fill a small server's memory.",
    )

    database_url: str = Field(
        default="sqlite:///majani.sqlite3",
        description="Where the channel keeps what it has to remember, in SQLAlchemy's form; nothing else needs it. The "
        "default is a file in the working directory, which is enough for one machine; postgresql://... is for several.",
    )
    channel_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Senders and messages are stored as hashes with this key. Whoever has it can find a telephone "
        "number in the database; if it changes, everybody's language and wish to be left alone are forgotten.",
    )
    channel_language: str = Field(
        default="en",
        description="Tag of the language for people who have chosen none and whose platform names none of ours.",
    )
    delivery_retention_days: int = Field(
        default=30,
        ge=8,
        description="Age at which `store forget` deletes deliveries. WhatsApp delivers again for up to 7 days.",
    )
    whatsapp_phone_number_id: str | None = Field(
        default=None, min_length=1, description="Id of our number, from Meta's app dashboard; not the number itself."
    )
    whatsapp_access_token: SecretStr | None = Field(
        default=None, min_length=1, description="Lets this service read photos and send answers; of a system user."
    )
    whatsapp_app_secret: SecretStr | None = Field(
        default=None, min_length=1, description="Deliveries are signed with it; without it anybody could deliver."
    )
    whatsapp_verify_token: SecretStr | None = Field(
        default=None, min_length=1, description="Made up by you; Meta repeats it when the webhook is set up."
    )
    whatsapp_api_url: str = Field(
        default="https://graph.facebook.com/v25.0",
        description="Base address with version. Meta retires a version after about two years.",
    )
    telegram_token: SecretStr | None = Field(
        default=None, min_length=1, description="Of the bot, from Telegram's @BotFather; whoever has it is the bot."
    )
    telegram_secret: SecretStr | None = Field(
        default=None, min_length=1, description="Made up by you and given to setWebhook; every delivery repeats it."
    )
    telegram_api_url: str = Field(
        default="https://api.telegram.org",
        description="Base address; another one for who runs Telegram's Bot API server on their own machine.",
    )

    @property
    def has_whatsapp(self) -> bool:
        """Whether WhatsApp is set up."""
        return self.whatsapp_access_token is not None

    @property
    def has_telegram(self) -> bool:
        """Whether Telegram is set up."""
        return self.telegram_token is not None

    @model_validator(mode="after")
    def _complete_channel(self) -> Self:
        for needed in (_WHATSAPP, _TELEGRAM):
            missing = [variable(name) for name in needed if getattr(self, name) is None]
            if missing and len(missing) < len(needed):
                raise ValueError(f"{', '.join(missing)} missing; the others of that platform are set")
        if (self.has_whatsapp or self.has_telegram) and self.channel_key is None:
            raise ValueError(f"{variable('channel_key')} is missing; a platform is set up")
        return self

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; a variable that is absent or empty leaves the default.

        Raises:
            pydantic.ValidationError: If a value cannot be understood; it names the field.
        """
        given = {name: environ.get(variable(name)) for name in cls.model_fields}
        return cls.model_validate({name: value for name, value in given.items() if value})


def variable(field: str) -> str:
    """Name of the environment variable that a field is read from."""
    return PREFIX + field.upper()


def plain(secret: SecretStr | None) -> str:
    """A secret as it is used; nowhere else does it leave its wrapping."""
    return "" if secret is None else secret.get_secret_value()
