"""Rule 8: what is said to do today harms nothing that the plant may have, can be undone and costs nothing."""

from typing import Any

import pytest

from majani.decision.diagnosis import Coarse, Confidence, Diagnosis, Named, OneOf
from majani.decision.practice import Effects, Practice, View, choose_practices, members_of, plan
from majani.decision.rules import Outcome
from majani.model.bundle import NamedId

SPOT, BLIGHT, RUST, WILT, HEALTHY = "bean.spot", "bean.blight", "bean.rust", "bean.wilt", "bean.healthy"


def practice(id_: str, *, reversible: bool = True, free: bool = True, harmless: bool = False) -> Practice:
    return Practice(id=id_, reversible=reversible, free=free, harmless=harmless)


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


def answer(
    *likely: str,
    one_of: bool = False,
    blind: tuple[str, ...] = (),
    coarse: tuple[str, str | None, bool] | None = None,
    crop: str | None = "bean",
    outcome: Outcome = Outcome.UNCERTAIN,
) -> Diagnosis:
    named = tuple(Named(id=one, name="", crop="bean", crop_name="", probability=0.3) for one in likely)
    spots = tuple(NamedId(id=one, name="") for one in blind)
    confidence = Confidence(right=9, answered=10, right_of_ten=8)
    return Diagnosis(
        outcome=outcome,
        coarse=coarse and Coarse(crop=coarse[0], parent=coarse[1], sick=coarse[2], statement="", probability=0.9),
        one_of=OneOf(conditions=named, blind_spots=spots, confidence=confidence) if one_of else None,
        candidates=named,
        photos=(),
        crop_hint=crop,
        model_version="1",
    )


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
        pytest.param(
            (BLIGHT,), ("bean.unheard_of",), ["wash"], id="where nothing is known, what does not touch the crop"
        ),
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
        (answer(RUST, SPOT, one_of=True, coarse=("bean", None, True)), (RUST, SPOT)),
        (answer(HEALTHY, one_of=True), (HEALTHY,)),
        (answer(coarse=("bean", "leaf_spot", True)), (BLIGHT, SPOT)),
        (answer(coarse=("bean", None, True), crop=None), (BLIGHT, RUST, SPOT, WILT)),
        (answer(coarse=("bean", None, False)), (BLIGHT, HEALTHY, RUST, SPOT, WILT)),
        (answer(RUST), (BLIGHT, HEALTHY, RUST, SPOT, WILT)),
        (answer(RUST, crop=None), ()),
        (answer(coarse=("bean", None, True), crop="maize"), ()),
        *((answer(RUST, outcome=outcome), ()) for outcome in Outcome if outcome is not Outcome.UNCERTAIN),
    ],
)
def test_who_is_meant(given: Diagnosis, members: tuple[str, ...]) -> None:
    assert members_of(given, KNOWN) == members


@pytest.mark.parametrize(
    ("given", "urgent"),
    [
        (answer(RUST, one_of=True), False),
        (answer(RUST, BLIGHT, one_of=True), True),
        (answer(RUST, one_of=True, blind=(BLIGHT,)), True),
        (answer(SPOT, one_of=True), False),
        (answer(BLIGHT, outcome=Outcome.CONDITION), False),
    ],
)
def test_what_spreads_in_days_is_urgent(given: Diagnosis, urgent: bool) -> None:
    assert plan(given, PRACTICES, KNOWN).urgent is urgent


@pytest.mark.parametrize(
    ("given", "views"),
    [
        (answer(SPOT, RUST, WILT, one_of=True), (View.UNDERSIDE, View.STEM)),
        (answer(SPOT, HEALTHY, one_of=True), ()),
        (answer(WILT, one_of=True), ()),
        (answer(RUST, SPOT, HEALTHY, WILT), (View.UNDERSIDE,)),
    ],
)
def test_a_view_is_asked_for_where_it_could_change_what_to_do(given: Diagnosis, views: tuple[View, ...]) -> None:
    assert plan(given, PRACTICES, KNOWN).views == views


def test_no_view_is_asked_for_where_the_same_helps_anyway() -> None:
    same = {one: KNOWN[one].model_copy(update={"helps": ("water",)}) for one in (SPOT, RUST)}
    assert plan(answer(SPOT, RUST, one_of=True), PRACTICES, same).views == ()
