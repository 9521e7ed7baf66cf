"""An unsure answer on the page: what it may be, to be compared with the leaf and chosen, without a script."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from majani.decision.rules import Outcome
from majani.model.bundle import write_bundle
from serving.container import Services
from serving.i18n.messages import EXPLANATIONS
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp, Send
from tests.tiny_bundle import BLIND, tiny_bundle_with_sets
from tests.tiny_examples import write_tiny_examples

RUST, SPOT = "bean.rust", "bean.angular_leaf_spot"


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    write_bundle(tiny_bundle_with_sets(), tmp_path / "bundle")
    return make_app(tmp_path, bundle=tmp_path / "bundle", examples_dir=write_tiny_examples(tmp_path / "examples"))


def test_a_set_is_shown_with_photos_and_one_is_chosen(
    send: Send, client: FlaskClient, services: Services, pictures: PictureFactory
) -> None:
    page = send("/", [pictures.red()], crop="bean").text
    assert re.findall(r'data-condition="([^"]+)"', page) == [RUST, SPOT, BLIND.id]
    assert page.count("/v1/examples/") == 2
    assert "%" not in re.sub(r"<[^>]+>", "", page)
    action = re.search(r'action="(/answers/[^"]+/feedback)', page)
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert action is not None
    assert token is not None
    page = client.post(f"{action[1]}?language=en", data={"token": token[1], "condition": SPOT}).text
    assert services.adviser.languages["en"].advice[SPOT].today[0] in page
    found = services.repository.cases.find(action[1].split("/")[2])
    assert found.feedback is not None
    assert (found.feedback.verdict, found.feedback.condition) == ("right", SPOT)


def test_no_photo_is_sent_where_data_is_saved(client: FlaskClient, send: Send, pictures: PictureFactory) -> None:
    client.environ_base["HTTP_SAVE_DATA"] = "on"
    page = send("/", [pictures.red()], crop="bean").text
    assert (f'data-condition="{SPOT}"' in page, "/v1/examples/" in page) == (True, False)


def test_what_was_done_is_not_asked_again(send: Send, pictures: PictureFactory) -> None:
    red = pictures.red()
    once, thrice = (send("/", [red + bytes([n]) for n in range(count)], crop="bean").text for count in (1, 3))
    better = EXPLANATIONS[Outcome.UNCERTAIN]
    assert (better in once, better in thrice) == (True, False)
