"""Golden vectors hold another writing of the rules to this one, so a wrong rule has to stand out.

The phone's own writing is held to them in ``tests/contract/test_app_rules.py``.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from majani.conformance.question import question_vectors
from majani.conformance.vectors import ExpectedDecision, GoldenVectors, golden_vectors
from majani.decision import diagnoser as deciding
from majani.decision import grades, rules
from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import PhotoResult
from majani.decision.grades import Grade
from majani.decision.question import Reply
from majani.decision.rules import Outcome, Why
from majani.image.decode import decode
from majani.image.quality import RetakeReason
from majani.model.predictor import Floats
from tests.tiny_bundle import tiny_bundle_with_lists

CURRENT = Path(__file__).parents[3] / "models/current"


def stands_out(wrong: Diagnoser, golden: GoldenVectors) -> bool:
    """Whether some vector tells these rules from the right ones."""
    for vector in golden.decisions:
        used = [np.array(photo, dtype=np.float32) for photo in vector.photos]
        said = wrong.conclude(used, photos=(PhotoResult(used=True),) * len(used), crop_hint=vector.crop_hint)
        fields = set(ExpectedDecision.model_fields)
        if not equal(said.model_dump(include=fields), vector.expected.model_dump(), golden.tolerance.decided):
            return True
    return False


def equal(one: Any, other: Any, off: float) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(equal(one[key], other[key], off) for key in one)
    if isinstance(one, Sequence) and not isinstance(one, str) and isinstance(other, Sequence):
        return len(one) == len(other) and all(equal(a, b, off) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= off
    return bool(one == other)


def with_rules(right: Diagnoser, **changes: Any) -> Diagnoser:
    wrong = copy(right)
    wrong.manifest = right.manifest.model_copy(update={"rules": right.manifest.rules.model_copy(update=changes)})
    return wrong


# They take seconds.
golden = cache(golden_vectors)


@pytest.fixture(scope="module")
def shipped() -> Diagnoser:
    return Diagnoser.from_directory(CURRENT)


@pytest.fixture(scope="module")
def with_lists() -> Diagnoser:
    return Diagnoser(tiny_bundle_with_lists())


@pytest.fixture(params=["diagnoser", "with_lists", "shipped"])
def subject(request: pytest.FixtureRequest) -> Diagnoser:
    found: Diagnoser = request.getfixturevalue(request.param)
    return found


def test_the_right_rules_agree_everywhere(subject: Diagnoser) -> None:
    assert not stands_out(subject, golden(subject))


@pytest.mark.parametrize("shift", [-0.003, 0.003])
@pytest.mark.parametrize("name", ["reject", "shows"])
def test_wrong_limits_stand_out(name: str, shift: float, shipped: Diagnoser) -> None:
    assert stands_out(with_rules(shipped, **{name: getattr(shipped.manifest.rules, name) + shift}), golden(shipped))


@pytest.mark.parametrize("shift", [-0.01, 0.01])
@pytest.mark.parametrize("name", ["MOST_LIKELY", "PROBABLY", "CLEAR"])
def test_wrong_edges_of_grades_stand_out(
    name: str, shift: float, shipped: Diagnoser, monkeypatch: pytest.MonkeyPatch
) -> None:
    grading = shipped.manifest.rules.grading
    # Of a bundle that is surer, no three are ever unlikely.
    doubtful = [of.model_copy(update={"intercept": of.intercept - 2}) for of in grading.lists[1:]]
    careful = with_rules(shipped, grading=grading.model_copy(update={"lists": (grading.lists[0], *doubtful)}))
    right = golden_vectors(careful)
    for module in (grades, rules):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, getattr(module, name) + shift)
    assert stands_out(careful, right)


@pytest.mark.parametrize("name", ["lists", "sick", "crop"])
@pytest.mark.parametrize("part", ["intercept", "field_variance", "crops"])
def test_numbers_that_are_not_read_stand_out(name: str, part: str, shipped: Diagnoser) -> None:
    grading = shipped.manifest.rules.grading
    of = grading.lists[0] if name == "lists" else getattr(grading, name)
    if not getattr(of, part):
        pytest.skip("the bundle has none")
    wrong = of.model_copy(update={part: {} if part == "crops" else 0.0})
    moved = (wrong, *grading.lists[1:]) if name == "lists" else wrong
    assert stands_out(with_rules(shipped, grading=grading.model_copy(update={name: moved})), golden(shipped))


@pytest.mark.parametrize("changes", [{"hint_factor": 1.0}, {"unknown_plant_factor": 1.0}])
def test_a_rule_that_is_not_known_stands_out(changes: dict[str, Any], shipped: Diagnoser) -> None:
    assert stands_out(with_rules(shipped, **changes), golden(shipped))


def mean(photos: Sequence[Floats]) -> Floats:
    return np.asarray(np.mean(photos, axis=0), dtype=np.float32)


@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [
        pytest.param(deciding, "pool", mean, id="mean instead of pooling"),
        pytest.param(rules, "shown", lambda *_, **__: None, id="contradiction not heeded"),
        pytest.param(rules, "shown", lambda *_, **__: "tomato", id="named crop not believed"),
        pytest.param(rules, "_looks_sick", lambda *_: None, id="sick never said"),
    ],
)
def test_a_wrong_rule_stands_out(
    module: object, name: str, wrong: Callable[..., Any], shipped: Diagnoser, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = golden(shipped)
    monkeypatch.setattr(module, name, wrong)
    assert stands_out(shipped, right)


@pytest.mark.parametrize("shift", [-0.03, 0.03])
def test_a_wrong_rule_about_questions_stands_out(
    shift: float, shipped: Diagnoser, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = golden(shipped).questions
    monkeypatch.setattr(grades, "PROBABLY", grades.PROBABLY + shift)
    assert tuple(question_vectors(shipped.manifest)) != right


def test_all_kinds_of_cases_are_there(shipped: Diagnoser) -> None:
    decisions, questions = golden(shipped).decisions, golden(shipped).questions
    # A bundle that was never tried with sick leaves calls none healthy.
    missing = {Outcome.RETAKE} if shipped.manifest.rules.grading.healthy else {Outcome.RETAKE, Outcome.HEALTHY}
    assert {vector.expected.outcome for vector in decisions} == set(Outcome) - missing
    assert {len(vector.photos) for vector in decisions} == {1, 2, 3, 5}
    assert any(vector.crop_hint for vector in decisions)
    assert {vector.expected.grade for vector in decisions} == {*Grade, None}
    assert {vector.expected.why for vector in decisions} >= {None, Why.WHICH_CROP, Why.ANOTHER_CROP}
    assert {one.replied[Reply.YES].grade for one in questions if one.asked} == {Grade.PROBABLY, Grade.ONE_OF}
    assert not all(one.asked for one in questions)


def test_pictures_are_answered_as_they_would_be(subject: Diagnoser) -> None:
    vectors = golden(subject)
    retake = {vector.about: set(vector.expected.retake) for vector in vectors.pictures}
    assert retake["leaf"] == retake["spotted leaf"] == retake["stripes"] == set()
    assert RetakeReason.TOO_DARK in retake["leaf at night"]
    assert RetakeReason.BLURRED in retake["blurred leaf"]
    assert RetakeReason.TOO_SMALL in retake["thumbnail"]
    for vector in vectors.pictures:
        photo = base64.b64decode(vector.png)
        assert subject.diagnose([photo]).photos[0].retake == vector.expected.retake
        probabilities = subject.predictor.predict(decode(photo)).probabilities
        assert vector.expected.top[0].id == vectors.classes[int(probabilities.argmax())]
        assert vector.expected.top[0].probability == pytest.approx(float(probabilities.max()), abs=0.001)
