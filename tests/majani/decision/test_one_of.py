"""Where nothing is named, the few conditions that it may be are said, if that says enough."""

from typing import Any

import numpy as np
import pytest

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import PhotoResult
from majani.decision.rules import set_of
from majani.model.bundle import ClassEntry, Manifest, NamedId, SetRule, Situation
from majani.taxonomy import Kind
from tests.tiny_bundle import tiny_bundle_with_situations

MANIFEST = tiny_bundle_with_situations().manifest


def of_share(*shares: float, blind: tuple[int, ...] = ()) -> str:
    """The members of the set of 0.2, of 0.7 alone, as letters, for conditions a, b, ... of these probabilities."""
    letters = "abcdefgh"[: len(shares)]
    of = dict(zip(letters, shares, strict=True))
    ranked = [ClassEntry(id=one, name=one, kind=Kind.FUNGUS) for one in sorted(letters, key=lambda one: -of[one])]
    rule = SetRule(min_probability=0.2, alone=0.7, right=9, answered=10)
    return "".join(one.id for one in set_of(ranked, of, rule=rule, blind=[letters[number] for number in blind]))


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        pytest.param((0.1, 0.5, 0.4), "bc", id="two of three"),
        pytest.param((0.9, 0.05, 0.05), "a", id="one: probable"),
        pytest.param((0.65, 0.16, 0.19), "ac", id="not sure enough to be said alone"),
        pytest.param((0.4, 0.3, 0.3), "", id="all of three says nothing"),
        pytest.param((0.3, 0.3, 0.3, 0.1), "", id="three of four is more than two thirds"),
        pytest.param((0.3, 0.3, 0.3, 0.05, 0.05), "abc", id="three of five"),
        pytest.param((0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0), "", id="four help nobody"),
        pytest.param((0.6, 0.4), "", id="both of two"),
        pytest.param((1.0,), "", id="the only one of its crop"),
        # A fifth of the crop's half of all probability.
        pytest.param((0.39, 0.11, 0.0), "ab", id="of the crop, not of all"),
        pytest.param((0.0, 0.0, 0.0), "", id="nothing is seen of the crop"),
    ],
)
def test_what_a_set_holds(shares: tuple[float, ...], expected: str) -> None:
    assert of_share(*shares) == expected


def test_a_blind_spot_takes_its_share_and_is_in_no_set() -> None:
    assert of_share(0.5, 0.3, 0.2, 0.0, blind=(0,)) == "bc"
    assert of_share(0.9, 0.05, 0.05, 0.0, blind=(0,)) == "", "what it is most like is nothing to be said"


UNSURE = {"bean.rust": 0.5, "bean.angular_leaf_spot": 0.45, "bean.healthy": 0.05}


def said(crop: str | None = "bean", shown: tuple[str | None, ...] = (None,), **shares: float) -> Any:
    of = shares or UNSURE
    belief = np.array([of.get(entry.id, 0.0) for entry in MANIFEST.classes], dtype=np.float32)
    photos = tuple(PhotoResult(used=True, shows=one) for one in shown)
    return Diagnoser(tiny_bundle_with_situations()).conclude([belief] * len(photos), photos=photos, crop_hint=crop)


def test_an_unsure_answer_says_which_it_may_be_and_how_often_that_is_true() -> None:
    found = said()
    assert (found.outcome, found.condition) == ("uncertain", None)
    assert [one.id for one in found.one_of.conditions] == ["bean.rust", "bean.angular_leaf_spot"]
    assert (found.one_of.confidence.answered, found.one_of.confidence.right_of_ten) == (20, 8)
    assert found.coarse is not None, "phones that know no sets show this"


def test_nothing_is_said_where_nothing_was_proved_or_one_is_named() -> None:
    assert said(crop=None).one_of is None
    assert said(crop="tomato").one_of is None
    assert said(shown=("bean", "tomato")).one_of is None
    found = said(**{"bean.rust": 0.97, "bean.healthy": 0.03})
    assert (found.condition.id, found.one_of) == ("bean.rust", None)


MAIZE = {"maize": SetRule(min_probability=0.1, right=9, answered=10)}


@pytest.mark.parametrize(
    ("rules", "schema_version", "reason"),
    [
        ({"blind_spots": {"maize": (NamedId(id="maize.rust", name="rust"),)}}, 3, "maize"),
        ({"situations": {Situation.CROP_NAMED: {"answer": 0.9, "sets": MAIZE}}}, 3, "maize"),
        ({}, 2, "schema_version 3"),
    ],
)
def test_sets_of_unknown_crops_or_in_older_schemas_are_refused(
    rules: dict[str, Any], schema_version: int, reason: str
) -> None:
    changed = MANIFEST.model_dump() | {"rules": MANIFEST.rules.model_dump() | rules, "schema_version": schema_version}
    with pytest.raises(ValueError, match=reason):
        Manifest.model_validate(changed)
