"""The service with all platforms set up, against local servers that speak their protocols, on a real SQLite file."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from serving.app import create_app
from serving.container import Services
from serving.messaging import transport
from serving.persistence.models import Case, Delivery, Recipient
from serving.settings import Settings
from tests.serving.messaging import rapidpro_flows, sms_gateway, telegram_bots, whatsapp_cloud
from tests.serving.messaging.rapidpro_flows import RapidProFlows
from tests.serving.messaging.sms_gateway import SmsGateway
from tests.serving.messaging.telegram_bots import TelegramBots
from tests.serving.messaging.whatsapp_cloud import WhatsAppCloud

Setup = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(transport, "_SILENCE_S", 1.0)


class Platforms(NamedTuple):
    """A local server for each."""

    cloud: WhatsAppCloud
    bots: TelegramBots
    flows: RapidProFlows
    gateway: SmsGateway


@pytest.fixture(scope="session")
def running() -> Iterator[Platforms]:
    platforms = Platforms(WhatsAppCloud(), TelegramBots(), RapidProFlows(), SmsGateway())
    yield platforms
    for platform in platforms:
        platform.server.close()


@pytest.fixture
def platforms(running: Platforms) -> Platforms:
    """As if nobody had asked them anything yet."""
    for platform in running:
        platform.reset()
    return running


@pytest.fixture(scope="session")
def setup(tiny_bundle_dir: Path, running: Platforms) -> Setup:
    """Settings with everything set up: ``setup(database_url=...)``."""

    def build(**other: Any) -> Settings:
        usual = {
            "bundle": tiny_bundle_dir,
            "channel_key": "a key of sixteen bytes or more",
            "whatsapp_phone_number_id": whatsapp_cloud.PHONE_NUMBER_ID,
            "whatsapp_access_token": whatsapp_cloud.ACCESS_TOKEN,
            "whatsapp_app_secret": whatsapp_cloud.APP_SECRET,
            "whatsapp_verify_token": whatsapp_cloud.VERIFY_TOKEN,
            "whatsapp_api_url": running.cloud.api_url,
            "telegram_token": telegram_bots.TOKEN,
            "telegram_secret": telegram_bots.SECRET,
            "telegram_api_url": running.bots.server.url,
            "channel_photo_address": "WhatsApp +254 700 000000",
            "rapidpro_secret": rapidpro_flows.SECRET,
            "rapidpro_media_origins": f"https://files.example.org, {running.flows.server.url}/",
            "africastalking_username": sms_gateway.USERNAME,
            "africastalking_api_key": sms_gateway.API_KEY,
            "africastalking_secret": sms_gateway.SECRET,
            "africastalking_sender": sms_gateway.SHORT_CODE,
            "africastalking_api_url": f"{running.gateway.server.url}/version1",
        }
        return Settings.model_validate(usual | other)

    return build


@pytest.fixture(scope="session")
def database_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("channel") / "majani.sqlite3"


@pytest.fixture(scope="session")
def app(setup: Setup, database_file: Path) -> Flask:
    return create_app(setup(database_url=f"sqlite:///{database_file}"))


@pytest.fixture
def farmer(platforms: Platforms, client: FlaskClient) -> whatsapp_cloud.Person:
    """A person on WhatsApp who has never written before."""
    return whatsapp_cloud.Person(platforms.cloud, client)


@pytest.fixture
def person(platforms: Platforms, client: FlaskClient) -> telegram_bots.Person:
    """A person on Telegram who has never written before."""
    return telegram_bots.Person(platforms.bots, client)


@pytest.fixture
def contact(platforms: Platforms, client: FlaskClient) -> rapidpro_flows.Contact:
    return rapidpro_flows.Contact(platforms.flows, client)


def rows(services: Services) -> list[int | None]:
    """How many cases, deliveries and recipients are kept."""
    with services.engine.connect() as connection:
        return [connection.scalar(select(func.count()).select_from(table)) for table in (Case, Delivery, Recipient)]
