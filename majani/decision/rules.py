"""Probabilities to a decision: the numbered rules, as pure functions over the manifest's data.

Rule 1  The photos of one case are pooled into one belief.
Rule 2  A crop hint weakens other crops and the unknown plant; then the sender is believed, and only conditions of that
        crop count. Where the photos clearly show another crop all the same, both are said, and nothing is named.
Rule 3  Enough mass on the reject classes refuses the case: no crop leaf, or no plant. Where all photos are blurred,
        nothing else can be said: a case that is not refused is sent back.
Rule 4  Without a named crop, the crop has a number of its own. Where that is low, the crop is asked for, and no
        condition is said.
Rule 5  The conditions of the crop are ranked. Calibrated numbers say how often the first, the first two and the first
        three hold the truth in a field never seen, and with them one of four grades: :mod:`majani.decision.grades`.
        "Healthy" has to be surer, by crop, to be most likely: it costs most to be wrong about.
Rule 6  Where nothing is named, it is said whether the plant looks sick, by a number of the same kind.
Rule 7  One question may decide between the first two: :mod:`majani.decision.question`.
Rule 8  What can be done today, whichever it is: :mod:`majani.decision.practice`.

No I/O, no state, no wording: the phone's copy of these rules is held to this one by golden vectors.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from majani.decision.grades import CLEAR, MOST_IN_A_LIST, MOST_LIKELY, PROBABLY, Grade, grade
from majani.errors import CaseError, ErrorCode
from majani.image.quality import RetakeReason
from majani.model.bundle import ClassEntry, Manifest
from majani.model.predictor import Floats
from majani.taxonomy import NOT_A_PLANT, REJECT_CLASSES, UNKNOWN_PLANT, Kind

# Of a crop with fewer conditions, a district's bundle says none as most likely.
_ENOUGH_TAUGHT = 3
# Keeps the geometric mean of exact zeros, and shares of nothing, finite; far below any threshold.
_TINY = 1e-9


class Outcome(StrEnum):
    """What kind of answer a case gets."""

    HEALTHY = "healthy"
    CONDITION = "condition"
    UNCERTAIN = "uncertain"
    UNKNOWN_PLANT = "unknown_plant"
    NOT_A_PLANT = "not_a_plant"
    RETAKE = "retake"


# Spraying on a wrong answer costs money and poison; see the advice that goes with these.
OUTCOMES_WITH_CAUTION = (Outcome.CONDITION, Outcome.UNCERTAIN, Outcome.UNKNOWN_PLANT)


class Why(StrEnum):
    """Why nothing is named.

    Attributes:
        WHICH_CROP: Nobody has named the crop, and the photos leave several.
        ANOTHER_CROP: The photos clearly show another crop than the sender named.
        SEVERAL_PLANTS: They show plants of several crops.
        FEW_KNOWN: Of the crop a single condition is known, so that nothing can be told from it.
        UNLIKE: Three conditions together are right less often than not.
    """

    WHICH_CROP = "which_crop"
    ANOTHER_CROP = "another_crop"
    SEVERAL_PLANTS = "several_plants"
    FEW_KNOWN = "few_known"
    UNLIKE = "unlike"


@dataclass(frozen=True)
class Likely:
    """A condition or a crop with its calibrated probability, 0..1."""

    id: str
    probability: float


@dataclass(frozen=True)
class Decision:
    """The outcome of a case and its evidence.

    Attributes:
        grade: Of all outcomes that tell something of a known crop.
        crop: That it is about, where the crop is clear.
        ranked: All conditions of this crop, by falling probability; together they have 1, if the crop is named and the
            truth is one of them.
        in_list: How many of these are said.
        probability: That the truth is what is named or, where nothing is, in the list; of a refusal, its mass.
        looks_sick: Probability that the plant is sick, where nothing is named and it is at least ``PROBABLY``.
        crops: The crop that the photos show instead, or the likeliest ones where the crop is not clear.
    """

    outcome: Outcome
    probability: float = 0.0
    grade: Grade | None = None
    why: Why | None = None
    crop: str | None = None
    ranked: tuple[Likely, ...] = ()
    in_list: int = 0
    looks_sick: float | None = None
    crops: tuple[Likely, ...] = ()


def pool(photos: Sequence[Floats]) -> Floats:
    """Rule 1: combine the photos of one plant by their normalised geometric mean.

    Args:
        photos: One ``(C,)`` float32 vector per photo, each summing to 1, all in the manifest's class order.

    Raises:
        CaseError: ``case_empty`` if there is no photo.
    """
    if not photos:
        raise CaseError(ErrorCode.CASE_EMPTY, "a case needs at least one photo")
    return pool_cases(np.stack(photos))


def pool_cases(photos: Floats) -> Floats:
    """Rule 1 for any number of cases of equally many photos: ``(..., P, C)`` to ``(..., C)``."""
    means = np.exp(np.log(np.maximum(photos.astype(np.float64), _TINY)).mean(axis=-2))
    return np.asarray(means / means.sum(axis=-1, keepdims=True), dtype=np.float32)


def refuse_unknown_crop(crop: str | None, manifest: Manifest) -> None:
    """Raise CaseError with ``crop_unknown`` if a sender names a crop that the bundle does not know."""
    if crop is not None and crop not in {known.id for known in manifest.crops}:
        raise CaseError(ErrorCode.CROP_UNKNOWN, f"crop {crop!r} is not known to bundle {manifest.version}")


def apply_crop_hint(belief: Floats, *, manifest: Manifest, crop: str | None) -> Floats:
    """Rule 2: weaken the conditions of other crops and the unknown plant; what is no plant keeps its weight."""
    refuse_unknown_crop(crop, manifest)
    if crop is None:
        return belief
    of_class = [entry.crop for entry in manifest.classes]
    rules = manifest.rules
    return hint_cases(
        belief, of_class, np.array(crop), factor=rules.hint_factor, unknown_plant=rules.unknown_plant_factor
    )


def hint_cases(
    beliefs: Floats,
    of_class: Sequence[str | None],
    crops: npt.NDArray[np.str_],
    *,
    factor: float,
    unknown_plant: float,
) -> Floats:
    """Rule 2 for any number of cases: ``(..., C)`` beliefs, the crop of each class, the named ``(...)`` crops."""
    class_crops = np.array([crop or "" for crop in of_class])
    is_other = (class_crops != "") & (class_crops != crops[..., np.newaxis])
    weights = np.where(is_other, beliefs * factor, beliefs)
    weights[..., REJECT_CLASSES.index(UNKNOWN_PLANT) - len(REJECT_CLASSES)] *= unknown_plant
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True), dtype=np.float32)


def shown(belief: Floats, *, manifest: Manifest) -> str | None:
    """The crop, or the reject class, that a belief is clearly about; None if about none."""
    mass = _mass_of(belief, manifest)
    likeliest = max(mass, key=lambda about: mass[about])
    return likeliest if mass[likeliest] >= manifest.rules.shows else None


def _mass_of(belief: Floats, manifest: Manifest) -> dict[str, float]:
    """The probability of each crop and each reject class, in the order of the classes."""
    mass: dict[str, float] = {}
    for entry, probability in zip(manifest.classes, belief.tolist(), strict=True):
        mass[entry.crop or entry.id] = mass.get(entry.crop or entry.id, 0.0) + probability
    return mass


def decide(belief: Floats, *, manifest: Manifest, crop: str | None = None, plants: int = 1) -> Decision:
    """Rules 2 to 6: choose the outcome for a belief, ``(C,)`` float32 summing to 1.

    If the sender named a ``crop``, the belief is hinted. ``plants`` is how many crops single photos clearly show.
    """
    mass = _mass_of(belief, manifest)
    rejects = [mass.pop(one) for one in (UNKNOWN_PLANT, NOT_A_PLANT)]
    if sum(rejects) >= manifest.rules.reject:
        return Decision(Outcome.UNKNOWN_PLANT if rejects[0] >= rejects[1] else Outcome.NOT_A_PLANT, sum(rejects))
    if plants > 1:
        return Decision(Outcome.UNCERTAIN, grade=Grade.NOT_CLEAR, why=Why.SEVERAL_PLANTS)
    grading, total = manifest.rules.grading, max(math.fsum(mass.values()), _TINY)
    if crop is None:
        crops = _likeliest_crops(mass, total, manifest)
        if not crops or crops[0].probability < MOST_LIKELY:
            of_first = crops[0].probability if crops else 0.0
            return Decision(Outcome.UNCERTAIN, of_first, grade=Grade.NOT_CLEAR, why=Why.WHICH_CROP, crops=crops)
        return _of_crop(belief, crops[0], manifest)
    seen = shown(belief, manifest=manifest)
    said = _of_crop(belief, Likely(crop, 1.0), manifest)
    # What shows no crop contradicts nobody.
    if seen is None or seen not in mass or seen == crop:
        return said
    instead = (Likely(seen, grading.crop.probability(mass[seen] / total)),)
    return _unnamed(said, Why.ANOTHER_CROP, instead)


def _likeliest_crops(mass: dict[str, float], total: float, manifest: Manifest) -> tuple[Likely, ...]:
    likeliest = sorted(mass, key=lambda crop: -mass[crop])[:MOST_IN_A_LIST]
    number = manifest.rules.grading.crop.probability
    return tuple(Likely(crop, number(mass[crop] / total)) for crop in likeliest)


def _of_crop(belief: Floats, crop: Likely, manifest: Manifest) -> Decision:
    """Rules 5 and 6 for a crop that is clear; one that the sender has named has a probability of 1."""
    own = [
        (entry, probability)
        for entry, probability in zip(manifest.classes, belief.tolist(), strict=True)
        if entry.crop == crop.id
    ]
    total = max(math.fsum(probability for _, probability in own), _TINY)
    ranked = sorted(((entry, one / total) for entry, one in own if not entry.is_other), key=lambda one: -one[1])
    grading = manifest.rules.grading
    shares = list(accumulate(share for _, share in ranked[:MOST_IN_A_LIST]))
    shares += [min(math.fsum(share for _, share in ranked), 1.0)] * (MOST_IN_A_LIST - len(shares))
    first = ranked[0][0] if ranked else None
    is_healthy = first is not None and first.kind is Kind.HEALTHY
    numbers = grading.numbers(shares, crop.id, healthy=is_healthy, conditions=len(own), of_crop=crop.probability)
    needed = grading.healthy_from(crop.id) if is_healthy else MOST_LIKELY
    # What was taught of a crop may be all that its teacher has seen there.
    is_half_taught = manifest.adapted_to is not None and len(ranked) < _ENOUGH_TAUGHT
    needed = math.inf if is_half_taught else needed
    given = grade(numbers, conditions=len(ranked), needed=needed, healthy=is_healthy)
    probabilities = _calibrated([share for _, share in ranked], numbers, crop.probability)
    likely = tuple(Likely(entry.id, number) for (entry, _), number in zip(ranked, probabilities, strict=True))
    if given.grade.is_name:
        # Of a leaf that is probably healthy, older clients hear what it may be.
        named = Outcome.HEALTHY if is_healthy else Outcome.CONDITION
        outcome = Outcome.UNCERTAIN if is_healthy and given.grade is Grade.PROBABLY else named
        return Decision(outcome, numbers[0], given.grade, None, crop.id, likely, given.length)
    why = None
    if given.grade is Grade.NOT_CLEAR:
        why = Why.FEW_KNOWN if len(ranked) < 2 else Why.UNLIKE
    of_list = numbers[given.length - 1] if given.length else 0.0
    sick = _looks_sick(ranked, crop, manifest)
    return Decision(Outcome.UNCERTAIN, of_list, given.grade, why, crop.id, likely, given.length, sick)


def _calibrated(shares: Sequence[float], numbers: Sequence[float], whole: float) -> list[float]:
    """Probabilities of ranked conditions, never rising: the steps between the numbers, and beyond them by share.

    ``whole`` is the probability of the crop.
    """
    steps = [high - low for low, high in pairwise((0.0, *numbers))][: len(shares)]
    rest = max(math.fsum(shares[MOST_IN_A_LIST:]), _TINY)
    steps += [(whole - numbers[-1]) * share / rest for share in shares[MOST_IN_A_LIST:]]
    return list(accumulate(steps, min))


def _looks_sick(ranked: Sequence[tuple[ClassEntry, float]], crop: Likely, manifest: Manifest) -> float | None:
    """Rule 6; of a crop without a class for healthy leaves, all conditions of which are sick, nobody can tell."""
    healthy = [share for entry, share in ranked if entry.kind is Kind.HEALTHY]
    if not healthy or healthy[0] >= 1 / 2:
        return None
    number = manifest.rules.grading.sick.probability(1 - healthy[0], crop.id) * crop.probability
    return number if number >= PROBABLY else None


def _unnamed(said: Decision, why: Why, crops: tuple[Likely, ...]) -> Decision:
    """The same list without a name; of a crop of which a single condition is known, no list either."""
    length = said.in_list if len(said.ranked) > 1 else 0
    together = math.fsum(one.probability for one in said.ranked[:length])
    given = Grade.ONE_OF if together >= CLEAR else Grade.NOT_CLEAR
    return Decision(Outcome.UNCERTAIN, together, given, why, said.crop, said.ranked, length, None, crops)


def is_sent_back(reasons: Sequence[RetakeReason], outcome: Outcome) -> bool:
    """Rule 3: whether a photo that should be better is sent back; blur alone does not hide that no known crop is seen.

    Another photo of what is not known does not help.
    """
    return bool(reasons) and not (may_be_refused(reasons) and outcome in REJECT_CLASSES)


def may_be_refused(reasons: Sequence[RetakeReason]) -> bool:
    """Whether a photo that should be better shows enough for rule 3."""
    return set(reasons) == {RetakeReason.BLURRED}
