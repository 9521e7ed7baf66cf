"""What answers in some fields say of the next one: how fields differ counts, not only how many answers there were.

A field is one crop at one place: what the next sender stands in. Shares of right answers differ between fields, so a
hundred answers of one field prove less of another than ten of each of ten fields. They are taken to follow a beta
distribution (beta-binomial model), whose mean may be anything. Its spread is learned from the fields; a few hardly show
it, so before them every correlation within a field up to ``_MAX_CORRELATION`` is as likely as any other.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaln
from scipy.stats import beta

Floats = npt.NDArray[np.float64]

# At 90 % right on average, a standard deviation of 15 points between fields.
_MAX_CORRELATION = 0.25
_SHARES = np.linspace(0, 1, 201)
_TINY = 1e-9
# Share of fields never seen in which answers are right often enough. More would silence nearly all single photos.
FIELDS = 0.8
# A field with fewer answers tells nothing of other crops, nor that its own is hard.
_ENOUGH_ANSWERS = 20
# What the fields of all other crops together tell of a crop's next field, in fields of its own.
OTHERS = 0.5


@cache
def supposed_fields() -> tuple[Floats, Floats, Floats]:
    """Parameters ``(G,)`` of the beta distributions to choose from, and ``(G, S)`` chances of each share or less."""
    mean, correlation = np.meshgrid(np.linspace(0.01, 0.995, 60), np.linspace(0.005, _MAX_CORRELATION, 10))
    size = 1 / correlation.ravel() - 1
    first, second = mean.ravel() * size, (1 - mean.ravel()) * size
    return first, second, betainc(first[:, None], second[:, None], _SHARES)


def chances_of_less(right: Floats, answered: Floats, weights: Floats | None = None) -> Floats:
    """Chances ``(201,)`` that of the next field's answers a share of 0, 0.005, ... 1 or less is right.

    Args:
        right: ``(F,)`` of each field; need not be whole numbers.
        answered: ``(F,)`` independent answers of each field.
        weights: ``(F,)`` how much each field tells of the next one; by default all tell the same.
    """
    _, _, below = supposed_fields()
    return np.asarray(_chances_of_fields(right, answered, weights) @ below, dtype=np.float64)


def _chances_of_fields(right: Floats, answered: Floats, weights: Floats | None) -> Floats:
    """Chance ``(G,)`` of each of the distributions that fields may follow; arguments as above."""
    first, second, _ = supposed_fields()
    likelihoods = betaln(first + right[:, None], second + (answered - right)[:, None]) - betaln(first, second)
    logs = (likelihoods if weights is None else likelihoods * weights[:, None]).sum(axis=0)
    chances = np.exp(logs - logs.max())
    return np.asarray(chances / chances.sum(), dtype=np.float64)


def chance_to_reach(right: Floats, answered: Floats, share: float, weights: Floats | None = None) -> float:
    """Chance that of the next field's answers at least a share, 0..1, is right; arguments as above."""
    return reached(chances_of_less(right, answered, weights), share)


def next_field_at_least(right: Floats, answered: Floats, weights: Floats | None = None) -> float:
    """Share of right answers, 0..1, that 95 of 100 next fields reach; arguments as above."""
    return at_least(chances_of_less(right, answered, weights))


def reached(chances: Floats, share: float) -> float:
    """Chance that a share is reached, by the chances ``(201,)`` of less."""
    return float(1 - np.interp(share, _SHARES, chances))


def at_least(chances: Floats) -> float:
    """Share that is reached in 95 of 100 fields, by the chances ``(201,)`` of less."""
    return float(_SHARES[chances <= 0.05][-1])


def right_at_least(right: Floats, answered: Floats, *, error: float = 0.05) -> Floats:
    """Lower bounds of shares in a field or place that was seen, 0..1 (Clopper and Pearson); 95 % by default."""
    bound = beta.ppf(error, np.maximum(right, _TINY), answered - right + 1)
    return np.where(np.asarray(right) > 0, bound, 0.0)


def chances_of_less_here(right: Floats, answered: Floats, weights: Floats) -> Floats:
    """Chances ``(201,)`` that in the first of some fields itself a share of 0, 0.005, ... 1 or less is right.

    Its own answers tell most of it, and the others how much to believe a few; arguments as above.
    """
    first, second, _ = supposed_fields()
    below = betainc((first + right[0])[:, None], (second + answered[0] - right[0])[:, None], _SHARES)
    return np.asarray(_chances_of_fields(right, answered, weights) @ below, dtype=np.float64)


@dataclass(frozen=True)
class CropFields:
    """What is said in fields, at each of some rising or falling thresholds; photos of one leaf are one answer.

    Attributes:
        crops: ``(F,)``.
        right: ``(F, T)`` right answers; need not be whole numbers.
        answered: ``(F, T)`` all answers.
        places: The first so many are of places; the others are of offices, whose few cases are more often bad luck.
    """

    crops: npt.NDArray[np.str_]
    right: Floats
    answered: Floats
    places: int

    def tell(self, crop: str, at: int) -> bool:
        """Whether a field of this crop has enough answers."""
        return bool((self.answered[self.crops == crop, at] >= _ENOUGH_ANSWERS).any())

    def reach(self, crop: str, at: int, share: float) -> bool:
        """Whether a crop's next field is likely enough to reach a share of right answers.

        Its own fields count fully, however few their answers, and those of all other crops together as ``OTHERS``. A
        field of its own with enough answers that has not reached it silences the crop.
        """
        right, answered, own = self.right[:, at], self.answered[:, at], self.crops == crop
        is_hard = (own & (answered >= _ENOUGH_ANSWERS) & (right < share * answered))[: self.places]
        return not is_hard.any() and chance_to_reach(right, answered, share, self.weights(crop, at)) >= FIELDS

    def weights(self, crop: str, at: int) -> Floats:
        """``(F,)`` how much each field tells of a crop's next one."""
        answered, own = self.answered[:, at], self.crops == crop
        others = (answered >= _ENOUGH_ANSWERS) & ~own
        return np.asarray((own & (answered > 0)) + others * (OTHERS / max(others.sum(), 1)), dtype=np.float64)
