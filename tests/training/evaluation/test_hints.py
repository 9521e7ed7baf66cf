from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from majani.model.head import Answers
from tests.training.figures import BUNDLE, CLASS_IDS, MAKE, alone
from training.calibration.situations import deal_cases
from training.evaluation.hints import case_figures, hint_figures

RUST = {"bean.rust": 0.8, "bean.healthy": 0.2}
BARELY_TOMATO = {"tomato.late_blight": 0.5, "bean.rust": 0.4, "bean.healthy": 0.1}
SURELY_TOMATO = {"tomato.late_blight": 0.95, "bean.rust": 0.05}


def answers(*likely: Mapping[str, float]) -> Answers:
    rows = [[belief.get(id_, 0) for id_ in CLASS_IDS] for belief in likely]
    return Answers(CLASS_IDS, np.array(rows, dtype=np.float32))


def photos(truths: Sequence[str], beliefs: Answers | None = None, *, source: str = "beans") -> pd.DataFrame:
    rows = alone(pd.DataFrame({"source": source, "class_id": list(truths)}))
    return rows.assign(top1=beliefs.best() if beliefs else "")


def test_what_a_hint_gains() -> None:
    beliefs = answers(RUST, BARELY_TOMATO, BARELY_TOMATO, SURELY_TOMATO)
    figures = dict(hint_figures("field", beliefs, photos(["bean.rust"] * 4, beliefs), BUNDLE.manifest, MAKE))
    assert {key: (one.value, one.unit, one.n) for key, one in figures.items()} == {
        "hint.field.top1": (75, "%", 4),
        "hint.field.points_gained": (50, "points", 4),
    }
    assert not dict(hint_figures("field", beliefs, photos([]), BUNDLE.manifest, MAKE))


@pytest.mark.parametrize(
    ("sizes", "most_of_one_group"),
    [
        pytest.param({"a": 2, "b": 2, "c": 2}, [1, 1], id="three pairs"),
        pytest.param({"a": 3, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1}, [1, 1, 1], id="a burst is spread"),
        pytest.param({"a": 3}, [3], id="one burst only"),
        pytest.param({"a": 2, "b": 1}, [2], id="two groups"),
        pytest.param({"a": 1, "b": 1}, [], id="too few"),
        pytest.param({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}, [1], id="two left over"),
    ],
)
def test_cases_are_of_different_groups_where_there_are_any(sizes: dict[str, int], most_of_one_group: list[int]) -> None:
    names = [name for name, size in sizes.items() for _ in range(size)]
    rows = pd.DataFrame({"source": "beans", "class_id": "bean.rust", "group": names})
    cases = deal_cases(rows, seed=1)
    dealt = [index for case in cases for index in case]
    assert len(set(dealt)) == len(dealt) == 3 * len(cases)
    assert [max(Counter(rows["group"][list(case)]).values()) for case in cases] == most_of_one_group


def test_what_three_photos_gain_over_one() -> None:
    # Pooled, two good photos outweigh one that is barely wrong, but not one that is surely wrong: 0.8 * 0.8 * 0.05 of
    # rust against almost nothing of the other, which two photos hold for impossible.
    beliefs = answers(RUST, RUST, BARELY_TOMATO, *[BARELY_TOMATO] * 3)
    rows = photos(["bean.rust"] * 3 + ["bean.healthy"] * 3, beliefs)
    figures = dict(case_figures("field", beliefs, rows, MAKE, seed=1))
    assert {key: (one.value, one.unit, one.n) for key, one in figures.items()} == {
        "three_photos.field.top1": (50, "%", 2),
        # One case of two right; of the six photos alone two.
        "three_photos.field.points_gained": (pytest.approx(50 - 100 / 3, abs=0.01), "points", 2),
    }


def test_cases_that_share_a_burst_are_no_independent_witnesses() -> None:
    """One burst in all of them: then there is one witness, whatever the number of cases."""
    beliefs = answers(*[RUST] * 30)
    rows = photos(["bean.rust"] * 30, beliefs)
    apart = dict(case_figures("field", beliefs, rows, MAKE, seed=1))["three_photos.field.top1"]
    joined = rows.assign(group=["burst" if place % 3 == 0 else one for place, one in enumerate(rows["group"])])
    together = dict(case_figures("field", beliefs, joined, MAKE, seed=1))["three_photos.field.top1"]
    assert apart.low is not None and together.low is not None
    assert together.low < apart.low - 20
