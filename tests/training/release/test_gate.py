from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from tests.training import described
from training.release.gate import NOT_HEALTHY, Outcomes, Verdict, judge, may_decide
from training.settings import GateParams

PARAMS = GateParams(
    seed=1, resamples=1000, targets=("plantdoc", "ibean"), least_answered=0.5, min_photos=30, min_groups=10
)


def said(right: int, wrong: int, *, silent: int = 0, truth: str = "bean.rust") -> pd.DataFrame:
    """What a bundle says of photos: of so many the truth, of others another condition, of the rest it names none."""
    others = ["not_a_plant" if truth == "unknown_plant" else "bean.healthy"] * silent
    top1 = [truth] * right + ["bean.healthy"] * wrong + others
    is_negative = truth == "unknown_plant"
    condition = ["" if is_negative else truth] * right + ["bean.healthy"] * wrong + [""] * silent
    outcome = [truth if is_negative else "condition"] * right + ["healthy"] * wrong + ["uncertain"] * silent
    return pd.DataFrame({"class_id": truth, "top1": top1, "condition": condition, "outcome": outcome})


def of_source(source: str, candidate: pd.DataFrame, champion: pd.DataFrame, **changes: str) -> pd.DataFrame:
    """Both bundles' rows of one source, side by side, each photo of a leaf of its own."""
    before = champion[["top1", "condition", "outcome"]].add_suffix("_before")
    rows = candidate.join(before)
    described = {"source": source, "domain": "field", "doubt": ""} | changes
    return rows.assign(group=[f"{source}{number}" for number in rows.index], **described)


def verdict_on(*sources: pd.DataFrame) -> Verdict:
    rows = pd.concat(sources, ignore_index=True)
    before = rows.assign(**{name: rows[f"{name}_before"] for name in ("top1", "condition", "outcome")})
    return judge(rows, Outcomes.of(rows), Outcomes.of(before), params=PARAMS, versions=("2", "1"))


def test_photos_for_evaluation_alone_decide_nothing() -> None:
    rows = pd.DataFrame({"source": ["orchard", "beans", "orchard", "district"]})
    sources = [described.source("beans"), described.source("orchard", role="evaluation")]
    assert list(rows["source"][may_decide(rows, sources)]) == ["beans", "district"]


BETTER = of_source("plantdoc", said(70, 30), said(50, 50))
EQUAL = of_source("plantdoc", said(60, 40), said(60, 40))
LUCKY = of_source("plantdoc", said(61, 39), said(60, 40))
ON_THE_WHOLE = (of_source("plantdoc", said(63, 37), said(60, 40)), of_source("ibean", said(63, 37), said(60, 40)))
LESS_MISLEADING = of_source("plantdoc", said(60, 20, silent=20), said(60, 40))
SILENT = of_source("plantdoc", said(20, 0, silent=80), said(60, 40))
WORSE = of_source("banana", said(60, 40), said(80, 20))


@pytest.mark.parametrize(
    ("sources", "decision"),
    [
        pytest.param([BETTER], "promote", id="better on a target"),
        pytest.param([EQUAL], "keep", id="no better"),
        pytest.param([LUCKY], "keep", id="better by one photo"),
        pytest.param(ON_THE_WHOLE, "promote", id="better on all targets together"),
        pytest.param([EQUAL, of_source("banana", said(90, 10), said(50, 50))], "keep", id="better elsewhere"),
        pytest.param([LESS_MISLEADING], "promote", id="as often right, less often misleading"),
        pytest.param([SILENT], "keep", id="silent"),
        pytest.param([BETTER, of_source("banana", said(77, 23), said(80, 20))], "promote", id="a loss within noise"),
        pytest.param([BETTER, WORSE], "keep", id="worse in the field"),
        pytest.param(
            [BETTER, *(of_source(f"field {number}", said(55, 45), said(60, 40)) for number in range(9))],
            "keep",
            id="a little worse everywhere",
        ),
        pytest.param([BETTER, WORSE.assign(domain="lab")], "keep", id="worse in the laboratory"),
        pytest.param([BETTER, WORSE.assign(doubt="few")], "promote", id="worse on doubtful labels"),
        pytest.param([BETTER, of_source("chilli", said(0, 29), said(29, 0))], "promote", id="worse on few photos"),
        pytest.param([BETTER, WORSE.assign(group="one leaf")], "promote", id="worse on photos of one leaf"),
        pytest.param(
            [BETTER, of_source("weeds", *(said(n, 100 - n, truth="unknown_plant") for n in (70, 95)))],
            "keep",
            id="names weeds",
        ),
        pytest.param(
            [BETTER, of_source("weeds", *(said(n, 0, silent=100 - n, truth="unknown_plant") for n in (70, 95)))],
            "keep",
            id="refuses fewer weeds",
        ),
    ],
)
def test_judges_two_bundles(sources: Sequence[pd.DataFrame], decision: str) -> None:
    verdict = verdict_on(*sources)
    assert verdict.decision == decision
    # People read by how much.
    better = [row.source for row in verdict.targets if row.is_better()]
    assert decision == "keep" or all(f"{source} (n " in verdict.explanation() for source in better)


def test_of_an_equal_candidate_few_are_called_better_or_worse() -> None:
    random = np.random.default_rng(1)
    decisions = []
    for _ in range(15):
        sources = []
        for source in ("plantdoc", "ibean", "banana", "chilli"):
            outcomes = [said(right, 100 - right) for right in random.binomial(100, 0.8, size=2)]
            # Each bundle is wrong about photos of its own.
            shuffled = [outcome.sample(frac=1, random_state=random).reset_index(drop=True) for outcome in outcomes]
            sources.append(of_source(source, *shuffled))
        decisions.append(verdict_on(*sources))
    # At most 20 and 5 in 100, and room for chance.
    assert sum(decision.decision == "promote" for decision in decisions) <= 7
    assert sum(any(row.is_worse() for row in decision.table) for decision in decisions) <= 4


def test_a_misspelt_target_is_named() -> None:
    few = "without enough test photos, or no source at all: ibean"
    assert few in verdict_on(EQUAL).reason
    assert "without" not in verdict_on(EQUAL, of_source("ibean", said(60, 40), said(60, 40))).reason


def test_the_table_shows_crops_and_negatives_of_every_source() -> None:
    reviews = of_source("reviews", said(20, 10), said(15, 15))
    strangers = of_source("reviews", *(said(n, 10 - n, truth="unknown_plant") for n in (9, 5)))
    verdict = verdict_on(BETTER, reviews, strangers.assign(group=strangers["group"] + " stranger"))
    table = {one.source: one for one in verdict.table}
    assert list(table) == [NOT_HEALTHY, "all crops", "plantdoc", "reviews", "reviews, negatives"]
    assert [(one.n, one.groups, one.decides) for one in table.values()] == [
        (130, 130, True),
        *((130, 130, True), (100, 100, True), (30, 30, True), (10, 10, False)),
    ]
    plantdoc, negatives = table["plantdoc"], table["reviews, negatives"]
    assert (plantdoc.candidate, plantdoc.champion, plantdoc.candidate_harmful) == (70, 50, 30)
    assert plantdoc.low < 20 < plantdoc.high
    assert (negatives.candidate, negatives.champion, negatives.candidate_harmful) == (90, 50, 10)
    assert (verdict.candidate_answered, verdict.champion_answered) == (100, 100)
