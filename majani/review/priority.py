"""Review priority: how useful it is that an expert reviews a case.

Each signal says how likely a review is to change something, 0 to 1. They are combined like independent probabilities:
one strong signal is enough, several add up, and none lowers the result. No I/O, no wording.
"""

import math
from dataclasses import dataclass, fields

from majani.decision.diagnosis import Diagnosis, Examination
from majani.decision.rules import Outcome
from majani.review.reference_photos import References
from majani.taxonomy import REJECT_CLASSES

# With this many training photos of a condition, one more is half as useful as the first.
FEW_PHOTOS = 30
# Half of all known photos are farther away than the median; only the far end is new.
_NOVELTY_EXPONENT = 4
# Smallest priority of a single signal that is named as a reason; below, almost every case would have every reason.
_MIN_REASON = 0.15


@dataclass(frozen=True)
class Signals:
    """Reasons to review a case, each 0 to 1; an unknown signal does not count.

    Attributes:
        called_wrong: 1 if the sender said that the answer is wrong.
        uncertainty: Probability that the answer is wrong, by the network's own probabilities.
        disagreement: 1 if photos of the case have different most likely classes.
        novelty: Share of known photos that are nearer to the training photos; None if not known.
        rarity: 1 for a condition without training photos, falling with their number; 0 if not known.
        kinship: Similarity to cases that reviewers corrected; stored and translated under this name.
        expert_asked: 1 if the sender asks for an expert.
    """

    called_wrong: float = 0.0
    uncertainty: float = 0.0
    disagreement: float = 0.0
    novelty: float | None = None
    rarity: float = 0.0
    kinship: float = 0.0
    expert_asked: float = 0.0


# Priority of a single signal at full strength. A farmer who says "wrong" has seen the plant. A strange photo may be a
# new disease, or a thumb before the lens. A case like corrected ones counts as much as a farmer who says "wrong". A
# farmer who asks and waits comes before everything else.
WEIGHTS = Signals(
    called_wrong=0.8, uncertainty=0.7, disagreement=0.5, novelty=0.5, rarity=0.3, kinship=0.8, expert_asked=1.0
)


def signals(examination: Examination, references: References | None) -> Signals:
    """The signals of a case that has just been answered; references are absent if none are installed."""
    diagnosis = examination.diagnosis
    used = [photo for photo in examination.evidence if photo.likeliest is not None]
    seen = [photo.embedding for photo in used if photo.embedding is not None]
    return Signals(
        uncertainty=uncertainty(diagnosis),
        disagreement=float(len({photo.likeliest for photo in used}) > 1),
        novelty=None if references is None else max(map(references.novelty, seen), default=None),
        rarity=0.0
        if references is None or diagnosis.leading is None
        else rarity(references.learned(diagnosis.leading)),
    )


def review_priority(given: Signals) -> float:
    """Combine the signals, 0 (nothing to learn) to 1."""
    strengths: dict[str, float] = vars(given) | {"novelty": (given.novelty or 0.0) ** _NOVELTY_EXPONENT}
    weights: dict[str, float] = vars(WEIGHTS)
    return 1 - math.prod(1 - weights[name] * strength for name, strength in strengths.items())


def reasons(given: Signals) -> tuple[str, ...]:
    """Names of the signals that matter, the strongest first."""
    alone = {
        signal.name: review_priority(Signals(**{signal.name: getattr(given, signal.name)})) for signal in fields(given)
    }
    return tuple(sorted((name for name in alone if alone[name] >= _MIN_REASON), key=lambda name: -alone[name]))


def least_strength(signal: str) -> float:
    """How strong a signal is at least where it is a reason."""
    least: float = _MIN_REASON / getattr(WEIGHTS, signal)
    return least ** (1 / _NOVELTY_EXPONENT) if signal == "novelty" else least


def uncertainty(diagnosis: Diagnosis) -> float:
    """Probability that the answer is wrong, by the network's own probabilities; 0 for a case without a usable photo."""
    if diagnosis.ranked:
        return 1 - diagnosis.ranked[0].probability
    # A refusal is as sure as its mass; of an unclear crop nothing was said.
    is_refused = diagnosis.outcome in REJECT_CLASSES
    return 1 - (diagnosis.probability or 0.0) if is_refused else float(diagnosis.outcome is not Outcome.RETAKE)


def rarity(photos: int) -> float:
    """How rare a condition is with so many photos to learn from: 1 without any, falling."""
    return FEW_PHOTOS / (FEW_PHOTOS + photos)
