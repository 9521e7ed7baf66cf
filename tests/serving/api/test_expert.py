"""What experts say comes back to the sender of a case, and to nobody else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import DEFAULT_DAYS, AccessTokens
from serving.container import Services
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import ReviewQueue, Reviews
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp, Send

RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust", note="Mr Otieno's field", remark="watch")
SPOT = NewReview(ReviewVerdict.CONDITION, "bean.angular_leaf_spot")


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Any) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def case(send: Send, pictures: PictureFactory) -> dict[str, Any]:
    return dict(send("/v1/diagnoses", [pictures.grey()], consent="photos").json)


@pytest.fixture
def reviewers(services: Services) -> list[int]:
    tokens = AccessTokens(services.engine)
    made = [tokens.create(name, Role.EXTENSION, timedelta(days=DEFAULT_DAYS)) for name in ("desk 1", "desk 2")]
    return [tokens.find(token).id for token in made]


def hear(client: FlaskClient, case: dict[str, Any], method: str = "GET") -> Any:
    own = {"Authorization": f"Bearer {case['token']}"}
    return client.open(f"/v1/diagnoses/{case['id']}/expert", method=method, headers=own)


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
    client.delete(f"/v1/diagnoses/{case['id']}", headers={"Authorization": f"Bearer {case['token']}"})
    assert [hear(client, case, method).json["code"] for method in ("GET", "PUT")] == ["diagnosis_unknown"] * 2


def test_expert_without_photos_is_refused(client: FlaskClient, send: Send, pictures: PictureFactory) -> None:
    case = dict(send("/v1/diagnoses", [pictures.grey()]).json)
    refused = hear(client, case, "PUT")
    assert (refused.status_code, refused.json["code"]) == (422, "photos_not_kept")
    assert hear(client, case).json["asked"] is False


def test_reply_to_a_question_brings_the_case_back_to_who_asked(
    client: FlaskClient, case: dict[str, Any], services: Services, reviewers: list[int]
) -> None:
    reviews, queue = Reviews(services.engine), ReviewQueue(services.engine)
    own = {"Authorization": f"Bearer {case['token']}"}

    def reply(question: str) -> Any:
        said = {"question": question, "reply": "yes"}
        return client.put(f"/v1/diagnoses/{case['id']}/expert/reply", json=said, headers=own)

    reviews.save(case["id"], reviewers[0], NewReview(ReviewVerdict.CANNOT_TELL, remark="ask_half"))
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
