"""A browser stays signed in for as long as its token is good, for a working day at most, and not after signing out."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from serving.access.role import Role
from serving.access.sessions import LASTS, Sessions
from serving.access.tokens import AccessTokens, TokenError
from serving.persistence.models import DeskSession
from tests.serving.clock import START, Clock

WEEK = timedelta(days=7)


@pytest.fixture
def sessions(engine: Engine, clock: Clock) -> Sessions:
    return Sessions(engine, clock=clock)


def is_signed_in(sessions: Sessions, secret: str) -> bool:
    try:
        sessions.find(secret)
    except TokenError:
        return False
    return True


def test_a_session_needs_a_good_token_and_the_table_holds_no_secret(
    sessions: Sessions, tokens: AccessTokens, engine: Engine
) -> None:
    for token in ("", "majani_garbage", tokens.create("old", Role.ADMIN, -WEEK)):
        with pytest.raises(TokenError):
            sessions.start(token)
    secret = sessions.start(tokens.create("desk", Role.EXTENSION, WEEK))
    with engine.connect() as connection:
        [row] = connection.execute(select(DeskSession.__table__)).all()
    assert secret not in str(row)
    assert not is_signed_in(sessions, row.secret_hash)


def test_revoked_token_ends_its_sessions_at_once(sessions: Sessions, tokens: AccessTokens) -> None:
    token, other = (tokens.create(name, Role.EXTENSION, WEEK) for name in ("lost", "kept"))
    lost, kept = sessions.start(token), sessions.start(other)
    tokens.revoke(tokens.find(token).id)
    assert (is_signed_in(sessions, lost), is_signed_in(sessions, kept)) == (False, True)


def test_session_lasts_a_working_day_and_no_longer_than_its_token(
    sessions: Sessions, tokens: AccessTokens, clock: Clock
) -> None:
    long = sessions.start(tokens.create("long", Role.EXTENSION, WEEK))
    short = sessions.start(tokens.create("short", Role.EXTENSION, timedelta(hours=1)))
    clock.moment = START + timedelta(hours=1)
    assert (is_signed_in(sessions, long), is_signed_in(sessions, short)) == (True, False)
    clock.moment = START + LASTS
    assert not is_signed_in(sessions, long)
    # Of a clock that was ahead.
    ahead = sessions.start(tokens.create("ahead", Role.EXTENSION, 9 * WEEK))
    clock.moment = START - 8 * WEEK
    assert not is_signed_in(sessions, ahead)


def test_signing_out_ends_one_session_only(sessions: Sessions, tokens: AccessTokens) -> None:
    token = tokens.create("desk", Role.EXTENSION, WEEK)
    office, phone = sessions.start(token), sessions.start(token)
    sessions.end(office)
    sessions.end(office)
    assert (is_signed_in(sessions, office), is_signed_in(sessions, phone)) == (False, True)
