"""Decision cost: whether an answer leads to the right action, and what a wrong action costs.

The costs are this project's judgement, not measurements: 1 is a harvest put at risk while money is spent on poison that
cannot help, 0 is the right action. Their order matters, and the comparison with never answering at all, more than any
single value. Only actions count here: the wrong fungus answered where the same spray helps costs nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from majani.taxonomy import Action, Taxonomy
from training.evaluation.figure_maker import FigureMaker
from training.figures import Figure

ACTIONS = (Action.SPRAY, Action.SANITATION, Action.ROGUE_AND_VECTOR, Action.FEED, Action.NOTHING)
ABSTAINED = "abstained"
# Rows: what is true. Columns: what the answer leads to, in the order above, and what silence costs.
_TABLE: Mapping[Action, tuple[float, ...]] = {
    # Late blight that goes unsprayed takes a potato field within one or two weeks; cutting leaves off slows it, feeding
    # it or pulling plants out does not. Silence costs days until an expert has been asked.
    Action.SPRAY: (0.0, 0.5, 0.7, 0.7, 0.8, 0.2),
    # Cankers and rots live on in what is not taken away; a spray is money and poison that hardly reaches them, and
    # pulling the whole plant loses more than needed, but does take the source away.
    Action.SANITATION: (0.5, 0.0, 0.4, 0.5, 0.6, 0.15),
    # No spray cures a virus: it is paid for and breathed in, and the sick plant stands on and infects the others.
    # To cut or feed it costs less and helps as little; to do nothing at least costs no money.
    Action.ROGUE_AND_VECTOR: (1.0, 0.7, 0.0, 0.8, 0.8, 0.2),
    # A hungry plant loses yield slowly, and nothing spreads. Pulling it out loses what feeding would have saved.
    Action.FEED: (0.5, 0.3, 0.7, 0.0, 0.4, 0.1),
    # A healthy plant: sprayed for nothing, trimmed for nothing, pulled out for nothing, fed for nothing.
    Action.NOTHING: (0.5, 0.2, 0.6, 0.2, 0.0, 0.05),
}


def actions_of(taxonomy: Taxonomy) -> dict[str, Action]:
    """The action that each condition calls for, by its id."""
    return {condition.id: condition.action for condition in taxonomy.conditions}


def cost(truth: Action, answered: Action | None) -> float:
    """Cost, 0..1, of an answer that leads to one action where another is right; ``answered`` is None for no answer."""
    return _TABLE[truth][len(ACTIONS) if answered is None else ACTIONS.index(answered)]


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
