"""What makes a case worth a look: each signal by itself, together, and as it follows from an answer."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis, Named, PhotoResult
from majani.decision.rules import Outcome
from majani.review.priority import Signals, reasons, review_priority, signals, uncertainty
from majani.review.reference_photos import KnownPhoto, Reference, References, write_references
from tests.pictures import PictureFactory

NAMES = [field.name for field in fields(Signals)]
SHARES = st.floats(0, 1)


def test_each_signal_has_its_weight_and_reasons_begin_with_the_strongest() -> None:
    alone = {name: pytest.approx(review_priority(Signals(**{name: 1.0}))) for name in NAMES}
    assert alone == {
        **{"called_wrong": 0.8, "uncertainty": 0.7, "disagreement": 0.5, "novelty": 0.5},
        **{"rarity": 0.3, "kinship": 0.8, "expert_asked": 1.0},
    }
    given = Signals(uncertainty=0.9, disagreement=1.0, called_wrong=1.0, rarity=0.01)
    assert reasons(given) == ("called_wrong", "uncertainty", "disagreement")


@given(st.builds(Signals, *[SHARES] * len(NAMES)), st.sampled_from(NAMES), SHARES)
def test_no_signal_takes_anything_away(before: Signals, name: str, more: float) -> None:
    after = replace(before, **{name: max(more, getattr(before, name) or 0.0)})
    assert 0 <= review_priority(before) <= review_priority(after) <= 1


def diagnosis(outcome: Outcome, *probabilities: float, said: float | None = None) -> Diagnosis:
    ranked = tuple(
        Named(id=f"bean.{number}", name="", crop="bean", crop_name="", probability=probability)
        for number, probability in enumerate(probabilities)
    )
    fields = {"ranked": ranked, "in_list": len(ranked), "probability": said}
    return Diagnosis(outcome=outcome, photos=(PhotoResult(used=True),), model_version="1", **fields)


@pytest.mark.parametrize(
    ("given", "expected", "leading"),
    [
        (diagnosis(Outcome.CONDITION, 0.9, 0.05), 0.1, "bean.0"),
        (diagnosis(Outcome.HEALTHY, 0.75), 0.25, "bean.0"),
        (diagnosis(Outcome.UNCERTAIN, 0.4, 0.35), 0.6, "bean.0"),
        (diagnosis(Outcome.UNCERTAIN), 1.0, None),
        (diagnosis(Outcome.UNKNOWN_PLANT, said=0.6), 0.4, None),
        (diagnosis(Outcome.NOT_A_PLANT, said=1.0), 0.0, None),
        (diagnosis(Outcome.RETAKE), 0.0, None),
    ],
)
def test_doubt_is_the_models_own(given: Diagnosis, expected: float, leading: str | None) -> None:
    assert uncertainty(given) == pytest.approx(expected)
    assert given.leading == leading


def test_photos_that_disagree_are_noticed(diagnoser: Diagnoser, pictures: PictureFactory) -> None:
    examination = diagnoser.examine([pictures.leaf(), pictures.red(), pictures.dark(), pictures.gif()])
    assert [one.likeliest for one in examination.evidence] == ["bean.healthy", "bean.rust", None, None]
    assert signals(examination, None).disagreement == 1
    alike = diagnoser.examine([pictures.red(), pictures.red() + b"-"])
    assert [one.likeliest for one in alike.evidence] == ["bean.rust"] * 2
    assert signals(alike, None).disagreement == 0


def test_strange_and_rare_ones_are_noticed(diagnoser: Diagnoser, pictures: PictureFactory, tmp_path: Path) -> None:
    """The tiny network's features are the mean colour, and it knows red only."""
    red = diagnoser.examine([pictures.red()])
    embedding = red.evidence[0].embedding
    assert embedding is not None
    known = np.stack([embedding] * 3)
    # How far other reds are, with which a red of the same kind is compared.
    near = known + np.linspace(0, 0.02, 3, dtype=np.float32)[:, np.newaxis] * np.float32([0, 1, 0])
    photos = [
        KnownPhoto(Reference(file=f"{number}.jpg", class_id="bean.rust", source="made"), b"", embedding)
        for number in range(3)
    ]
    told = {"sources": {}, "training_photos": {"bean.rust": 270}}
    write_references(tmp_path, photos, model_sha256="0" * 64, held_out=near, **told)
    references = References.read(tmp_path, model_sha256="0" * 64)
    found = signals(red, references)
    assert (found.novelty, found.rarity) == (pytest.approx(0, abs=0.35), pytest.approx(0.1))
    other = signals(diagnoser.examine([pictures.leaf()]), references)
    assert (other.novelty, other.rarity) == (1, 1)
    assert review_priority(other) > review_priority(found)
    # One strange photo is not hidden by another that looks like what is known.
    assert signals(diagnoser.examine([pictures.red(), pictures.leaf()]), references).novelty == 1
    # Of a photo that was not used, neither can anybody.
    assert signals(diagnoser.examine([pictures.dark()]), references).novelty is None
