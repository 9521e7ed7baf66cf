"""How the model does: shares and what they are based on, right answers."""

import pytest

from majani.decision.rules import Outcome
from serving.monitoring.answer_shares import is_right
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
    ("answer", "opinions", "expected"),
    [
        (RUST, [IS_RUST], True),
        (RUST, [IS_RUST, IS_RUST], True),
        (RUST, [IS_HEALTHY], False),
        (RUST, [NO_PLANT], False),
        ((Outcome.HEALTHY, "bean.healthy"), [IS_HEALTHY], True),
        ((Outcome.NOT_A_PLANT, None), [NO_PLANT], True),
        ((Outcome.NOT_A_PLANT, None), [IS_RUST], False),
        ((Outcome.UNKNOWN_PLANT, None), [NO_PLANT], False),
        (UNSURE, [IS_RUST], None),
        ((Outcome.RETAKE, None), [IS_RUST], None),
        (RUST, [], None),
        (RUST, [IS_RUST, IS_HEALTHY], None),
        (RUST, [IS_RUST, NO_IDEA], None),
        (RUST, [NO_IDEA], None),
        (UNSURE, [BAD], None),
    ],
)
def test_an_answer_is_right_wrong_or_neither_as_experts_agree(
    answer: tuple[Outcome, str | None], opinions: list[str], expected: bool | None
) -> None:
    assert is_right(*answer, opinions) is expected
