"""What experts say comes back to the sender of a case, and to nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import DEFAULT_DAYS, AccessTokens
from serving.container import Services
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
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
