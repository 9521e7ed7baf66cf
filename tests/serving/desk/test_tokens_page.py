"""Access tokens at the desk: made, shown once, listed, revoked; by an administrator alone."""

import re
from datetime import timedelta
from html import escape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from tests.serving.conftest import MakeApp
from tests.serving.desk.conftest import MakeToken, form_token, sign_in, write_districts

MADE = re.compile(r'class="made" dir="ltr">(majani_[\w-]+)<')
TABLET = {"name": "tablet 7", "role": "extension", "days": "9"}


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    return make_app(tmp_path, boundaries=write_districts(tmp_path, ("Kisumu", 34.5, -0.4, 0.6)))


@pytest.fixture
def admin(app: Flask, make_token: MakeToken) -> FlaskClient:
    client = app.test_client()
    sign_in(client, make_token(Role.ADMIN, name="office"))
    return client


def post(client: FlaskClient, path: str, **fields: str) -> str:
    answer = client.post(path, data={"form_token": form_token(client), **fields}, follow_redirects=True)
    assert answer.headers["Cache-Control"] == "no-store, private"
    return answer.text


def test_token_is_shown_once_and_works_until_it_is_revoked(admin: FlaskClient, tokens: AccessTokens) -> None:
    [token] = MADE.findall(post(admin, "/desk/tokens", **TABLET))
    made = tokens.list()[-1]
    assert (made.name, made.role, made.expires_at - made.created_at) == ("tablet 7", Role.EXTENSION, timedelta(days=9))
    assert token not in admin.get("/desk/tokens").text
    header = {"Authorization": f"Bearer {token}"}
    assert admin.get("/v1/access", headers=header).status_code == 200
    assert f"/desk/tokens/{made.id}/revoke" in admin.get("/desk/tokens").text
    page = post(admin, f"/desk/tokens/{made.id}/revoke")
    assert f'data-token="{made.id}" data-good="no"' in page
    assert admin.get("/v1/access", headers=header).status_code == 401
    [new] = MADE.findall(post(admin, f"/desk/tokens/{made.id}/replace"))
    assert admin.get("/v1/access", headers={"Authorization": f"Bearer {new}"}).json["name"] == "tablet 7"


def test_nobody_ends_their_own_access_by_a_former_token(admin: FlaskClient, tokens: AccessTokens) -> None:
    [own] = tokens.list()
    new = tokens.replace(own.id, timedelta(days=9))
    page = admin.get("/desk/tokens", headers={"Authorization": f"Bearer {new}"}).text
    assert not re.search(rf"/desk/tokens/{own.id}/(revoke|replace)", page)


def test_fifty_tablets_are_made_together_and_revoked_together(admin: FlaskClient, tokens: AccessTokens) -> None:
    [office] = tokens.list()
    # Nobody revokes their own by accident.
    assert f"/desk/tokens/{office.id}/revoke" not in admin.get("/desk/tokens").text
    page = post(admin, "/desk/tokens", **TABLET, count="48", first="3", district="Kisumu")
    page_of_two = post(admin, "/desk/tokens", **TABLET | {"name": "desk of Busia\r\n\r\n desk of Siaya "})
    made, listed = MADE.findall(page), tokens.list()[1:]
    numbered = [f"tablet 7 {number:02}" for number in range(3, 51)]
    assert [one.name for one in listed] == [*numbered, "desk of Busia", "desk of Siaya"]
    assert [tokens.find(token).id for token in made] == [one.id for one in listed[:48]]
    assert {(one.district, one.made_by) for one in listed[:48]} == {("Kisumu", office.id)}
    assert page.count("<svg") == 48
    # Each is drawn for itself.
    assert len(set(re.findall(r"<path[^>]*>", page))) == 48
    post(admin, f"/desk/tokens/{listed[20].id}/revoke", batch="1")
    ended = [one for one in tokens.list() if one.revoked_by == office.id]
    assert [one.id for one in ended] == [one.id for one in listed[:48]]
    assert all(tokens.find(token).is_good(office.created_at) for token in MADE.findall(page_of_two))
    answer = admin.get("/v1/access", headers={"Authorization": f"Bearer {made[0]}"})
    assert answer.json["errors"] == {"token": ["revoked"]}


def test_nonsense_makes_none_and_loses_nothing(admin: FlaskClient, tokens: AccessTokens) -> None:
    tokens.create("long", Role.EXTENSION, timedelta(days=90))
    before = tokens.list()
    digits = "9" * 4300
    wrong: dict[str, list[dict[str, str]]] = {
        "request_invalid": [
            *({"name": "a" * 65}, {"name": " \n "}, {"role": "king"}, {"role": "admin", "district": "Kisumu"}),
            *({"count": "0"}, {"count": "2", "first": "-1"}, {"count": "2", "first": digits}),
        ],
        "expiry_invalid": [{"days": "0"}, {"days": "367"}, {"days": ""}],
        "tokens_too_many": [
            *({"count": "201"}, {"name": "a\nb", "count": "101"}, {"name": "a\nb", "count": digits}),
            {"name": " ", "count": "999999999"},
        ],
        "names_duplicate": [{"name": "a\nb\na"}, {"name": "long"}],
        "district_unknown": [{"district": "Atlantis"}],
    }
    for asked, code in ((TABLET | one, code) for code, each in wrong.items() for one in each):
        page = post(admin, "/desk/tokens", **asked)
        assert f'data-code="{code}"' in page, asked
        assert tokens.list() == before
        assert escape(asked["name"]) in page
    for unknown in (before[-1].id + 1, 2**31, 10**20):
        for action in ("revoke", "replace"):
            assert "not_found" in post(admin, f"/desk/tokens/{unknown}/{action}")


def test_who_expires_soon_is_warned_and_gets_another_of_the_same_name(app: Flask, admin: FlaskClient) -> None:
    [own] = MADE.findall(post(admin, "/desk/tokens", **TABLET | {"days": "13"}))
    [later] = MADE.findall(post(admin, "/desk/tokens", **TABLET | {"days": "180"}))
    for token, is_warned in ((own, True), (later, False)):
        page = app.test_client().get("/desk", headers={"Authorization": f"Bearer {token}"}).text
        assert ('class="banner"' in page) is is_warned


def test_forms_are_of_this_session(admin: FlaskClient, tokens: AccessTokens) -> None:
    before, own = tokens.list(), form_token(admin)
    for path in ("/desk/tokens", "/desk/tokens/1/revoke", "/desk/tokens/1/replace"):
        for given, site in (("0" * 64, "same-origin"), (own, "cross-site")):
            fields, headers = TABLET | {"form_token": given}, {"Sec-Fetch-Site": site}
            assert admin.post(path, data=fields, headers=headers).status_code == 422
    assert tokens.list() == before
