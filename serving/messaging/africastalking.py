"""Africa's Talking: SMS of its incoming callback, answered over its messaging API.

As documented under developers.africastalking.com/docs/sms; read in November 2026. Nothing signs a callback and it has
no header to set, so a secret is part of the address that the operator enters there.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from serving.http.errors import RequestCode, RequestError
from serving.messaging.platform import Deadline, Incoming, PlatformCode, PlatformError, Received, understood
from serving.messaging.transport import UNDONE, Transport

_COME_AGAIN_S = 60


class _Sms(Received):
    id: str = Field(min_length=1)
    sender: str = Field(alias="from", min_length=1)
    text: str = ""


class _Recipient(Received):
    status: str


class _Sent(Received):
    recipients: tuple[_Recipient, ...] = Field(alias="Recipients")


class _Answer(Received):
    sent: _Sent = Field(alias="SMSMessageData")


class AfricasTalking:
    """One account."""

    def __init__(self, *, api_url: str, username: str, api_key: str, sender: str | None) -> None:
        """Prepare without asking for anything; ``sender`` is our short code or name, if the account has its own."""
        self._url = f"{api_url.rstrip('/')}/messaging"
        self._account = {"username": username} | ({} if sender is None else {"from": sender})
        self._headers = {"apiKey": api_key, "Accept": "application/json"}
        self._transport = Transport()

    def read(self, form: Mapping[str, Any]) -> tuple[Incoming, ...]:
        """The SMS; raises ``request_invalid``."""
        try:
            sms = _Sms.model_validate(form)
        except ValidationError as error:
            raise RequestError(RequestCode.REQUEST_INVALID, "this is no incoming SMS") from error
        incoming = Incoming(
            message_id=sms.id,
            senders=(sms.sender,),
            reply=lambda text, deadline: self._send(sms.sender, text, deadline),
            text=sms.text,
            is_sms=True,
        )
        return (incoming,)

    def _send(self, to: str, text: str, deadline: Deadline) -> None:
        """Send one text; the provider makes several SMS of it where one is too short."""
        message = {**self._account, "to": to, "message": text}
        try:
            answer = self._transport.post(
                self._url, message, headers=self._headers, deadline=deadline, is_form=True, retried=UNDONE
            )
        except PlatformError as error:
            # Each SMS costs money, so what may have been sent is not sent again.
            if error.code not in UNDONE:
                raise
            raise RequestError(RequestCode.BUSY, "nothing can be sent", retry_after_s=_COME_AGAIN_S) from error
        recipients = understood(_Answer, answer).sent.recipients
        if [recipient.status for recipient in recipients] != ["Success"]:
            raise PlatformError(PlatformCode.REFUSED)
