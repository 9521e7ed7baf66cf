"""What clients of 0.1 to 0.3 read in an answer means what it meant."""

import pytest

from majani.decision.diagnosis import Diagnosis
from serving.api.schemas import older
from tests.serving.i18n.test_answer_words import ANSWERS, HEALTHY, RUST, SPOT

NAMED = {kind: one.model_copy(update={"crop_hint": "bean"}) for kind, one in ANSWERS.items()}
# Crop and whether it looks sick; conditions of a set; of ten, how many are right.
EXPECTED = {
    "most likely": (None, (), 9),
    "healthy": (None, (), 8),
    "probably": (None, (), 6),
    "probably healthy": (("bean", False), (HEALTHY,), 7),
    "one of": (("bean", True), (RUST, SPOT), 8),
    "unlike": (("bean", False), (), None),
    "few known": (("bean", False), (), None),
    "which crop": (None, (), None),
    "another crop": (("maize", False), (), None),
    "several plants": (None, (), None),
    "no plant": (None, (), None),
    "older": (("bean", False), (), None),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_old_fields_follow_from_the_grade(kind: str) -> None:
    answer = NAMED[kind]
    coarse, confidence = older.coarse(answer), older.confidence(answer)
    together = tuple(one.id for one in older.said_together(answer))
    about = coarse and (coarse["crop"], coarse["sick"])
    assert (about, together, confidence and confidence["right"]) == EXPECTED[kind]


def test_nothing_is_said_together_where_nobody_has_named_the_crop() -> None:
    answer: Diagnosis = ANSWERS["one of"]
    assert (older.said_together(answer), older.confidence(answer)) == ((), None)
