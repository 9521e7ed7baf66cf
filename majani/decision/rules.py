"""Probabilities to a decision: the numbered rules, as pure functions over the manifest's data.

Rule 1  The photos of one case are pooled into one belief.
Rule 2  A crop hint weakens other crops and the unknown plant. A crop that stays likely contradicts the sender: both are
        said, and nothing is promised. Otherwise the sender is believed, and only conditions of that crop count.
Rule 3  Enough mass on the reject classes refuses the case: no crop leaf, or no plant. Where all photos are blurred,
        nothing else can be said: a case that is not refused is sent back.
Rule 4  A condition (or healthy) is named from its threshold on, which a named crop or several photos may change. What a
        district has taught may be for its workers alone, or only take the place of a name; a crop of which nothing
        else was taught is not said.
Rule 5  Otherwise, of a named crop, the few conditions are said one of which it is, if such sets are right often enough
        for this crop and leave out enough of its conditions.
Rule 6  Beside that, or where it is not so, the finest coarser statement that is safe is made: crop and kind of trouble,
        crop and "something is wrong", crop alone. Where none is, nothing is claimed.
Rule 7  One question may follow an unsure answer: :mod:`majani.decision.question`.
Rule 8  What can be done today, whichever it is: :mod:`majani.decision.practice`.

No I/O, no state, no wording: the phone's copy of these rules is held to this one by golden vectors.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from majani.errors import CaseError, ErrorCode
from majani.image.quality import RetakeReason
from majani.model.bundle import ClassEntry, CoarseThresholds, ConfidenceBand, Manifest, SaidTo, SetRule
from majani.model.predictor import Floats
from majani.taxonomy import NOT_A_PLANT, REJECT_CLASSES, UNKNOWN_PLANT, Kind

# More help nobody to decide.
MOST_IN_A_SET = 3
# Normal quantile of 95 %.
_ONE_SIDED = 1.6448536269514722
# Keeps the geometric mean of exact zeros finite; far below any threshold.
_TINY = 1e-9


class Outcome(StrEnum):
    """What kind of answer a case gets."""

    HEALTHY = "healthy"
    CONDITION = "condition"
    UNCERTAIN = "uncertain"
    UNKNOWN_PLANT = "unknown_plant"
    NOT_A_PLANT = "not_a_plant"
    RETAKE = "retake"


# Where no crop leaf was seen, or no photo looked at, there is nothing to compare.
OUTCOMES_WITH_CANDIDATES = (Outcome.HEALTHY, Outcome.CONDITION, Outcome.UNCERTAIN)
# Spraying on a wrong answer costs money and poison; see the advice that goes with these.
OUTCOMES_WITH_CAUTION = (Outcome.CONDITION, Outcome.UNCERTAIN, Outcome.UNKNOWN_PLANT)


@dataclass(frozen=True)
class Candidate:
    """One condition with its probability."""

    id: str
    probability: float


class CoarseStatement(NamedTuple):
    """A coarser statement under uncertainty: crop and kind of trouble, crop and ``sick``, or crop alone."""

    crop: str
    parent: str | None
    sick: bool


@dataclass(frozen=True)
class Decision:
    """The outcome of a case and its evidence.

    Attributes:
        condition: The named condition for ``healthy`` and ``condition``, else None.
        probability: Of the named condition, of the coarse statement, or of the refusal; 0 if nothing is claimed.
        coarse: Only for ``uncertain``, and only if some coarser statement is safe.
        candidates: Conditions that everybody may hear, by falling probability, whatever the outcome.
        one_of: Only for ``uncertain``: the candidates of rule 5, the likeliest first.
        for_workers: Only for ``uncertain``: the condition that would be named if farmers might hear it.
    """

    outcome: Outcome
    condition: str | None
    probability: float
    coarse: CoarseStatement | None
    candidates: tuple[Candidate, ...]
    one_of: tuple[Candidate, ...] = ()
    for_workers: Candidate | None = None


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
    heard = _heard_crops(manifest)
    about = ["" if entry.crop not in heard else entry.crop or entry.id for entry in manifest.classes]
    return shown_in_cases(belief[np.newaxis], about, coarse=manifest.rules.thresholds.coarse)[0] or None


def _heard_crops(manifest: Manifest) -> set[str | None]:
    """Crops of which everybody may hear something; None stands for the reject classes."""
    return {entry.crop for entry in manifest.classes if entry.said_to is None}


def shown_in_cases(beliefs: Floats, about: Sequence[str], *, coarse: float) -> list[str | None]:
    """As :func:`shown` for ``(N, C)`` beliefs; ``about`` has the crop, or the reject class, of each class."""
    names = list(dict.fromkeys(about))
    mass = beliefs.astype(np.float64) @ (np.array(about)[:, np.newaxis] == np.array(names))
    return [
        names[likeliest] if mass[case, likeliest] >= coarse else None
        for case, likeliest in enumerate(mass.argmax(axis=1))
    ]


def contradicts(seen: str | None, crop: str) -> bool:
    """Rule 2: whether what is clearly shown contradicts a sender who named ``crop``."""
    return seen not in (crop, None, *REJECT_CLASSES)


def decide(belief: Floats, *, manifest: Manifest, photos: int = 1, crop: str | None = None, top: int = 5) -> Decision:
    """Rules 2 to 6: choose the outcome for a belief, ``(C,)`` float32 summing to 1, pooled from ``photos``.

    If the sender named a ``crop``, the belief is hinted.
    """
    of = {entry.id: probability for entry, probability in zip(manifest.classes, belief.tolist(), strict=True)}
    conditions = [entry for entry in manifest.classes if entry.crop is not None]
    thresholds = manifest.rules.thresholds
    seen = None if crop is None else shown(belief, manifest=manifest)
    contradicting = seen if crop is not None and contradicts(seen, crop) else None
    if crop is not None and contradicting is None:
        conditions = [entry for entry in conditions if entry.crop == crop]
    ranked = sorted(conditions, key=lambda entry: -of[entry.id])
    shown_to_people = [entry for entry in ranked if entry.said_to is None]
    candidates = tuple(Candidate(entry.id, of[entry.id]) for entry in shown_to_people[:top])

    rejected = of[UNKNOWN_PLANT] + of[NOT_A_PLANT]
    if rejected >= thresholds.reject:
        outcome = Outcome.UNKNOWN_PLANT if of[UNKNOWN_PLANT] >= of[NOT_A_PLANT] else Outcome.NOT_A_PLANT
        return Decision(outcome, None, rejected, None, candidates)

    if contradicting is not None:
        mass = math.fsum(of[entry.id] for entry in conditions if entry.crop == contradicting)
        return Decision(Outcome.UNCERTAIN, None, mass, CoarseStatement(contradicting, None, False), candidates)

    best = next(iter(ranked), None)
    rules = manifest.rules.of_case(photos=photos, crop_named=crop is not None)
    for_workers = None
    # A threshold of 1 means never, also for a probability that was rounded to 1.
    if best is not None and of[best.id] >= (needed := rules.threshold(best.id)) and needed < 1:
        if best.said_to is None:
            outcome = Outcome.HEALTHY if best.kind is Kind.HEALTHY else Outcome.CONDITION
            return Decision(outcome, best.id, of[best.id], None, candidates)
        if best.said_to is SaidTo.WORKERS:
            for_workers = Candidate(best.id, of[best.id])

    same = thresholds.coarse
    levels = rules.coarse or CoarseThresholds(crop=same, sick=same, parent=same)
    heard = _heard_crops(manifest)
    coarse, mass = _coarse_statement([entry for entry in conditions if entry.crop in heard], of, levels)
    one_of: tuple[Candidate, ...] = ()
    if crop is not None and crop in rules.sets and for_workers is None:
        one_of = set_of(ranked, of, rule=rules.sets[crop], blind=manifest.rules.blind(crop))
    return Decision(Outcome.UNCERTAIN, None, mass, coarse, candidates, one_of, for_workers)


def set_of(
    ranked: Sequence[ClassEntry], of: Mapping[str, float], *, rule: SetRule, blind: Collection[str]
) -> tuple[Candidate, ...]:
    """Rule 5: the conditions of a crop that have their share of its probability; none if that says too little.

    Args:
        ranked: All conditions of the crop, by falling probability.
        of: Their probabilities.
        rule: Of the crop.
        blind: Ids of those that no set can hold.
    """
    mass = math.fsum(of[entry.id] for entry in ranked)
    known = [entry for entry in ranked if entry.id not in blind and entry.said_to is not SaidTo.NOBODY]
    members = [entry for entry in known if of[entry.id] >= rule.min_probability * mass]
    # What farmers may not hear by name they do not hear alone.
    if len(members) == 1 and (of[members[0].id] < rule.alone * mass or members[0].said_to is not None):
        members = known[:2]
    # At least a third is left out, or the crop's guide says as much; and if it is none of them, none is said.
    if len(members) > min(MOST_IN_A_SET, len(known) * 2 // 3) or ranked[0].said_to is SaidTo.NOBODY:
        return ()
    if all(entry.said_to is not None for entry in members):
        return ()
    return tuple(Candidate(entry.id, of[entry.id]) for entry in members)


def is_sent_back(reasons: Sequence[RetakeReason], outcome: Outcome) -> bool:
    """Rule 3: whether a photo that should be better is sent back; blur alone does not hide that no known crop is seen.

    Another photo of what is not known does not help.
    """
    return bool(reasons) and not (may_be_refused(reasons) and outcome in REJECT_CLASSES)


def may_be_refused(reasons: Sequence[RetakeReason]) -> bool:
    """Whether a photo that should be better shows enough for rule 3."""
    return set(reasons) == {RetakeReason.BLURRED}


def confidence_band(probability: float, bands: Sequence[ConfidenceBand]) -> ConfidenceBand | None:
    """The band whose figures hold for a probability: its own, or a higher band if that one promises less.

    Bands rest on few answers, so a lower band may look better by chance. A less sure answer must not promise more.
    Below the lowest band there is None.
    """
    surer = [band for band in bands if band.min_probability > probability]
    own = bands[: len(bands) - len(surer)][-1:]
    return min([*own, *surer], key=_right_at_least) if own else None


def right_of_ten(band: ConfidenceBand) -> int:
    """How many of ten answers like those of a band are right at least, as a farmer reads it.

    A lower bound, rounded down: the promise is careful, most of all where few answers were counted, and never ten.
    """
    return math.floor(10 * _right_at_least(band))


def share_at_least(hits: float, trials: float, *, quantile: float = _ONE_SIDED) -> float:
    """Lower bound of a share of trials, 0..1 (Wilson 1927, https://doi.org/10.2307/2276774).

    Args:
        hits: Need not be a whole number, nor need ``trials``.
        trials: At least one.
        quantile: Of the normal distribution; by default, the bound holds in 95 of 100 cases.
    """
    share, spread = hits / trials, quantile * quantile / trials
    width = quantile * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return (share + spread / 2 - width) / (1 + spread)


def _right_at_least(band: ConfidenceBand) -> float:
    return share_at_least(band.right, band.answered)


def _coarse_statement(
    conditions: Sequence[ClassEntry], of: dict[str, float], levels: CoarseThresholds
) -> tuple[CoarseStatement | None, float]:
    """Rule 6: the finest statement that reaches the threshold of its level, and its mass; of several, the likeliest."""
    mass: defaultdict[CoarseStatement, float] = defaultdict(float)
    for entry in conditions:
        crop = entry.crop or ""
        mass[CoarseStatement(crop, None, False)] += of[entry.id]
        # Of "none of these" nobody knows whether it is sick.
        if entry.kind is not Kind.HEALTHY and entry.said_to is not SaidTo.NOBODY:
            mass[CoarseStatement(crop, None, True)] += of[entry.id]
        if entry.parent is not None:
            mass[CoarseStatement(crop, entry.parent, True)] += of[entry.id]
    safe = [
        (statement, sum_of)
        for statement, sum_of in mass.items()
        if sum_of >= (needed := levels.parent if statement.parent else levels.sick if statement.sick else levels.crop)
        and needed < 1
    ]
    return max(safe, key=lambda item: (item[0].parent is not None, item[0].sick, item[1]), default=(None, 0.0))
