"""Somebody at the desk: signed in with a browser, or with a token in the header."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.services import Services

DAY = timedelta(days=1)
FORM_TOKEN = re.compile(r'name="form_token" value="(\w+)"')

MakeToken = Callable[..., str]


@pytest.fixture
def make_token(services: Services) -> MakeToken:
    """Make an access token: ``make_token(Role.EXTENSION, name="desk 1")``."""

    def make(role: Role = Role.EXTENSION, name: str = "desk 1") -> str:
        return AccessTokens(services.engine).create(name, role, DAY)

    return make


@pytest.fixture
def reviewer(app: APIFlask, make_token: MakeToken) -> FlaskClient:
    """A browser that is signed in as an extension worker."""
    client = app.test_client()
    assert sign_in(client, make_token()).status_code == 303
    return client


def sign_in(client: FlaskClient, token: str, **fields: str) -> TestResponse:
    return client.post("/desk/sign-in", data={"token": token, **fields})


def form_token(client: FlaskClient) -> str:
    found = FORM_TOKEN.search(client.get("/desk").text)
    assert found is not None
    return found[1]


def ask(client: FlaskClient, *photos: bytes, **fields: str) -> dict[str, Any]:
    """A case with these photos, as its sender gets it back."""
    files = [FileStorage(BytesIO(photo), f"{number}.jpg") for number, photo in enumerate(photos)]
    boundary, body = encode_multipart({"photo": files, **fields})
    created = client.post("/v1/diagnoses", data=body, content_type=f"multipart/form-data; boundary={boundary}").json
    assert created is not None
    return dict(created)
