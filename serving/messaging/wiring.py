"""Puts the channel together, as far as it is set up."""

from flask import Flask

from majani.errors import LanguageError
from serving.container import Services
from serving.i18n.phrasing import Wording
from serving.messaging.command import Commands
from serving.messaging.conversation import Conversation
from serving.messaging.inbox import Inbox, Pseudonyms
from serving.messaging.telegram import Telegram
from serving.messaging.webhooks import telegram_blueprint, whatsapp_blueprint
from serving.messaging.whatsapp import WhatsApp
from serving.persistence.deliveries import Deliveries
from serving.persistence.recipients import Recipients
from serving.settings import plain


def register(app: Flask, services: Services) -> None:
    """Add the webhooks of the platforms that are set up; raises LanguageError if their language is none of ours."""
    settings = services.settings
    if not (settings.has_whatsapp or settings.has_telegram):
        return
    inbox = _inbox(services)
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


def _inbox(services: Services) -> Inbox:
    settings, languages, engine = services.settings, services.adviser.languages, services.engine
    if settings.channel_language not in languages:
        raise LanguageError(f"MAJANI_CHANNEL_LANGUAGE: {settings.channel_language!r} is none of {sorted(languages)}")
    wordings = {tag: Wording(language, services.catalogues[tag]) for tag, language in languages.items()}
    conversation = Conversation(
        diagnoser=services.diagnoser,
        admission=services.cases.admission,
        adviser=services.adviser,
        recipients=Recipients(engine),
        commands=Commands(wordings),
        wordings=wordings,
        default_language=settings.channel_language,
    )
    return Inbox(Deliveries(engine), conversation, Pseudonyms(plain(settings.channel_key)))
