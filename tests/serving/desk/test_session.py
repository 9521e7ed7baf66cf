"""Signing in at the desk and out again; whom it lets in, and whose forms it believes."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.serving.desk.conftest import MakeToken, form_token, sign_in


def test_stranger_signs_in_and_is_led_to_what_was_asked_for(client: FlaskClient, make_token: MakeToken) -> None:
    page = client.get("/desk?language=sw")
    assert (page.status_code, page.headers["Cache-Control"]) == (401, "no-store, private")
    assert 'name="next" value="/desk?language=sw"' in page.text
    assert 'role="alert"' not in page.text
    for token in ("", "majani_garbage", "  "):
        page = sign_in(client, token, next="/desk?language=fr")
        assert (page.status_code, "Set-Cookie" in page.headers) == (401, False)
        assert 'role="alert"' in page.text
        assert 'name="next" value="/desk?language=fr"' in page.text
    answer = sign_in(client, make_token(), next="/desk?language=sw")
    assert (answer.status_code, answer.location) == (303, "/desk?language=sw")
    page = client.get("/desk")
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store, private")
    assert "desk 1" in page.text


def test_who_signs_in_after_a_button_is_led_to_a_page(client: FlaskClient) -> None:
    refused = client.post("/desk/tokens/1/revoke")
    assert (refused.status_code, 'name="next" value="/desk"' in refused.text) == (401, True)
    assert 'name="next" value="/desk/tokens"' in client.get("/desk/tokens").text


def test_signing_in_leads_nowhere_else(client: FlaskClient, make_token: MakeToken) -> None:
    token = make_token()
    outside = ("https://example.org", "//example.org", "/desk//example.org/@", "/desk/..\\x", "/desk/cases/../../evil")
    for address in (*outside, "/deskother", ""):
        location = sign_in(client, token, next=address).location
        assert location.startswith("/desk")
        assert location in ("/desk", address)


def test_cookie_is_out_of_reach(client: FlaskClient, make_token: MakeToken) -> None:
    token = make_token()
    cookie = sign_in(client, token).headers["Set-Cookie"]
    assert token not in cookie
    assert {"HttpOnly", "Path=/desk", "SameSite=Strict"} <= set(cookie.split("; "))
    secure = client.post("/desk/sign-in", data={"token": token}, base_url="https://localhost").headers["Set-Cookie"]
    assert "Secure" in secure.split("; ")
    # Browsers take no cookie of this name from a page without encryption.
    assert secure.startswith("__Secure-desk=")


def test_signing_out_takes_the_form_of_the_session(reviewer: FlaskClient, app: Flask) -> None:
    for given in ("", "0" * 64, "é"):
        answer = reviewer.post("/desk/sign-out", data={"form_token": given})
        assert (answer.status_code, "request_invalid" in answer.text) == (422, True)
        assert reviewer.get("/desk").status_code == 200
    stolen = reviewer.get_cookie("desk", path="/desk")
    assert stolen is not None
    answer = reviewer.post("/desk/sign-out", data={"form_token": form_token(reviewer)})
    assert (answer.status_code, answer.location) == (303, "/desk")
    assert reviewer.get("/desk").status_code == 401
    # Nor does a copy of the cookie help anybody.
    other = app.test_client()
    other.set_cookie("desk", stolen.value, path="/desk")
    assert other.get("/desk").status_code == 401


@pytest.mark.parametrize("path", ["/desk/sign-out", "/desk/sign-in"])
def test_page_of_another_site_does_nothing(path: str, reviewer: FlaskClient, make_token: MakeToken) -> None:
    given = {"form_token": form_token(reviewer), "token": make_token()}
    for site in ("cross-site", "same-site"):
        answer = reviewer.post(path, data=given, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 422
        assert "Set-Cookie" not in answer.headers
    # Browsers that do not say so name at least the site; the page's own is no other.
    for origin, status in (("https://evil.example", 422), ("null", 422), ("http://[", 422), ("http://localhost", 303)):
        assert reviewer.post(path, data=given, headers={"Origin": origin}).status_code == status
    assert reviewer.get("/desk").status_code == (401 if path == "/desk/sign-out" else 200)
