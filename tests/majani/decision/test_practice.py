"""Rule 8: what is said to do today harms nothing that the plant may have, can be undone and costs nothing."""

from typing import Any

import pytest

from majani.decision.diagnosis import Diagnosis, Named
from majani.decision.grades import Grade
from majani.decision.practice import Effects, Practice, View, choose_practices, plan
from majani.decision.rules import Outcome

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


def answer(*listed: str, grade: Grade | None = Grade.ONE_OF) -> Diagnosis:
    named = tuple(Named(id=one, name="", crop="bean", crop_name="", probability=0.3) for one in (*listed, "bean.last"))
    usual = {"outcome": Outcome.UNCERTAIN, "grade": grade, "photos": (), "crop_hint": "bean", "model_version": "1"}
    return Diagnosis(**usual, ranked=named, in_list=len(listed))


@pytest.mark.parametrize(
    ("members", "said"),
    [
        pytest.param((RUST,), ["weed"], id="what helps, and nothing that costs money"),
        pytest.param((BLIGHT,), ["water", "wash"], id="nothing that cannot be undone"),
        pytest.param((SPOT,), ["water"], id="nothing that a look-alike may not bear"),
        pytest.param((SPOT, RUST), ["water"], id="what harms neither it nor look-alikes"),
        pytest.param((RUST, HEALTHY), ["weed", "look"], id="what helps most comes first"),
        pytest.param(("bean.unheard_of",), [], id="nothing for what nobody knows"),
    ],
)
def test_what_is_said(members: tuple[str, ...], said: list[str]) -> None:
    assert [one.id for one in choose_practices(members, PRACTICES, KNOWN)] == said


def test_three_at_most_with_whom_they_help() -> None:
    many = tuple(practice(f"look{at}", harmless=True) for at in range(5))
    known = {RUST: KNOWN[RUST].model_copy(update={"helps": tuple(one.id for one in many)})}
    chosen = choose_practices((RUST, WILT), many, known)
    assert [(one.id, one.helps) for one in chosen] == [(f"look{at}", (RUST,)) for at in range(3)]


def test_all_that_is_listed_is_meant_unless_one_is_most_likely() -> None:
    for grade in Grade:
        helped = {
            one
            for helping in plan(answer(RUST, SPOT, grade=grade), PRACTICES, KNOWN).practices
            for one in helping.helps
        }
        assert helped == (set() if grade is Grade.MOST_LIKELY else {SPOT})
    assert plan(answer(grade=None), PRACTICES, KNOWN).practices == ()


@pytest.mark.parametrize(("listed", "urgent"), [((RUST,), False), ((RUST, BLIGHT), True), ((SPOT,), False)])
def test_what_spreads_in_days_is_urgent(listed: tuple[str, ...], urgent: bool) -> None:
    assert plan(answer(*listed), PRACTICES, KNOWN).urgent is urgent


SAME = {one: KNOWN[one].model_copy(update={"helps": ("water",)}) for one in (SPOT, RUST)}


@pytest.mark.parametrize(
    ("given", "known", "views"),
    [
        (answer(SPOT, RUST, WILT), KNOWN, (View.UNDERSIDE, View.STEM)),
        (answer(SPOT, HEALTHY), KNOWN, ()),
        (answer(WILT), KNOWN, ()),
        (answer(RUST, SPOT, HEALTHY), KNOWN, (View.UNDERSIDE,)),
        (answer(SPOT, RUST), SAME, ()),
    ],
)
def test_a_view_is_asked_for_where_it_could_change_what_to_do(
    given: Diagnosis, known: dict[str, Effects], views: tuple[View, ...]
) -> None:
    assert plan(given, PRACTICES, known).views == views
