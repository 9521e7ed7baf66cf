"""Simulated reviewers: careful ones who err now and then, and one who should not be believed.

They know what the datasets' makers wrote down. A careful reviewer errs on one case in twenty, mostly towards another
condition of the same crop, and cannot tell one in thirty. As at the desk, one case in five is looked at twice, and a
third time where the two disagree.
"""

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from majani.taxonomy import REJECT_CLASSES
from training.reviews.export import Export, Review, ReviewedPhoto, Verdict

NAMES = ("r1", "r2", "r3", "r4")
POISONER = "r4"
ERRORS = 0.05
POISON = 0.3
_CANNOT_TELL = 1 / 30
_SAME_CROP = 0.7
_TWICE = 0.2
_DAY = date(2026, 11, 25)

Chance = np.random.Generator
# Turns the true label into the reviewer's wrong one.
Mistake = Callable[[str, Chance], str]


def near_miss(classes: Sequence[str]) -> Mistake:
    """Another class, mostly of the same crop."""

    def mistake(truth: str, chance: Chance) -> str:
        siblings = [entry for entry in classes if entry != truth and entry.partition(".")[0] == truth.partition(".")[0]]
        others = [entry for entry in classes if entry != truth]
        return str(chance.choice(siblings if siblings and chance.random() < _SAME_CROP else others))

    return mistake


def always(answer: str) -> Mistake:
    """One and the same answer, whatever is shown."""
    return lambda truth, chance: answer  # noqa: ARG005 - as every mistake is called


def review_all(
    farmers: pd.DataFrame,
    cases: Sequence[str],
    *,
    classes: Sequence[str],
    seed: int,
    poison: Mistake | None = None,
    names: Sequence[str] = NAMES,
) -> Export:
    """What an export of the desk holds when these cases have been reviewed."""
    chance = np.random.default_rng(seed)
    truth = {str(row.case): str(row.class_id) for row in farmers.itertuples()}
    slip = near_miss(classes)

    def said(case: str, reviewer: str) -> Review:
        spoiled = poison is not None and reviewer == names[-1] and chance.random() < POISON
        label = truth[case]
        if spoiled and poison is not None:
            label = poison(label, chance)
        elif chance.random() < ERRORS:
            label = slip(label, chance)
        elif chance.random() < _CANNOT_TELL:
            return _review(case, reviewer, Verdict.CANNOT_TELL)
        verdict = Verdict(label) if label in REJECT_CLASSES else Verdict.CONDITION
        return _review(case, reviewer, verdict, "" if label in REJECT_CLASSES else label)

    reviews: list[Review] = []
    for case in cases:
        order = [str(one) for one in chance.permutation(list(names))]
        given = [said(case, order[0])]
        if len(names) > 1 and chance.random() < _TWICE:
            given.append(said(case, order[1]))
            if len(names) > 2 and given[0].label != given[1].label:
                given.append(said(case, order[2]))
        reviews += given
    return Export(tuple(reviews), tuple(_photos(farmers[farmers["case"].isin(list(cases))])), ())


def _review(case: str, reviewer: str, verdict: Verdict, condition: str = "") -> Review:
    return Review(case=case, reviewer=reviewer, verdict=verdict, condition=condition, reviewed_on=_DAY)


def _photos(rows: pd.DataFrame) -> list[ReviewedPhoto]:
    return [
        ReviewedPhoto(
            case=str(row.case),
            position=position,
            path=f"photos/{row.case}/{position}.jpg",
            sha256=str(row.sha256),
            crop_hint="",
            model_version="base",
        )
        for position, row in zip(rows.groupby("case").cumcount(), rows.itertuples(), strict=True)
    ]
