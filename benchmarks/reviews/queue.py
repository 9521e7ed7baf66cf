"""The order in which the desk shows cases, and any order at all.

What is worth a look depends on the model that answered. After each round the next cases are answered by the model of
that round, so the queue is asked anew: cases that were not reviewed stand for those that come in next.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from benchmarks.reviews.base import WORK_DIR
from benchmarks.reviews.learning import Model, Photos
from benchmarks.reviews.stream import cases_of
from majani.bundle import Bundle, sha256_hex
from majani.diagnoser import Diagnoser, Diagnosis, Evidence, Examination, PhotoResult
from majani.references import KnownPhoto, Reference, References, write_references
from majani.worth import Signals, signals, worth
from training.references import chosen, held_out

# Farmers who say "wrong" are few, and some of them are.
_TELL_OF_WRONG, _TELL_OF_RIGHT = 0.1, 0.01


class Order(Protocol):
    """How the next cases are chosen."""

    def next(self, model: Model, learned: Photos, done: Collection[str], count: int, *, seed: int) -> list[str]:
        """So many cases that were not reviewed yet.

        Args:
            model: The one that answers now.
            learned: What it was trained on.
            done: Cases that were reviewed.
            count: How many more are wanted.
            seed: Of the simulated season.
        """


@dataclass(frozen=True)
class AtRandom:
    """Any order, the same throughout a season."""

    farmers: pd.DataFrame

    def next(self, model: Model, learned: Photos, done: Collection[str], count: int, *, seed: int) -> list[str]:  # noqa: ARG002
        """The next ones."""
        cases: Sequence[str] = cases_of(self.farmers)
        order = [str(one) for one in np.random.default_rng(seed).permutation(list(cases))]
        return [one for one in order if one not in done][:count]


@dataclass(frozen=True)
class ByWorth:
    """As the desk's queue has them: those worth most first.

    Attributes:
        bundle: Of the first model, whose network all have.
        farmers: All cases' photos.
        val: What the models are calibrated on, which tells how strange is common.
    """

    bundle: Bundle
    farmers: Photos
    val: Photos

    def next(self, model: Model, learned: Photos, done: Collection[str], count: int, *, seed: int) -> list[str]:
        """Those worth most to this model."""
        references = self._references(learned)
        diagnoser = Diagnoser(Bundle(model.manifest, self.bundle.model))
        beliefs = model.answers(self.farmers.embeddings)
        best = beliefs.best()
        used = PhotoResult(used=True)
        found = {}
        for case, rows in self.farmers.rows.groupby("case"):
            if case in done:
                continue
            places = list(rows.index)
            photos = (used,) * len(places)
            diagnosis = diagnoser.conclude(list(beliefs.probabilities[places]), photos=photos, crop_hint=None)
            evidence = tuple(
                Evidence(0, 0, None, likeliest=best[one], embedding=self.farmers.embeddings[one]) for one in places
            )
            given = signals(Examination(diagnosis, evidence), references)
            found[str(case)] = worth(_called(given, diagnosis, str(rows["class_id"].iloc[0]), f"{seed}/{case}"))
        return sorted(found, key=lambda case: (-found[case], case))[:count]

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


def _called(given: Signals, diagnosis: Diagnosis, truth: str, salt: str) -> Signals:
    """With what the farmer says of a named condition; the same farmer always says the same."""
    named = diagnosis.condition
    if named is None:
        return given
    chance = int(sha256_hex(salt.encode())[:8], 16) / 16**8
    says = chance < (_TELL_OF_RIGHT if named.id == truth else _TELL_OF_WRONG)
    return Signals(**{**vars(given), "called_wrong": float(says)})
