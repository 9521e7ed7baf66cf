"""Waiting cases are weighed again by what reviewers have corrected, in both databases."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Engine

from majani.decision.diagnosis import Evidence, Examination
from majani.review.priority import Signals, review_priority
from serving.persistence.case_record import FeedbackVerdict
from serving.persistence.cases import Cases
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import ReviewQueue, Reviews
from serving.persistence.similar_cases import SimilarCases
from tests.serving.persistence.examined import examination
from tests.serving.persistence.test_cases import new_case

VERSION = examination().diagnosis.model_version
RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust")
SPOT = NewReview(ReviewVerdict.CONDITION, "bean.angular_leaf_spot")
BLIGHT = NewReview(ReviewVerdict.CONDITION, "tomato.late_blight")
UNCLEAR = NewReview(ReviewVerdict.CANNOT_TELL)
NEW, OLD = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
REVIEWED, RIGHT = ([f"{name} {number}" for number in range(5)] for name in ("reviewed", "right"))


def rare(_: str) -> float:
    return 1.0


def add(engine: Engine, public_id: str, *photos: Sequence[float], version: str = VERSION) -> None:
    """A case that the model took for rust, with one photo or several in these directions."""
    seen = tuple(
        Evidence(9, 9, None, likeliest="bean.rust", embedding=np.array(photo, dtype=np.float32)) for photo in photos
    )
    diagnosis = examination(len(photos)).diagnosis.model_copy(update={"model_version": version})
    case = new_case(public_id, photos=len(photos))
    paths = tuple(f"2026-11-24/{public_id[-1]}-{number}.jpg" for number in range(len(photos)))
    case = replace(case, examination=Examination(diagnosis, seen), paths=paths, signals=Signals(uncertainty=0.07))
    Cases(engine).add(replace(case, public_id=public_id))


@pytest.fixture
def corrected(engine: Engine, reviewers: list[int]) -> None:
    """Five cases in the new direction, of which a reviewer says that they show spots; five others are right."""
    for public_id, direction, review in (*((one, NEW, SPOT) for one in REVIEWED), *((one, OLD, RUST) for one in RIGHT)):
        add(engine, public_id, direction)
        Reviews(engine).save(public_id, reviewers[0], review)


def signals_of(engine: Engine, public_id: str) -> Signals | None:
    return Cases(engine).find(public_id).signals


@pytest.mark.usefixtures("corrected")
def test_what_looks_like_corrected_cases_moves_up(engine: Engine, reviewers: list[int]) -> None:
    add(engine, "other", OLD)
    # Its likest photo counts.
    add(engine, "kin", NEW, OLD)
    SimilarCases(engine).update(VERSION, rare)
    assert signals_of(engine, "other") == Signals(uncertainty=0.07, kinship=0)
    assert [case.public_id for case in ReviewQueue(engine).top(reviewers[0], limit=9)] == ["kin", "other"]
    signals = signals_of(engine, "kin")
    assert signals == Signals(uncertainty=0.07, kinship=pytest.approx(1))
    assert review_priority(signals) > review_priority(Signals(uncertainty=0.07))


@pytest.mark.usefixtures("corrected")
@pytest.mark.parametrize("second", [RUST, BLIGHT, UNCLEAR], ids=lambda second: second.label)
def test_reviewers_have_to_agree(engine: Engine, reviewers: list[int], second: NewReview) -> None:
    add(engine, "kin", NEW)
    for public_id in REVIEWED:
        Reviews(engine).save(public_id, reviewers[1], second)
    # Who could not tell has not disagreed.
    assert SimilarCases(engine).update(VERSION, rare) == (1 if second is UNCLEAR else 0)


@pytest.mark.usefixtures("corrected")
def test_what_a_farmer_says_meanwhile_stays(engine: Engine) -> None:
    names = [f"waiting {number}" for number in range(12)]
    for name in names:
        add(engine, name, NEW)
    with ThreadPoolExecutor(4) as pool:
        updates = [pool.submit(SimilarCases(engine).update, VERSION, rare) for _ in range(2)]
        told = [pool.submit(Cases(engine).give_feedback, name, FeedbackVerdict.WRONG, None) for name in names]
        for one in (*updates, *told):
            one.result()
    for name in names:
        assert signals_of(engine, name) == Signals(called_wrong=1, uncertainty=0.07, kinship=pytest.approx(1))
