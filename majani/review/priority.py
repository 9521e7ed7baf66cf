"""How much an expert's look at a case is worth: what they would learn from it, and what the model would.

Every signal says on its own how likely a look is to change something, 0 to 1. They are joined as if they were
independent chances: one strong signal is enough, several add up, and none takes anything away. No I/O, no wording.
"""

import math
from dataclasses import dataclass, fields

from majani.decision.diagnosis import Diagnosis, Examination
from majani.decision.rules import Outcome
from majani.review.reference_photos import References

# Of a condition with this many training photos, another one is worth half of what the first would be.
FEW_PHOTOS = 30
# Of known kinds, half of all photos are farther away than the median; only the far end says something new.
_NOVELTY_EXPONENT = 4
# Worth of a single signal from which on it is named; below, almost every case would have every reason.
_MIN_REASON = 0.15


@dataclass(frozen=True)
class Signals:
    """What speaks for looking at a case, each 0 to 1; one that is not known speaks neither way.

    Attributes:
        called_wrong: 1 if its sender said that the answer is wrong.
        uncertainty: Probability that the answer is not what the network says, by its own account.
        disagreement: 1 if photos of the case speak for different classes.
        novelty: Share of photos of known kinds that are nearer to what the model has learned; None if not known.
        rarity: How few photos of this condition there have been to learn from; 0 if that is not known.
        kinship: How much it looks like cases that reviewers corrected, see :mod:`majani.review.similar_cases`; 0 until
        they have.
    """

    called_wrong: float = 0.0
    uncertainty: float = 0.0
    disagreement: float = 0.0
    novelty: float | None = None
    rarity: float = 0.0
    kinship: float = 0.0


# How much a look is worth if a signal stands alone at its full strength. A farmer who says "wrong" has seen the plant.
# A strange photo may be a new disease, or a thumb before the lens. A rare condition by itself is only useful.
# What looks like a corrected case is worth as much as if a farmer had said "wrong".
WEIGHTS = Signals(called_wrong=0.8, uncertainty=0.7, disagreement=0.5, novelty=0.5, rarity=0.3, kinship=0.8)


def signals(examination: Examination, references: References | None) -> Signals:
    """What speaks for looking at a case that has just been answered.

    Args:
        examination: The answer with what it rests on.
        references: Photos that the model has learned from, if they are at hand.
    """
    diagnosis = examination.diagnosis
    used = [one for one in examination.evidence if one.likeliest is not None]
    seen = [one.embedding for one in used if one.embedding is not None]
    return Signals(
        uncertainty=uncertainty(diagnosis),
        disagreement=float(len({one.likeliest for one in used}) > 1),
        novelty=None if references is None else max(map(references.novelty, seen), default=None),
        rarity=0.0
        if references is None or diagnosis.leading is None
        else rarity(references.learned(diagnosis.leading)),
    )


def review_priority(given: Signals) -> float:
    """Join the signals, 0 (nothing to learn) to 1."""
    strengths: dict[str, float] = vars(given) | {"novelty": (given.novelty or 0.0) ** _NOVELTY_EXPONENT}
    weights: dict[str, float] = vars(WEIGHTS)
    return 1 - math.prod(1 - weights[name] * strength for name, strength in strengths.items())


def reasons(given: Signals) -> tuple[str, ...]:
    """Names of the signals that somebody would want to hear of, the strongest first."""
    alone = {one.name: review_priority(Signals(**{one.name: getattr(given, one.name)})) for one in fields(given)}
    return tuple(sorted((name for name in alone if alone[name] >= _MIN_REASON), key=lambda name: -alone[name]))


def uncertainty(diagnosis: Diagnosis) -> float:
    """Probability that the answer is not what the network says, by its own account.

    Of a case without a usable photo there is nothing to doubt.
    """
    if diagnosis.condition is not None:
        return 1 - diagnosis.condition.probability
    named = [one.probability for one in diagnosis.candidates]
    if diagnosis.outcome is Outcome.UNCERTAIN:
        return 1 - max(named, default=0.0)
    # Refused as no crop leaf: what is left for the conditions speaks against that.
    return min(1.0, sum(named))


def rarity(photos: int) -> float:
    """How rare a condition is with so many photos to learn from: 1 without any, falling."""
    return FEW_PHOTOS / (FEW_PHOTOS + photos)
