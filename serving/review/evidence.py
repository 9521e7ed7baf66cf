"""Test cases that nothing is ever taught from, and counts of what a bundle says of them.

One reviewed case in five is kept for that, those that two people review anyway, by lot of their ids: so the choice
stays the same whatever is deleted, and the first week of a season does not stand for all of it.
"""

from collections.abc import Mapping, Sequence

from majani.decision.diagnoser import Diagnoser, that_count
from majani.decision.diagnosis import Diagnosis
from majani.errors import MajaniError
from majani.model.bundle import Situation
from majani.model.evidence import Count, Level, rule_id
from majani.model.head import Head
from serving.cases.photo_store import PhotoReader, PhotoStore
from serving.districts import Boundaries, Cell
from serving.persistence.models import Case
from serving.persistence.review_record import ExpertVerdict
from serving.persistence.reviews import expert_word

_NO_LABEL = frozenset({ExpertVerdict.CANNOT_TELL, ExpertVerdict.BAD_PHOTO, ExpertVerdict.DISAGREEMENT})
_Key = tuple[str, str, Situation, Level, float]


def count_right(
    cases: Sequence[Case], photos: PhotoStore, diagnoser: Diagnoser, head: Head, boundaries: Boundaries
) -> tuple[Count, ...]:
    """Ask a bundle, whose head this is, about all cases with a named crop on which two reviewers agree."""
    manifest = diagnoser.manifest
    reader = PhotoReader(photos, photos=sum(len(case.photos) for case in cases))
    parents = {entry.id: entry.parent for entry in manifest.classes}
    found: dict[_Key, list[bool]] = {}
    for case in cases:
        crop, word = case.diagnosis.crop_hint, expert_word(case.reviews)
        if crop is None or len(case.reviews) < 2 or word is None or word.verdict in _NO_LABEL:
            continue
        files = [data for photo in case.photos if photo.path and (data := reader.read(photo.path))]
        try:
            diagnosis = diagnoser.diagnose(files, crop_hint=crop)
        # Its photos are gone or were damaged since, or the bundle does not know the crop.
        except MajaniError:
            continue
        several = len(that_count(diagnosis.photos)) > 1
        situation = Situation.CROP_NAMED_SEVERAL_PHOTOS if several else Situation.CROP_NAMED
        bands = manifest.rules.of_case(photos=1 + several, crop_named=True).confidence_bands
        level, is_right = _said(diagnosis, word.condition or "", parents)
        if level is not None:
            probability = diagnosis.condition.probability if diagnosis.condition else 0.0
            edge = max((band.min_probability for band in bands if band.min_probability <= probability), default=0.0)
            found.setdefault((_district(case, boundaries), crop, situation, level, edge), []).append(is_right)
    return tuple(
        Count(
            district=district,
            crop=crop,
            situation=situation,
            level=level,
            rule=rule_id(manifest.model.network or "", head, manifest.rules, situation, crop),
            from_probability=edge,
            said=len(right),
            right=sum(right),
        )
        for (district, crop, situation, level, edge), right in sorted(found.items())
    )


def _said(diagnosis: Diagnosis, truth: str, parents: Mapping[str, str | None]) -> tuple[Level | None, bool]:
    """What was said, if anything, and whether it is right; nothing is right of what no reviewer could name."""
    if diagnosis.condition is not None:
        return Level.NAMED, diagnosis.condition.id == truth
    if diagnosis.one_of is not None:
        ids = [named.id for named in diagnosis.one_of.conditions]
        return Level.PROBABLY if len(ids) == 1 else Level.ONE_OF, truth in ids
    coarse = diagnosis.coarse
    if coarse is not None and coarse.parent is not None:
        return Level.TROUBLE, truth.startswith(f"{coarse.crop}.") and parents.get(truth) == coarse.parent
    return None, False


def _district(case: Case, boundaries: Boundaries) -> str:
    """The district's name; a square instead would tell where within 11 km."""
    if case.latitude is None or case.longitude is None:
        return ""
    place = boundaries.place(Cell(case.latitude, case.longitude))
    return place if place in boundaries.districts else ""
