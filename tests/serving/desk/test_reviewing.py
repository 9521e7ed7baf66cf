"""A case is reviewed in one touch, corrected, and never lost; a correction moves up what looks like it.

The page of agreement shows how far reviewers agree, and on what they do not.
"""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.persistence.engine import StorageError
from serving.persistence.models import NOTE_LENGTH
from serving.persistence.review_record import NewReview, ReviewVerdict, wanted_at_first
from serving.persistence.reviews import Reviews
from serving.persistence.similar_cases import SimilarCases
from tests.serving.desk.conftest import DAY, Kept, MakeToken, said, say, sign_in

# As browsers send what they count as full: a line break is one character to them. No database has a NUL.
FULL = "x\r\n" * (NOTE_LENGTH // 2 - 1) + "\0x"
RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust")
BAD = NewReview(ReviewVerdict.BAD_PHOTO)
KEPT: list[tuple[dict[str, str], NewReview]] = [
    ({"label": "bean.rust"}, RUST),
    ({"label": "other", "condition": "coffee.rust"}, NewReview(ReviewVerdict.CONDITION, "coffee.rust")),
    # A list that was touched and then left alone.
    ({"label": "bean.rust", "condition": "coffee.rust"}, RUST),
    ({"label": "cannot_tell"}, NewReview(ReviewVerdict.CANNOT_TELL)),
    ({"label": "bad_photo", "note": "  too near\n "}, NewReview(ReviewVerdict.BAD_PHOTO, note="too near")),
    ({"label": "bad_photo", "note": FULL}, NewReview(ReviewVerdict.BAD_PHOTO, note=re.sub("[\r\0]", "", FULL))),
    ({"label": "unknown_plant", "note": " "}, NewReview(ReviewVerdict.UNKNOWN_PLANT)),
    ({"label": "not_a_plant"}, NewReview(ReviewVerdict.NOT_A_PLANT)),
    ({"label": "bean.rust", "remark": "undersides"}, replace(RUST, remark="undersides")),
]
NOT_KEPT: list[dict[str, str]] = [
    *({}, {"label": "other"}, {"label": "other", "condition": "bean.nothing"}, {"label": "bean.nothing"}),
    *({"label": "other", "condition": "not_a_plant"}, {"label": "other", "condition": "a\0b"}),
]


def test_is_kept_and_leads_on(reviewer: FlaskClient, case_id: str, reviews: Reviews) -> None:
    for fields, kept in KEPT:
        answer = say(reviewer, case_id, **fields)
        assert (answer.status_code, answer.location) == (303, f"/desk/next?saved={case_id}")
        assert said(reviews, case_id) == [kept], fields


def test_without_a_choice_the_note_alone_is_kept(reviewer: FlaskClient, case_id: str, reviews: Reviews) -> None:
    for fields in NOT_KEPT:
        answer = say(reviewer, case_id, note="half a page", **fields)
        assert answer.status_code == 422, fields
        assert 'role="alert"' in answer.text
        assert ">half a page</textarea>" in answer.text
        assert said(reviews, case_id) == []
    # No remark of the list.
    assert say(reviewer, case_id, label="bean.rust", remark="Spray it!").status_code == 422
    assert said(reviews, case_id) == []


def test_a_worker_stays_one_reviewer_when_a_token_is_replaced(
    app: Flask, reviewer: FlaskClient, services: Services, case_id: str, reviews: Reviews
) -> None:
    say(reviewer, case_id, label="bean.rust")
    again = app.test_client()
    sign_in(again, AccessTokens(services.engine).replace(1, DAY))
    say(again, case_id, label="bad_photo")
    assert said(reviews, case_id) == [BAD]


def test_is_not_swayed_by_others(reviewer: FlaskClient, colleague: FlaskClient, case_id: str, reviews: Reviews) -> None:
    say(reviewer, case_id, label="cannot_tell", note="seen from above only</textarea><script>alert(1)</script>")
    # What somebody writes stays text.
    assert "<script>alert" not in reviewer.get(f"/desk/cases/{case_id}").text
    before = colleague.get(f"/desk/cases/{case_id}?language=en").text
    assert "seen from above only" not in before
    assert "Others said" not in before
    say(colleague, case_id, label="bean.rust")
    after = colleague.get(f"/desk/cases/{case_id}?language=en").text
    assert "seen from above only" in after
    assert len(said(reviews, case_id)) == 2


# The tiny model takes red leaves for rust and green ones for healthy. It has never heard of this.
UNHEARD_OF = "coffee.rust"
# What reviewers say of a case one after the other, and how often others are weighed again.
WEIGHED = [
    (["bean.rust"], 0),
    ([UNHEARD_OF], 1),
    (["cannot_tell"], 0),
    (["bad_photo", "bean.rust"], 0),
    # What looked like it does so no longer.
    ([UNHEARD_OF, "bean.rust"], 2),
    ([UNHEARD_OF, "cannot_tell"], 2),
]


def test_when_others_are_weighed_again(reviewer: FlaskClient, monkeypatch: pytest.MonkeyPatch, kept: Kept) -> None:
    weighed: list[object] = []
    monkeypatch.setattr(SimilarCases, "update", lambda *_: weighed.append(None) or 0)
    for labels, weighings in WEIGHED:
        weighed.clear()
        case_id = kept("red")["id"]
        for label in labels:
            is_word = "." not in label
            say(reviewer, case_id, label=label if is_word else "other", condition="" if is_word else label)
        assert len(weighed) == weighings, labels


def test_a_review_is_kept_whatever_comes_after(
    reviewer: FlaskClient, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise StorageError("the database is away")

    monkeypatch.setattr(SimilarCases, "update", fail)
    assert say(reviewer, case_id, label="other", condition=UNHEARD_OF).status_code == 303
    assert "Saved: " in reviewer.get(f"/desk/cases/{case_id}?saved={case_id}&language=en").text


def test_the_page_of_agreement_shows_pairs_and_what_they_mistake(
    client: FlaskClient, agronomist: dict[str, str], services: Services, make_token: MakeToken, kept: Kept
) -> None:
    tokens, reviews = AccessTokens(services.engine), Reviews(services.engine)
    first, second = (tokens.find(make_token(name=name)).id for name in ("Kisumu", "Busia"))
    given = 0
    while given < 3:
        case = kept("red")
        if wanted_at_first(case["id"]) == 2:
            reviews.save(case["id"], second if given else first, RUST)
            reviews.save(case["id"], first if given else second, BAD if given else RUST)
            given += 1
    page = client.get("/desk/agreement?language=en", headers=agronomist).text
    assert "Kisumu and Busia" in page
    assert "33%" in page
    assert '<td class="wraps">Bad photo</td><td class="wraps">Bean rust</td><td>2</td>' in page
