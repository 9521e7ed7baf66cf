"""The order in which the desk shows cases, and any order at all."""

from collections.abc import Sequence

import numpy as np

from benchmarks.reviews.base import WORK_DIR
from benchmarks.reviews.learning import Model, Photos
from benchmarks.reviews.stream import cases_of
from majani.bundle import Bundle
from majani.diagnoser import Diagnoser, Diagnosis, Evidence, Examination, PhotoResult
from majani.references import KnownPhoto, Reference, References, write_references
from majani.worth import Signals, signals, worth
from training.references import chosen, held_out

# Farmers who say "wrong" are few, and some of them are.
_TELL_OF_WRONG, _TELL_OF_RIGHT = 0.1, 0.01


def by_worth(bundle: Bundle, base: Model, train: Photos, val: Photos, farmers: Photos) -> list[str]:
    """Cases as the desk's queue has them when all have come in: those worth most first.

    Args:
        bundle: Of the first model.
        base: The same.
        train: What it was trained on; some are the known photos that strangeness is measured by.
        val: What it was calibrated on; likewise what strangeness is common.
        farmers: All cases' photos.
    """
    references = _references(bundle, train, val)
    diagnoser = Diagnoser(bundle)
    beliefs = base.answers(farmers.embeddings)
    best = beliefs.best()
    chance = np.random.default_rng(1)
    found = {}
    for case, rows in farmers.rows.groupby("case"):
        positions = list(rows.index)
        result = PhotoResult(used=True)
        diagnosis = diagnoser.conclude(
            list(beliefs.probabilities[positions]), photos=(result,) * len(positions), crop_hint=None
        )
        evidence = tuple(
            Evidence(0, 0, None, likeliest=best[one], embedding=farmers.embeddings[one]) for one in positions
        )
        given = signals(Examination(diagnosis, evidence), references)
        found[str(case)] = worth(_called(given, diagnosis, str(rows["class_id"].iloc[0]), chance))
    return sorted(found, key=lambda case: (-found[case], case))


def at_random(farmers: Photos, *, seed: int) -> list[str]:
    """Cases in any order."""
    cases: Sequence[str] = cases_of(farmers.rows)
    return [str(one) for one in np.random.default_rng(seed).permutation(list(cases))]


def _called(given: Signals, diagnosis: Diagnosis, truth: str, chance: np.random.Generator) -> Signals:
    """With what the farmer says of a named condition."""
    named = diagnosis.condition
    if named is None:
        return given
    says = chance.random() < (_TELL_OF_RIGHT if named.id == truth else _TELL_OF_WRONG)
    return Signals(**{**vars(given), "called_wrong": float(says)})


def _references(bundle: Bundle, train: Photos, val: Photos) -> References:
    known = chosen(train.rows)
    place = {photo: row for row, photo in enumerate(train.rows["photo"])}
    apart = {photo: row for row, photo in enumerate(val.rows["photo"])}
    directory = WORK_DIR / "references"
    # The photos themselves are for people to look at.
    photos = [
        KnownPhoto(
            Reference(file=f"{row}.jpg", class_id=str(one.class_id), source=str(one.source)),
            b"",
            train.embeddings[place[one.photo]],
        )
        for row, one in enumerate(known.itertuples())
    ]
    write_references(
        directory,
        photos,
        model_sha256=bundle.manifest.model.sha256,
        held_out=val.embeddings[[apart[photo] for photo in held_out(val.rows)["photo"]]],
        sources={},
        training_photos={str(one): int(count) for one, count in train.rows["class_id"].value_counts().items()},
    )
    return References.read(directory, model_sha256=bundle.manifest.model.sha256)
