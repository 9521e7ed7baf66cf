"""Waiting photos are kin to corrected ones, as far as these are alike, wrong and rare."""

import numpy as np
import pytest

from majani.model.predictor import Floats
from majani.review.reference_photos import NEIGHBOURS
from majani.review.similar_cases import ReviewedPhotos, similarity_to_corrected


def photos(new: int, old: int, seed: int) -> Floats:
    """So many of each of two kinds."""
    noise = np.random.default_rng(seed).normal(scale=0.05, size=(new + old, 3))
    return np.asarray(np.array([[1.0, 0.0, 0.2]] * new + [[0.0, 1.0, 0.2]] * old) + noise, dtype=np.float32)


def kin(waiting: Floats, reviewed: ReviewedPhotos) -> list[float]:
    return list(similarity_to_corrected(waiting, reviewed, rarity=lambda _: 1.0))


# What reviewers call rust the model took for healthy, and it was right about spots.
KNOWN, LABELS, ANSWERED = photos(6, 6, 1), ["rust"] * 6 + ["spot"] * 6, ["healthy"] * 6 + ["spot"] * 6
WAITING = photos(3, 3, 3)


def test_what_looks_like_corrected_cases_is_kin_and_what_the_model_got_right_has_none() -> None:
    assert kin(WAITING, ReviewedPhotos(KNOWN, LABELS, ANSWERED)) == pytest.approx([1, 1, 1, 0, 0, 0])
    assert kin(WAITING, ReviewedPhotos(KNOWN, LABELS, LABELS)) == [0] * 6


def test_where_all_was_corrected_nothing_is_more_alike_than_the_rest() -> None:
    assert kin(WAITING, ReviewedPhotos(KNOWN[:6], LABELS[:6], ANSWERED[:6])) == [0] * 6


def test_neighbours_with_another_label_are_no_kin() -> None:
    labels, known = ["rust", "blight", "rust", "blight", "blight", *["spot"] * 6], photos(5, 6, 1)
    [found] = kin(known[:1], ReviewedPhotos(known, labels, ["spot"] * 11))
    assert found == pytest.approx((2 / NEIGHBOURS - 2 / 11) / (1 - 2 / 11))
