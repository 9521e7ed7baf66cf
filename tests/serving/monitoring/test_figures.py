"""How the model does: shares and what they are based on, right answers."""

import pytest

from majani.decision.rules import Outcome
from serving.monitoring.correctness import Judgement, judge
from serving.monitoring.proportion import Share
from serving.persistence.review_record import ReviewVerdict

RUST, UNSURE = (Outcome.CONDITION, "bean.rust"), (Outcome.UNCERTAIN, None)
IS_RUST, IS_HEALTHY = "bean.rust", "bean.healthy"
NO_PLANT, NO_IDEA, BAD = ReviewVerdict.NOT_A_PLANT, ReviewVerdict.CANNOT_TELL, ReviewVerdict.BAD_PHOTO


@pytest.mark.parametrize(
    ("share", "interval"),
    [
        pytest.param(Share(8, 10), (0.4902, 0.9433), id="few"),
        pytest.param(Share(0, 20), (0.0, 0.1611), id="none"),
        pytest.param(Share(20, 20), (0.8389, 1.0), id="all"),
        pytest.param(Share(0, 0), (0.0, 1.0), id="of nothing"),
    ],
)
def test_interval_of_a_share(share: Share, interval: tuple[float, float]) -> None:
    assert share.interval == pytest.approx(interval, abs=0.0003)


@pytest.mark.parametrize(
    ("answer", "opinions", "judgement"),
    [
        (RUST, [IS_RUST], Judgement.RIGHT),
        (RUST, [IS_RUST, IS_RUST], Judgement.RIGHT),
        (RUST, [IS_HEALTHY], Judgement.WRONG),
        (RUST, [NO_PLANT], Judgement.WRONG),
        ((Outcome.HEALTHY, "bean.healthy"), [IS_HEALTHY], Judgement.RIGHT),
        ((Outcome.NOT_A_PLANT, None), [NO_PLANT], Judgement.RIGHT),
        ((Outcome.NOT_A_PLANT, None), [IS_RUST], Judgement.WRONG),
        ((Outcome.UNKNOWN_PLANT, None), [NO_PLANT], Judgement.WRONG),
        (UNSURE, [IS_RUST], Judgement.ABSTAINED),
        ((Outcome.RETAKE, None), [IS_RUST], Judgement.ABSTAINED),
        (RUST, [], Judgement.UNKNOWN),
        (RUST, [IS_RUST, IS_HEALTHY], Judgement.UNKNOWN),
        (RUST, [IS_RUST, NO_IDEA], Judgement.UNKNOWN),
        (RUST, [NO_IDEA], Judgement.UNKNOWN),
        (UNSURE, [BAD], Judgement.UNKNOWN),
    ],
)
def test_an_answer_is_right_wrong_or_neither_as_experts_agree(
    answer: tuple[Outcome, str | None], opinions: list[str], judgement: Judgement
) -> None:
    assert judge(*answer, opinions) is judgement
