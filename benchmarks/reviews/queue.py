"""The order in which the desk shows cases, and any order at all.

What is worth a look depends on the model that answered. After each round the next cases are answered by the model of
that round, so the queue is asked anew: cases that were not reviewed stand for those that come in next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.reviews.base import WORK_DIR
from benchmarks.reviews.learning import Model, Photos
from benchmarks.reviews.stream import cases_of
from majani.decision.diagnosis import Diagnosis, Evidence, Examination, Named, PhotoResult
from majani.decision.rules import decide, pool
from majani.model.bundle import Bundle, Manifest, sha256_hex
from majani.model.predictor import Floats
from majani.review.priority import Signals, rarity, review_priority, signals
from majani.review.reference_photos import KnownPhoto, Reference, References, write_references
from majani.review.similar_cases import ReviewedPhotos, Shares, similarity_to_corrected
from training.release.reference_photos import chosen, held_out

# Farmers who say "wrong" are few, and some of them are.
_TELL_OF_WRONG, _TELL_OF_RIGHT = 0.1, 0.01


@dataclass(frozen=True)
class Round:
    """The state of one season after a round."""

    cases: tuple[str, ...]  # All that were reviewed so far, in their order
    reviewed: Photos  # Their labelled photos
    learned: Photos  # What the model was trained on
    model: Model  # The one that answers now


class Order(Protocol):
    """How the next cases are chosen."""

    def next(self, after: Round, count: int, *, seed: int) -> list[str]:
        """So many cases that were not reviewed yet."""


@dataclass(frozen=True)
class AtRandom:
    """Any order, the same throughout a season."""

    farmers: pd.DataFrame

    def next(self, after: Round, count: int, *, seed: int) -> list[str]:
        """The next ones."""
        cases: Sequence[str] = cases_of(self.farmers)
        order = [str(one) for one in np.random.default_rng(seed).permutation(list(cases))]
        return [one for one in order if one not in set(after.cases)][:count]


@dataclass(frozen=True)
class ByWorth:
    """As the desk's queue has them: those worth most first."""

    bundle: Bundle  # Of the first model, whose network all have
    farmers: Photos  # All cases' photos
    val: Photos  # What the models are calibrated on, which tells how strange is common
    answered: npt.NDArray[np.str_]  # ``(N,)`` likeliest class of each of the farmers' photos as the first model saw it
    knows_kin: bool = True  # Whether cases gain by looking like corrected ones, as they do at the desk

    def next(self, after: Round, count: int, *, seed: int) -> list[str]:
        """Those worth most to this model."""
        references = self._references(after.learned)
        model, done = after.model, set(after.cases)
        beliefs = model.head.answers(self.farmers.embeddings)
        best = beliefs.best()
        kin = self._kinship(after) if self.knows_kin else np.zeros(len(best))
        found = {}
        for case, rows in self.farmers.rows.groupby("case"):
            if case in done:
                continue
            places = list(rows.index)
            diagnosis = _conclude(beliefs.probabilities[places], model.manifest)
            evidence = tuple(
                Evidence(0, 0, None, likeliest=best[place], embedding=self.farmers.embeddings[place])
                for place in places
            )
            given = signals(Examination(diagnosis, evidence), references)
            given = _called(given, diagnosis, str(rows["class_id"].iloc[0]), f"{seed}/{case}")
            found[str(case)] = review_priority(replace(given, kinship=float(kin[places].max())))
        return sorted(found, key=lambda case: (-found[case], case))[:count]

    def _kinship(self, after: Round) -> Shares:
        """How much each of the farmers' photos looks like reviewed ones that the first model got wrong, 0..1."""
        place = {photo: row for row, photo in enumerate(self.farmers.rows["photo"])}
        places = [place[photo] for photo in after.reviewed.rows["photo"]]
        reviewed = ReviewedPhotos(
            after.reviewed.embeddings, list(after.reviewed.rows["class_id"]), list(self.answered[places])
        )
        counts = after.learned.rows["class_id"].value_counts()
        return similarity_to_corrected(
            self.farmers.embeddings, reviewed, rarity=lambda label: rarity(int(counts.get(label, 0)))
        )

    def _references(self, learned: Photos) -> References:
        known = chosen(learned.rows)
        place = {photo: row for row, photo in enumerate(learned.rows["photo"])}
        apart = {photo: row for row, photo in enumerate(self.val.rows["photo"])}
        # The photos themselves are for people to look at.
        photos = [
            KnownPhoto(
                Reference(file=f"{row}.jpg", class_id=str(one.class_id), source=str(one.source)),
                data=b"",
                embedding=learned.embeddings[place[one.photo]],
            )
            for row, one in enumerate(known.itertuples())
        ]
        directory, sha256 = WORK_DIR / "references", self.bundle.manifest.model.sha256
        write_references(
            directory,
            photos,
            model_sha256=sha256,
            held_out=self.val.embeddings[[apart[photo] for photo in held_out(self.val.rows)["photo"]]],
            sources={},
            training_photos={str(one): int(count) for one, count in learned.rows["class_id"].value_counts().items()},
        )
        return References.read(directory, model_sha256=sha256)


def _conclude(used: Floats, manifest: Manifest) -> Diagnosis:
    """What the service would answer; it knows its own network only, and here only heads change."""
    decision = decide(pool(list(used)), manifest=manifest)
    entries = {entry.id: entry for entry in manifest.classes}

    def named(condition: str, probability: float) -> Named:
        entry = entries[condition]
        crop = entry.crop or ""
        return Named(id=entry.id, name=entry.name, crop=crop, crop_name=crop, probability=probability)

    return Diagnosis(
        outcome=decision.outcome,
        condition=named(decision.condition, decision.probability) if decision.condition else None,
        candidates=tuple(named(candidate.id, candidate.probability) for candidate in decision.candidates),
        photos=(PhotoResult(used=True),) * len(used),
        model_version=manifest.version,
    )


def _called(given: Signals, diagnosis: Diagnosis, truth: str, salt: str) -> Signals:
    """With what the farmer says of a named condition; the same farmer always says the same."""
    named = diagnosis.condition
    if named is None:
        return given
    chance = int(sha256_hex(salt.encode())[:8], 16) / 16**8
    says = chance < (_TELL_OF_RIGHT if named.id == truth else _TELL_OF_WRONG)
    return replace(given, called_wrong=float(says))
