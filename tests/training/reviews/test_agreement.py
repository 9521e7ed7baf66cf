from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from training.reviews.agreement import ReviewerAgreement, cohens_kappa, labels, reviewer_agreements
from training.reviews.export import Export, Review, Verdict
from training.settings import ReviewsParams

PARAMS = ReviewsParams(
    seed=1,
    resamples=300,
    min_reviews=1,
    min_agreement=0.75,
    min_kappa=0.6,
    enough_agreement=0.9,
    min_shared_cases=20,
    min_cases_of_new_condition=2,
)
RUST, SPOT, HEALTHY, UNSURE = "bean.rust", "bean.angular_leaf_spot", "bean.healthy", "cannot_tell"


def review(case: str, reviewer: str, said: str) -> Review:
    said_of = {"verdict": Verdict.CONDITION, "condition": said} if "." in said else {"verdict": said, "condition": ""}
    return Review.model_validate({"case": case, "reviewer": reviewer, "reviewed_on": date(2026, 11, 25), **said_of})


def opinions(
    cases: int, *, wrong: Mapping[str, float], only: Mapping[str, Iterable[int]] = {}, seed: int = 1
) -> list[Review]:
    """What reviewers say of cases of three kinds, each reviewer wrong in their share of them."""
    generator = np.random.default_rng(seed)
    kinds = (RUST, SPOT, HEALTHY)
    said = []
    for reviewer, share in wrong.items():
        for case in only.get(reviewer, range(cases)):
            kind = case % 3
            if generator.random() < share:
                kind = (kind + generator.integers(1, 3)) % 3
            said.append(review(f"c{case}", reviewer, kinds[kind]))
    return said


def each_by_two(cases: int, *, wrong: Mapping[str, float], seed: int = 1) -> list[Review]:
    """Every case looked at by two of three, all pairs equally often."""
    # What a case shows goes by threes too, and every pair shall see all kinds.
    pairs = {name: [case for case in range(cases) if case // 3 % 3 != place] for place, name in enumerate(wrong)}
    return opinions(cases, wrong=wrong, only=pairs, seed=seed)


def trusted(found: Iterable[ReviewerAgreement]) -> set[str]:
    return {one.reviewer for one in found if one.is_trusted}


def test_kappa_is_that_of_scikit_learn() -> None:
    generator = np.random.default_rng(5)
    for _ in range(20):
        first, second = generator.integers(0, 4, (2, 30))
        assert cohens_kappa(first, second, 4) == pytest.approx(cohen_kappa_score(first, second))


def test_careful_reviewers_are_trusted_and_nobody_is_condemned_for_little() -> None:
    found = reviewer_agreements(each_by_two(90, wrong={"r1": 0.05, "r2": 0.05, "r3": 0.05}), PARAMS)
    assert trusted(found) == {"r1", "r2", "r3"}
    assert [one.shared_cases for one in found] == [60, 60, 60]
    for one in found:
        assert one.low is not None and one.kappa is not None and one.high is not None
        assert PARAMS.min_kappa <= one.low <= one.kappa <= one.high <= 1
    few = reviewer_agreements(opinions(60, wrong={"r1": 0.0, "r2": 1.0}, only={"r2": range(19)}), PARAMS)
    assert trusted(few) == {"r1", "r2"}
    assert few[1].kappa is not None and few[1].kappa < 0
    said = opinions(40, wrong={"r1": 0.0})
    unsure = reviewer_agreements([*said, *(review(text.case, "r2", UNSURE) for text in said)], PARAMS)
    assert [(text.shared_cases, text.is_trusted) for text in unsure] == [(0, True), (0, True)]


@pytest.mark.parametrize("seed", range(2))
def test_a_careless_reviewer_falls_alone(seed: int) -> None:
    found = reviewer_agreements(each_by_two(243, wrong={"r1": 0.05, "r2": 0.3, "r3": 0.05}, seed=seed), PARAMS)
    assert trusted(found) == {"r1", "r3"}
    after = {one.reviewer: one for one in found}
    assert after["r1"].shared_cases == 81, "judged again, by those who are left"
    assert (after["r1"].kappa or 0) > (after["r2"].kappa or 0) + 0.1
    both = reviewer_agreements(opinions(60, wrong={"r1": 0.0, "r2": 0.5}, seed=seed), PARAMS)
    assert trusted(both) == set(), "two who contradict each other fall together"


@pytest.mark.parametrize(("errors", "expected"), [(3, {"r1", "r2"}), (20, set())])
def test_where_nearly_all_cases_show_one_condition_agreement_is_enough(errors: int, expected: set[str]) -> None:
    said = [review(f"c{case}", "r1", RUST) for case in range(60)]
    said += [review(f"c{case}", "r2", SPOT if case < errors else RUST) for case in range(60)]
    found = reviewer_agreements(said, PARAMS)
    assert all(one.kappa is not None and one.kappa < 0.1 for one in found)
    assert trusted(found) == expected


def test_whoever_settles_disputes_is_not_distrusted_for_it() -> None:
    """Of two good ones who disagreed now and then, a third can only agree with one."""
    said = opinions(200, wrong={"r1": 0.0, "r2": 0.0})
    for case in range(200, 230):
        one, other = (RUST, SPOT) if case % 2 else (SPOT, RUST)
        said += [review(f"c{case}", "r1", one), review(f"c{case}", "r2", other), review(f"c{case}", "r3", RUST)]
    found = reviewer_agreements(said, PARAMS)
    assert trusted(found) == {"r1", "r2", "r3"}
    settled = {one.reviewer: one for one in found}
    assert (settled["r3"].reviews, settled["r3"].shared_cases, settled["r3"].kappa) == (30, 0, None)
    # What it says counts for and against the two.
    assert settled["r1"].shared_cases == 230
    assert settled["r1"].kappa is not None and settled["r1"].kappa < 0.8


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([RUST], RUST, id="one word is enough"),
        pytest.param([RUST, RUST], RUST, id="both agree"),
        pytest.param([RUST, SPOT], "reviewers_disagree", id="they disagree"),
        pytest.param([RUST, RUST, SPOT], "reviewers_disagree", id="two of three are not enough"),
        pytest.param([RUST, RUST, RUST, SPOT], RUST, id="three of four are"),
        pytest.param([RUST, UNSURE], "reviewers_disagree", id="one could not tell"),
        pytest.param([UNSURE, "bad_photo"], "no_label", id="nobody could tell"),
        pytest.param(["unknown_plant"], "unknown_plant", id="another plant"),
        pytest.param(["not_a_plant", "not_a_plant"], "not_a_plant", id="no plant"),
    ],
)
def test_a_label_needs_agreement(said: list[str], expected: str) -> None:
    export = Export(tuple(review("c1", f"r{number}", one) for number, one in enumerate(said)), (), ())
    found, left_out = labels(
        export, trusted={"r0", "r1", "r2", "r3"}, elsewhere={RUST, "unknown_plant", "not_a_plant"}, params=PARAMS
    )
    assert {**found, **{one.what: one.code for one in left_out}} == {"c1": expected}


@pytest.mark.parametrize(
    ("trusted", "min_reviews", "expected"),
    [
        pytest.param({"r2"}, 1, SPOT, id="only the trusted count"),
        pytest.param(set(), 1, "reviewers_not_trusted", id="nobody is trusted"),
        pytest.param({"r2"}, 2, "too_few_reviews", id="too few are left"),
    ],
)
def test_whose_word_counts(trusted: set[str], min_reviews: int, expected: str) -> None:
    params = PARAMS.model_copy(update={"min_reviews": min_reviews})
    export = Export((review("c1", "r1", RUST), review("c1", "r2", SPOT)), (), ())
    found, left_out = labels(export, trusted=trusted, elsewhere={RUST, SPOT}, params=params)
    assert {**found, **{one.what: one.code for one in left_out}} == {"c1": expected}


@pytest.mark.parametrize(("cases", "learned"), [(1, False), (2, True)])
def test_a_new_condition_needs_several_cases(cases: int, learned: bool) -> None:
    said = tuple(review(f"c{number}", "r1", RUST) for number in range(cases))
    found, left_out = labels(Export(said, (), ()), trusted={"r1"}, elsewhere={SPOT}, params=PARAMS)
    assert set(found) == ({text.case for text in said} if learned else set())
    assert [one.code for one in left_out] == ([] if learned else ["too_few_cases"])
