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
from majani.decision import question, rules
from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import PhotoResult
from majani.decision.question import Reply
from majani.decision.rules import CoarseStatement, Outcome
from majani.image.decode import decode
from majani.image.quality import RetakeReason
from majani.model.bundle import Situation
from majani.model.predictor import Floats
from tests.tiny_bundle import tiny_bundle_with_situations

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
def with_situations() -> Diagnoser:
    return Diagnoser(tiny_bundle_with_situations())


@pytest.fixture(params=["diagnoser", "with_situations", "shipped"])
def subject(request: pytest.FixtureRequest) -> Diagnoser:
    found: Diagnoser = request.getfixturevalue(request.param)
    return found


def test_the_right_rules_agree_everywhere(subject: Diagnoser) -> None:
    assert not stands_out(subject, golden(subject))


@pytest.mark.parametrize("shift", [-0.003, 0.003])
@pytest.mark.parametrize("name", ["reject", "answer", "coarse"])
def test_wrong_thresholds_stand_out(name: str, shift: float, shipped: Diagnoser) -> None:
    right = shipped.manifest.rules
    moved: dict[str, Any] = {name: getattr(right.thresholds, name, 0) + shift}
    if name == "answer":
        moved["per_class"] = {key: min(1.0, one + shift) for key, one in right.thresholds.per_class.items()}
    thresholds = right.thresholds.model_copy(update=moved)
    assert stands_out(with_rules(shipped, thresholds=thresholds), golden(shipped))


def test_a_wrong_edge_of_bands_that_promise_different_things_stands_out(shipped: Diagnoser) -> None:
    situations = shipped.manifest.rules.situations
    named = situations[Situation.CROP_NAMED]

    def moved(edges: float) -> Diagnoser:
        bands = [
            one.model_copy(update={"right": number % 2 * one.answered, "min_probability": one.min_probability + edges})
            for number, one in enumerate(named.confidence_bands)
        ]
        changed = named.model_copy(update={"confidence_bands": tuple(bands)})
        return with_rules(shipped, situations={**situations, Situation.CROP_NAMED: changed})

    right = golden_vectors(moved(0))
    assert stands_out(moved(-0.003), right)
    assert stands_out(moved(0.003), right)


@pytest.mark.parametrize("changes", [{"hint_factor": 1.0}, {"unknown_plant_factor": 1.0}, {"situations": None}])
def test_a_rule_that_is_not_known_stands_out(changes: dict[str, Any], with_situations: Diagnoser) -> None:
    assert stands_out(with_rules(with_situations, **changes), golden(with_situations))


def mean(photos: Sequence[Floats]) -> Floats:
    return np.asarray(np.mean(photos, axis=0), dtype=np.float32)


def silent_at(parent: bool, sick: bool, right: Callable[..., Any] = rules._coarse_statement) -> Callable[..., Any]:
    """Coarser statements without those of one level."""

    def wrong(*given: Any, **options: Any) -> tuple[CoarseStatement | None, float]:
        found, mass = right(*given, **options)
        return (None, 0.0) if found and (found.parent is not None, found.sick) == (parent, sick) else (found, mass)

    return wrong


@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [
        pytest.param(deciding, "pool", mean, id="mean instead of pooling"),
        pytest.param(rules, "shown", lambda *_, **__: None, id="contradiction not heeded"),
        pytest.param(rules, "shown", lambda *_, **__: "tomato", id="named crop not believed"),
        pytest.param(rules, "_coarse_statement", silent_at(True, True), id="trouble never said"),
        pytest.param(rules, "_coarse_statement", silent_at(False, True), id="sick never said"),
        pytest.param(rules, "_coarse_statement", silent_at(False, False), id="crop never said"),
    ],
)
def test_a_wrong_rule_stands_out(
    module: object, name: str, wrong: Callable[..., Any], shipped: Diagnoser, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = golden(shipped)
    monkeypatch.setattr(module, name, wrong)
    assert stands_out(shipped, right)


@pytest.mark.parametrize("shift", [-0.03, 0.03])
@pytest.mark.parametrize("name", ["MIN_TOGETHER", "MIN_ODDS"])
def test_a_wrong_rule_about_questions_stands_out(
    name: str, shift: float, shipped: Diagnoser, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = golden(shipped).questions
    monkeypatch.setattr(question, name, getattr(question, name) + shift)
    assert tuple(question_vectors(shipped.manifest)) != right


def test_all_kinds_of_cases_are_there(shipped: Diagnoser) -> None:
    decisions, questions = golden(shipped).decisions, golden(shipped).questions
    assert {vector.expected.outcome for vector in decisions} == set(Outcome) - {Outcome.RETAKE}
    assert {len(vector.photos) for vector in decisions} == {1, 2, 3, 5}
    assert any(vector.crop_hint for vector in decisions)
    coarse = [vector.expected.coarse for vector in decisions if vector.expected.coarse]
    assert {(one.parent is not None, one.sick) for one in coarse} == {(True, True), (False, True), (False, False)}
    assert {(one.asked, one.likelier[Reply.YES] is None) for one in questions} >= {(True, True), (True, False)}
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
