"""A reviewer at the desk: signed in with a browser, or with a token in the header."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from majani.decision.diagnoser import Diagnoser
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp, post_form
from tests.tiny_references import write_tiny_references

DAY = timedelta(days=1)
FORM_TOKEN = re.compile(r'name="form_token" value="(\w+)"')

MakeToken = Callable[..., str]
Kept = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def references_dir(diagnoser: Diagnoser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_references(tmp_path_factory.mktemp("known") / "references", diagnoser)


@pytest.fixture
def app(make_app: MakeApp, references_dir: Path, tmp_path: Path) -> Flask:
    """With an empty database of its own, and known photos."""
    return make_app(tmp_path, references_dir=references_dir)


@pytest.fixture
def make_token(tokens: AccessTokens) -> MakeToken:
    """Make an access token: ``make_token(Role.EXTENSION, name="desk 1")``."""

    def make(role: Role = Role.EXTENSION, name: str = "desk 1") -> str:
        return tokens.create(name, role, DAY)

    return make


@pytest.fixture
def reviewer(app: Flask, make_token: MakeToken) -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, make_token()).status_code == 303
    return client


@pytest.fixture
def reviews(services: Services) -> Reviews:
    return Reviews(services.engine)


@pytest.fixture
def colleague(reviewer: FlaskClient, make_token: MakeToken) -> FlaskClient:
    """A second browser; the first has the first access token."""
    client = reviewer.application.test_client()
    sign_in(client, make_token(name="desk 2"))
    return client


@pytest.fixture
def kept(client: FlaskClient, pictures: PictureFactory) -> Kept:
    """Send a case whose photos are kept, unless it says otherwise: ``kept("red", "dark", crop="bean")``."""

    def send(*photos: str, consent: str = "photos", **fields: str) -> dict[str, Any]:
        agreed = {"consent": consent} if consent else {}
        return ask(client, *(getattr(pictures, photo)() for photo in photos), **agreed, **fields)

    return send


@pytest.fixture
def case_id(kept: Kept) -> str:
    """A case with a red leaf, whose photo is kept."""
    return str(kept("red")["id"])


def write_districts(folder: Path, *boxes: tuple[str, float, float, float]) -> Path:
    """Boundaries of square districts, each by its name, its western and southern edge and its side in degrees."""
    features = []
    for name, x, y, side in boxes:
        ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
        features.append({"properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    file = folder / "districts.geojson"
    file.write_text(json.dumps({"features": features}))
    return file


def sign_in(client: FlaskClient, token: str, **fields: str) -> TestResponse:
    return client.post("/desk/sign-in", data={"token": token, **fields})


def form_token(client: FlaskClient) -> str:
    found = FORM_TOKEN.search(client.get("/desk").text)
    assert found is not None
    return found[1]


def ask(client: FlaskClient, *photos: bytes, **fields: str) -> dict[str, Any]:
    """A case with these photos, as its sender gets it back."""
    return dict(post_form(client, "/v1/diagnoses", photos, **fields).json)


def say(client: FlaskClient, case_id: str, **fields: str) -> TestResponse:
    found = FORM_TOKEN.search(client.get(f"/desk/cases/{case_id}").text)
    assert found is not None
    return client.post(f"/desk/cases/{case_id}", data={"form_token": found[1], **fields})


def said(reviews: Reviews, case_id: str) -> list[NewReview]:
    given = reviews.of_case(case_id)
    return [NewReview(ReviewVerdict(one.verdict), one.condition, one.note, one.remark) for one in given]
