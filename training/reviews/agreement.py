"""Labels of cases from their reviews, and the reviewers who count, from their agreement with each other.

The desk only collects verdicts. They become labels here, by settings in ``params.yaml`` that can be changed later. No
review is lost, and every case or reviewer that is left out is named.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.reviews.export import Export, LeftOut, Review, ReviewCode
from training.settings import ReviewsParams

# Case, own label and another reviewer's.
_Pair = tuple[str, str, str]


@dataclass(frozen=True)
class ReviewerAgreement:
    """How far one reviewer agrees with the others.

    Attributes:
        reviews: Cases that they reviewed.
        shared_cases: Cases among them for which they gave one of the first two reviews, and in which they and another
            trusted reviewer gave a label.
        kappa: Cohen's kappa against the others on these, -1..1; None without such a case.
        low: Lower end of its 95 % interval, cases resampled; None likewise.
        high: Upper end.
        is_trusted: Whether their reviews count.
    """

    reviewer: str
    reviews: int
    shared_cases: int
    kappa: float | None
    low: float | None
    high: float | None
    is_trusted: bool


def cohens_kappa(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], classes: int) -> float:
    """Agreement of two series of label positions, ``(N,)``, beyond chance: 1 for full agreement, 0 for chance.

    Also 1 where both only ever gave the same single label, which leaves nothing beyond chance to measure.
    """
    agreed = float((first == second).mean())
    first_shares, second_shares = (np.bincount(labels, minlength=classes) / len(labels) for labels in (first, second))
    by_chance = float(first_shares @ second_shares)
    return 1.0 if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def reviewer_agreements(reviews: Sequence[Review], params: ReviewsParams) -> tuple[ReviewerAgreement, ...]:
    """How far each reviewer agrees with the others, and whether their reviews count.

    A reviewer who agrees too little is left out, the worst first, and the others are computed again without them,
    because a careless reviewer lowers all who share cases with them. Two reviewers who share cases only with each other
    are left out together, because neither is known to be right. A reviewer who shares few cases is trusted until there
    are more.

    A third reviewer who is asked after a disagreement is not judged by that case, because they cannot agree with both.
    Their review counts for and against the first two.

    Args:
        reviews: At most one per case and reviewer; each case's in the order in which they were given, as exports have
            them.
        params: The settings.

    Returns:
        One per reviewer, by pseudonym; for a reviewer who was left out, the figures at that moment.
    """
    of_case, given = _by_case(reviews), Counter(review.reviewer for review in reviews)
    counted = set(given)
    left_out: dict[str, ReviewerAgreement] = {}
    while True:
        current = {
            reviewer: _agreement(reviewer, given[reviewer], _pairs(reviewer, of_case, counted), params)
            for reviewer in sorted(counted)
        }
        failed = [agreement for agreement in current.values() if not agreement.is_trusted]
        if not failed:
            break
        worst = min(agreement.kappa for agreement in failed if agreement.kappa is not None)
        dropped = {agreement.reviewer: agreement for agreement in failed if agreement.kappa == worst}
        left_out |= dropped
        counted -= set(dropped)
    return tuple(agreement for _, agreement in sorted((current | left_out).items()))


def _by_case(reviews: Iterable[Review]) -> Mapping[str, list[Review]]:
    of_case: defaultdict[str, list[Review]] = defaultdict(list)
    for review in reviews:
        of_case[review.case].append(review)
    return of_case


def _pairs(reviewer: str, of_case: Mapping[str, Sequence[Review]], counted: Collection[str]) -> list[_Pair]:
    """Case, own label and that of another reviewer who counts, where both gave a label and the own is of the first."""
    return [
        (case, own.label, other.label)
        for case, reviews in of_case.items()
        for own in reviews[:2]
        for other in reviews
        if own.reviewer == reviewer != other.reviewer and other.reviewer in counted and own.label and other.label
    ]


def _agreement(reviewer: str, given: int, pairs: Sequence[_Pair], params: ReviewsParams) -> ReviewerAgreement:
    shared = sorted({case for case, _, _ in pairs})
    if not pairs:
        return ReviewerAgreement(reviewer, given, 0, None, None, None, is_trusted=True)
    labels = sorted({label for _, *both in pairs for label in both})
    first, second = (np.array([labels.index(pair[side]) for pair in pairs], dtype=np.int64) for side in (1, 2))
    rows = [np.flatnonzero([pair[0] == case for pair in pairs]) for case in shared]
    drawn = np.random.default_rng(params.seed).integers(0, len(shared), size=(params.resamples, len(shared)))
    samples = []
    for cases in drawn:
        taken = np.concatenate([rows[case] for case in cases])
        samples.append(cohens_kappa(first[taken], second[taken], len(labels)))
    low, high = (round(float(end), 4) for end in np.quantile(samples, [0.025, 0.975]))
    return ReviewerAgreement(
        reviewer=reviewer,
        reviews=given,
        shared_cases=len(shared),
        kappa=round(cohens_kappa(first, second, len(labels)), 4),
        low=low,
        high=high,
        is_trusted=(
            len(shared) < params.min_shared_cases
            or low >= params.min_kappa
            or bool((first == second).mean() >= params.enough_agreement)
        ),
    )


def labels(
    export: Export, *, trusted: Collection[str], elsewhere: Collection[str], params: ReviewsParams
) -> tuple[Mapping[str, str], tuple[LeftOut, ...]]:
    """Class id by case, and the cases without a label.

    Reviews of ``trusted`` reviewers count. Conditions that no source shows ``elsewhere`` are learned from these cases
    alone.
    """
    label_of: dict[str, str] = {}
    left_out: list[LeftOut] = []
    for case, reviews in sorted(_by_case(export.reviews).items()):
        label = _label([review for review in reviews if review.reviewer in trusted], params)
        if isinstance(label, ReviewCode):
            left_out.append(LeftOut(case, label))
        else:
            label_of[case] = label
    counts = Counter(label_of.values())
    new = {label: count for label, count in counts.items() if label not in elsewhere}
    rare = {label for label, count in new.items() if count < params.min_cases_of_new_condition}
    left_out += [LeftOut(case, ReviewCode.TOO_FEW_CASES) for case, label in label_of.items() if label in rare]
    return {case: label for case, label in label_of.items() if label not in rare}, tuple(left_out)


def _label(reviews: Sequence[Review], params: ReviewsParams) -> str | ReviewCode:
    """The label that enough reviewers gave, or why there is none. A reviewer who cannot tell counts as disagreeing."""
    if not reviews:
        return ReviewCode.REVIEWERS_NOT_TRUSTED
    if len(reviews) < params.min_reviews:
        return ReviewCode.TOO_FEW_REVIEWS
    votes_for = Counter(review.label for review in reviews if review.label)
    if not votes_for:
        return ReviewCode.NO_LABEL
    label, votes = votes_for.most_common(1)[0]
    return label if votes / len(reviews) >= params.min_agreement else ReviewCode.REVIEWERS_DISAGREE
