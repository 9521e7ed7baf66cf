"""An event as it is sent: CloudEvents 1.0 in structured mode, signed as Standard Webhooks 1.0.

The specifications are those of https://cloudevents.io and https://www.standardwebhooks.com; receivers read and verify
both with existing libraries. The optional ``time`` is left out: it would tell when somebody stood before a plant.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

CONTENT_TYPE = "application/cloudevents+json"
TYPE_PREFIX = "majani."
_SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
_SECRET_BYTES = 32


def make_secret() -> str:
    """A new secret, in the form that libraries take."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def write_event(event_id: str, kind: str, data: Mapping[str, Any], *, source: str) -> bytes:
    """The body: ``source`` names the installation, and together with the id no other event."""
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": TYPE_PREFIX + kind,
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False).encode()


def sign(secret: str, event_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """The headers of a body that is sent now."""
    timestamp = str(int(moment.timestamp()))
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    digest = hmac.digest(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": event_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
