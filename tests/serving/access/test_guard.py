"""A guarded route opens for its role and all higher ones, and says the same to everybody else."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.guard import optional_role, require_role
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from tests.serving.conftest import MakeApp

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return _guarded(make_app(tmp_path_factory.mktemp("access")))


@pytest.fixture
def tokens(services: Services) -> AccessTokens:
    return AccessTokens(services.engine)


@pytest.mark.parametrize(
    ("role", "codes"),
    [
        (Role.EXTENSION, ["open", "role_insufficient", "role_insufficient"]),
        (Role.AGRONOMIST, ["open", "open", "role_insufficient"]),
        (Role.ADMIN, ["open", "open", "open"]),
    ],
)
def test_route_opens_for_its_role_and_higher_ones(
    role: Role, codes: list[str], tokens: AccessTokens, client: FlaskClient
) -> None:
    headers = _bearer(tokens.create("tablet", role, DAY))
    answers = [client.get(f"/v1/for_{needed}", headers=headers) for needed in Role]
    assert [answer.json["code"] for answer in answers] == codes
    assert {answer.status_code for answer in answers} <= {200, 403}
    assert client.get("/v1/role", headers=headers).json == {"role": role}


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer majani_x", "Bearer majani_é", "Basic bWFqYW5pOng=", "majani_x"],
)
def test_who_shows_no_good_token_is_asked_for_one(shown: str, client: FlaskClient) -> None:
    answer = client.get("/v1/for_extension", headers={"Authorization": shown})
    assert (answer.status_code, answer.json["code"]) == (401, "token_invalid")
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/v1/role", headers={"Authorization": shown}).json == {"role": None}


def test_nobody_learns_what_was_wrong_with_a_token(tokens: AccessTokens, client: FlaskClient) -> None:
    expired = tokens.create("tablet", Role.ADMIN, timedelta(0))
    revoked = tokens.create("tablet", Role.ADMIN, DAY)
    tokens.revoke(tokens.list()[-1].id)
    answers = [client.get("/v1/for_extension", headers=_bearer(token)) for token in (expired, revoked, "majani_x")]
    answers.append(client.get("/v1/for_extension"))
    # Nor is a good token taken from the address.
    good = tokens.create("tablet", Role.ADMIN, DAY)
    answers.append(client.get(f"/v1/for_extension?access_token={good}"))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert answers[0].json["code"] == "token_invalid"


@pytest.mark.parametrize("path", ["/v1/for_extension", "/v1/role"])
def test_token_that_cannot_be_checked_may_be_shown_again_later(path: str, make_app: MakeApp) -> None:
    client = _guarded(make_app(Path("/absent"))).test_client()
    answer = client.get(path, headers=_bearer("majani_x"))
    assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    # Who has none need not wait to hear so, nor does anybody keep the database busy with what is no access token.
    assert client.get(path).status_code == client.get(path, headers=_bearer("x")).status_code in (200, 401)


def _guarded(app: Flask) -> Flask:
    """The service, and a route for each role."""

    @app.get("/v1/for_<role>")
    def guarded(role: str) -> dict[str, str]:
        require_role(Role(role))
        return {"code": "open"}

    @app.get("/v1/role")
    def asked() -> dict[str, str | None]:
        return {"role": optional_role()}

    return app


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
