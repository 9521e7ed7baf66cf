"""Decision cost: what a wrong action costs, and how often an answer has to be right before it is worth giving.

The costs are this project's judgement, not measurements: 1 is a harvest put at risk while money is spent on poison that
cannot help, 0 is the right action. Their order matters, and the comparison with never answering at all, more than any
single value. Only actions count here: the wrong fungus answered where the same spray helps costs nothing.
"""

from collections.abc import Mapping

from majani.taxonomy import Action

ACTIONS = (Action.SPRAY, Action.SANITATION, Action.ROGUE_AND_VECTOR, Action.FEED, Action.NOTHING)
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


def cost(truth: Action, answered: Action | None) -> float:
    """Cost, 0..1, of an answer that leads to one action where another is right; ``answered`` is None for no answer."""
    return _TABLE[truth][len(ACTIONS) if answered is None else ACTIONS.index(answered)]


def break_even(answered: Action) -> float:
    """Share of right answers, 0..1, from which those that lead to an action cost less than silence.

    Wrong ones are taken to be spread evenly over the other actions.
    """
    wrong = [truth for truth in ACTIONS if truth is not answered]
    lost = sum(cost(truth, answered) - cost(truth, None) for truth in wrong) / len(wrong)
    return lost / (lost + cost(answered, None))
