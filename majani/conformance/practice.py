"""Made-up answers that name nothing, with made-up effects of practices, on both sides of every condition of rule 8."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from majani.decision.diagnosis import Coarse, Confidence, Diagnosis, Named, OneOf, PhotoResult
from majani.decision.practice import Effects, Plan, Practice, View, plan
from majani.decision.rules import Outcome
from majani.frozen import FrozenModel
from majani.model.bundle import NamedId

_CROP, _OTHER = "bean", "maize"
_PRACTICES = tuple(
    Practice(id=id_, reversible="lasting" not in id_, free="dear" not in id_, harmless="harmless" in id_)
    for id_ in ("water", "weed", "lasting_cut", "dear_feed", "look_harmless", "wash_harmless", "mulch", "drain")
)
# By condition: parent, whether urgent, what it is confused with, view, what helps, what is indifferent.
_EFFECTS: Mapping[str, tuple[str | None, bool, tuple[str, ...], View, tuple[str, ...], tuple[str, ...]]] = {
    "bean.blight": ("spot", False, ("bean.rust",), View.LEAF, ("water", "mulch", "lasting_cut"), ("weed", "drain")),
    "bean.spot": ("spot", False, (), View.LEAF, ("water", "mulch", "lasting_cut"), ("weed",)),
    "bean.rust": ("rust", False, (), View.UNDERSIDE, ("weed", "dear_feed", "look_harmless"), ("water", "drain")),
    "bean.wilt": ("wilt", True, ("bean.unheard_of",), View.STEM, ("drain", "wash_harmless"), ("water", "weed")),
    "bean.healthy": (None, False, (), View.LEAF, ("weed", "look_harmless"), ("water", "mulch", "drain")),
    "maize.rust": ("rust", False, (), View.WHORL, ("weed",), ("water",)),
}


class PracticeCase(FrozenModel):
    """An answer and what to do after it; fields are those of an answer."""

    outcome: Outcome
    coarse: Coarse | None = None
    one_of: OneOf | None = None
    candidates: tuple[Named, ...]
    photos: tuple[PhotoResult, ...]
    crop_hint: str | None
    expected: Plan


class PracticeVectors(FrozenModel):
    """Cases of rule 8, for the same practices and effects."""

    practices: tuple[Practice, ...]
    effects: dict[str, Effects]
    cases: tuple[PracticeCase, ...]


def practice_vectors() -> PracticeVectors:
    """All of them; the rule reads no bundle."""
    effects = {
        id_: Effects(
            parent=parent, urgent=urgent, confused_with=siblings, view=view, helps=helps, indifferent=indifferent
        )
        for id_, (parent, urgent, siblings, view, helps, indifferent) in _EFFECTS.items()
    }
    cases = tuple(
        PracticeCase(
            **{field: getattr(answer, field) for field in PracticeCase.model_fields if field != "expected"},
            expected=plan(answer, _PRACTICES, effects),
        )
        for answer in _answers()
    )
    return PracticeVectors(practices=_PRACTICES, effects=effects, cases=cases)


def _answers() -> Iterator[Diagnosis]:
    """Every set of up to three with every blind spot, every coarser statement, and what is no set or statement."""
    known = [id_ for id_ in _EFFECTS if id_.startswith(_CROP)]
    for size in (1, 2, 3):
        for members in combinations(known, size):
            for blind in ((), ("bean.wilt",), ("bean.unheard_of",)):
                yield _answer(crop_hint=_CROP, one_of=_one_of(members, blind), likely=members)
    for crop_hint in (None, _CROP, _OTHER):
        for parent, sick in ((None, False), (None, True), ("spot", True), ("wilt", True)):
            coarse = Coarse(crop=_CROP, parent=parent, sick=sick, statement="", probability=0.9)
            yield _answer(crop_hint=crop_hint, coarse=coarse, likely=known[::-1])
        for outcome in Outcome:
            yield _answer(outcome=outcome, crop_hint=crop_hint, likely=known)
        yield _answer(crop_hint=crop_hint, likely=known, shows=(_CROP, _OTHER))


def _answer(
    *,
    outcome: Outcome = Outcome.UNCERTAIN,
    crop_hint: str | None,
    likely: Sequence[str],
    coarse: Coarse | None = None,
    one_of: OneOf | None = None,
    shows: tuple[str | None, ...] = (None,),
) -> Diagnosis:
    return Diagnosis(
        outcome=outcome,
        coarse=coarse,
        one_of=one_of,
        candidates=tuple(map(_named, likely)),
        photos=tuple(PhotoResult(used=True, shows=each) for each in shows),
        crop_hint=crop_hint,
        model_version="",
    )


def _one_of(members: Sequence[str], blind: Sequence[str]) -> OneOf:
    return OneOf(
        conditions=tuple(map(_named, members)),
        blind_spots=tuple(NamedId(id=each, name=each) for each in blind),
        confidence=Confidence(right=9, answered=10, right_of_ten=8),
    )


def _named(id_: str) -> Named:
    return Named(id=id_, name=id_, crop=id_.partition(".")[0], crop_name="", probability=0.3)
