"""Rule 8: what is said to do today harms nothing that the plant may have, can be undone and costs nothing."""

from typing import Any

import pytest

from majani.decision.diagnosis import Coarse, Confidence, Diagnosis, Named, OneOf
from majani.decision.practice import Effects, Practice, View, choose_practices, members_of, plan
from majani.decision.rules import Outcome
from majani.model.bundle import NamedId

SPOT, BLIGHT, RUST, WILT, HEALTHY = "bean.spot", "bean.blight", "bean.rust", "bean.wilt", "bean.healthy"


def practice(id_: str, **others: bool) -> Practice:
    return Practice.model_validate({"id": id_, "reversible": True, "free": True, "harmless": False, **others})


def effects(parent: str | None, *helps: str, **others: Any) -> Effects:
    usual = {"urgent": False, "confused_with": (), "view": View.LEAF, "indifferent": ()}
    return Effects.model_validate({"parent": parent, "helps": helps, **usual, **others})


PRACTICES = (
    practice("water"),
    practice("weed"),
    practice("look", harmless=True),
    practice("wash", harmless=True),
    practice("cut", reversible=False),
    practice("feed", free=False),
)
KNOWN = {
    SPOT: effects("leaf_spot", "water", "cut", indifferent=("weed",), confused_with=(BLIGHT,)),
    BLIGHT: effects("leaf_spot", "water", "wash", "cut", urgent=True, view=View.UNDERSIDE),
    RUST: effects("rust", "weed", "feed", indifferent=("water",), view=View.UNDERSIDE),
    WILT: effects("wilt", "look", view=View.STEM),
    HEALTHY: effects(None, "look", "weed", indifferent=("water",)),
}


def answer(*likely: str, crop: str | None = "bean", outcome: Outcome = Outcome.UNCERTAIN, **more: Any) -> Diagnosis:
    named = tuple(Named(id=one, name="", crop="bean", crop_name="", probability=0.3) for one in likely)
    usual = {"outcome": outcome, "candidates": named, "photos": (), "crop_hint": crop, "model_version": "1"}
    return Diagnosis(**usual, **more)


def one_of(*likely: str, blind: tuple[str, ...] = (), **more: Any) -> Diagnosis:
    spots = tuple(NamedId(id=one, name="") for one in blind)
    confidence = Confidence(right=9, answered=10, right_of_ten=8)
    named = answer(*likely).candidates
    return answer(*likely, one_of=OneOf(conditions=named, blind_spots=spots, confidence=confidence), **more)


def coarse(parent: str | None, sick: bool, **more: Any) -> Diagnosis:
    return answer(coarse=Coarse(crop="bean", parent=parent, sick=sick, statement="", probability=0.9), **more)


@pytest.mark.parametrize(
    ("members", "blind", "said"),
    [
        pytest.param((RUST,), (), ["weed"], id="what helps, and nothing that costs money"),
        pytest.param((BLIGHT,), (), ["water", "wash"], id="nothing that cannot be undone"),
        pytest.param((SPOT,), (), ["water"], id="nothing that a look-alike may not bear"),
        pytest.param((SPOT, RUST), (), ["water"], id="what harms neither it nor look-alikes"),
        pytest.param((RUST, HEALTHY), (), ["weed", "look"], id="what helps most comes first"),
        pytest.param((RUST,), (SPOT,), ["weed"], id="what a blind spot bears"),
        pytest.param((RUST,), (WILT,), [], id="nothing that a blind spot may not bear"),
        pytest.param((BLIGHT,), ("bean.unheard_of",), ["wash"], id="of the unknown, what does not touch the crop"),
        pytest.param(("bean.unheard_of",), (), [], id="nothing for what nobody knows"),
    ],
)
def test_what_is_said(members: tuple[str, ...], blind: tuple[str, ...], said: list[str]) -> None:
    assert [one.id for one in choose_practices(members, blind, PRACTICES, KNOWN)] == said


def test_three_at_most_with_whom_they_help() -> None:
    many = tuple(practice(f"look{at}", harmless=True) for at in range(5))
    known = {RUST: KNOWN[RUST].model_copy(update={"helps": tuple(one.id for one in many)})}
    chosen = choose_practices((RUST, WILT), (), many, known)
    assert [(one.id, one.helps) for one in chosen] == [(f"look{at}", (RUST,)) for at in range(3)]


@pytest.mark.parametrize(
    ("given", "members"),
    [
        (one_of(RUST, SPOT, coarse=coarse(None, True).coarse), (RUST, SPOT)),
        (one_of(HEALTHY), (HEALTHY,)),
        (coarse("leaf_spot", True), (BLIGHT, SPOT)),
        (coarse(None, True, crop=None), (BLIGHT, RUST, SPOT, WILT)),
        (coarse(None, False), (BLIGHT, HEALTHY, RUST, SPOT, WILT)),
        (answer(RUST), (BLIGHT, HEALTHY, RUST, SPOT, WILT)),
        (answer(RUST, crop=None), ()),
        (coarse(None, True, crop="maize"), ()),
        *((answer(RUST, outcome=outcome), ()) for outcome in Outcome if outcome is not Outcome.UNCERTAIN),
    ],
)
def test_who_is_meant(given: Diagnosis, members: tuple[str, ...]) -> None:
    assert members_of(given, KNOWN) == members


@pytest.mark.parametrize(
    ("given", "urgent"),
    [
        (one_of(RUST), False),
        (one_of(RUST, BLIGHT), True),
        (one_of(RUST, blind=(BLIGHT,)), True),
        (one_of(SPOT), False),
        (answer(BLIGHT, outcome=Outcome.CONDITION), False),
    ],
)
def test_what_spreads_in_days_is_urgent(given: Diagnosis, urgent: bool) -> None:
    assert plan(given, PRACTICES, KNOWN).urgent is urgent


SAME = {one: KNOWN[one].model_copy(update={"helps": ("water",)}) for one in (SPOT, RUST)}


@pytest.mark.parametrize(
    ("given", "known", "views"),
    [
        (one_of(SPOT, RUST, WILT), KNOWN, (View.UNDERSIDE, View.STEM)),
        (one_of(SPOT, HEALTHY), KNOWN, ()),
        (one_of(WILT), KNOWN, ()),
        (answer(RUST, SPOT, HEALTHY, WILT), KNOWN, (View.UNDERSIDE,)),
        (one_of(SPOT, RUST), SAME, ()),
    ],
)
def test_a_view_is_asked_for_where_it_could_change_what_to_do(
    given: Diagnosis, known: dict[str, Effects], views: tuple[View, ...]
) -> None:
    assert plan(given, PRACTICES, known).views == views
