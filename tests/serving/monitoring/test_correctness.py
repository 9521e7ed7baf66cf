"""An answer is right if experts agree with it, wrong if they say something else, and neither if they do not know."""

import pytest

from majani.decision.rules import Outcome
from serving.monitoring.correctness import Judgement, judge
from serving.persistence.review_record import ModelAnswer, NewReview
from serving.persistence.review_record import ReviewVerdict as Verdict

RUST, UNSURE = ModelAnswer(Outcome.CONDITION, "bean.rust"), ModelAnswer(Outcome.UNCERTAIN, None)
IS_RUST = NewReview(Verdict.CONDITION, "bean.rust")
IS_HEALTHY = NewReview(Verdict.CONDITION, "bean.healthy")
NO_PLANT, NO_IDEA, BAD = (
    NewReview(verdict, None) for verdict in (Verdict.NOT_A_PLANT, Verdict.CANNOT_TELL, Verdict.BAD_PHOTO)
)


@pytest.mark.parametrize(
    ("answer", "opinions", "judgement"),
    [
        (RUST, [IS_RUST], Judgement.RIGHT),
        (RUST, [IS_RUST, IS_RUST], Judgement.RIGHT),
        (RUST, [IS_HEALTHY], Judgement.WRONG),
        (RUST, [NO_PLANT], Judgement.WRONG),
        (ModelAnswer(Outcome.HEALTHY, "bean.healthy"), [IS_HEALTHY], Judgement.RIGHT),
        (ModelAnswer(Outcome.NOT_A_PLANT, None), [NO_PLANT], Judgement.RIGHT),
        (ModelAnswer(Outcome.NOT_A_PLANT, None), [IS_RUST], Judgement.WRONG),
        (ModelAnswer(Outcome.UNKNOWN_PLANT, None), [NO_PLANT], Judgement.WRONG),
        (UNSURE, [IS_RUST], Judgement.ABSTAINED),
        (ModelAnswer(Outcome.RETAKE, None), [IS_RUST], Judgement.ABSTAINED),
        (RUST, [], Judgement.UNKNOWN),
        (RUST, [IS_RUST, IS_HEALTHY], Judgement.UNKNOWN),
        (RUST, [IS_RUST, NO_IDEA], Judgement.UNKNOWN),
        (RUST, [NO_IDEA], Judgement.UNKNOWN),
        (UNSURE, [BAD], Judgement.UNKNOWN),
    ],
)
def test_judge(answer: ModelAnswer, opinions: list[NewReview], judgement: Judgement) -> None:
    assert judge(answer, opinions) is judgement
