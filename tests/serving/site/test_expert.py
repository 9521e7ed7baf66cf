"""What experts say comes back to the sender of a case, by the API and on the page; and to nobody else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.container import Services
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import ReviewQueue, Reviews
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp, Send
from tests.serving.site.conftest import press, token_of

RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust", note="Mr Otieno's field", remark="watch")
SPOT = NewReview(ReviewVerdict.CONDITION, "bean.angular_leaf_spot")
CANNOT_TELL, UNKNOWN = NewReview(ReviewVerdict.CANNOT_TELL), NewReview(ReviewVerdict.UNKNOWN_PLANT)
# A word that the texts no longer have.
OF_OLD = NewReview(ReviewVerdict.CONDITION, "bean.of_old")
See = Callable[..., str]


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def case(send: Send, pictures: PictureFactory) -> dict[str, Any]:
    return dict(send("/v1/diagnoses", [pictures.grey()], consent="photos").json)


@pytest.fixture
def see(client: FlaskClient, services: Services, reviewers: list[int]) -> See:
    """The page that a sender sees after experts have reviewed the only case: ``see(page, review, ...)``."""

    def review(page: str, *reviews: NewReview) -> str:
        [case] = ReviewQueue(services.engine).top(reviewers[0], limit=2)
        for reviewer, said in zip(reviewers, reviews, strict=False):
            Reviews(services.engine).save(case.public_id, reviewer, said)
        return press(client, page, "expert")[1]

    return review


def hear(client: FlaskClient, case: dict[str, Any], method: str = "GET", path: str = "/expert", **said: Any) -> Any:
    own = {"Authorization": f"Bearer {case['token']}"}
    return client.open(f"/v1/diagnoses/{case['id']}{path}", method=method, headers=own, **said)


def test_sender_hears_verdict_and_remark_and_nothing_else_until_an_expert_is_contradicted_or_the_case_deleted(
    client: FlaskClient, case: dict[str, Any], services: Services, reviewers: list[int]
) -> None:
    nothing = {"asked": False, "verdict": None, "condition": None, "remark": None, "reviewed_at": None}
    assert hear(client, case).json == nothing
    assert hear(client, case, "PUT").json == nothing | {"asked": True}
    told = [("condition", "bean.rust", "watch"), ("disagreement", None, None)]
    told.append(("condition", "bean.angular_leaf_spot", None))
    for reviewer, review, (verdict, condition, remark) in zip((0, 1, 0), (RUST, SPOT, SPOT), told, strict=True):
        Reviews(services.engine).save(case["id"], reviewers[reviewer], review)
        answer = hear(client, case)
        said = dict(answer.json)
        assert said.pop("reviewed_at").endswith("Z")
        assert said == {"asked": True, "verdict": verdict, "condition": condition, "remark": remark}
        assert answer.headers["Cache-Control"] == "no-store"
    hear(client, case, "DELETE", "")
    assert [hear(client, case, method).json["code"] for method in ("GET", "PUT")] == ["diagnosis_unknown"] * 2


def test_expert_without_photos_is_refused(client: FlaskClient, send: Send, pictures: PictureFactory) -> None:
    case = dict(send("/v1/diagnoses", [pictures.grey()]).json)
    refused = hear(client, case, "PUT")
    assert (refused.status_code, refused.json["code"]) == (422, "photos_not_kept")
    assert hear(client, case).json["asked"] is False
    assert "/expert" not in send("/", [pictures.grey()]).text


def test_reply_to_a_question_brings_the_case_back_to_who_asked(
    client: FlaskClient, case: dict[str, Any], services: Services, reviewers: list[int]
) -> None:
    reviews, queue = Reviews(services.engine), ReviewQueue(services.engine)

    def reply(question: str) -> Any:
        return hear(client, case, "PUT", "/expert/reply", json={"question": question, "reply": "yes"})

    reviews.save(case["id"], reviewers[0], replace(CANNOT_TELL, remark="ask_half"))
    assert (hear(client, case).json["remark"], queue.count(reviewers[0])) == ("ask_half", 0)
    # Nobody asks these, and the second is no question.
    assert [reply(other).json["code"] for other in ("ask_rain", "watch")] == ["not_found"] * 2
    answer = reply("ask_half")
    assert (answer.status_code, answer.json["asked"], answer.json["verdict"]) == (200, True, None)
    [waiting] = queue.top(reviewers[0], limit=2)
    assert waiting.exchange is not None
    assert (waiting.exchange["question"], waiting.exchange["reply"]) == ("ask_half", "yes")
    # A verdict on the plant stays, whatever else its reviewer asks, who looks again once there is another reply.
    reviews.save(case["id"], reviewers[0], replace(RUST, remark="ask_half"))
    reviews.save(case["id"], reviewers[1], RUST)
    assert [queue.count(reviewer) for reviewer in reviewers] == [0, 0]
    assert reply("ask_half").json["condition"] == "bean.rust"
    assert [queue.count(reviewer) for reviewer in reviewers] == [1, 0]
    reviews.save(case["id"], reviewers[0], SPOT)
    assert queue.count(reviewers[0]) == 0


def test_unsure_sender_asks_on_the_page_and_is_told(
    client: FlaskClient, send: Send, see: See, services: Services, reviewers: list[int], pictures: PictureFactory
) -> None:
    page = send("/", [pictures.grey()], consent="photos").text
    assert 'name="ask"' in page
    page = press(client, page, "expert", ask="1")[1]
    assert ('id="no-expert"' in page, 'name="ask"' in page) == (True, False)
    [case] = ReviewQueue(services.engine).top(reviewers[0], limit=2)
    assert case.is_expert_asked
    asked = see(page, replace(CANNOT_TELL, remark="ask_half"))
    assert 'name="asked" value="ask_half"' in asked
    public_id, answered = press(client, asked, "reply", reply="no", asked="ask_half")
    assert 'data-exchange="no"' in answered
    other = {"token": token_of(asked), "reply": "no", "asked": "ask_week"}
    assert client.post(f"/answers/{public_id}/reply", data=other).status_code == 422
    page = see(page, replace(RUST, remark="undersides"))
    assert 'data-verdict="condition"' in page
    english = services.adviser.languages["en"]
    assert english.remarks["undersides"] in page
    # The expert's advice, beside an answer that has none.
    assert english.advice["bean.rust"].today[0] in page


def test_an_expert_who_sees_a_disease_on_a_healthy_leaf_is_not_contradicted_below(
    client: FlaskClient, send: Send, see: See, pictures: PictureFactory
) -> None:
    page = send("/?language=en", [pictures.leaf()], crop="bean", consent="photos").text
    page = press(client, page, "expert", ask="1")[1]
    assert ("no sign of disease" in page, 'class="caution"' in page) == (True, False)
    page = see(page, RUST)
    assert ("no sign of disease" in page, 'class="caution"' in page) == (False, True)


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
    given: list[NewReview], heard: str, stays: bool, send: Send, see: See, pictures: PictureFactory
) -> None:
    page = send("/", [pictures.red()], consent="photos").text
    assert 'name="ask"' in page
    page = see(page, *given)
    assert f'data-verdict="{heard}"' in page
    assert [part in page for part in ('class="card advice"', 'class="confidence"')] == [stays] * 2
