import pandas as pd
import pytest

from majani.decision.rules import CoarseStatement
from tests.training.figures import BUNDLE, MAKE, alone
from training.evaluation.rollup import is_true, rollup_figures

ENTRIES = {entry.id: entry for entry in BUNDLE.manifest.classes}
SPOTS = CoarseStatement("bean", "leaf_spot", sick=True)
SICK = CoarseStatement("bean", None, sick=True)
BEAN = CoarseStatement("bean", None, sick=False)


@pytest.mark.parametrize(
    ("statement", "true", "false"),
    [
        (SPOTS, ["bean.rust"], ["bean.healthy", "tomato.late_blight"]),
        (CoarseStatement("tomato", "leaf_spot", sick=True), [], ["tomato.late_blight"]),
        (SICK, ["bean.rust"], ["bean.healthy", "tomato.late_blight"]),
        (BEAN, ["bean.rust", "bean.healthy"], ["tomato.healthy", "unknown_plant"]),
    ],
)
def test_a_statement_holds_if_all_it_says_does(statement: CoarseStatement, true: list[str], false: list[str]) -> None:
    assert [one for one in (*true, *false) if is_true(statement, ENTRIES[one])] == true


def test_named_and_coarser_count_together_and_apart() -> None:
    answers = [
        ("bean.rust", "bean.rust", None),
        ("bean.rust", "bean.healthy", None),
        ("bean.rust", "", SPOTS),
        ("bean.rust", "", SICK),
        ("bean.healthy", "", SICK),
        *[("bean.rust", "", None)] * 2,
        ("maize.rust", "", BEAN),
    ]
    rows = alone(pd.DataFrame([answer[:2] for answer in answers], columns=["class_id", "condition"]))
    figures = rollup_figures("field", rows, [answer[2] for answer in answers], BUNDLE.manifest, MAKE)
    assert {key.removeprefix("rollup.field."): (one.value, one.n) for key, one in figures} == {
        **{"said": (75, 8), "coarse": (50, 8)},
        **{"true": (50, 6), "coarse_true": (50, 4)},
    }
