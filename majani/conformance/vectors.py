"""Golden vectors: the answers of a bundle to made-up cases and pictures, for ports of the rules such as the phone's.

A port is right if it gives the same answers to the same inputs. The vectors come from the code that answers users.
"""

import base64

import numpy as np
from pydantic import Field

from majani.conformance.case import GoldenCase, golden_cases
from majani.conformance.head import HeadVector, head_vectors
from majani.conformance.picture import golden_pictures
from majani.conformance.practice import PracticeVectors, practice_vectors
from majani.conformance.question import QuestionVector, question_vectors
from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import LikelyCrop, Named, PhotoResult
from majani.decision.grades import Grade
from majani.decision.rules import Outcome, Why
from majani.frozen import FrozenModel
from majani.image.decode import decode
from majani.image.quality import RetakeReason, measure, reasons_to_retake
from majani.model.bundle import NamedId

_TOP = 5


class Tolerance(FrozenModel):
    """The largest differences that a port may have; values that are not numbers must be equal.

    Attributes:
        decided: Of probabilities in a decision, which are rounded to four digits.
        luminance: In grey levels; libraries scale pictures a little differently.
        sharpness: As a share of the value.
        predicted: Of the network's probabilities: processors multiply whole numbers in different ways.
    """

    decided: float = 0.0002
    luminance: float = 0.5
    sharpness: float = 0.02
    predicted: float = 0.02


class ExpectedDecision(FrozenModel):
    """The decision on a case; the fields are those of an answer."""

    outcome: Outcome
    grade: Grade | None
    why: Why | None
    probability: float | None
    crop: NamedId | None
    ranked: tuple[Named, ...]
    in_list: int
    looks_sick: float | None
    crops: tuple[LikelyCrop, ...]


class DecisionVector(FrozenModel):
    """From probabilities to a decision: for each photo one probability per class, in the order of ``classes``."""

    about: str
    photos: tuple[tuple[float, ...], ...]
    crop_hint: str | None
    expected: ExpectedDecision


class ClassProbability(FrozenModel):
    """The network's probability of one class."""

    id: str
    probability: float


class ExpectedPicture(FrozenModel):
    """The measures of a picture, see :class:`Quality`, and its most likely classes, even if it would be sent back."""

    side_px: int
    luminance: float
    sharpness: float
    retake: tuple[RetakeReason, ...]
    top: tuple[ClassProbability, ...]


class PictureVector(FrozenModel):
    """From a picture, a PNG in Base64, to its measures and predictions."""

    about: str
    png: str
    expected: ExpectedPicture


class GoldenVectors(FrozenModel):
    """All vectors of one bundle; ``classes`` is the order of every probability vector."""

    model_version: str
    model_sha256: str
    classes: tuple[str, ...]
    tolerance: Tolerance = Field(default_factory=Tolerance)
    decisions: tuple[DecisionVector, ...]
    pictures: tuple[PictureVector, ...]
    questions: tuple[QuestionVector, ...]
    practices: PracticeVectors
    heads: tuple[HeadVector, ...] = ()


def golden_vectors(diagnoser: Diagnoser) -> GoldenVectors:
    """Write the vectors of a bundle; the same bundle gives the same vectors."""
    manifest = diagnoser.manifest
    pictures = golden_pictures(manifest.rules.quality.min_side_px)
    return GoldenVectors(
        model_version=manifest.version,
        model_sha256=manifest.model.sha256,
        classes=tuple(entry.id for entry in manifest.classes),
        decisions=tuple(_decision(diagnoser, case) for case in golden_cases(manifest)),
        pictures=tuple(_picture(diagnoser, about, png) for about, png in pictures.items()),
        questions=tuple(question_vectors(manifest)),
        practices=practice_vectors(),
        heads=tuple(head_vectors(diagnoser.bundle)),
    )


def _decision(diagnoser: Diagnoser, case: GoldenCase) -> DecisionVector:
    used = [np.array(photo, dtype=np.float32) for photo in case.photos]
    results = (PhotoResult(used=True),) * len(used)
    diagnosis = diagnoser.conclude(used, photos=results, crop_hint=case.crop_hint)
    expected = ExpectedDecision.model_validate(diagnosis, from_attributes=True)
    return DecisionVector(about=case.about, photos=case.photos, crop_hint=case.crop_hint, expected=expected)


def _picture(diagnoser: Diagnoser, about: str, png: bytes) -> PictureVector:
    pixels = decode(png)
    quality = measure(pixels)
    probabilities = diagnoser.predictor.predict(pixels).probabilities
    likeliest = np.argsort(-probabilities, kind="stable")[:_TOP]
    expected = ExpectedPicture(
        side_px=quality.side_px,
        luminance=round(quality.luminance, 2),
        sharpness=round(quality.sharpness, 2),
        retake=reasons_to_retake(quality, diagnoser.manifest.rules.quality),
        top=tuple(
            ClassProbability(id=diagnoser.manifest.classes[place].id, probability=round(float(probabilities[place]), 3))
            for place in likeliest
        ),
    )
    return PictureVector(about=about, png=base64.b64encode(png).decode("ascii"), expected=expected)
