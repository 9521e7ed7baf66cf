"""Two models beside each other: where they differ, and who is right there."""

from datetime import UTC, datetime, timedelta

import pytest

from majani.decision.rules import Outcome
from serving.monitoring.model_comparison import PairedOutcomes, compare
from serving.persistence.review_record import ModelAnswer, NewReview, ReviewVerdict
from serving.persistence.shadow_answers import ComparedCase, ModelPair

MATCH = ModelPair("champion", "challenger", cases=5)
RUST, SPOT = ModelAnswer(Outcome.CONDITION, "bean.rust"), ModelAnswer(Outcome.CONDITION, "bean.angular_leaf_spot")
UNSURE = ModelAnswer(Outcome.UNCERTAIN, None)
IS_RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust")
IS_SPOT = NewReview(ReviewVerdict.CONDITION, "bean.angular_leaf_spot")


def answered(
    name: str, champion: ModelAnswer, challenger: ModelAnswer, *opinions: NewReview, keeps_photos: bool = True
) -> ComparedCase:
    day = datetime(2026, 11, 25, tzinfo=UTC) - timedelta(days=int(name))
    return ComparedCase(name, day, keeps_photos, champion, challenger, opinions)


def test_comparison() -> None:
    found = compare(
        MATCH,
        [
            answered("1", RUST, RUST, IS_RUST),
            answered("2", RUST, SPOT, IS_SPOT),
            answered("3", RUST, UNSURE, IS_RUST),
            answered("4", UNSURE, SPOT, IS_RUST),
            answered("5", RUST, SPOT, IS_RUST, IS_SPOT),
            answered("6", RUST, SPOT),
        ],
    )
    assert (found.cases, found.same) == (6, 1)
    # What no expert has seen comes first.
    assert [case.public_id for case in found.differing] == ["6", "2", "3", "4", "5"]
    # The condition of the fifth is unknown.
    assert found.reviewed == PairedOutcomes(both=1, champion_only=1, challenger_only=1, neither=1)
    assert (found.champion_wrong, found.challenger_wrong) == (1, 1)


def test_nothing_is_said_of_chance_while_cases_are_to_be_reviewed() -> None:
    """What experts see first is what the champion doubts."""
    doubtful = [answered(str(number), UNSURE, SPOT, IS_SPOT) for number in range(6)]
    sure = answered("7", RUST, SPOT)
    found = compare(MATCH, [*doubtful, sure])
    assert (len(found.to_review), found.seen, found.p_value) == (7, 6, None)
    # The comparison does not wait for a case without photos.
    unseen = answered("8", RUST, SPOT, keeps_photos=False)
    found = compare(MATCH, [*doubtful, unseen, answered("9", RUST, RUST)])
    assert (len(found.to_review), found.seen, found.p_value) == (6, 6, 0.03125)


@pytest.mark.parametrize(
    ("champion_only", "challenger_only", "p_value"),
    [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 0.0625), (5, 0, 0.0625), (1, 9, 0.021484375), (10, 30, 0.00222)],
)
def test_p_value_is_that_of_the_sign_test(champion_only: int, challenger_only: int, p_value: float) -> None:
    paired = PairedOutcomes(both=100, champion_only=champion_only, challenger_only=challenger_only, neither=7)
    assert paired.p_value == pytest.approx(p_value, rel=0.01)
