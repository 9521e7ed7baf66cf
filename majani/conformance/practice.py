"""Made-up answers with made-up effects of practices, on both sides of every condition of rule 8."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from majani.decision.diagnosis import Diagnosis, Named
from majani.decision.grades import Grade
from majani.decision.practice import Effects, Plan, Practice, View, plan
from majani.decision.rules import Outcome
from majani.frozen import FrozenModel

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

    grade: Grade | None
    ranked: tuple[Named, ...]
    in_list: int
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
            grade=answer.grade, ranked=answer.ranked, in_list=answer.in_list, expected=plan(answer, _PRACTICES, effects)
        )
        for answer in _answers()
    )
    return PracticeVectors(practices=_PRACTICES, effects=effects, cases=cases)


def _answers() -> Iterator[Diagnosis]:
    """Every list of up to three with every grade."""
    for grade in (*Grade, None):
        for size in (0, 1, 2, 3):
            for members in combinations(_EFFECTS, size):
                yield _answer(members, grade)


def _answer(members: Sequence[str], grade: Grade | None) -> Diagnosis:
    return Diagnosis(
        outcome=Outcome.UNCERTAIN,
        grade=grade,
        ranked=tuple(map(_named, members)),
        in_list=len(members),
        photos=(),
        model_version="",
    )


def _named(id_: str) -> Named:
    return Named(id=id_, name=id_, crop=id_.partition(".")[0], crop_name="", probability=0.3)
