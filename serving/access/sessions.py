"""Sessions of browsers. A browser holds a secret of its own, so the access token is typed once and stored nowhere.

The database holds only the secret's hash. A session ends when its access token is revoked or expired, after a working
day, or at sign-out, which ends it on the server and not only in the browser.
"""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from majani.model.bundle import sha256_hex
from serving.access.role import Role
from serving.access.tokens import Access, AccessTokens, authenticate
from serving.http.errors import RequestCode, RequestError
from serving.persistence.models import AccessToken, DeskSession
from serving.persistence.repository import Repository

# A working day: one sign-in a day, and a browser left open in an office is signed out by the next morning.
LASTS = timedelta(hours=12)
_RANDOM_BYTES = 32


class Sessions(Repository):
    """The table of sessions."""

    def start(self, token: str) -> str:
        """Sign in and return a browser's secret; raises TokenError, or ``role_insufficient`` for a program's key."""
        access = AccessTokens(self.engine, clock=self._clock).find(token)
        if access.role is Role.CLIENT:
            raise RequestError(RequestCode.ROLE_INSUFFICIENT, "a program's key does not sign in")
        secret, moment = secrets.token_urlsafe(_RANDOM_BYTES), self._clock()
        row = DeskSession(token_id=access.id, secret_hash=sha256_hex(secret.encode()), expires_at=moment + LASTS)
        with self._writing() as session:
            session.add(row)
        return secret

    def find(self, secret: str) -> Access:
        """The signed-in person's access; raises TokenError for an unknown secret or an ended session."""
        moment = self._clock()
        asking = (
            select(AccessToken)
            .join(DeskSession, DeskSession.token_id == AccessToken.id)
            .where(DeskSession.secret_hash == sha256_hex(secret.encode()))
            # One of a clock that was ahead would last until then.
            .where(DeskSession.expires_at > moment, DeskSession.expires_at < moment + 2 * LASTS)
        )
        return authenticate(self.engine, asking, moment)

    def end(self, secret: str) -> None:
        """Sign out; a second time changes nothing."""
        self._run(delete(DeskSession).where(DeskSession.secret_hash == sha256_hex(secret.encode())))

    def forget(self) -> int:
        """Delete the sessions that have expired, and return how many."""
        return self._run(delete(DeskSession).where(DeskSession.expires_at <= self._clock()))
