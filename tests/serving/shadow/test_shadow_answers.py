"""A challenger's answer stands beside the case, once, and goes with it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from benchmarks.overview.cases import MadeUp, add
from majani.decision.rules import Outcome
from serving.persistence.models import Case, ShadowAnswer
from serving.persistence.review_record import ModelAnswer, NewReview, ReviewVerdict
from serving.persistence.shadow_answers import ModelPair, ShadowAnswers
from tests.serving.persistence.examined import examination
from tests.serving.review.reviewed import review

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
DIAGNOSIS = examination().diagnosis


def public_id(engine: Engine, case_id: int) -> str:
    with Session(engine) as session:
        return session.scalars(select(Case.public_id).where(Case.id == case_id)).one()


def answers(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(ShadowAnswer)) or 0


def test_answers_are_kept_once_and_compared(engine: Engine) -> None:
    old, new = add(engine, [MadeUp(NOW - timedelta(days=1), "bean.rust"), MadeUp(NOW, outcome="uncertain")])
    shadow = ShadowAnswers(engine)
    for case_id in (old, new, new):
        shadow.add(public_id(engine, case_id), DIAGNOSIS)
    review(engine, old, ("condition", "bean.rust"), ("cannot_tell", None))
    [match] = shadow.model_pairs()
    assert match == ModelPair("2026-01-01-abcdef01", DIAGNOSIS.model_version, cases=2)
    newest, oldest = shadow.compare(match)
    rust = ModelAnswer(Outcome.CONDITION, "bean.rust")
    assert (newest.champion, newest.challenger) == (ModelAnswer(Outcome.UNCERTAIN, None), rust)
    assert (oldest.champion, oldest.challenger) == (rust, rust)
    assert newest.opinions == ()
    assert oldest.opinions == (
        NewReview(ReviewVerdict.CONDITION, "bean.rust"),
        NewReview(ReviewVerdict.CANNOT_TELL, None),
    )


def test_two_challengers_are_two_matches_the_latest_first(engine: Engine) -> None:
    [case_id] = add(engine, [MadeUp(NOW, "bean.rust")])
    for age_days, version in ((2, "first"), (1, "second")):
        shadow = ShadowAnswers(engine, clock=lambda age=age_days: NOW - timedelta(days=age))  # type: ignore[misc]
        shadow.add(public_id(engine, case_id), DIAGNOSIS.model_copy(update={"model_version": version}))
    assert [match.challenger_version for match in ShadowAnswers(engine).model_pairs()] == ["second", "first"]


def test_a_case_that_was_deleted_meanwhile_gets_none(engine: Engine) -> None:
    ShadowAnswers(engine).add("deleted", DIAGNOSIS)
    assert answers(engine) == 0
