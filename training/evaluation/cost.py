"""What answers lead to: how often the right action, and what the wrong ones cost."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from majani.taxonomy import Action, Taxonomy
from training.calibration.decision_cost import ACTIONS, cost
from training.evaluation.figure_maker import FigureMaker
from training.figures import Figure

ABSTAINED = "abstained"


def actions_of(taxonomy: Taxonomy) -> dict[str, Action]:
    """The action that each condition calls for, by its id."""
    return {condition.id: condition.action for condition in taxonomy.conditions}


def action_table(rows: pd.DataFrame, actions: Mapping[str, Action]) -> pd.DataFrame:
    """How often each action was answered where each was right.

    Returns:
        Columns ``truth``, ``answered`` (``abstained`` where nothing was), ``photos`` and ``cost`` (of one such photo),
        without the pairs that never came up.
    """
    pairs = Counter(_pairs(rows, actions))
    return pd.DataFrame(
        [
            (truth.value, answered.value if answered else ABSTAINED, pairs[truth, answered], cost(truth, answered))
            for truth in ACTIONS
            for answered in (*ACTIONS, None)
            if pairs[truth, answered]
        ],
        columns=["truth", "answered", "photos", "cost"],
    )


def action_figures(
    rows: pd.DataFrame, actions: Mapping[str, Action], make: FigureMaker
) -> Iterator[tuple[str, Figure]]:
    """How often the action is right on sound field photos of crops, and the cost against never answering."""
    if rows.empty:
        return
    groups = rows["group"]
    # A reject class calls for no action, so it never is the right one.
    right = rows["top1"].map(actions) == rows["class_id"].map(actions)
    yield "action.field.top1", make.share("all field sources: right action, by top-1", right, groups)
    pairs = _pairs(rows, actions)
    costs = np.array([cost(truth, answered) for truth, answered in pairs])
    silent = np.array([cost(truth, None) for truth, _ in pairs])
    yield "harm.field.mean", make.mean("all field sources: harm of the answers, 0 to 1", costs, groups)
    yield "harm.field.always_abstain", make.mean("all field sources: harm of never answering, 0 to 1", silent, groups)
    yield "harm.field.spared", make.mean("all field sources: harm spared by answering", silent - costs, groups)
    is_answered = (rows["condition"] != "").to_numpy()
    if is_answered.any():
        wrong = np.array([answered != truth for truth, answered in pairs])[is_answered]
        title = "all field sources: wrong action when answered"
        yield "action.field.wrong_when_answered", make.share(title, wrong, groups[is_answered])


def _pairs(rows: pd.DataFrame, actions: Mapping[str, Action]) -> list[tuple[Action, Action | None]]:
    """For each photo the right action, and the answered one."""
    return [
        (actions[truth], actions[condition] if condition else None)
        for truth, condition in zip(rows["class_id"], rows["condition"], strict=True)
    ]
