"""Hashes that stand for people and their messages in the database.

They are keyed: telephone numbers are so few that without a key anybody could try them all.
"""

import hashlib
import hmac

from serving.messaging.platform import PlatformName


class Pseudonyms:
    """Hashes with one key; with another key nobody is recognised."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def of_sender(self, platform: PlatformName, sender: str) -> str:
        """64 hexadecimal digits for a person on one platform."""
        return self._hash("sender", platform, sender)

    def of_message(self, platform: PlatformName, message_id: str) -> str:
        """64 hexadecimal digits for a message on one platform."""
        return self._hash("message", platform, message_id)

    def _hash(self, kind: str, platform: PlatformName, value: str) -> str:
        return hmac.new(self._key, f"{kind}:{platform}:{value}".encode(), hashlib.sha256).hexdigest()
