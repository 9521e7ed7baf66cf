"""The page without JavaScript: asking an expert, and what experts say, for as long as it is open."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import ReviewQueue, Reviews
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp, Send


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    return make_app(tmp_path)


def press(client: FlaskClient, page: str, **fields: str) -> str:
    """Send the form of the page that leads to the expert."""
    action = re.search(r'action="(/answers/[^"]+/expert)', page)
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert action is not None
    assert token is not None
    return client.post(f"{action[1]}?language=en", data={"token": token[1], **fields}).text


def test_unsure_sender_asks_and_is_told(
    client: FlaskClient, send: Send, services: Services, pictures: PictureFactory
) -> None:
    page = send("/", [pictures.grey()], consent="photos").text
    assert 'name="ask"' in page
    page = press(client, page, ask="1")
    assert 'id="no-expert"' in page
    assert 'name="ask"' not in page
    tokens = AccessTokens(services.engine)
    reviewer = tokens.find(tokens.create("desk 1", Role.EXTENSION, timedelta(days=1))).id
    [case] = ReviewQueue(services.engine).top(reviewer, limit=2)
    assert case.is_expert_asked
    review = NewReview(ReviewVerdict.CONDITION, "bean.rust", remark="undersides")
    Reviews(services.engine).save(case.public_id, reviewer, review)
    page = press(client, page)
    assert 'data-verdict="condition"' in page
    english = services.adviser.languages["en"]
    assert english.remarks["undersides"] in page
    # The expert's advice, beside an answer that has none.
    assert english.advice["bean.rust"].today[0] in page


def test_an_experts_question_is_answered_with_a_button(
    client: FlaskClient, send: Send, services: Services, pictures: PictureFactory
) -> None:
    page = press(client, send("/", [pictures.grey()], consent="photos").text, ask="1")
    tokens = AccessTokens(services.engine)
    reviewer = tokens.find(tokens.create("desk 1", Role.EXTENSION, timedelta(days=1))).id
    [case] = ReviewQueue(services.engine).top(reviewer, limit=2)
    question = NewReview(ReviewVerdict.CANNOT_TELL, remark="ask_half")
    Reviews(services.engine).save(case.public_id, reviewer, question)
    page = press(client, page)
    assert 'name="asked" value="ask_half"' in page
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    address, fields = f"/answers/{case.public_id}/reply", {"token": token[1], "reply": "no"}
    assert 'data-exchange="no"' in client.post(address, data={**fields, "asked": "ask_half"}).text
    assert client.post(address, data={**fields, "asked": "ask_week"}).status_code == 422


@pytest.mark.parametrize(
    ("given", "heard"),
    [
        ([ReviewVerdict.UNKNOWN_PLANT], ("unknown_plant", False)),
        ([ReviewVerdict.CANNOT_TELL], ("cannot_tell", True)),
        ([ReviewVerdict.CANNOT_TELL, ReviewVerdict.UNKNOWN_PLANT], ("disagreement", False)),
    ],
)
def test_advice_and_promise_go_where_experts_say_something_else_or_do_not_agree(
    given: list[ReviewVerdict],
    heard: tuple[str, bool],
    client: FlaskClient,
    send: Send,
    services: Services,
    pictures: PictureFactory,
) -> None:
    page = send("/", [pictures.red()], consent="photos").text
    assert 'name="ask"' in page
    tokens = AccessTokens(services.engine)
    reviewers = [tokens.find(tokens.create(f"desk {one}", Role.EXTENSION, timedelta(days=1))).id for one in (1, 2)]
    [case] = ReviewQueue(services.engine).top(reviewers[0], limit=2)
    for reviewer, verdict in zip(reviewers, given, strict=False):
        Reviews(services.engine).save(case.public_id, reviewer, NewReview(verdict))
    page = press(client, page)
    said, stays = heard
    assert f'data-verdict="{said}"' in page
    assert [part in page for part in ('class="card advice"', 'class="confidence"')] == [stays] * 2


def test_a_word_that_the_texts_no_longer_have_is_shown_without_advice(
    client: FlaskClient, send: Send, services: Services, pictures: PictureFactory
) -> None:
    page = send("/", [pictures.red()], consent="photos").text
    reviewer = (
        (tokens := AccessTokens(services.engine)).find(tokens.create("desk", Role.EXTENSION, timedelta(days=1))).id
    )
    [case] = ReviewQueue(services.engine).top(reviewer, limit=2)
    Reviews(services.engine).save(case.public_id, reviewer, NewReview(ReviewVerdict.CONDITION, "bean.of_old"))
    page = press(client, page)
    assert 'data-verdict="condition"' in page
    assert 'class="card advice"' not in page


def test_without_kept_photos_there_is_no_way_to_an_expert(send: Send, pictures: PictureFactory) -> None:
    assert "/expert" not in send("/", [pictures.grey()]).text
