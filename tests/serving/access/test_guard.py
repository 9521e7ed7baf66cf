"""Whoever shows a good access token is told what it is good for; all others hear the same."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from tests.serving.cases.asking import bearer
from tests.serving.conftest import MakeApp

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("access"))


@pytest.fixture
def tokens(services: Services) -> AccessTokens:
    return AccessTokens(services.engine)


@pytest.mark.parametrize("role", Role.ADMIN.included[1:])
def test_every_person_is_told_what_its_token_is_good_for(role: Role, client: FlaskClient, tokens: AccessTokens) -> None:
    earliest = datetime.now(UTC) + DAY
    token = tokens.create("tablet 7, Kisumu", role, DAY)
    latest = datetime.now(UTC) + DAY
    answer = client.get("/v1/access", headers=bearer(token))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    told = dict(answer.json)
    assert earliest <= datetime.fromisoformat(told.pop("expires_at")) <= latest
    # Neither the token, nor its number, by which it is revoked.
    worker = told.pop("worker")
    assert told == {"name": "tablet 7, Kisumu", "role": role.value, "district": None}
    tokens.replace(tokens.find(token).id, DAY)
    newer = tokens.replace(tokens.list()[-1].id, DAY)
    assert client.get("/v1/access", headers=bearer(newer)).json["worker"] == worker


def test_who_shows_no_good_token_is_asked_for_one(client: FlaskClient) -> None:
    bearers = [f"Bearer{given}" for given in ("", " ", " x", " majani_x", " majani_é")]
    for shown in ("", *bearers, "Basic bWFqYW5pOng=", "majani_x"):
        answer = client.get("/v1/access", headers={"Authorization": shown})
        assert (answer.status_code, answer.json["code"]) == (401, "token_invalid"), shown
        assert (answer.headers["WWW-Authenticate"], answer.headers["Cache-Control"]) == ("Bearer", "no-store")


def test_only_who_holds_a_token_learns_that_it_has_ended(tokens: AccessTokens, client: FlaskClient) -> None:
    expired, revoked, good = (tokens.create("tablet", Role.ADMIN, lasts) for lasts in (-DAY, DAY, DAY))
    tokens.revoke(tokens.find(revoked).id)
    for token, reason in ((expired, "expired"), (revoked, "revoked")):
        answer = client.get("/v1/access", headers=bearer(token))
        # Phones of 0.1.0 know this code only.
        told = (answer.status_code, answer.json["code"], answer.json["errors"])
        assert told == (401, "token_invalid", {"token": [reason]})
    answers = [client.get("/v1/access", headers=bearer(token)) for token in ("majani_x", "x", good[:-1], f"{expired}x")]
    # Nor is a good token taken from the address.
    answers += [client.get("/v1/access"), client.get(f"/v1/access?access_token={good}")]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1


@pytest.mark.parametrize("path", ["/v1/access", "/desk"])
def test_token_that_cannot_be_checked_may_be_shown_again_later(path: str, make_app: MakeApp) -> None:
    client = make_app(Path("/absent")).test_client()
    answer = client.get(path, headers=bearer("majani_x"))
    assert answer.status_code == 503
    assert "storage_unavailable" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    # Who has none need not wait to hear so, nor does anybody keep the database busy with what is no access token.
    assert client.get(path).status_code == client.get(path, headers=bearer("x")).status_code == 401
