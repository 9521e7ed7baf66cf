"""Access tokens at the desk: made, shown once, listed, revoked; by an administrator alone."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from tests.serving.desk.conftest import MakeToken, form_token, sign_in

MADE = re.compile(r'id="made">(majani_[\w-]+)<')
TABLET = {"name": "tablet 7", "role": "extension", "days": "9"}


@pytest.fixture
def admin(app: Flask, make_token: MakeToken) -> FlaskClient:
    client = app.test_client()
    sign_in(client, make_token(Role.ADMIN, name="office"))
    return client


@pytest.fixture
def tokens(services: Services) -> AccessTokens:
    return AccessTokens(services.engine)


def post(client: FlaskClient, path: str, **fields: str) -> str:
    answer = client.post(path, data={"form_token": form_token(client), **fields}, follow_redirects=True)
    assert answer.headers["Cache-Control"] == "no-store, private"
    return answer.text


def test_token_is_shown_once_and_works_until_it_is_revoked(
    admin: FlaskClient, client: FlaskClient, tokens: AccessTokens
) -> None:
    [token] = MADE.findall(post(admin, "/desk/tokens", **TABLET))
    made = tokens.list()[-1]
    assert (made.name, made.role, made.expires_at - made.created_at) == ("tablet 7", Role.EXTENSION, timedelta(days=9))
    assert token not in admin.get("/desk/tokens").text
    header = {"Authorization": f"Bearer {token}"}
    assert client.get("/v1/access", headers=header).status_code == 200
    assert f"/desk/tokens/{made.id}/revoke" in admin.get("/desk/tokens").text
    page = post(admin, f"/desk/tokens/{made.id}/revoke")
    assert f'data-token="{made.id}" data-good="no"' in page
    assert client.get("/v1/access", headers=header).status_code == 401
    [new] = MADE.findall(post(admin, f"/desk/tokens/{made.id}/replace"))
    assert client.get("/v1/access", headers={"Authorization": f"Bearer {new}"}).json["name"] == "tablet 7"


@pytest.mark.parametrize(
    "wrong",
    [{"name": "a\nb"}, {"role": "king"}, {"days": "0"}, {"days": "367"}, {"days": ""}],
    ids=str,
)
def test_nonsense_makes_none(wrong: dict[str, str], admin: FlaskClient, tokens: AccessTokens) -> None:
    before = tokens.list()
    assert "request_invalid" in post(admin, "/desk/tokens", **TABLET | wrong)
    assert tokens.list() == before


def test_own_token_cannot_be_revoked_by_accident(admin: FlaskClient, tokens: AccessTokens) -> None:
    [own] = tokens.list()
    assert f"/desk/tokens/{own.id}/revoke" not in admin.get("/desk/tokens").text
    assert "not_found" in post(admin, f"/desk/tokens/{own.id + 1}/revoke")


@pytest.mark.parametrize("path", ["/desk/tokens", "/desk/tokens/1/revoke", "/desk/tokens/1/replace"])
def test_forms_are_of_this_session(path: str, admin: FlaskClient, tokens: AccessTokens) -> None:
    before = tokens.list()
    for fields, site in (({"form_token": "0" * 64}, "same-origin"), ({"form_token": form_token(admin)}, "cross-site")):
        answer = admin.post(path, data=TABLET | fields, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 422
    assert tokens.list() == before
