"""The page without JavaScript: asking an expert, and what experts say, for as long as it is open."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.container import Services
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import ReviewQueue, Reviews
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp, Send
from tests.serving.site.conftest import press, token_of

CANNOT_TELL, UNKNOWN = NewReview(ReviewVerdict.CANNOT_TELL), NewReview(ReviewVerdict.UNKNOWN_PLANT)
# A word that the texts no longer have.
OF_OLD = NewReview(ReviewVerdict.CONDITION, "bean.of_old")
Hear = Callable[..., str]


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def hear(client: FlaskClient, services: Services, reviewers: list[int]) -> Hear:
    """The page that a sender sees after experts have reviewed the only case: ``hear(page, review, ...)``."""

    def review(page: str, *reviews: NewReview) -> str:
        [case] = ReviewQueue(services.engine).top(reviewers[0], limit=2)
        for reviewer, said in zip(reviewers, reviews, strict=False):
            Reviews(services.engine).save(case.public_id, reviewer, said)
        return press(client, page, "expert")[1]

    return review


def test_unsure_sender_whose_photos_are_kept_asks_and_is_told(
    client: FlaskClient, send: Send, hear: Hear, services: Services, reviewers: list[int], pictures: PictureFactory
) -> None:
    assert "/expert" not in send("/", [pictures.grey()]).text
    page = send("/", [pictures.grey()], consent="photos").text
    assert 'name="ask"' in page
    page = press(client, page, "expert", ask="1")[1]
    assert ('id="no-expert"' in page, 'name="ask"' in page) == (True, False)
    [case] = ReviewQueue(services.engine).top(reviewers[0], limit=2)
    assert case.is_expert_asked
    page = hear(page, NewReview(ReviewVerdict.CONDITION, "bean.rust", remark="undersides"))
    assert 'data-verdict="condition"' in page
    english = services.adviser.languages["en"]
    assert english.remarks["undersides"] in page
    # The expert's advice, beside an answer that has none.
    assert english.advice["bean.rust"].today[0] in page


def test_an_experts_question_is_answered_with_a_button(
    client: FlaskClient, send: Send, hear: Hear, pictures: PictureFactory
) -> None:
    page = press(client, send("/", [pictures.grey()], consent="photos").text, "expert", ask="1")[1]
    page = hear(page, NewReview(ReviewVerdict.CANNOT_TELL, remark="ask_half"))
    assert 'name="asked" value="ask_half"' in page
    public_id, answered = press(client, page, "reply", reply="no", asked="ask_half")
    assert 'data-exchange="no"' in answered
    other = {"token": token_of(page), "reply": "no", "asked": "ask_week"}
    assert client.post(f"/answers/{public_id}/reply", data=other).status_code == 422


@pytest.mark.parametrize(
    ("given", "heard", "stays"),
    [
        ([UNKNOWN], "unknown_plant", False),
        ([CANNOT_TELL], "cannot_tell", True),
        ([CANNOT_TELL, UNKNOWN], "disagreement", False),
        ([OF_OLD], "condition", False),
    ],
)
def test_advice_and_promise_go_where_experts_say_something_else_or_do_not_agree(
    given: list[NewReview], heard: str, stays: bool, send: Send, hear: Hear, pictures: PictureFactory
) -> None:
    page = send("/", [pictures.red()], consent="photos").text
    assert 'name="ask"' in page
    page = hear(page, *given)
    assert f'data-verdict="{heard}"' in page
    assert [part in page for part in ('class="card advice"', 'class="confidence"')] == [stays] * 2
