"""Tokens let in whom they were made for, for as long as they were made for, and the table gives none away."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, select

from serving.access.role import Role
from serving.access.tokens import AccessTokens, TokenError
from serving.persistence.models import AccessToken
from tests.serving.clock import START, Clock

WEEK = timedelta(days=7)


def test_tokens_cannot_be_guessed_or_mistaken(tokens: AccessTokens) -> None:
    made = {tokens.create("tablet", Role.EXTENSION, WEEK) for _ in range(20)}
    assert len(made) == 20
    assert all(token.startswith("majani_") and len(token) == len("majani_") + 43 for token in made)


def test_table_holds_no_token(tokens: AccessTokens, engine: Engine) -> None:
    token = tokens.create("tablet", Role.EXTENSION, WEEK)
    with engine.connect() as connection:
        [row] = connection.execute(select(AccessToken.__table__)).all()
    assert token not in str(row)
    assert token.removeprefix("majani_") not in str(row)
    # Nor does the hash open the door.
    with pytest.raises(TokenError):
        tokens.find(row.token_hash)


def test_a_token_lets_in_with_its_role_until_it_expires(tokens: AccessTokens, clock: Clock) -> None:
    for name, role in (("tablet 7", Role.EXTENSION), ("desk", Role.ADMIN)):
        token = tokens.create(name, role, WEEK)
        for ago in (-WEEK, timedelta(microseconds=-1)):
            clock.moment = START + WEEK + ago
            found = tokens.find(token)
            assert (found.name, found.role, found.created_at, found.expires_at) == (name, role, START, START + WEEK)
        for ago in (timedelta(0), timedelta(days=400)):
            clock.moment = START + WEEK + ago
            with pytest.raises(TokenError):
                tokens.find(token)
        clock.moment = START


def test_revoked_token_lets_nobody_in(tokens: AccessTokens, clock: Clock) -> None:
    lost, other = (tokens.create(name, Role.AGRONOMIST, WEEK) for name in ("lost", "other"))
    tokens.revoke(tokens.find(lost).id)
    with pytest.raises(TokenError):
        tokens.find(lost)
    assert tokens.find(other).name == "other"
    clock.moment += timedelta(hours=1)
    tokens.revoke(tokens.list()[0].id)
    assert [one.revoked_at for one in tokens.list()] == [START, None]


def test_one_good_token_is_left_of_one_that_is_replaced_also_several_times_at_once(tokens: AccessTokens) -> None:
    first, other = (tokens.create(name, Role.EXTENSION, WEEK) for name in ("tablet", "other"))
    worker = tokens.find(first).id
    lost, last = (tokens.replace(worker, WEEK) for _ in range(2))
    for token in (first, lost):
        with pytest.raises(TokenError):
            tokens.find(token)
    assert tokens.find(last).worker_id == worker
    assert tokens.find(other).name == "other"
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: tokens.replace(worker, WEEK), range(8)))
    assert [(one.worker_id, one.revoked_at is None) for one in tokens.list()].count((worker, True)) == 1


def test_use_is_written_once_a_day(tokens: AccessTokens, clock: Clock, engine: Engine) -> None:
    used, idle = (tokens.create(name, Role.EXTENSION, WEEK) for name in ("used", "idle"))
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: written.append(told[2]))
    for hours in (1, 2, 25, 26):
        clock.moment = START + timedelta(hours=hours)
        tokens.find(used)
    assert sum(statement.startswith("UPDATE access_tokens") for statement in written) == 2
    clock.moment = START + 2 * WEEK
    with pytest.raises(TokenError):
        tokens.find(idle)
    assert [one.last_used_on for one in tokens.list()] == [START.date() + timedelta(days=1), None]
