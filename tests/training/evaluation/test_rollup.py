from typing import Any

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
    ("statement", "truth", "holds"),
    [
        (SPOTS, "bean.rust", True),
        (SPOTS, "bean.healthy", False),
        (SPOTS, "tomato.late_blight", False),
        (CoarseStatement("tomato", "leaf_spot", sick=True), "tomato.late_blight", False),
        (SICK, "bean.rust", True),
        (SICK, "bean.healthy", False),
        (SICK, "tomato.late_blight", False),
        (BEAN, "bean.rust", True),
        (BEAN, "bean.healthy", True),
        (BEAN, "tomato.healthy", False),
        (BEAN, "unknown_plant", False),
    ],
)
def test_a_statement_holds_if_all_it_says_does(statement: CoarseStatement, truth: str, holds: bool) -> None:
    assert is_true(statement, ENTRIES[truth]) is holds


def shown(answers: list[tuple[str, str, CoarseStatement | None]]) -> dict[str, Any]:
    rows = alone(pd.DataFrame([answer[:2] for answer in answers], columns=["class_id", "condition"]))
    statements = [answer[2] for answer in answers]
    figures = dict(rollup_figures("field", rows, statements, BUNDLE.manifest, MAKE))
    return {key.removeprefix("rollup.field."): (figure.value, figure.n) for key, figure in figures.items()}


def test_named_and_coarser_count_together_and_apart() -> None:
    answers = [
        ("bean.rust", "bean.rust", None),
        ("bean.rust", "bean.healthy", None),
        ("bean.rust", "", SPOTS),
        ("bean.rust", "", SICK),
        ("bean.healthy", "", SICK),
        ("bean.rust", "", None),
        ("bean.rust", "", None),
        ("maize.rust", "", BEAN),
    ]
    assert shown(answers) == {"said": (75, 8), "coarse": (50, 8), "true": (50, 6), "coarse_true": (50, 4)}
