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


def test_sender_hears_verdict_and_remark_and_nothing_else(
    client: FlaskClient, case: dict[str, Any], services: Services, reviewers: list[int]
) -> None:
    nothing = {"asked": False, "verdict": None, "condition": None, "remark": None, "reviewed_at": None}
    assert hear(client, case).json == nothing
    assert hear(client, case, "PUT").json == nothing | {"asked": True}
    Reviews(services.engine).save(case["id"], reviewers[0], RUST)
    answer = hear(client, case)
    said = dict(answer.json)
    assert said.pop("reviewed_at").endswith("Z")
    assert said == {"asked": True, "verdict": "condition", "condition": "bean.rust", "remark": "watch"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_contradicted_expert_is_taken_back(
    client: FlaskClient, case: dict[str, Any], services: Services, reviewers: list[int]
) -> None:
    reviews = Reviews(services.engine)
    heard = []
    for reviewer, review in ((0, RUST), (1, SPOT), (0, SPOT)):
        reviews.save(case["id"], reviewers[reviewer], review)
        said = hear(client, case).json
        heard.append((said["verdict"], said["condition"], said["remark"]))
    assert heard == [
        ("condition", "bean.rust", "watch"),
        ("disagreement", None, None),
        ("condition", "bean.angular_leaf_spot", None),
    ]


def test_deleted_case_says_nothing(
    client: FlaskClient, case: dict[str, Any], services: Services, reviewers: list[int]
) -> None:
    Reviews(services.engine).save(case["id"], reviewers[0], RUST)
    own = {"Authorization": f"Bearer {case['token']}"}
    client.delete(f"/v1/diagnoses/{case['id']}", headers=own)
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
    # A verdict on the plant stays, whatever else its reviewer asks.
    reviews.save(case["id"], reviewers[0], replace(RUST, remark="ask_half"))
    assert reply("ask_half").json["condition"] == "bean.rust"
