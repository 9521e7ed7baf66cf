"""Made-up cases that reach every rule of the decision and every threshold of a bundle, from both sides.

They use Python's random generator, because its sequence is promised to stay the same.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias, TypeVar

from majani.model.bundle import ClassEntry, Manifest
from majani.taxonomy import NOT_A_PLANT, REJECT_CLASSES, UNKNOWN_PLANT, Kind

# Further from a threshold than any rounding moves a probability, and near enough to find a wrong comparison.
MARGIN = 0.002
_SIDES = (("below", -MARGIN), ("above", MARGIN))
# Probabilities are rounded to so many digits before they are used.
DIGITS = 6
_SEED = 20260501
_CASES_OF_CHANCE = 10
_PHOTOS = (1, 1, 2, 3, 5)
_BESIDES = 8
# Photos of a case, and whether its crop is named.
_SITUATIONS = ((1, True), (2, False), (2, True))

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
    thresholds = manifest.rules.thresholds
    conditions = [entry for entry in manifest.classes if entry.crop is not None]
    edges: list[tuple[str, tuple[str, ...], float]] = [
        *_at_answers(manifest, photos=1, crop_named=False),
        *(("reject", ids, thresholds.reject) for ids in (REJECT_CLASSES, (UNKNOWN_PLANT,), (NOT_A_PLANT,))),
        *_at_coarse(manifest, photos=1, crop_named=False),
    ]
    for rule, ids, edge in edges:
        for side, belief in _on_both_sides(manifest, ids, edge, chance):
            yield GoldenCase(f"{side} {rule}", (_rounded(belief),), None)
    crops = {entry.id: entry.crop for entry in conditions}
    for shown, named in zip(manifest.crops, [*manifest.crops[1:], manifest.crops[0]], strict=True):
        ids = tuple(entry.id for entry in conditions if entry.crop == shown.id)
        for side, belief in _on_both_sides(manifest, ids, thresholds.coarse, chance):
            yield GoldenCase(f"{side} contradiction", (_before_hint(manifest, belief, named.id),), named.id)
    for photos, crop_named in _SITUATIONS if manifest.rules.situations else ():
        edges = [*_at_answers(manifest, photos=photos, crop_named=crop_named)]
        # Older rules have one threshold for all situations.
        if manifest.rules.of_case(photos=photos, crop_named=crop_named).coarse is not None:
            edges += _at_coarse(manifest, photos=photos, crop_named=crop_named)
        for rule, ids, edge in edges:
            crop = crops[ids[0]] if crop_named else None
            for side, belief in _on_both_sides(manifest, ids, edge, chance):
                about = f"{side} {rule}, {photos} photos, {'a' if crop_named else 'no'} crop named"
                yield GoldenCase(about, (_before_hint(manifest, belief, crop),) * photos, crop)
        if crop_named:
            for side, crop, belief in _at_sets(manifest, photos=photos, chance=chance):
                about = f"{side} a set, {photos} photos"
                yield GoldenCase(about, (_before_hint(manifest, belief, crop),) * photos, crop)


def _at_sets(manifest: Manifest, *, photos: int, chance: Random) -> Iterator[tuple[str, str, Sequence[float]]]:
    """Beliefs in which conditions of a crop have just enough of its probability to be in a set, or alone in it."""
    for crop, rule in manifest.rules.of_case(photos=photos, crop_named=True).sets.items():
        own = [entry.id for entry in manifest.classes if entry.crop == crop]
        for side, by in _SIDES:
            for members in range(1, min(4, len(own)) + 1):
                chosen = chance.sample(own, members)
                share = dict.fromkeys(own, 0.0) | dict.fromkeys(chosen[1:], rule.min_probability + by)
                share[chosen[0]] = 1 - (rule.min_probability + by) * (members - 1)
                yield side, crop, [share.get(entry.id, 0.0) for entry in manifest.classes]
            first, least = chance.choice(own), min(rule.alone + by, 1.0)
            share = dict.fromkeys(own, (1 - least) / max(len(own) - 1, 1)) | {first: least}
            yield f"{side} alone in", crop, [share.get(entry.id, 0.0) for entry in manifest.classes]


def _before_hint(manifest: Manifest, belief: Sequence[float], crop: str | None) -> Vector:
    """The probabilities that the hint turns into this belief."""
    rules = manifest.rules

    def factor(entry: ClassEntry) -> float:
        if crop is None or entry.crop == crop or entry.id == NOT_A_PLANT:
            return 1
        return rules.unknown_plant_factor if entry.crop is None else rules.hint_factor

    return _rounded([share / factor(entry) for share, entry in zip(belief, manifest.classes, strict=True)])


def _at_answers(manifest: Manifest, *, photos: int, crop_named: bool) -> Iterator[tuple[str, tuple[str, ...], float]]:
    """Where the answers of one situation begin, and its bands."""
    rules = manifest.rules.of_case(photos=photos, crop_named=crop_named)
    ids = [entry.id for entry in manifest.classes if entry.crop is not None]
    yield from (("answer", (class_id,), rules.threshold(class_id)) for class_id in ids)
    surest = min(ids, key=rules.threshold)
    yield from (("band", (surest,), band.min_probability) for band in rules.confidence_bands)


def _at_coarse(manifest: Manifest, *, photos: int, crop_named: bool) -> Iterator[tuple[str, tuple[str, ...], float]]:
    """Where the coarser statements of one situation begin."""
    levels = manifest.rules.of_case(photos=photos, crop_named=crop_named).coarse
    edges = {manifest.rules.thresholds.coarse} if levels is None else {levels.crop, levels.sick, levels.parent}
    conditions = [entry for entry in manifest.classes if entry.crop is not None]
    yield from (("coarse", ids, edge) for ids in [*_statements(conditions)][::2] for edge in sorted(edges))


def _on_both_sides(
    manifest: Manifest, ids: Sequence[str], edge: float, chance: Random
) -> Iterator[tuple[str, Sequence[float]]]:
    for side, by in _SIDES:
        if 0 <= edge + by <= 1:
            yield side, _with_mass(manifest, ids, edge + by, chance)


def _statements(conditions: Sequence[ClassEntry]) -> Iterator[tuple[str, ...]]:
    """Groups of conditions that share a coarser statement: of each crop the finest, the middle and the coarsest."""
    for crop in dict.fromkeys(entry.crop for entry in conditions):
        own = [entry for entry in conditions if entry.crop == crop]
        sick = [entry for entry in own if entry.kind is not Kind.HEALTHY]
        parents = [entry.parent for entry in sick]
        finest = [entry for entry in sick if entry.parent == max(parents, key=parents.count)]
        groups = (tuple(entry.id for entry in group) for group in (finest, sick, own) if len(group) > 1)
        yield from dict.fromkeys(groups)


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
