"""Where the platforms deliver. Nothing is read before the sender has proved itself."""

from flask import Blueprint, Response, request

from serving.http.errors import RequestCode, RequestError
from serving.messaging.inbox import Inbox
from serving.messaging.telegram import Telegram
from serving.messaging.whatsapp import WhatsApp

# WhatsApp's limit is 3 MB; photos are not in it.
MAX_DELIVERY_BYTES = 4 * 1024 * 1024
# By then any work on the message has ended.
_COME_AGAIN_S = 60


def whatsapp_blueprint(whatsapp: WhatsApp, inbox: Inbox) -> Blueprint:
    """Routes under which Meta's app dashboard knows this service."""
    blueprint = Blueprint("whatsapp", __name__, url_prefix="/channels/whatsapp")

    @blueprint.get("")
    def agree() -> Response:
        """Confirm that this address expects deliveries."""
        if request.args.get("hub.mode") != "subscribe" or not whatsapp.knows(request.args.get("hub.verify_token", "")):
            raise _unproved("MAJANI_WHATSAPP_VERIFY_TOKEN")
        return Response(request.args.get("hub.challenge", ""), mimetype="text/plain")

    @blueprint.post("")
    def receive() -> Response:
        """Take a delivery."""
        request.max_content_length = MAX_DELIVERY_BYTES
        if not whatsapp.has_signed(request.get_data(), request.headers.get("X-Hub-Signature-256", "")):
            raise _unproved("MAJANI_WHATSAPP_APP_SECRET")
        return _take(whatsapp, inbox)

    return blueprint


def telegram_blueprint(telegram: Telegram, inbox: Inbox) -> Blueprint:
    """The route that is given to ``setWebhook``."""
    blueprint = Blueprint("telegram", __name__, url_prefix="/channels/telegram")

    @blueprint.post("")
    def receive() -> Response:
        """Take a delivery."""
        request.max_content_length = MAX_DELIVERY_BYTES
        if not telegram.knows(request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")):
            raise _unproved("MAJANI_TELEGRAM_SECRET")
        return _take(telegram, inbox)

    return blueprint


def _take(platform: WhatsApp | Telegram, inbox: Inbox) -> Response:
    if inbox.take(platform.read(request.get_data()), platform.name):
        return Response(status=200)
    # No failure: the message is being answered, or too many came at once.
    return Response(status=503, headers={"Retry-After": str(_COME_AGAIN_S)})


def _unproved(setting: str) -> RequestError:
    return RequestError(RequestCode.REQUEST_MALFORMED, f"this does not go with {setting}")
