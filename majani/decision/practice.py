"""Rule 8: what to do today, whichever of the listed conditions it is; and which photo would tell more.

Said is only what can be undone and costs nothing, helps one of the conditions that are left, and harms none of them:
nor those that they are confused with. What is not known to do no harm counts as harm.
Who is wrong about the plant then loses nothing. The phone's copy of this rule is held to this one by golden vectors.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from majani.decision.diagnosis import Diagnosis
from majani.decision.grades import Grade
from majani.frozen import FrozenModel
from majani.taxonomy import ConditionId, Slug

# More at once is done by nobody.
MOST_PRACTICES = 3


class View(StrEnum):
    """What a photo has to show to decide for or against a condition."""

    LEAF = "leaf"
    UNDERSIDE = "underside"
    WHORL = "whorl"
    STEM = "stem"
    WHOLE_PLANT = "whole_plant"
    ROW = "row"


class Practice(FrozenModel):
    """Something that can be done at once.

    Attributes:
        reversible: Whether nothing of the crop is lost by it, so that it can be stopped or changed tomorrow.
        free: Whether it costs no money.
        harmless: Whether it does not touch the crop, so that it can harm no plant, whatever that has.
    """

    id: Slug
    reversible: bool
    free: bool
    harmless: bool


class Effects(FrozenModel):
    """What is known of a plant with one condition.

    Attributes:
        parent: The coarser statement; None for healthy.
        urgent: Whether the condition spreads within days.
        view: The photo that decides.
        helps, indifferent: Ids of practices; all others harm, or nobody knows.
    """

    parent: Slug | None
    urgent: bool
    confused_with: tuple[ConditionId, ...]
    view: View
    helps: tuple[Slug, ...]
    indifferent: tuple[Slug, ...]


class Helping(FrozenModel):
    """A practice, and which of the conditions it helps."""

    id: Slug
    helps: tuple[ConditionId, ...]


class Plan(FrozenModel):
    """What to do today.

    Attributes:
        practices: At most three, those that help most conditions first.
        urgent: Whether one of the conditions spreads within days.
        views: Photos that would tell more than another leaf; none if today's practices would stay the same.
    """

    practices: tuple[Helping, ...] = ()
    urgent: bool = False
    views: tuple[View, ...] = ()


def plan(diagnosis: Diagnosis, practices: Sequence[Practice], effects: Mapping[str, Effects]) -> Plan:
    """What to do after an answer, by all that is known of each condition; nothing where advice or a refusal says it."""
    if diagnosis.grade is Grade.MOST_LIKELY:
        return Plan()
    members = [named.id for named in diagnosis.listed]
    if not members:
        return Plan()
    return Plan(
        practices=choose_practices(members, practices, effects),
        urgent=any(effects[each].urgent for each in members if each in effects),
        views=_views([effects[each] for each in members if each in effects]),
    )


def choose_practices(
    members: Sequence[str], practices: Sequence[Practice], effects: Mapping[str, Effects]
) -> tuple[Helping, ...]:
    """At most three practices, those that help most members first.

    Args:
        members: Ids of the conditions one of which it may be.
        practices: All that there are, by their worth.
        effects: By condition; of one that is not there, nothing is known.
    """
    siblings = (sibling for member in members if member in effects for sibling in effects[member].confused_with)
    others = {*members, *siblings}
    safe = (
        practice
        for practice in practices
        if practice.reversible and practice.free and all(_is_safe(practice, effects.get(other)) for other in others)
    )
    helping = (
        Helping(id=one.id, helps=tuple(each for each in members if each in effects and one.id in effects[each].helps))
        for one in safe
    )
    return tuple(sorted((one for one in helping if one.helps), key=lambda one: -len(one.helps))[:MOST_PRACTICES])


def _is_safe(practice: Practice, known: Effects | None) -> bool:
    return practice.harmless or (known is not None and practice.id in (*known.helps, *known.indifferent))


def _views(leading: Sequence[Effects]) -> tuple[View, ...]:
    if len({frozenset(known.helps) for known in leading}) < 2:
        return ()
    return tuple(dict.fromkeys(known.view for known in leading if known.view is not View.LEAF))
