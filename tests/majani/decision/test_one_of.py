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
USED = PhotoResult(used=True)


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


def said(*, crop: str | None, photos: tuple[PhotoResult, ...] = (USED,), **shares: float) -> Any:
    belief = np.array([shares.get(entry.id.replace(".", "__"), 0.0) for entry in MANIFEST.classes], dtype=np.float32)
    diagnoser = Diagnoser(tiny_bundle_with_situations())
    return diagnoser.conclude([belief] * len(photos), photos=photos, crop_hint=crop)


UNSURE = {"bean__rust": 0.5, "bean__angular_leaf_spot": 0.45, "bean__healthy": 0.05}


def test_an_unsure_answer_says_which_it_may_be_and_how_often_that_is_true() -> None:
    found = said(crop="bean", **UNSURE)
    assert found.outcome == "uncertain"
    assert found.condition is None
    assert [one.id for one in found.one_of.conditions] == ["bean.rust", "bean.angular_leaf_spot"]
    assert (found.one_of.confidence.answered, found.one_of.confidence.right_of_ten) == (20, 8)
    assert found.coarse is not None, "phones that know no sets show this"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"crop": None}, id="no crop named"),
        pytest.param({"crop": "tomato"}, id="another crop named"),
        pytest.param(
            {"photos": (USED.model_copy(update={"shows": "bean"}), USED.model_copy(update={"shows": "tomato"}))},
            id="two plants",
        ),
    ],
)
def test_nothing_is_said_where_nothing_was_proved(changes: dict[str, Any]) -> None:
    assert said(**{"crop": "bean", **UNSURE, **changes}).one_of is None


def test_what_is_named_needs_no_set() -> None:
    found = said(crop="bean", bean__rust=0.97, bean__healthy=0.03)
    assert (found.condition.id, found.one_of) == ("bean.rust", None)


MAIZE = {"maize": SetRule(min_probability=0.1, right=9, answered=10)}


@pytest.mark.parametrize(
    "rules",
    [
        {"blind_spots": {"maize": (NamedId(id="maize.rust", name="rust"),)}},
        {"situations": {Situation.CROP_NAMED: {"answer": 0.9, "sets": MAIZE}}},
    ],
)
def test_sets_of_a_crop_that_the_bundle_does_not_know_are_refused(rules: dict[str, Any]) -> None:
    content = MANIFEST.model_dump(mode="json")
    changed = MANIFEST.rules.model_validate({**MANIFEST.rules.model_dump(), **rules})
    with pytest.raises(ValueError, match="maize"):
        Manifest.model_validate({**content, "rules": changed.model_dump()})


def test_older_schemas_have_no_sets() -> None:
    content = MANIFEST.model_dump(mode="json")
    with pytest.raises(ValueError, match="schema_version 3"):
        Manifest.model_validate({**content, "schema_version": 2})
