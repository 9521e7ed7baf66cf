"""Africa's Talking on a local server: its messaging API, and the callbacks for incoming SMS.

Shapes are those of the public documentation (developers.africastalking.com/docs/sms: sending, notifications), as read
in November 2026.
"""

import itertools
from typing import Any
from urllib.parse import parse_qsl

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.serving.messaging.local_server import Asked, Platform, Reply, as_json

# Of nothing but these tests.
API_KEY = "atsk_of-the-tests"
SECRET = "part-of-the-address"  # noqa: S105
USERNAME, SHORT_CODE = "majani", "22334"
PATH = "/channels/africastalking"


class SmsGateway(Platform):
    """Takes SMS that are to be sent."""

    status = "Success"

    @property
    def sent(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(asked.body.decode(), strict_parsing=True)) for asked in self.server.asked]

    @property
    def texts(self) -> list[str]:
        return [sms["message"] for sms in self.sent]

    def reset(self) -> None:
        super().reset()
        self.status = "Success"

    def _answer(self, asked: Asked) -> tuple[str, Reply]:
        is_known = asked.headers.get("apiKey") == API_KEY and asked.path == "/version1/messaging"
        if not is_known or asked.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return "messaging", Reply(401, b"The supplied authentication is invalid")
        to = dict(parse_qsl(asked.body.decode()))["to"]
        recipient = {"statusCode": 101, "number": to, "status": self.status, "cost": "KES 0.8", "messageId": "ATXid_1"}
        sent = {"Message": "Sent to 1/1 Total Cost: KES 0.8", "Recipients": [recipient]}
        return "messaging", as_json({"SMSMessageData": sent}, 201)


class Person:
    """A person with a phone that can do nothing but SMS."""

    _numbers = itertools.count(1)

    def __init__(self, gateway: SmsGateway, client: FlaskClient) -> None:
        self.number = f"+25471100{next(self._numbers):04}"
        self.gateway = gateway
        self._client = client

    def sms(self, text: str) -> dict[str, Any]:
        sms = {"date": "2026-11-27 08:30:00", "from": self.number, "id": f"sms-{next(self._numbers)}", "text": text}
        return sms | {"linkId": "", "to": SHORT_CODE, "networkCode": "63902"}

    def delivers(self, sms: dict[str, Any]) -> TestResponse:
        return self._client.post(f"{PATH}?secret={SECRET}", data=sms)

    def writes(self, text: str) -> TestResponse:
        return self.delivers(self.sms(text))
