"""Made-up cases that reach every rule of the decision and every threshold of a bundle, from both sides.

They use Python's random generator, because its sequence is promised to stay the same.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TypeAlias, TypeVar

from majani.decision.grades import CLEAR, MOST_LIKELY, PROBABLY
from majani.model.bundle import ClassEntry, Manifest
from majani.model.grading import LEAST_SHARE, Grading, LogisticCalibration
from majani.taxonomy import HEALTHY, NOT_A_PLANT, REJECT_CLASSES, UNKNOWN_PLANT

# Further from a threshold than any rounding moves a probability, and near enough to find a wrong comparison.
MARGIN = 0.002
_SIDES = (("below", -MARGIN), ("above", MARGIN))
# Probabilities are rounded to so many digits before they are used.
DIGITS = 6
_SEED = 20260501
_CASES_OF_CHANCE = 10
_PHOTOS = (1, 1, 2, 3, 5)
_BESIDES = 8
_HALVINGS = 40

Vector: TypeAlias = tuple[float, ...]
_T = TypeVar("_T")


@dataclass(frozen=True)
class GoldenCase:
    """A possible output of the network: for each photo one probability per class, in the manifest's order."""

    about: str
    photos: tuple[Vector, ...]
    crop_hint: str | None


def golden_cases(manifest: Manifest) -> Iterator[GoldenCase]:
    """All cases for a bundle; equal manifests give equal cases."""
    chance = Random(_SEED)  # noqa: S311 - variety, not secrecy
    yield from _at_thresholds(manifest, chance)
    for number in range(_CASES_OF_CHANCE):
        for about, leaders in _mixtures(manifest, chance).items():
            count = _PHOTOS[number % len(_PHOTOS)]
            photos = tuple(_likely(manifest, leaders, chance) for _ in range(count))
            yield GoldenCase(about, photos, _hint(manifest, chance))
    yield GoldenCase("all classes equal", (_rounded([1.0] * len(manifest.classes)),), None)
    # Some of them are never named.
    for entry in manifest.classes:
        yield GoldenCase("certain", (tuple(float(one is entry) for one in manifest.classes),), entry.crop)


def _at_thresholds(manifest: Manifest, chance: Random) -> Iterator[GoldenCase]:
    """On both sides of where a photo is refused, a crop is clear, contradicts, and each grade begins, by crop."""
    rules, of_crop = manifest.rules, _conditions(manifest)
    for ids in (REJECT_CLASSES, (UNKNOWN_PLANT,), (NOT_A_PLANT,)):
        for side, belief in _on_both_sides(manifest, ids, rules.reject, chance):
            yield GoldenCase(f"{side} reject", (_rounded(belief),), None)
    for crop, other in zip(of_crop, [*list(of_crop)[1:], next(iter(of_crop))], strict=True):
        for side, belief in _on_both_sides(manifest, of_crop[crop], rules.shows, chance):
            yield GoldenCase(f"{side} contradiction", (_before_hint(manifest, belief, other),), other)
        edge = _share_at(rules.grading.crop, MOST_LIKELY, "")
        for side, belief in _on_both_sides(manifest, of_crop[crop], edge, chance):
            yield GoldenCase(f"{side} a clear crop", (_rounded(belief),), None)
        for about, shares in _at_grades(rules.grading, crop, of_crop[crop], chance):
            belief = [shares.get(entry.id, 0.0) for entry in manifest.classes]
            yield GoldenCase(about, (_rounded(belief),), crop)
            yield GoldenCase(f"{about}, no crop named", (_rounded(belief),), None)


def _conditions(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """Ids of the conditions of each crop."""
    crops = dict.fromkeys(entry.crop for entry in manifest.classes if entry.crop is not None)
    return {crop: tuple(entry.id for entry in manifest.classes if entry.crop == crop) for crop in crops}


def _at_grades(
    grading: Grading, crop: str, ids: Sequence[str], chance: Random
) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Shares of a crop's conditions around those from which names, lists and "looks sick" are said."""
    healthy = [one for one in ids if one.endswith(f".{HEALTHY}")]
    edges = [(size, number) for size in (1, 2, 3) for number in (CLEAR, PROBABLY, MOST_LIKELY)]
    for size, number in edges if len(ids) > 1 else ():
        edge = _share_at(grading.lists[size - 1], number, crop, conditions=len(ids))
        for side, by in _SIDES:
            leaders = chance.sample(ids, min(size, len(ids)))
            yield f"{side} {number} of {size}", _dealt(ids, leaders, edge + by)
    for needed in {grading.healthy.get(crop, 1.0)} if healthy else ():
        for side, by in _SIDES:
            edge = _share_at(grading.lists[0], needed, crop, healthy=True, conditions=len(ids))
            yield f"{side} healthy", _dealt(ids, healthy, edge + by)
    for side, by in _SIDES if healthy and len(ids) > 1 else ():
        edge = _share_at(grading.sick, PROBABLY, crop)
        yield f"{side} sick", _dealt(ids, [one for one in ids if one not in healthy], edge + by)


def _dealt(ids: Sequence[str], leaders: Sequence[str], mass: float) -> Mapping[str, float]:
    """Shares in which the leaders have this mass together, the first a little more, and all others the rest."""
    mass, others = min(max(mass, LEAST_SHARE), 1.0), [one for one in ids if one not in leaders]
    weights = {one: 1 + 0.1 / (at + 1) for at, one in enumerate(leaders)}
    total = math.fsum(weights.values())
    of_others = {one: (1 - mass) / len(others) for one in others}
    return {one: mass * weight / total for one, weight in weights.items()} | of_others


def _share_at(
    calibration: LogisticCalibration, number: float, crop: str, *, healthy: bool = False, conditions: int = 1
) -> float:
    """The share from which a calibrated number is reached, by halving."""
    probability = partial(calibration.probability, crop=crop, healthy=healthy, conditions=conditions)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if probability(middle) < number else (low, middle)
    return high


def _before_hint(manifest: Manifest, belief: Sequence[float], crop: str | None) -> Vector:
    """The probabilities that the hint turns into this belief."""
    rules = manifest.rules

    def factor(entry: ClassEntry) -> float:
        if crop is None or entry.crop == crop or entry.id == NOT_A_PLANT:
            return 1
        return rules.unknown_plant_factor if entry.crop is None else rules.hint_factor

    return _rounded([share / factor(entry) for share, entry in zip(belief, manifest.classes, strict=True)])


def _on_both_sides(
    manifest: Manifest, ids: Sequence[str], edge: float, chance: Random
) -> Iterator[tuple[str, Sequence[float]]]:
    for side, by in _SIDES:
        if 0 <= edge + by <= 1:
            yield side, _with_mass(manifest, ids, edge + by, chance)


def _mixtures(manifest: Manifest, chance: Random) -> Mapping[str, Sequence[str]]:
    """The leading classes by kind of case."""
    conditions = [entry for entry in manifest.classes if entry.crop is not None]
    first, other = _chosen(conditions, chance), _chosen(conditions, chance)
    siblings = [entry.id for entry in conditions if (entry.crop, entry.parent) == (first.crop, first.parent)]
    return {
        "sharp": [first.id],
        "flat": [],
        "two crops": [first.id, other.id],
        "siblings": siblings,
        "one crop": [entry.id for entry in conditions if entry.crop == other.crop],
        "refused": [_chosen(REJECT_CLASSES, chance), first.id],
    }


def _likely(manifest: Manifest, leaders: Sequence[str], chance: Random) -> Vector:
    """Probabilities in which the leaders stand out, some photos more than others."""
    lead = 4 + 6 * chance.random()
    logits = [2 * chance.random() + (entry.id in leaders) * (lead + chance.random()) for entry in manifest.classes]
    return _rounded([math.exp(logit) for logit in logits])


def _with_mass(manifest: Manifest, ids: Sequence[str], mass: float, chance: Random) -> Vector:
    """Probabilities that give this mass to these classes, nearly equally, and the rest to a few other conditions."""
    others = [entry.id for entry in manifest.classes if entry.crop is not None and entry.id not in ids]
    besides = {_chosen(others or REJECT_CLASSES, chance) for _ in range(_BESIDES)}
    weights = [
        (entry.id in ids) * (0.9 + 0.2 * chance.random()) + (entry.id in besides) * chance.random()
        for entry in manifest.classes
    ]
    chosen = math.fsum(weight for weight, entry in zip(weights, manifest.classes, strict=True) if entry.id in ids)
    rest = math.fsum(weights) - chosen
    return _rounded(
        [
            weight * (mass / chosen if entry.id in ids else (1 - mass) / rest)
            for weight, entry in zip(weights, manifest.classes, strict=True)
        ]
    )


def _rounded(weights: Sequence[float]) -> Vector:
    total = math.fsum(weights)
    return tuple(round(weight / total, DIGITS) for weight in weights)


def _hint(manifest: Manifest, chance: Random) -> str | None:
    return _chosen(manifest.crops, chance).id if chance.random() < 0.5 else None


def _chosen(these: Sequence[_T], chance: Random) -> _T:
    return these[int(chance.random() * len(these))]
