from itertools import product

import pandas as pd
import pytest

from majani.taxonomy import Action
from tests.training.figures import MAKE, alone, shown
from training.evaluation.cost import ACTIONS, action_figures, action_table, cost

CALLED_FOR = {
    "bean.rust": Action.SPRAY,
    "bean.angular_leaf_spot": Action.SPRAY,
    "bean.mosaic": Action.ROGUE_AND_VECTOR,
    "bean.healthy": Action.NOTHING,
}


def asked(*answers: tuple[str, str, str]) -> pd.DataFrame:
    """Photos of a condition, by what is true, best and answered."""
    return alone(pd.DataFrame(answers, columns=["class_id", "top1", "condition"]))


def test_right_costs_nothing_silence_less_than_any_mistake_and_none_more_than_to_spray_a_virus() -> None:
    for truth in ACTIONS:
        mistakes = [cost(truth, answered) for answered in ACTIONS if answered != truth]
        assert cost(truth, truth) == 0 < cost(truth, None) < min(mistakes)
        assert max(mistakes) <= 1
    pairs = set(product(ACTIONS, ACTIONS)) - {(Action.ROGUE_AND_VECTOR, Action.SPRAY)}
    assert cost(Action.ROGUE_AND_VECTOR, Action.SPRAY) == 1 > max(cost(*pair) for pair in pairs)


def test_actions_are_counted_and_the_wrong_fungus_is_the_right_one() -> None:
    rows = asked(
        ("bean.rust", "bean.angular_leaf_spot", "bean.angular_leaf_spot"),
        ("bean.healthy", "bean.rust", ""),
        ("bean.mosaic", "bean.rust", "bean.rust"),
        ("bean.rust", "unknown_plant", ""),
    )
    assert [tuple(row) for row in action_table(pd.concat([rows, rows]), CALLED_FOR).itertuples(index=False)] == [
        ("spray", "spray", 2, 0.0),
        ("spray", "abstained", 2, 0.2),
        ("rogue_and_vector", "spray", 2, 1.0),
        ("nothing", "abstained", 2, 0.05),
    ]
    assert shown(dict(action_figures(rows, CALLED_FOR, MAKE))) == {
        "action.field.top1": (25, 4),
        "action.field.wrong_when_answered": (50, 2),
        # Silence: 0.2 + 0.05 + 0.2 + 0.2. Answers: 0 + 0.05 + 1 + 0.2.
        "harm.field.mean": (pytest.approx(0.3125, abs=0.001), 4),
        "harm.field.always_abstain": (pytest.approx(0.1625, abs=0.001), 4),
        "harm.field.spared": (pytest.approx(-0.15), 4),
    }
