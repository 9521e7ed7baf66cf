"""Sessions of browsers. A browser holds a secret of its own, so the access token is typed once and stored nowhere.

The database holds only the secret's hash. A session ends when its access token is revoked or expired, after a working
day, or at sign-out, which ends it on the server and not only in the browser.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from majani.model.bundle import sha256_hex
from serving.access.tokens import Access, AccessTokens, TokenError, note_use
from serving.clock import now
from serving.persistence.engine import database_failures, reading
from serving.persistence.models import AccessToken, DeskSession

# A working day: one sign-in a day, and a browser left open in an office is signed out by the next morning.
LASTS = timedelta(hours=12)
_RANDOM_BYTES = 32


class Sessions:
    """The table of sessions; safe to share between threads. Every method may raise ``StorageError``."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = now) -> None:
        self._engine = engine
        self._clock = clock

    def start(self, token: str) -> str:
        """Sign in and return a secret for the browser; raises TokenError if the access token is not valid."""
        access = AccessTokens(self._engine, clock=self._clock).find(token)
        secret, moment = secrets.token_urlsafe(_RANDOM_BYTES), self._clock()
        row = DeskSession(token_id=access.id, secret_hash=sha256_hex(secret.encode()), expires_at=moment + LASTS)
        with database_failures(), Session(self._engine) as session, session.begin():
            session.add(row)
        return secret

    def find(self, secret: str) -> Access:
        """The signed-in person's access; raises TokenError for an unknown secret or an ended session."""
        moment = self._clock()
        asking = (
            select(AccessToken)
            .join(DeskSession, DeskSession.token_id == AccessToken.id)
            .where(DeskSession.secret_hash == sha256_hex(secret.encode()), DeskSession.expires_at > moment)
        )
        with database_failures(), Session(reading(self._engine)) as session:
            row = session.scalar(asking)
            access = None if row is None else Access.of(row)
        if access is None or not access.is_good(moment):
            raise TokenError
        note_use(self._engine, access, moment.date())
        return access

    def end(self, secret: str) -> None:
        """Sign out; a second time changes nothing."""
        ending = delete(DeskSession).where(DeskSession.secret_hash == sha256_hex(secret.encode()))
        with database_failures(), Session(self._engine) as session, session.begin():
            session.execute(ending)

    def forget(self) -> int:
        """Delete the sessions that have expired, and return how many."""
        expired = delete(DeskSession).where(DeskSession.expires_at <= self._clock()).returning(DeskSession.id)
        with database_failures(), Session(self._engine) as session, session.begin():
            return len(session.scalars(expired).all())
