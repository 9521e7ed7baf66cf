"""A case is reviewed in one touch, corrected, and never lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from serving.persistence.models import NOTE_LENGTH
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from tests.pictures import PictureFactory
from tests.serving.desk.conftest import ask, said, say


class TestReview:
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
        ],
        ids=lambda value: "+".join(value.values())[:30] if isinstance(value, dict) else None,
    )
    def test_is_kept_and_leads_on(
        self,
        fields: dict[str, str],
        kept: NewReview,
        reviewer: FlaskClient,
        client: FlaskClient,
        pictures: PictureFactory,
        reviews: Reviews,
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        answer = say(reviewer, case["id"], **fields)
        assert (answer.status_code, answer.location) == (303, f"/desk/next?saved={case['id']}")
        assert said(reviews, case["id"]) == [kept]

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"label": ""},
            {"label": "other"},
            {"label": "other", "condition": "bean.nothing"},
            {"label": "bean.nothing"},
            {"label": "condition"},
            {"label": "other", "condition": "not_a_plant"},
            {"label": "other", "condition": "a\0b"},
        ],
        ids=str,
    )
    def test_without_a_choice_keeps_the_note_and_nothing_else(
        self,
        fields: dict[str, str],
        reviewer: FlaskClient,
        client: FlaskClient,
        pictures: PictureFactory,
        reviews: Reviews,
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        answer = say(reviewer, case["id"], note="half a page", **fields)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert ">half a page</textarea>" in answer.text
        assert said(reviews, case["id"]) == []

    def test_what_somebody_writes_stays_text(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        say(reviewer, case["id"], label="bean.rust", note="</textarea><script>alert(1)</script>")
        assert "<script>alert" not in reviewer.get(f"/desk/cases/{case['id']}").text

    def test_is_not_swayed_by_others(
        self,
        reviewer: FlaskClient,
        colleague: FlaskClient,
        client: FlaskClient,
        pictures: PictureFactory,
        reviews: Reviews,
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        say(reviewer, case["id"], label="cannot_tell", note="seen from above only")
        before = colleague.get(f"/desk/cases/{case['id']}?language=en").text
        assert "seen from above only" not in before
        assert "Others said" not in before
        say(colleague, case["id"], label="bean.rust")
        after = colleague.get(f"/desk/cases/{case['id']}?language=en").text
        assert "seen from above only" in after
        assert len(said(reviews, case["id"])) == 2

    def test_two_at_the_same_time_lose_nothing(
        self,
        reviewer: FlaskClient,
        colleague: FlaskClient,
        client: FlaskClient,
        pictures: PictureFactory,
        reviews: Reviews,
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        with ThreadPoolExecutor(2) as pool:
            answers = list(
                pool.map(
                    lambda pair: say(pair[0], case["id"], label=pair[1]).status_code,
                    [(reviewer, "bean.rust"), (colleague, "bad_photo")],
                )
            )
        assert answers == [303, 303]
        assert {review.label for review in said(reviews, case["id"])} == {"bean.rust", "bad_photo"}
