from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from tests.training import described
from training.release.gate import LOSS, NOT_HEALTHY, PLAIN, RIGHT, Outcomes, Verdict, judge, may_decide
from training.settings import GateParams

PARAMS = GateParams(seed=1, resamples=1000, targets=("plantdoc", "ibean"), min_photos=30, min_groups=10)


def said(right: int, wrong: int, *, sure: float = 0.7, truth: str = "bean.rust") -> pd.DataFrame:
    """What a bundle says of photos, the crop named: of so many the truth first, of others another condition."""
    first = [truth] * right + ["bean.healthy"] * wrong
    is_negative = truth == "unknown_plant"
    outcome = [truth if is_negative else "condition"] * right + ["condition"] * wrong
    return pd.DataFrame(
        {"class_id": truth, "first": first, "outcome": outcome, "number": sure, "called_healthy": False}
    )


COLUMNS = ["first", "outcome", "number", "called_healthy"]


def of_source(source: str, candidate: pd.DataFrame, champion: pd.DataFrame, **changes: str) -> pd.DataFrame:
    """Both bundles' rows of one source, side by side, each photo of a leaf of its own."""
    before = champion[COLUMNS].add_suffix("_before")
    rows = candidate.join(before)
    described = {"source": source, "domain": "field", "doubt": ""} | changes
    return rows.assign(group=[f"{source}{number}" for number in rows.index], **described)


def verdict_on(*sources: pd.DataFrame) -> Verdict:
    rows = pd.concat(sources, ignore_index=True)
    before = rows.assign(**{name: rows[f"{name}_before"] for name in COLUMNS})
    return judge(rows, Outcomes.of(rows), Outcomes.of(before), params=PARAMS, versions=("2", "1"))


def test_photos_for_evaluation_alone_decide_nothing() -> None:
    rows = pd.DataFrame({"source": ["orchard", "beans", "orchard", "district"]})
    sources = [described.source("beans"), described.source("orchard", role="evaluation")]
    assert list(rows["source"][may_decide(rows, sources)]) == ["beans", "district"]


BETTER = of_source("plantdoc", said(75, 25), said(50, 50))
EQUAL = of_source("plantdoc", said(60, 40), said(60, 40))
LUCKY = of_source("plantdoc", said(61, 39), said(60, 40))
HONEST = of_source("plantdoc", said(60, 40), said(60, 40, sure=0.99))
MUTE = of_source("plantdoc", said(75, 25, sure=0.55), said(50, 50))
HEALTHY = BETTER.assign(called_healthy=[number < 20 for number in range(100)])
WEEDS = of_source("weeds", *(said(n, 100 - n, truth="unknown_plant") for n in (70, 95)))


def peas(candidate: pd.DataFrame, champion: pd.DataFrame, **changes: str) -> pd.DataFrame:
    """Photos of another crop."""
    rows = of_source("peas", candidate, champion, **changes)
    names = [one for one in rows if one in ("class_id", "first", "first_before")]
    return rows.assign(**{name: rows[name].str.replace("bean.", "pea.") for name in names})


WORSE = peas(said(30, 70), said(80, 20))


@pytest.mark.parametrize(
    ("sources", "decision"),
    [
        pytest.param([BETTER], "promote", id="better on a target"),
        pytest.param([HONEST], "promote", id="as often right, and numbers that mean it"),
        pytest.param([EQUAL], "keep", id="no better"),
        pytest.param([LUCKY], "keep", id="better by one photo"),
        pytest.param([MUTE], "keep", id="says less"),
        pytest.param([HEALTHY], "keep", id="calls sick leaves healthy"),
        pytest.param([EQUAL, peas(said(90, 10), said(50, 50))], "keep", id="better elsewhere"),
        pytest.param([BETTER, peas(said(77, 23), said(80, 20))], "promote", id="a loss within noise"),
        pytest.param([BETTER, WORSE], "keep", id="worse of a crop"),
        pytest.param([BETTER, WORSE.assign(domain="lab")], "keep", id="worse in the laboratory"),
        pytest.param([BETTER, WORSE.assign(doubt="few")], "promote", id="worse on doubtful labels"),
        pytest.param([BETTER, peas(said(0, 29), said(29, 0))], "promote", id="worse on few photos"),
        pytest.param([BETTER, WORSE.assign(group="one leaf")], "promote", id="worse on photos of one leaf"),
        pytest.param([BETTER, WEEDS], "keep", id="refuses fewer weeds"),
    ],
)
def test_judges_two_bundles(sources: Sequence[pd.DataFrame], decision: str) -> None:
    verdict = verdict_on(*sources)
    assert verdict.decision == decision
    # People read by how much.
    better = [row.source for row in verdict.targets if row.is_better()]
    assert decision == "keep" or all(f"{source} (n " in verdict.explanation() for source in better)


def test_a_misspelt_target_is_named() -> None:
    few = "without enough test photos, or no source at all: ibean"
    assert few in verdict_on(EQUAL).reason
    assert "without" not in verdict_on(EQUAL, of_source("ibean", said(60, 40), said(60, 40))).reason


def test_the_table_shows_crops_and_the_negatives_of_every_source() -> None:
    verdict = verdict_on(BETTER, WORSE.head(20), WEEDS)
    table = {str(one): one for one in verdict.table}
    assert [(one.source, one.measure) for one in verdict.table] == [
        (NOT_HEALTHY, NOT_HEALTHY),
        ("weeds, negatives", RIGHT),
        *(("bean", PLAIN), ("bean", LOSS), ("pea", PLAIN), ("pea", LOSS)),
    ]
    assert [one.decides for one in verdict.table] == [True, True, True, True, False, False]
    assert (table["weeds, negatives (first name right)"].candidate, verdict.targets[0].candidate) == (70, 75)
    assert table["bean (log-loss)"].candidate == pytest.approx(75 * np.log(0.7) + 25 * np.log(0.3), abs=0.01)
