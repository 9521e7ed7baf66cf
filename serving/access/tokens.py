"""Access tokens: made once, shown once, stored only as a hash.

A token is looked up by its hash, so the time of a look-up says nothing about other tokens. It has 256 random bits,
which is too many to guess, so the hash need not be slow.
"""

import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, Engine, Select, or_, select, update
from sqlalchemy.orm import Session
from structlog.contextvars import bind_contextvars

from majani.model.bundle import sha256_hex
from serving.access.role import Role
from serving.persistence.engine import StorageError
from serving.persistence.erasures import Erased, note_erased
from serving.persistence.models import SLUG_LENGTH, AccessToken
from serving.persistence.repository import Repository, read_session, write_session

# People change posts, so access ends by itself; the default is one growing season.
DEFAULT_DAYS = 180
MAX_DAYS = 366
# Enough to reach a device in a village.
SOON = timedelta(days=14)
# Until then, colleagues can see in the list who has made a token, and that it is new.
OWN_AFTER = timedelta(days=7)
# A mistyped number must not fill the table; sheets are printed some dozens at a time.
MAX_AT_ONCE = 200
# Scanners that look for leaked secrets can tell what they have found.
PREFIX = "majani_"
_RANDOM_BYTES = 32
_KEY_LENGTH = 16


class TokenError(Exception):
    """No such token, or not any more: ``expired`` or ``revoked``, which only somebody learns who has the token."""

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(f"this access token is {reason or 'unknown'}")
        self.reason = reason


@dataclass(frozen=True)
class Access:
    """What is known about a token, except the token: its number, the device or desk it is for, role and days in UTC.

    ``worker_id`` is the number of the worker's first token, which stays when a token is replaced.
    Without a district it is for all of them; ``made_by`` and ``revoked_by`` are numbers of administrators' tokens.
    """

    id: int
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None
    worker_id: int
    district: str | None
    made_by: int | None
    revoked_by: int | None

    @classmethod
    def of(cls, row: AccessToken) -> Self:
        """Leave out the hash."""
        shown = {field.name: getattr(row, field.name) for field in fields(cls)}
        return cls(**shown | {"role": Role(row.role), "worker_id": row.worker_id or row.id})

    def is_good(self, moment: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and moment < self.expires_at

    def ends_soon(self, moment: datetime) -> bool:
        """Whether it is time to replace it."""
        return self.is_good(moment) and self.expires_at < moment + SOON


def is_name(name: str) -> bool:
    """Whether a token may have this name: short enough, and without line breaks, which would forge lines of lists."""
    return 0 < len(name) <= SLUG_LENGTH and name.isprintable()


class AccessTokens(Repository):
    """The table of access tokens."""

    def create(self, name: str, role: Role, lasts: timedelta) -> str:
        """Make a token, shown only now; its number goes into the request log. For names see :func:`is_name`."""
        return self.create_batch([name], role, lasts)[0]

    def create_batch(
        self, names: Sequence[str], role: Role, lasts: timedelta, *, district: str | None = None, by: int | None = None
    ) -> Sequence[str]:
        """Make tokens of the same moment, which makes them a batch; ``by`` is the number of the maker's token."""
        with self._writing() as session:
            return self._make(session, names, lasts, role=role.value, district=district, made_by=by)

    def taken(self, names: Iterable[str]) -> set[str]:
        """Which of these names a token has that need not be replaced soon."""
        lasting = AccessToken.revoked_at.is_(None) & (AccessToken.expires_at >= self._clock() + SOON)
        return set(names) & set(self._all(select(AccessToken.name).where(lasting)))

    def find(self, token: str) -> Access:
        """Tell what a token is good for; raises TokenError if it is unknown, revoked or expired."""
        asking = select(AccessToken).where(AccessToken.token_hash == sha256_hex(token.encode()))
        return authenticate(self.engine, asking, self._clock())

    def check(self, access: Access) -> None:
        """Raise TokenError if a token that was good is not any more."""
        authenticate(self.engine, select(AccessToken).where(AccessToken.id == access.id), self._clock())

    def revoke(self, token_id: int, *, by: int | None = None, whole_batch: bool = False) -> None:
        """Revoke a token or its batch, but for the revoker's own; a second time changes nothing.

        Raises TokenError if there never was such a token.
        """
        bind_contextvars(token_id=token_id)
        with self._writing() as session:
            row = session.get(AccessToken, token_id)
            if row is None:
                raise TokenError
            batch = (AccessToken.created_at == row.created_at) & (AccessToken.id != (by or 0))
            which = batch if whole_batch else AccessToken.id == token_id
            self._revoke(session, which, by)

    def replace(self, token_id: int, lasts: timedelta, *, by: int | None = None) -> str:
        """Revoke a worker's tokens, and make another one; raises TokenError if there never was such a token."""
        with self._writing() as session:
            row = session.get(AccessToken, token_id)
            if row is None:
                raise TokenError
            first_id = row.worker_id or row.id
            # Who replaces it at the same time waits here, and then revokes what was made meanwhile.
            session.get_one(AccessToken, first_id, with_for_update=True)
            # All of them: the answer to an earlier attempt may have been lost, with a good token in it.
            own = (AccessToken.worker_id == first_id) | (AccessToken.id == first_id)
            self._revoke(session, own, by)
            whose = {"role": row.role, "district": row.district, "worker_id": first_id}
            [token] = self._make(session, [row.name], lasts, **whose, made_by=by)
        return token

    def _revoke(self, session: Session, which: ColumnElement[bool], by: int | None) -> None:
        """Revoke those that are not yet: the first time tells how long a lost phone could be used."""
        good = update(AccessToken).where(which, AccessToken.revoked_at.is_(None))
        revoked = session.scalars(
            good.values(revoked_at=self._clock(), revoked_by=by).returning(AccessToken.token_hash)
        ).all()
        note_erased(session.connection(), Erased.TOKEN, revoked, self._clock())

    def _make(self, session: Session, names: Sequence[str], lasts: timedelta, **values: Any) -> Sequence[str]:
        tokens = [PREFIX + secrets.token_urlsafe(_RANDOM_BYTES) for _ in names]
        values |= {"created_at": (moment := self._clock()), "expires_at": moment + lasts}
        hashes = [sha256_hex(token.encode()) for token in tokens]
        rows = [AccessToken(name=name, token_hash=own, **values) for name, own in zip(names, hashes, strict=True)]
        session.add_all(rows)
        session.flush()
        bind_contextvars(token_id=rows[0].id)
        if len(rows) > 1:
            bind_contextvars(token_ids=[row.id for row in rows])
        return tokens

    def worker_key(self, access: Access) -> str:
        """What phones know the worker by: it stays when a token is replaced, and tells no token's number."""
        with self._reading() as session:
            first = session.get_one(AccessToken, access.worker_id)
        return sha256_hex(f"worker {first.token_hash}".encode())[:_KEY_LENGTH]

    def person(self, worker_id: int) -> int:
        """Number of the worker who answers for what this worker does.

        For a week after a token was made or replaced at the desk, that is its maker, who has seen it: alone, nobody is
        two people. A token from the command line is its holder's at once.
        """
        moment = self._clock()
        own = (AccessToken.worker_id == worker_id) | (AccessToken.id == worker_id)
        with self._reading() as session:
            row = session.scalars(select(AccessToken).where(own).order_by(AccessToken.id.desc()).limit(1)).one()
            while row.made_by is not None and row.created_at > moment - OWN_AFTER:
                row = session.get_one(AccessToken, row.made_by)
        return row.worker_id or row.id

    def list(self) -> tuple[Access, ...]:
        """All tokens ever made, oldest first."""
        return tuple(map(Access.of, self._all(select(AccessToken).order_by(AccessToken.id))))


def authenticate(engine: Engine, asking: Select[AccessToken], moment: datetime) -> Access:
    """Tell what the token that is asked for is good for, and note its use; raises TokenError if it is not valid."""
    with read_session(engine) as session:
        row = session.scalar(asking)
        access = None if row is None else Access.of(row)
    if access is None or not access.is_good(moment):
        raise TokenError(None if access is None else "expired" if access.revoked_at is None else "revoked")
    _note_use(engine, access, moment.date())
    return access


def _note_use(engine: Engine, access: Access, today: date) -> None:
    """Put the token's number into every log line of this request, and store that it was used today."""
    bind_contextvars(access_id=access.id)
    if access.last_used_on == today:
        return
    is_older = or_(AccessToken.last_used_on.is_(None), AccessToken.last_used_on < today)
    noting = update(AccessToken).where(AccessToken.id == access.id, is_older).values(last_used_on=today)
    # A note that fails must not keep anyone out; the next request makes it.
    with suppress(StorageError), write_session(engine) as session:
        session.execute(noting)
