"""A client with an access token can ask for its role. Other clients learn nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from tests.serving.conftest import MakeApp

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("access"))


@pytest.fixture
def tokens(services: Services) -> AccessTokens:
    return AccessTokens(services.engine)


@pytest.mark.parametrize("role", Role)
def test_every_role_is_told_what_its_token_is_good_for(role: Role, client: FlaskClient, tokens: AccessTokens) -> None:
    earliest = datetime.now(UTC) + DAY
    token = tokens.create("tablet 7, Kisumu", role, DAY)
    latest = datetime.now(UTC) + DAY
    answer = client.get("/v1/access", headers=_bearer(token))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    told = dict(answer.json)
    assert earliest <= datetime.fromisoformat(told.pop("expires_at")) <= latest
    # Neither the token, nor its number, by which it is revoked.
    assert told == {"name": "tablet 7, Kisumu", "role": role.value}


def test_others_are_told_nothing(client: FlaskClient, tokens: AccessTokens) -> None:
    expired = tokens.create("tablet", Role.ADMIN, -DAY)
    answers = [client.get("/v1/access", headers=_bearer(token)) for token in (expired, "majani_x", "x")]
    answers.append(client.get("/v1/access"))
    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(401, "token_invalid")}
    assert len({answer.data for answer in answers}) == 1
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
