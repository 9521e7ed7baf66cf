"""A case is reviewed in one touch, corrected, and never lost."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.persistence.models import NOTE_LENGTH
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from tests.serving.desk.conftest import DAY, form_token, said, say, sign_in


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"label": "bean.rust"}, NewReview(ReviewVerdict.CONDITION, "bean.rust")),
        ({"label": "other", "condition": "coffee.rust"}, NewReview(ReviewVerdict.CONDITION, "coffee.rust")),
        # A list that was touched and then left alone.
        ({"label": "bean.rust", "condition": "coffee.rust"}, NewReview(ReviewVerdict.CONDITION, "bean.rust")),
        ({"label": "cannot_tell"}, NewReview(ReviewVerdict.CANNOT_TELL)),
        ({"label": "bad_photo", "note": "  too near\n "}, NewReview(ReviewVerdict.BAD_PHOTO, note="too near")),
        # As browsers send what they count as full: a line break is one character to them. No database has a NUL.
        (
            {"label": "bad_photo", "note": "x\r\n" * (NOTE_LENGTH // 2 - 1) + "\0x"},
            NewReview(ReviewVerdict.BAD_PHOTO, note="x\n" * (NOTE_LENGTH // 2 - 1) + "x"),
        ),
        ({"label": "unknown_plant", "note": " "}, NewReview(ReviewVerdict.UNKNOWN_PLANT)),
        ({"label": "not_a_plant"}, NewReview(ReviewVerdict.NOT_A_PLANT)),
        (
            {"label": "bean.rust", "remark": "undersides"},
            NewReview(ReviewVerdict.CONDITION, "bean.rust", remark="undersides"),
        ),
    ],
    ids=lambda value: "+".join(value.values())[:30] if isinstance(value, dict) else None,
)
def test_is_kept_and_leads_on(
    fields: dict[str, str],
    kept: NewReview,
    reviewer: FlaskClient,
    case_id: str,
    reviews: Reviews,
) -> None:
    answer = say(reviewer, case_id, **fields)
    assert (answer.status_code, answer.location) == (303, f"/desk/next?saved={case_id}")
    assert said(reviews, case_id) == [kept]


def test_a_worker_stays_one_reviewer_when_a_token_is_replaced(
    app: Flask, reviewer: FlaskClient, services: Services, case_id: str, reviews: Reviews
) -> None:
    say(reviewer, case_id, label="bean.rust")
    again = app.test_client()
    sign_in(again, AccessTokens(services.engine).replace(1, DAY))
    say(again, case_id, label="bad_photo")
    assert said(reviews, case_id) == [NewReview(ReviewVerdict.BAD_PHOTO)]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"label": "other"},
        {"label": "other", "condition": "bean.nothing"},
        {"label": "bean.nothing"},
        {"label": "other", "condition": "not_a_plant"},
        {"label": "other", "condition": "a\0b"},
    ],
    ids=str,
)
def test_without_a_choice_keeps_the_note_and_nothing_else(
    fields: dict[str, str],
    reviewer: FlaskClient,
    case_id: str,
    reviews: Reviews,
) -> None:
    answer = say(reviewer, case_id, note="half a page", **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert ">half a page</textarea>" in answer.text
    assert said(reviews, case_id) == []


def test_remark_that_is_not_in_the_list_is_refused(reviewer: FlaskClient, case_id: str, reviews: Reviews) -> None:
    answer = say(reviewer, case_id, label="bean.rust", remark="Spray it!")
    assert answer.status_code == 422
    assert said(reviews, case_id) == []


def test_what_somebody_writes_stays_text(reviewer: FlaskClient, case_id: str) -> None:
    say(reviewer, case_id, label="bean.rust", note="</textarea><script>alert(1)</script>")
    assert "<script>alert" not in reviewer.get(f"/desk/cases/{case_id}").text


def test_is_not_swayed_by_others(
    reviewer: FlaskClient,
    colleague: FlaskClient,
    case_id: str,
    reviews: Reviews,
) -> None:
    say(reviewer, case_id, label="cannot_tell", note="seen from above only")
    before = colleague.get(f"/desk/cases/{case_id}?language=en").text
    assert "seen from above only" not in before
    assert "Others said" not in before
    say(colleague, case_id, label="bean.rust")
    after = colleague.get(f"/desk/cases/{case_id}?language=en").text
    assert "seen from above only" in after
    assert len(said(reviews, case_id)) == 2


def test_a_reported_photo_is_gone_with_its_case(reviewer: FlaskClient, case_id: str, services: Services) -> None:
    [photo] = services.repository.cases.find(case_id).photos
    shown = reviewer.get(f"/desk/cases/{case_id}").text
    assert f'action="/desk/cases/{case_id}/report"' in shown
    answer = reviewer.post(f"/desk/cases/{case_id}/report", data={"form_token": form_token(reviewer)})
    assert (answer.status_code, answer.location) == (303, "/desk/next")
    assert reviewer.get(f"/desk/cases/{case_id}").status_code == 404
    with pytest.raises(FileNotFoundError):
        services.repository.photos.read(str(photo.path))
