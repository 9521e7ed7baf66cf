"""Puts the channel together, as far as it is set up."""

import logging

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from majani.errors import LanguageError
from serving.channel.command import Commands
from serving.channel.conversation import Conversation
from serving.channel.inbox import Inbox
from serving.channel.pseudonym import Pseudonyms
from serving.channel.telegram import Telegram
from serving.channel.webhooks import telegram_blueprint, whatsapp_blueprint
from serving.channel.whatsapp import WhatsApp
from serving.services import Services
from serving.settings import Settings, plain
from serving.store.database import connect, is_sqlite
from serving.store.deliveries import Deliveries
from serving.store.migration import is_current, upgrade
from serving.store.recipients import Recipients
from serving.wording import Wording

logger = logging.getLogger(__name__)


def register(app: Flask, services: Services) -> None:
    """Add the webhooks of the platforms that are set up; without any, nothing happens and no database is touched.

    Raises:
        LanguageError: If the language of the channel is none of ours.
    """
    settings = services.settings
    if not (settings.has_whatsapp or settings.has_telegram):
        return
    inbox = _inbox(services, _prepared(settings))
    if settings.has_whatsapp:
        whatsapp = WhatsApp(
            api_url=settings.whatsapp_api_url,
            phone_number_id=settings.whatsapp_phone_number_id or "",
            access_token=plain(settings.whatsapp_access_token),
            app_secret=plain(settings.whatsapp_app_secret),
            verify_token=plain(settings.whatsapp_verify_token),
        )
        app.register_blueprint(whatsapp_blueprint(whatsapp, inbox))
    if settings.has_telegram:
        telegram = Telegram(
            api_url=settings.telegram_api_url,
            token=plain(settings.telegram_token),
            secret=plain(settings.telegram_secret),
        )
        app.register_blueprint(telegram_blueprint(telegram, inbox))


def _inbox(services: Services, engine: Engine) -> Inbox:
    settings, languages = services.settings, services.adviser.languages
    if settings.channel_language not in languages:
        raise LanguageError(f"MAJANI_CHANNEL_LANGUAGE: {settings.channel_language!r} is none of {sorted(languages)}")
    wordings = {tag: Wording(language, services.catalogues[tag]) for tag, language in languages.items()}
    conversation = Conversation(
        diagnoser=services.diagnoser,
        adviser=services.adviser,
        recipients=Recipients(engine),
        commands=Commands(wordings),
        wordings=wordings,
        default_language=settings.channel_language,
    )
    return Inbox(Deliveries(engine), conversation, Pseudonyms(plain(settings.channel_key)))


def _prepared(settings: Settings) -> Engine:
    """The database: SQLite is brought up to date, any other belongs to an operator who does that when it suits.

    A database that is not ready does not keep the rest of the service from starting; the platforms deliver again.
    """
    engine = connect(settings.database_url)
    try:
        if is_sqlite(engine):
            upgrade(engine)
        elif not is_current(engine):
            logger.error("the database lacks migrations; run: flask --app serving.app store upgrade")
    except SQLAlchemyError:
        logger.exception("the database cannot be used; messages will not be answered")
    return engine
