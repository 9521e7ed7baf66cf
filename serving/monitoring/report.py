"""Compares every measure now with the time when a model began to answer, and with validation photos. Pure functions."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import TypeVar

from majani.model.bundle import Manifest
from majani.model.distribution import Histogram
from serving.monitoring.correctness import Judgement, judge
from serving.monitoring.population_stability import MIN_CASES, Change, Drift, drift_of_values, drift_of_words
from serving.monitoring.proportion import Share
from serving.monitoring.windows import ObservedCase, Samples
from serving.persistence.case_record import FeedbackVerdict

Value = TypeVar("Value", float, str)


class Measure(StrEnum):
    """What is compared by its distribution: photos first, then answers."""

    LUMINANCE = "luminance"
    SHARPNESS = "sharpness"
    SIDE = "side"
    NOVELTY = "novelty"
    PROBABILITY = "probability"
    OUTCOME = "outcome"
    CONDITION = "condition"


class Rate(StrEnum):
    """What is compared as a share.

    ``experts``: of reviewed cases in which the model claimed something, those in which experts agree with it.
    ``senders``: of cases that their senders called right or wrong, those called right.
    ``answered``: of all cases, those in which a condition or health was named.
    """

    EXPERTS = "experts"
    SENDERS = "senders"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Shares:
    """One share then and now."""

    then: Share
    now: Share

    @property
    def change(self) -> Change:
        """Clear if the two 95 % intervals have nothing in common, which is a careful test."""
        if min(self.then.whole, self.now.whole) < MIN_CASES:
            return Change.TOO_FEW
        (low, high), (other_low, other_high) = self.then.interval, self.now.interval
        return Change.CLEAR if high < other_low or other_high < low else Change.NONE


@dataclass(frozen=True)
class Report:
    """Everything about one model: ``drifts`` from its first cases, and how it differs from where it was validated."""

    samples: Samples
    drifts: Mapping[Measure, Drift]
    validated: Mapping[Measure, Drift]
    shares: Mapping[Rate, Shares]


_VALUES: Mapping[Measure, Callable[[ObservedCase], float | None]] = {
    Measure.LUMINANCE: lambda case: _typical(photo.luminance for photo in case.photos),
    Measure.SHARPNESS: lambda case: _typical(photo.sharpness for photo in case.photos),
    Measure.SIDE: lambda case: _typical(photo.side_px for photo in case.photos),
    Measure.NOVELTY: lambda case: case.novelty,
    Measure.PROBABILITY: lambda case: case.probability,
}
_WORDS: Mapping[Measure, Callable[[ObservedCase], str | None]] = {
    Measure.OUTCOME: lambda case: case.answer.outcome.value,
    Measure.CONDITION: lambda case: case.answer.condition,
}


def report(samples: Samples, manifest: Manifest | None = None) -> Report:
    """Compare a model's latest cases with its first, and with its manifest's validation photos if they are enough."""
    first, latest, recent = samples.first, samples.latest, samples.recent
    drifts, validated = {}, {}
    told = manifest.validation_photos if manifest is not None and manifest.version == samples.model_version else None
    for measure, value in _VALUES.items():
        drifts[measure] = drift_of_values(Histogram.of(_known(first, value)), _known(latest, value))
        if told and measure in told.values and sum(told.values[measure].counts) >= MIN_CASES:
            validated[measure] = drift_of_values(told.values[measure], _known(recent, value))
    for measure, word in _WORDS.items():
        drifts[measure] = drift_of_words(Counter(_known(first, word)), _known(latest, word))
        if told and measure in told.words and sum(told.words[measure].values()) >= MIN_CASES:
            validated[measure] = drift_of_words(told.words[measure], _known(recent, word))
    shares = {
        rate: Shares(of(first), of(latest))
        for rate, of in ((Rate.EXPERTS, _by_experts), (Rate.SENDERS, _by_senders), (Rate.ANSWERED, _answered))
    }
    return Report(samples, drifts, validated, shares)


def _known(cases: Sequence[ObservedCase], of: Callable[[ObservedCase], Value | None]) -> list[Value]:
    return [value for case in cases if (value := of(case)) is not None]


def _typical(of_photos: Iterable[float | None]) -> float | None:
    """One value for each case: photos of one plant, taken one after the other, tell hardly more than one of them."""
    known = [value for value in of_photos if value is not None]
    return median(known) if known else None


def _by_experts(cases: Sequence[ObservedCase]) -> Share:
    judged = [judge(case.answer, case.opinions) for case in cases]
    right = judged.count(Judgement.RIGHT)
    return Share(right, right + judged.count(Judgement.WRONG))


def _by_senders(cases: Sequence[ObservedCase]) -> Share:
    verdicts = [case.feedback for case in cases]
    right = verdicts.count(FeedbackVerdict.RIGHT)
    return Share(right, right + verdicts.count(FeedbackVerdict.WRONG))


def _answered(cases: Sequence[ObservedCase]) -> Share:
    return Share(sum(case.answer.condition is not None for case in cases), len(cases))
