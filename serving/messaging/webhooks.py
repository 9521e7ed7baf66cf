"""Takes the platforms' deliveries. It reads nothing before the sender has proved itself."""

import hmac
from collections.abc import Sequence

from flask import Blueprint, Flask, Response, request

from majani.decision.diagnosis import Diagnosis
from majani.errors import LanguageError
from serving.container import Services
from serving.http.errors import RequestCode, RequestError
from serving.i18n.phrasing import Wording
from serving.messaging.africastalking import AfricasTalking
from serving.messaging.command import Commands
from serving.messaging.conversation import Conversation
from serving.messaging.crop_advice import CropAdvice
from serving.messaging.inbox import Inbox, Pseudonyms
from serving.messaging.platform import Incoming
from serving.messaging.rapidpro import RapidPro
from serving.messaging.telegram import Telegram
from serving.messaging.whatsapp import WhatsApp
from serving.persistence.case_record import Origin
from serving.persistence.reviews import Reviews
from serving.persistence.senders import Deliveries, Recipients
from serving.settings import plain

# WhatsApp's limit is 3 MB; photos are not in it.
MAX_DELIVERY_BYTES = 4 * 1024 * 1024
# All work on the message has ended within this time.
_COME_AGAIN_S = 60


def register(app: Flask, services: Services) -> None:
    """Add the webhooks of the platforms that are set up; raises LanguageError if their language is none of ours."""
    settings = services.settings
    if not settings.has_channel:
        return
    inbox = _inbox(services)
    if settings.whatsapp_access_token is not None:
        whatsapp = WhatsApp(
            api_url=settings.whatsapp_api_url,
            phone_number_id=settings.whatsapp_phone_number_id or "",
            access_token=plain(settings.whatsapp_access_token),
            app_secret=plain(settings.whatsapp_app_secret),
        )
        app.register_blueprint(_whatsapp_blueprint(whatsapp, inbox, plain(settings.whatsapp_verify_token)))
    if settings.telegram_token is not None:
        telegram = Telegram(api_url=settings.telegram_api_url, token=plain(settings.telegram_token))
        app.register_blueprint(_telegram_blueprint(telegram, inbox, plain(settings.telegram_secret)))
    if settings.rapidpro_secret is not None:
        rapidpro = RapidPro(media_origins=settings.media_origins)
        app.register_blueprint(_rapidpro_blueprint(rapidpro, inbox, plain(settings.rapidpro_secret)))
    if settings.africastalking_secret is not None:
        provider = AfricasTalking(
            api_url=settings.africastalking_api_url,
            username=settings.africastalking_username or "",
            api_key=plain(settings.africastalking_api_key),
            sender=settings.africastalking_sender,
        )
        app.register_blueprint(_africastalking_blueprint(provider, inbox, plain(settings.africastalking_secret)))


def _whatsapp_blueprint(whatsapp: WhatsApp, inbox: Inbox, verify_token: str) -> Blueprint:
    blueprint = Blueprint("whatsapp", __name__, url_prefix="/channels/whatsapp")

    @blueprint.get("")
    def agree() -> Response:
        """Confirm that this address expects deliveries."""
        is_known = _is_same(verify_token, request.args.get("hub.verify_token", ""))
        if request.args.get("hub.mode") != "subscribe" or not is_known:
            raise _unproved("MAJANI_WHATSAPP_VERIFY_TOKEN")
        return Response(request.args.get("hub.challenge", ""), mimetype="text/plain")

    @blueprint.post("")
    def receive() -> Response:
        """Take a delivery."""
        request.max_content_length = MAX_DELIVERY_BYTES
        if not whatsapp.has_signed(request.get_data(), request.headers.get("X-Hub-Signature-256", "")):
            raise _unproved("MAJANI_WHATSAPP_APP_SECRET")
        return _take(whatsapp.read(request.get_data()), Origin.WHATSAPP, inbox)

    return blueprint


def _telegram_blueprint(telegram: Telegram, inbox: Inbox, secret: str) -> Blueprint:
    blueprint = Blueprint("telegram", __name__, url_prefix="/channels/telegram")

    @blueprint.post("")
    def receive() -> Response:
        """Take a delivery."""
        request.max_content_length = MAX_DELIVERY_BYTES
        if not _is_same(secret, request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")):
            raise _unproved("MAJANI_TELEGRAM_SECRET")
        return _take(telegram.read(request.get_data()), Origin.TELEGRAM, inbox)

    return blueprint


def _rapidpro_blueprint(rapidpro: RapidPro, inbox: Inbox, secret: str) -> Blueprint:
    blueprint = Blueprint("rapidpro", __name__, url_prefix="/channels/rapidpro")

    @blueprint.post("")
    def receive() -> dict[str, str | None]:
        """Answer a message of a flow: the text to send, and what the photo shows for the flow to go by."""
        if not _is_same(secret and f"Bearer {secret}", request.headers.get("Authorization", "")):
            raise RequestError(
                RequestCode.TOKEN_INVALID, "send MAJANI_RAPIDPRO_SECRET as Authorization: Bearer <secret>"
            )
        seen: list[Diagnosis] = []
        text = inbox.answer(rapidpro.read(request.get_data(), seen.append), Origin.RAPIDPRO)
        outcome, grade, named = (seen[0].outcome, seen[0].grade, seen[0].condition) if seen else (None, None, None)
        return {"text": text, "outcome": outcome, "grade": grade, "condition": None if named is None else named.id}

    return blueprint


def _africastalking_blueprint(provider: AfricasTalking, inbox: Inbox, secret: str) -> Blueprint:
    blueprint = Blueprint("africastalking", __name__, url_prefix="/channels/africastalking")

    @blueprint.post("")
    def receive() -> Response:
        """Take an SMS."""
        if not _is_same(secret, request.args.get("secret", "")):
            raise RequestError(RequestCode.TOKEN_INVALID, "this does not go with MAJANI_AFRICASTALKING_SECRET")
        return _take(provider.read(request.form.to_dict()), Origin.AFRICASTALKING, inbox)

    return blueprint


def _is_same(secret: str, shown: str) -> bool:
    """Compare secrets, as fast for every wrong one; without a secret nobody is let in."""
    return bool(secret) and hmac.compare_digest(secret.encode(), shown.encode())


def _take(messages: Sequence[Incoming], name: Origin, inbox: Inbox) -> Response:
    if inbox.take(messages, name):
        return Response(status=200)
    # No failure: the message is being answered, or too many came at once.
    return Response(status=503, headers={"Retry-After": str(_COME_AGAIN_S)})


def _unproved(setting: str) -> RequestError:
    return RequestError(RequestCode.REQUEST_MALFORMED, f"this does not go with {setting}")


def _inbox(services: Services) -> Inbox:
    settings, languages, engine = services.settings, services.adviser.languages, services.engine
    if settings.channel_language not in languages:
        raise LanguageError(f"MAJANI_CHANNEL_LANGUAGE: {settings.channel_language!r} is none of {sorted(languages)}")
    catalogues, office = services.catalogues, settings.office
    wordings = {tag: Wording(language, catalogues[tag], office) for tag, language in languages.items()}
    conversation = Conversation(
        cases=services.cases,
        reviews=Reviews(engine),
        adviser=services.adviser,
        recipients=Recipients(engine),
        commands=Commands(wordings),
        crop_advice=CropAdvice(wordings, settings.channel_photo_address),
        wordings=wordings,
        default_language=settings.channel_language,
    )
    return Inbox(Deliveries(engine), conversation, Pseudonyms(plain(settings.channel_key)))
