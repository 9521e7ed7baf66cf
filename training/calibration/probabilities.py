"""Logits to beliefs in numpy, as the last part of the graph makes them, and what that part is set to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from majani.taxonomy import REJECT_CLASSES, UNKNOWN_PLANT
from training.calibration.out_of_distribution import MahalanobisDetector
from training.settings import CalibrateParams

# Share of good field photos that are less novel than what ``novelty_logits`` speaks of.
_HIGH_NOVELTY = 0.95

# What a condition without enough evidence gets at most: no threshold is as low.
LESS_THAN_EVEN = 0.49
# Keeps the share of all others from being divided by.
TINY = 1e-6
# Lower than any logit: all evidence is enough.
_NO_MIN_EVIDENCE = -1e9

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Calibration:
    """What turns logits and embeddings into beliefs, inside the graph.

    What lies farther than usual from all that was learned is the more likely a plant that is not known: its logit rises
    in proportion.

    A softmax shares out all belief even where no condition has much evidence for it; one of them then looks sure. So
    where the best condition's logit is below ``min_evidence``, it gets less than even odds among the conditions, and
    the others share what it loses. Their order stays, and so does what conditions and reject classes have in all.

    Attributes:
        temperature: Divisor of the logits.
        min_evidence: Logit, before the temperature.
        familiar: What novelty is measured by; None for no such measure.
        usual_novelty: More is unusual.
        novelty_weight: What the tempered logit of an unknown plant rises by for each unit of unusual novelty.
    """

    temperature: float = 1.0
    min_evidence: float = _NO_MIN_EVIDENCE
    familiar: MahalanobisDetector | None = None
    usual_novelty: float = 0.0
    novelty_weight: float = 0.0


@dataclass(frozen=True)
class Answers:
    """Beliefs about a list of photos.

    Attributes:
        class_ids: In the order of the columns.
        probabilities: ``(N, C)`` float32, each row summing to 1.
    """

    class_ids: tuple[str, ...]
    probabilities: npt.NDArray[np.float32]

    def best(self) -> list[str]:
        """The most probable class of each photo, reject classes included."""
        return [self.class_ids[position] for position in self.probabilities.argmax(axis=1)]


@dataclass(frozen=True)
class Seen:
    """What a network sees in photos, before calibration.

    Attributes:
        logits: ``(N, C)``, reject classes last.
        embeddings: ``(N, D)``.
    """

    logits: Floats
    embeddings: Floats

    @classmethod
    def together(cls, parts: Sequence["Seen"]) -> Self:
        """All photos of some parts, in their order; at least one part, which may be of no photos."""
        return cls(np.concatenate([one.logits for one in parts]), np.concatenate([one.embeddings for one in parts]))

    def evidence(self) -> npt.NDArray[np.float64]:
        """``(N,)`` logit of each photo's best condition."""
        return np.asarray(self.logits[:, : -len(REJECT_CLASSES)].max(axis=1), dtype=np.float64)


def beliefs(seen: Seen, calibration: Calibration) -> Floats:
    """Calibrated probabilities, ``(N, C)``, each row summing to 1."""
    tempered = seen.logits.astype(np.float64) / calibration.temperature
    rejects = len(REJECT_CLASSES)
    if calibration.familiar is not None:
        unusual = np.maximum(calibration.familiar.novelty(seen.embeddings) - calibration.usual_novelty, 0)
        tempered[:, REJECT_CLASSES.index(UNKNOWN_PLANT) - rejects] += calibration.novelty_weight * unusual
    plain = softmax(tempered, axis=1)
    shares = softmax(tempered[:, :-rejects], axis=1)
    best = shares.max(axis=1, keepdims=True)
    is_weak = (seen.evidence() < calibration.min_evidence)[:, None]
    best_share = np.where(is_weak, np.minimum(best, LESS_THAN_EVEN), best)
    others = shares * (1 - best_share) / np.maximum(1 - best, TINY)
    shares = np.where(shares == best, best_share, others)
    mass = plain[:, :-rejects].sum(axis=1, keepdims=True)
    return np.concatenate([shares * mass, plain[:, -rejects:]], axis=1).astype(np.float32)


def fit_temperature(seen: Seen, truth: npt.NDArray[np.int64], calibration: Calibration) -> float:
    """The temperature that makes the true classes most likely.

    Args:
        seen: ``N`` photos.
        truth: ``(N,)`` positions of the true classes.
        calibration: Everything but the temperature.
    """

    def loss(log_temperature: float) -> float:
        tempered = beliefs(seen, replace(calibration, temperature=float(np.exp(log_temperature))))
        return float(-np.log(np.maximum(tempered[np.arange(len(truth)), truth], 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-1.6, 1.6), method="bounded").x))


def fit_calibration(
    seen: Seen, truth: npt.NDArray[np.int64], familiar: MahalanobisDetector, params: CalibrateParams
) -> Calibration:
    """What turns logits and embeddings into beliefs, from photos of the field.

    Args:
        seen: ``N`` photos.
        truth: ``(N,)`` positions of the true classes.
        familiar: What the network has learned from.
        params: The stage's settings.
    """
    plain = Calibration(temperature=round(fit_temperature(seen, truth, Calibration()), 4))
    is_condition = truth < seen.logits.shape[1] - len(REJECT_CLASSES)
    if not is_condition.any():
        return plain
    usual, high = np.quantile(familiar.novelty(seen.embeddings[is_condition]), [0.5, _HIGH_NOVELTY])
    novel = replace(
        plain,
        familiar=familiar,
        usual_novelty=float(usual),
        novelty_weight=params.novelty_logits / max(float(high - usual), TINY),
    )
    conditions = beliefs(seen, novel)[:, : -len(REJECT_CLASSES)]
    right = (conditions.argmax(axis=1) == truth) & (conditions.max(axis=1) >= params.min_answer)
    if right.any():
        novel = replace(novel, min_evidence=float(np.quantile(seen.evidence()[right], params.weak_answers)))
    # Unusual photos and photos with little evidence now have their own rules, so the temperature is fitted again.
    return replace(novel, temperature=round(fit_temperature(seen, truth, novel), 4))
