"""An unsure answer on the page: what it may be, to be compared with the leaf and chosen, without a script."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from majani.model.bundle import write_bundle
from majani.text.advice import Product
from serving.container import Services
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp, Send
from tests.serving.site.conftest import press
from tests.tiny_bundle import OTHER_TROUBLE, tiny_bundle_with_lists
from tests.tiny_examples import write_tiny_examples

RUST, SPOT = "bean.rust", "bean.angular_leaf_spot"
CHOSEN = "You chose this"


@pytest.fixture(scope="module")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("sets")
    write_bundle(tiny_bundle_with_lists(), folder / "bundle")
    return make_app(folder, bundle=folder / "bundle", examples_dir=write_tiny_examples(folder / "examples"))


def test_a_set_is_shown_with_photos_and_one_is_chosen_until_an_expert_says_another(
    send: Send, client: FlaskClient, services: Services, pictures: PictureFactory, reviewers: list[int]
) -> None:
    page = send("/", [pictures.red()], crop="bean", consent="photos").text
    assert re.findall(r'data-condition="([^"]+)"', page) == [RUST, SPOT, OTHER_TROUBLE.id]
    assert page.count("/v1/examples/") == 2
    assert "%" not in re.sub(r"<[^>]+>", "", page)
    public_id, chosen = press(client, page, "feedback", condition=SPOT)
    english = services.adviser.languages["en"]
    assert (english.advice[SPOT].today[0] in chosen, CHOSEN in chosen) == (True, True)
    # Nothing but a person's own choice speaks for it.
    advice = services.adviser.advise(SPOT, english)
    assert (advice.product, 'class="product"' in chosen) == (Product.REGISTERED_PRODUCT, False)
    found = services.repository.cases.find(public_id)
    assert found.feedback is not None
    assert (found.feedback.verdict, found.feedback.condition) == ("right", SPOT)
    Reviews(services.engine).save(public_id, reviewers[0], NewReview(ReviewVerdict.CONDITION, RUST))
    _, heard = press(client, page, "feedback", condition=SPOT)
    assert (english.advice[RUST].today[0] in heard, CHOSEN in heard) == (True, False)


def test_no_photo_is_sent_where_data_is_saved_and_none_has_to_be_kept_for_a_choice(
    client: FlaskClient, send: Send, services: Services, pictures: PictureFactory
) -> None:
    client.environ_base["HTTP_SAVE_DATA"] = "on"
    page = send("/", [pictures.red()], crop="bean").text
    assert (f'data-condition="{SPOT}"' in page, "/v1/examples/" in page) == (True, False)
    public_id, _ = press(client, page, "feedback", condition=SPOT)
    assert services.repository.cases.find(public_id).feedback is not None
