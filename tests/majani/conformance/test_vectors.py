"""Golden vectors hold a second writing of the rules to the first, so a wrong one has to stand out."""

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from majani.conformance.vectors import DecisionVector, ExpectedDecision, GoldenVectors, golden_vectors
from majani.decision.diagnoser import Diagnoser
from majani.decision.rules import Outcome
from majani.image.decode import decode
from majani.image.quality import RetakeReason
from majani.model.bundle import ConfidenceBand, Manifest
from tests.tiny_bundle import tiny_bundle_with_situations

CURRENT = Path(__file__).parents[3] / "models/current"

Vector = Sequence[float]


def pool(photos: Sequence[Vector]) -> list[float]:
    logs = [math.fsum(math.log(max(one, 1e-9)) for one in column) / len(photos) for column in zip(*photos, strict=True)]
    return [math.exp(one) for one in logs]


def mean(photos: Sequence[Vector]) -> list[float]:
    return [math.fsum(column) for column in zip(*photos, strict=True)]


def lower_bound(band: ConfidenceBand) -> float:
    """The share at which what was counted is 1.645 standard deviations away: between 0 and what was counted."""
    low, high = 0.0, band.right / band.answered
    for _ in range(60):
        middle = (low + high) / 2
        away = (band.right / band.answered - middle) / math.sqrt(middle * (1 - middle) / band.answered)
        low, high = (middle, high) if away > 1.6448536269514722 else (low, middle)
    return low


@dataclass(frozen=True)
class Port:
    """A second version of the rules, in plain numbers of twice the precision."""

    manifest: Manifest
    pool: Callable[[Sequence[Vector]], list[float]] = pool
    shift: Mapping[str, float] = ()  # type: ignore[assignment]
    heeds_hint: bool = True
    knows_situations: bool = True
    levels: tuple[str, ...] = ("parent", "sick", "crop")

    def threshold(self, name: str, value: float) -> float:
        return value + dict(self.shift).get(name, 0.0)

    def decide(self, photos: Sequence[Vector], crop_hint: str | None) -> dict[str, object]:
        entries, rules = self.manifest.classes, self.manifest.rules
        belief = self.pool(photos)
        if crop_hint is not None and self.heeds_hint:
            weaker = [entry.crop not in (crop_hint, None) for entry in entries]
            belief = [one * (rules.hint_factor if weak else 1) for one, weak in zip(belief, weaker, strict=True)]
        total = math.fsum(belief)
        of = {entry.id: one / total for entry, one in zip(entries, belief, strict=True)}
        ranked = sorted((entry for entry in entries if entry.crop), key=lambda entry: -of[entry.id])
        said: dict[str, object] = {"candidates": [(entry.id, of[entry.id]) for entry in ranked[:5]]}
        if of["unknown_plant"] + of["not_a_plant"] >= self.threshold("reject", rules.thresholds.reject):
            likelier = "unknown_plant" if of["unknown_plant"] >= of["not_a_plant"] else "not_a_plant"
            return said | {"outcome": likelier}
        best = ranked[0]
        answer, bands = rules.thresholds.per_class.get(best.id, rules.thresholds.answer), rules.confidence_bands
        name = "_".join(["crop_named"] * (crop_hint is not None) + ["several_photos"] * (len(photos) > 1))
        own = (rules.situations or {}).get(name)  # type: ignore[call-overload]
        if own is not None and self.knows_situations:
            answer, bands = own.per_class.get(best.id, own.answer), own.confidence_bands
        if of[best.id] >= self.threshold("answer", answer):
            below = [one for one in bands if self.threshold("band", one.min_probability) <= of[best.id]]
            worst = min(bands[len(below) - 1 :], key=lower_bound) if below else None
            right = (worst.right, worst.answered) if worst else None
            outcome = "healthy" if best.kind == "healthy" else "condition"
            return said | {"outcome": outcome, "condition": (best.id, of[best.id]), "confidence": right}
        return said | {"outcome": "uncertain", "coarse": self.coarse(of)}

    def coarse(self, of: Mapping[str, float]) -> tuple[tuple[str | None, str | None, bool], float] | None:
        keys = {
            "parent": lambda entry: (entry.crop, entry.parent, True) if entry.parent else None,
            "sick": lambda entry: (entry.crop, None, True) if entry.kind != "healthy" else None,
            "crop": lambda entry: (entry.crop, None, False),
        }
        for level in self.levels:
            mass: dict[tuple[str | None, str | None, bool], float] = {}
            for entry in self.manifest.classes:
                if entry.crop and (key := keys[level](entry)):
                    mass[key] = mass.get(key, 0) + of[entry.id]
            key, most = max(mass.items(), key=lambda item: item[1])
            if most >= self.threshold("coarse", self.manifest.rules.thresholds.coarse):
                return key, most
        return None

    def failures(self, golden: GoldenVectors) -> list[DecisionVector]:
        off = golden.tolerance.decided
        return [
            vector
            for vector in golden.decisions
            if not agrees(self.decide(vector.photos, vector.crop_hint), vector.expected, off)
        ]


def agrees(said: Mapping[str, object], expected: ExpectedDecision, off: float) -> bool:
    named, coarse, sure = expected.condition, expected.coarse, expected.confidence
    wanted = {
        "outcome": expected.outcome.value,
        "condition": (named.id, named.probability) if named else None,
        "coarse": ((coarse.crop, coarse.parent, coarse.sick), coarse.probability) if coarse else None,
        "confidence": (sure.right, sure.answered) if sure else None,
        "candidates": [(one.id, one.probability) for one in expected.candidates],
    }
    return all(equal(said.get(key), value, off) for key, value in wanted.items())


def equal(one: object, other: object, off: float) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(equal(a, b, off) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= off
    return one == other


@pytest.fixture(scope="module")
def shipped() -> Diagnoser:
    return Diagnoser.from_directory(CURRENT)


@pytest.fixture(scope="module")
def shipped_golden(shipped: Diagnoser) -> GoldenVectors:
    return golden_vectors(shipped)


@pytest.fixture(scope="module")
def with_situations() -> Diagnoser:
    return Diagnoser(tiny_bundle_with_situations())


@pytest.fixture(scope="module", params=["tiny", "situations", "shipped"])
def subject(
    request: pytest.FixtureRequest, diagnoser: Diagnoser, with_situations: Diagnoser, shipped: Diagnoser
) -> Diagnoser:
    return {"tiny": diagnoser, "situations": with_situations, "shipped": shipped}[request.param]


@pytest.fixture(scope="module")
def golden(subject: Diagnoser) -> GoldenVectors:
    return golden_vectors(subject)


def test_a_right_port_agrees_everywhere(subject: Diagnoser, golden: GoldenVectors) -> None:
    assert Port(subject.manifest).failures(golden) == []


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"pool": mean}, id="mean instead of pooling"),
        pytest.param({"heeds_hint": False}, id="hint not heeded"),
        pytest.param({"levels": ("sick", "crop")}, id="no kind of trouble"),
        pytest.param({"levels": ("parent", "crop")}, id="sick left out"),
        pytest.param({"levels": ("parent", "sick")}, id="crop left out"),
        *(
            pytest.param({"shift": {name: shift}}, id=f"{name} {shift:+}")
            for name in ("reject", "answer", "band", "coarse")
            for shift in (-0.003, 0.003)
        ),
    ],
)
def test_a_wrong_port_stands_out(wrong: dict[str, object], shipped: Diagnoser, shipped_golden: GoldenVectors) -> None:
    assert replace(Port(shipped.manifest), **wrong).failures(shipped_golden)  # type: ignore[arg-type]


def test_a_port_that_knows_no_situations_stands_out(with_situations: Diagnoser) -> None:
    assert Port(with_situations.manifest, knows_situations=False).failures(golden_vectors(with_situations))


def test_all_kinds_of_cases_are_there(shipped_golden: GoldenVectors) -> None:
    golden = shipped_golden
    assert {vector.expected.outcome for vector in golden.decisions} == set(Outcome) - {Outcome.RETAKE}
    assert {len(vector.photos) for vector in golden.decisions} == {1, 2, 3, 5}
    assert any(vector.crop_hint for vector in golden.decisions)
    coarse = [vector.expected.coarse for vector in golden.decisions if vector.expected.coarse]
    assert {(one.parent is not None, one.sick) for one in coarse} == {(True, True), (False, True), (False, False)}


def test_pictures_are_answered_as_they_would_be(subject: Diagnoser, golden: GoldenVectors) -> None:
    retake = {vector.about: set(vector.expected.retake) for vector in golden.pictures}
    assert retake["leaf"] == retake["spotted leaf"] == retake["stripes"] == set()
    assert RetakeReason.TOO_DARK in retake["leaf at night"]
    assert RetakeReason.BLURRED in retake["blurred leaf"]
    assert RetakeReason.TOO_SMALL in retake["thumbnail"]
    for vector in golden.pictures:
        photo = base64.b64decode(vector.png)
        assert subject.diagnose([photo]).photos[0].retake == vector.expected.retake
        probabilities = subject.predictor.predict(decode(photo)).probabilities
        assert vector.expected.top[0].id == golden.classes[int(probabilities.argmax())]
        assert vector.expected.top[0].probability == pytest.approx(float(probabilities.max()), abs=0.001)
