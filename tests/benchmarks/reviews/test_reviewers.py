"""Simulated reviewers err as often as they are said to, and in the way they are said to."""

from collections import Counter

import pandas as pd
import pytest

from benchmarks.reviews.reviewers import ERRORS, NAMES, POISON, POISONER, always, near_miss, review_all
from training.reviews.export import Export

CLASSES = ("bean.rust", "bean.healthy", "tomato.late_blight", "not_a_plant")
CASES = [f"c{number}" for number in range(4000)]


@pytest.fixture(scope="module")
def farmers() -> pd.DataFrame:
    """Every kind in turn; each tenth case has two photos."""
    rows = [(case, CLASSES[number % 4]) for number, case in enumerate(CASES) for _ in range(1 + (number % 10 == 0))]
    table = pd.DataFrame(rows, columns=["case", "class_id"])
    return table.assign(sha256=[f"{number:064x}" for number in table.index])


def wrong(export: Export, reviewer: str) -> list[tuple[str, str]]:
    """Truth and label of each review of theirs that errs."""
    own = [review for review in export.reviews if review.reviewer == reviewer and review.label]
    pairs = [(CLASSES[int(review.case[1:]) % 4], review.label) for review in own]
    return [pair for pair in pairs if pair[0] != pair[1]]


def test_careful_reviewers_err_seldom_and_mostly_within_the_crop(farmers: pd.DataFrame) -> None:
    export = review_all(farmers, CASES, classes=CLASSES, seed=1)
    for name in NAMES:
        number = sum(review.reviewer == name for review in export.reviews)
        errors = wrong(export, name)
        assert len(errors) / number == pytest.approx(ERRORS, abs=0.02)
        beans = [said for truth, said in errors if truth == "bean.rust"]
        assert Counter(beans).most_common(1)[0][0] == "bean.healthy"


@pytest.mark.parametrize(("poison", "only"), [(near_miss(CLASSES), None), (always("tomato.late_blight"), 2)])
def test_the_last_reviewer_poisons(farmers: pd.DataFrame, poison: object, only: int | None) -> None:
    export = review_all(farmers, CASES, classes=CLASSES, seed=1, poison=poison)  # type: ignore[arg-type]
    careful, careless = (len(wrong(export, name)) for name in (NAMES[0], POISONER))
    number = sum(review.reviewer == POISONER for review in export.reviews)
    # Of those who always say the same, a quarter happens to be true.
    expected = POISON * (1 if only is None else 0.75) + (1 - POISON) * ERRORS
    assert careless / number == pytest.approx(expected, abs=0.04)
    assert careless > 3 * careful
