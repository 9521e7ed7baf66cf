"""Pages in every language, and what experts say about kept cases."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.i18n.phrasing import Wording
from tests.pictures import PictureFactory
from tests.serving.conftest import post_form

TAGS = ["ar", "bn", "en", "es", "fr", "hi", "pt", "sw"]
Answer = Callable[[str, str], TestResponse]


@pytest.fixture(params=TAGS)
def wording(request: pytest.FixtureRequest, services: Services) -> Wording:
    return Wording(services.adviser.languages[request.param], services.catalogues[request.param])


@pytest.fixture(scope="session")
def answer(app: Flask, pictures: PictureFactory) -> Answer:
    """The page about two photos of a kind in a language, made once: ``answer("red", "sw")``."""

    @cache
    def ask(kind: str, tag: str) -> TestResponse:
        return post_form(app.test_client(), f"/?language={tag}", [getattr(pictures, kind)()] * 2)

    return ask


def press(client: FlaskClient, page: str, button: str, **fields: str) -> tuple[str, str]:
    """Send the form of an answer that leads there; gives the id of its case and the next page."""
    action, token = re.search(rf'action="/answers/([^/"]+)/{button}', page), token_of(page)
    assert action is not None
    return action[1], client.post(f"/answers/{action[1]}/{button}?language=en", data={"token": token, **fields}).text


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def reviewers(services: Services) -> list[int]:
    """Two experts."""
    tokens = AccessTokens(services.engine)
    return [tokens.find(tokens.create(f"desk {one}", Role.EXTENSION, timedelta(days=1))).id for one in (1, 2)]
